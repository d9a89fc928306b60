"""EXPLAIN: which passes changed a query, what of it bitmaps answered, what was left to DuckDB, and how long each took.

A query is run for it. A statement that would change something is not: its steps are told.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar, cast

import msgspec

from roarbase.engine.plan import Explain
from roarbase.engine.port import Engine
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.results import ExplainResult, Result
from roarbase.query.program import (
    AskData,
    AskResidue,
    ChangeData,
    ChangeFound,
    ChangeInPieces,
    DropField,
    DropTable,
    MakeField,
    MakeTable,
    Program,
    Step,
    Tell,
)
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.passes import rewritten
from roarbase.query.sql.later.residue.gathering import gather, plan_of
from roarbase.query.sql.later.residue.printing import Input
from roarbase.query.sql.later.residue.running import Residue
from roarbase.query.sql.later.selecting import answering_step
from roarbase.query.sql.later.tree import STRING, GivenRows, Selected

__all__ = ["explain_program", "explain_query", "plan_teller"]

_Answer = TypeVar("_Answer")
_Told = dict[str, Any]
_BY_BOTH = "bitmaps, then DuckDB"


def explain_query(query: Selected) -> Program:
    """The step that runs a query and tells how it was answered."""
    step, noted = answering_step(query), list[str]()
    rewritten(query, noted.append)
    passes = [*dict.fromkeys(noted)]
    if isinstance(step, AskData):
        return (AskResidue(partial(_run_bitmaps, passes, step)),)
    if isinstance(step, AskResidue):
        return (AskResidue(partial(_run_both, passes, cast(Residue, step.run))),)
    return (Tell(_told({"answered by": "its constants"})),)


def explain_program(program: Program) -> Program:
    """The step that tells what another statement would do."""
    return (Tell(_told({"steps": [_step(step) for step in program]})),)


def plan_teller(program: Program) -> Callable[[], str]:
    """What tells how the first query of a program is answered, as JSON; nothing, where there is none.

    Kept for long, it holds on to no rows that the program has.
    """
    match program:
        case (AskData() as asked, *_):
            return lambda: _json(_asked(asked))
        case (AskResidue(run=Residue() as residue), *_):
            told: _Told = {"answered by": _BY_BOTH, "inputs": [*map(_given, residue.printed.inputs)]}
            text = _json(told | {"DuckDB runs": residue.printed.text})
            return lambda: text
    return str


def _step(step: Step) -> _Told:
    told: _Told = {"step": type(step).__name__}
    match step:
        case ChangeData(table=table, change=Batch() as change):
            return told | {"table": table.name, "records": len(change)}
        case ChangeData(table=table, change=change):
            return told | {"table": table.name, "change": str(change)}
        case (
            ChangeInPieces(table=table)
            | ChangeFound(table=table)
            | DropTable(table=table)
            | MakeField(table=table)
            | DropField(table=table)
        ):
            return told | {"table": table.name}
        case MakeTable(name=name):
            return told | {"table": name}
    return told


# ---- running ---------------------------------------------------------------------------------


def _run_bitmaps(passes: Sequence[str], asked: AskData, engine: Engine, budget: Budget) -> Result:
    result, took_us = _timed(lambda: engine.run(asked.table.id, asked.plan, budget))
    told: _Told = {
        "passes": passes,
        **_asked(asked),
        "rows": _height(result),
        "microseconds": took_us,
        "bitmaps": _bitmaps(engine, asked.table.id, Explain(asked.plan), budget),
    }
    then: list[_Told] = []
    for shape in asked.finish:
        result, took_us = _timed(partial(shape, result))
        then.append({"step": type(shape).__name__.strip("_"), "rows": _height(result), "microseconds": took_us})
    return _told(told | {"then": then})


def _run_both(passes: Sequence[str], residue: Residue, engine: Engine, budget: Budget) -> Result:
    printed = residue.printed
    inputs = [_input(given, engine, budget) for given in printed.inputs]
    gathered, gathering_us = _timed(lambda: gather(printed.inputs, engine, budget))
    for told, columns in zip(inputs, gathered.values(), strict=True):
        told["rows"] = len(columns[0][2])
    result, took_us = _timed(lambda: residue.answer(gathered, budget))
    return _told(
        {
            "passes": passes,
            "answered by": _BY_BOTH,
            "inputs": inputs,
            "microseconds of gathering": gathering_us,
            "DuckDB runs": printed.text,
            "rows": _height(result),
            "microseconds of DuckDB": took_us,
        }
    )


def _input(given: Input, engine: Engine, budget: Budget) -> _Told:
    told = _given(given)
    if isinstance(given.rows, GivenRows):
        return told
    explained = Explain(plan_of(given, given.rows))
    return told | {"bitmaps": _bitmaps(engine, given.rows.table.id, explained, budget)}


# ---- what is known before anything runs ------------------------------------------------------


def _asked(asked: AskData) -> _Told:
    return {"answered by": "bitmaps", "table": asked.table.name, "plan": str(asked.plan)}


def _given(given: Input) -> _Told:
    if isinstance(given.rows, GivenRows):
        return {"name": given.name, "columns": [given.rows.columns[place].name for place in given.places]}
    plan = plan_of(given, given.rows)
    return {
        "name": given.name,
        "table": given.rows.table.name,
        "records": str(plan.input),
        "columns": [str(field) for field in plan.fields],
    }


def _bitmaps(engine: Engine, table: str, plan: Explain, budget: Budget) -> _Told:
    """The steps of a plan as they were run, without what they are inside of."""
    explained = engine.run(table, plan, budget)
    assert isinstance(explained, ExplainResult)
    return asdict(explained.root)


def _timed(run: Callable[[], _Answer]) -> tuple[_Answer, int]:
    started_ns = time.monotonic_ns()
    answer = run()
    return answer, (time.monotonic_ns() - started_ns) // 1000


def _height(result: Result) -> int:
    columns = result.table().columns
    return len(columns[0].cells) if columns else 0


def _told(plan: _Told) -> Result:
    return as_table([("plan", STRING, [_json(plan)])])


def _json(told: _Told) -> str:
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
