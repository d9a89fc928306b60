"""COPY: a new table with the columns and records of another."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from roarbase.engine.plan import All, Extract
from roarbase.engine.port import Engine
from roarbase.errors import RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec
from roarbase.model.results import NoResult, Result
from roarbase.model.written import Written
from roarbase.query.program import CopyTable, DropTable, SchemaStep
from roarbase.query.sql.later.statements.batches import batch_of

__all__ = ["copy_table", "write_pieces"]

_AT_ONCE = 100_000


def copy_table(
    step: CopyTable, engine: Engine, budget: Budget, make_schema: Callable[[SchemaStep], Result | None]
) -> Result:
    """Make the table and write the records; if that fails, the table is not there.

    The records are those of one moment.
    """
    specs = [*step.source.fields.values()]
    plan = Extract(input=All(), fields=tuple(spec.name for spec in specs))
    columns = engine.run(step.source.id, plan, budget).table().columns
    make_schema(step.make)
    try:
        for start in range(0, len(columns[0].cells), _AT_ONCE):
            budget.check()
            cells = [column.cells[start : start + _AT_ONCE] for column in columns]
            _write(engine, _batch(engine, step, specs, cells))
    except RoarbaseError:
        make_schema(DropTable(engine.schema().get_table(step.make.name)))
        raise
    return NoResult()


def write_pieces(pieces: Iterator[Batch], engine: Engine, budget: Budget) -> Result:
    """Write batch after batch; the next is made while one is on its way to the disk.

    Raises:
        RoarbaseError: One was refused. Those before it are written.
    """
    outcome: Future[Written | RoarbaseError] | None = None
    for batch in pieces:
        budget.check()
        if outcome is not None:
            _await(outcome)
        outcome = _begin(engine, batch)
    if outcome is not None:
        _await(outcome)
    return NoResult()


def _batch(engine: Engine, step: CopyTable, specs: Sequence[FieldSpec], cells: Sequence[Sequence[Any]]) -> Batch:
    target = engine.schema().get_table(step.make.name)
    return batch_of(target, cells[0], [*zip(specs, cells[1:], strict=True)])


def _write(engine: Engine, batch: Batch) -> None:
    _await(_begin(engine, batch))


def _begin(engine: Engine, batch: Batch) -> "Future[Written | RoarbaseError]":
    outcome: Future[Written | RoarbaseError] = Future()
    engine.write(batch, outcome.set_result)
    return outcome


def _await(outcome: "Future[Written | RoarbaseError]") -> None:
    told = outcome.result()
    if isinstance(told, RoarbaseError):
        raise told
