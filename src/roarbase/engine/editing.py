"""From a step of a write to its log entry: records found, names taken.

Finding reads under the table's lock, shared; taking changes names and needs the lock alone. The
two stand apart, so that a search through millions of records keeps nobody waiting.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from roarbase.engine.edits import Ask, ClearRow, DeleteRecords, Edit, StoreRow
from roarbase.engine.filters.selection import selection
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.operators.answer import answer
from roarbase.engine.operators.held import HeldScan
from roarbase.engine.operators.scan import Scan, describe
from roarbase.engine.storage.entries import (
    ClearRowEntry,
    DeleteEntry,
    RowKeys,
    ShardPositions,
    SingleEntry,
    StoreRowEntry,
)
from roarbase.engine.tables.assigning import assign_batch
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.table import Table
from roarbase.errors import BadRequest, InternalError, RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.fields import MAXIMUM_ID, FieldType
from roarbase.model.results import Result

__all__ = ["Found", "answer_within", "entry_of", "find_records"]

Found = list[ShardPositions] | None
"""The records that an edit is about; None: all of them. A batch names its own: for it there is nothing to be found."""


def find_records(scan: Scan, edit: Edit) -> Found:
    """The records that an edit is about, after what can be wrong with it.

    Raises:
        ResourceNotFound: A field is not there.
        BadRequest: A field's type does not take such an edit, or does not answer what is asked of it.
        RequestTimeout: The budget is used up.
        InternalError: Something failed that must not.
    """
    with _only_reading():
        return _found(scan, edit)


def answer_within(scan: HeldScan, step: Ask) -> Result:
    """The answer to a question within a write.

    Raises:
        As `find_records`.
    """
    with _only_reading():
        return answer(scan, step.plan)()


@contextmanager
def _only_reading() -> Iterator[None]:
    """Have whatever fails concern this write alone: the tables are whole, and the writer can go on."""
    try:
        yield
    except RoarbaseError:
        raise
    except RecursionError:
        raise BadRequest("the statement nests too deep to be run") from None
    except Exception as error:
        raise InternalError("internal error") from error


def _found(scan: Scan, edit: Edit) -> Found:
    match edit:
        case DeleteRecords():
            pass
        case ClearRow():
            _check_row(scan.rows(edit.field, "ClearRow"), edit)
        case StoreRow():
            _check_row(scan.rows(edit.field, "Store"), edit)
    return selection(scan, edit.records, is_listed=isinstance(edit, StoreRow))


def entry_of(table: Table, step: Batch | Edit, found: Found) -> SingleEntry:
    """The entry of a step whose records were found; new names are taken.

    Raises:
        ResourceNotFound, IncorrectState: As `assign_batch`; nothing is taken then.
    """
    match step:
        case Batch():
            if step.table != table.id:
                raise InternalError(f"a batch for table {step.table!r} among the edits of {table.id!r}")
            return assign_batch(table, step)
        case DeleteRecords():
            return DeleteEntry(table=table.id, positions=found)
        case ClearRow():
            field = _row_field(table, step)
            row = field.names.row_id_or_none(step.row)
            if row is None:
                return ClearRowEntry(table=table.id, field_id=field.id, row=0, positions=[])
            return ClearRowEntry(table=table.id, field_id=field.id, row=row, positions=found)
        case StoreRow():
            assert found is not None
            return _store_entry(table, _row_field(table, step), step, found)


def _store_entry(table: Table, field: RowField, step: StoreRow, found: list[ShardPositions]) -> StoreRowEntry:
    row_keys: list[RowKeys] = []
    row = field.names.row_id_or_none(step.row)
    if row is None:
        assert isinstance(field.names, KeyRows)
        row = len(field.names) + 1
        field.names.keys.extend([str(step.row)])
        row_keys = [RowKeys(field_id=field.id, first_row=row, keys=[str(step.row)])]
    return StoreRowEntry(table=table.id, field_id=field.id, row=row, positions=found, row_keys=row_keys)


def _row_field(table: Table, step: ClearRow | StoreRow) -> RowField:
    field = table.get_field(step.field)
    assert isinstance(field, RowField)
    return field


def _check_row(field: RowField, step: ClearRow | StoreRow) -> None:
    field.names.check(field.spec, step.row)
    if isinstance(step, ClearRow):
        return
    if field.spec.type is FieldType.TIME:
        raise BadRequest(
            f"field {step.field!r} is {describe(field.spec)}: Store needs a set, mutex or bool field", field=step.field
        )
    if isinstance(step.row, int) and step.row > MAXIMUM_ID:
        raise BadRequest(f"field {step.field!r} can have no row {step.row}: row ids end at {MAXIMUM_ID}")
