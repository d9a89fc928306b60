"""COPY: a new table with the columns and records of another."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from roarbase.engine.edits import Ask
from roarbase.engine.plan import All, Extract, Plan, Stamped
from roarbase.engine.port import Engine
from roarbase.errors import RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.results import NoResult, Result
from roarbase.model.written import Written
from roarbase.query.program import CopyTable, DropTable, SchemaStep
from roarbase.query.sql.kinds import record_type, type_of
from roarbase.query.sql.later.one_moment import answers_at_one_moment
from roarbase.query.sql.later.statements.assigning import Stamped as StampedRows
from roarbase.query.sql.later.statements.batches import batch_of
from roarbase.query.sql.later.statements.keeping import kept_values

__all__ = ["copy_table", "write_pieces"]

_AT_ONCE = 100_000


def copy_table(
    step: CopyTable, engine: Engine, budget: Budget, make_schema: Callable[[SchemaStep], Result | None]
) -> Result:
    """Make the table and write the records; if that fails, the table is not there.

    The records, and when they got what has times, are those of one moment.
    """
    specs = [*step.source.fields.values()]
    timed = [spec for spec in specs if spec.quantum]
    plans: list[Plan] = [Extract(input=All(), fields=tuple(spec.name for spec in specs))]
    plans += [Stamped(spec.name) for spec in timed]
    values, *stamps = answers_at_one_moment([Ask(step.source.id, plan) for plan in plans], engine, budget)
    make_schema(step.make)
    target = engine.schema().get_table(step.make.name)
    try:
        _write_all(engine, target, [column.cells for column in values.table().columns], specs, budget)
        for spec, found in zip(timed, stamps, strict=True):
            _write_all(engine, target, _rows_with_times(found), [spec], budget)
    except RoarbaseError:
        make_schema(DropTable(target))
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


def _rows_with_times(found: Result) -> list[Sequence[Any]]:
    records, times, rows = (column.cells for column in found.table().columns)
    cells: list[Any] = [StampedRows(some, second) for some, second in zip(rows, times, strict=True)]  # type: ignore[arg-type]
    return [records, cells]


def _write_all(
    engine: Engine, table: TableSpec, columns: Sequence[Sequence[Any]], specs: Sequence[FieldSpec], budget: Budget
) -> None:
    """Write values of fields, some records at a time; the first column says which records."""
    for start in range(0, len(columns[0]), _AT_ONCE):
        budget.check()
        records, *cells = (column[start : start + _AT_ONCE] for column in columns)
        written = [(spec, kept_values(type_of(spec), some)) for spec, some in zip(specs, cells, strict=True)]
        engine.commit(batch_of(table, kept_values(record_type(table), records), written))


def _begin(engine: Engine, batch: Batch) -> "Future[Written | RoarbaseError]":
    outcome: Future[Written | RoarbaseError] = Future()
    engine.write(batch, outcome.set_result)
    return outcome


def _await(outcome: "Future[Written | RoarbaseError]") -> None:
    told = outcome.result()
    if isinstance(told, RoarbaseError):
        raise told
