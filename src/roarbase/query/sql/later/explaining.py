"""EXPLAIN: which passes changed a query, what of it bitmaps answer, and what is left to DuckDB."""

from collections.abc import Sequence
from typing import Any

import msgspec

from roarbase.model.batch import Batch
from roarbase.query.program import (
    AskData,
    ChangeData,
    ChangeFound,
    DropField,
    DropTable,
    MakeField,
    MakeTable,
    Program,
    Step,
    Tell,
)
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.lowering import plan_or_none
from roarbase.query.sql.later.passes import PASSES
from roarbase.query.sql.later.records import asked_fields, records_of
from roarbase.query.sql.later.residue.printing import Input, print_query
from roarbase.query.sql.later.selecting import answering_step
from roarbase.query.sql.later.settling import settled
from roarbase.query.sql.later.tree import STRING, GivenRows, Selected

__all__ = ["explain_program", "explain_query"]


def explain_query(query: Selected) -> Program:
    """The step that tells how a query would be answered."""
    if isinstance(answering_step(query), Tell):
        return _told({"answered by": "its constants"})
    changed = []
    for rewrite in PASSES:
        before, query = query, rewrite(query)
        changed += [rewrite.__name__] if query != before else []
    asked = plan_or_none(query)
    if asked is not None:
        return _told({"passes": changed, "answered by": "bitmaps", **_asked(asked)})
    printed = print_query(settled(query))
    inputs = [_input(given) for given in printed.inputs]
    return _told(
        {"passes": changed, "answered by": "bitmaps, then DuckDB", "inputs": inputs, "DuckDB runs": printed.text}
    )


def explain_program(program: Program) -> Program:
    """The step that tells what another statement would do."""
    return _told({"steps": [_step(step) for step in program]})


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"step": type(step).__name__}
    match step:
        case ChangeData(table=table, change=Batch() as change):
            return told | {"table": table.name, "records": len(change)}
        case ChangeData(table=table, change=change):
            return told | {"table": table.name, "change": str(change)}
        case ChangeFound(table=table) | DropTable(table=table) | MakeField(table=table) | DropField(table=table):
            return told | {"table": table.name}
        case MakeTable(name=name):
            return told | {"table": name}
    return told


def _asked(asked: AskData) -> dict[str, Any]:
    return {
        "table": asked.table.name,
        "plan": str(asked.plan),
        "then": [type(step).__name__.strip("_") for step in asked.finish],
    }


def _input(given: Input) -> dict[str, Any]:
    if isinstance(given.rows, GivenRows):
        return {"name": given.name, "columns": [given.rows.columns[place].name for place in given.places]}
    fields: Sequence[object] = asked_fields(given.rows, [place for place in given.places if place])
    return {
        "name": given.name,
        "table": given.rows.table.name,
        "records": str(records_of(given.rows)),
        "columns": [str(field) for field in fields],
    }


def _told(plan: dict[str, Any]) -> Program:
    text = msgspec.json.format(msgspec.json.encode(plan), indent=2).decode()
    return (Tell(as_table([("plan", STRING, [text])])),)
