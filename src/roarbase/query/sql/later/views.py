"""Views: their texts are records of a table like any other, so that logs, snapshots and backups have them."""

import time
from collections.abc import Callable, Mapping

import numpy as np

from roarbase.engine.edits import DeleteRecords
from roarbase.engine.plan import All, Extract, RecordSet
from roarbase.engine.port import Engine
from roarbase.model.batch import VALUE, Batch, Column, KeyedRows, MutexColumn, NumberColumn
from roarbase.model.budget import Budget
from roarbase.model.results import NoResult, Result
from roarbase.query.program import ChangeData, KeepView, SchemaStep
from roarbase.query.sql.later.views_table import VIEW_TIMES, VIEWS_TABLE

__all__ = ["keeping_step", "views_of"]


def views_of(engine: Engine) -> Mapping[str, str]:
    """The texts of all views by name."""
    table = engine.schema().tables.get(VIEWS_TABLE)
    if table is None or "statement" not in table.fields:
        return {}
    names, texts = engine.run(table.id, Extract(input=All(), fields=("statement",)), Budget()).table().columns
    pairs = zip(names.cells, texts.cells, strict=True)
    return {str(name): str(text) for name, text in pairs if text is not None}


def keeping_step(step: KeepView, engine: Engine, make_schema: Callable[[SchemaStep], Result | None]) -> ChangeData:
    """The change that keeps or forgets a view; the table of views is made with the first."""
    if step.text is not None and VIEWS_TABLE not in engine.schema().tables:
        make_schema(step.table)
    table = engine.schema().get_table(VIEWS_TABLE)
    if step.text is None:
        return ChangeData(table=table, change=DeleteRecords(RecordSet((step.name,))), answer=_no_answer)
    now = int(time.time())
    states = np.array([VALUE], np.uint8)
    texts = {"name": step.name, "statement": step.text, "owner": step.owner, "updated_by": step.owner}
    columns: list[Column] = [
        *(MutexColumn(field=name, states=states, rows=_one_key(text)) for name, text in texts.items() if text),
        *(NumberColumn(field=name, states=states, values=np.array([now], np.int64)) for name in VIEW_TIMES),
    ]
    batch = Batch(table=table.id, columns=tuple(columns), keys=[step.name])
    return ChangeData(table=table, change=batch, answer=_no_answer)


def _one_key(text: str) -> KeyedRows:
    return KeyedRows(keys=(text,), codes=np.zeros(1, np.int64))


def _no_answer(_: int) -> Result:
    return NoResult()
