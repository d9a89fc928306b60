"""Schema changes: what would one alter, and making it so.

Asking again for what is already there, or dropping what is gone, alters nothing; so a
caller that stopped half-way can ask again.
"""

from collections import Counter
from dataclasses import replace
from typing import TypeVar

from roarbase.engine.kernels.port import Kernels
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.view_drops import drop_views
from roarbase.errors import (
    IncorrectState,
    InvalidParameter,
    RelatedResourceNotFound,
    ResourceAlreadyExists,
    ResourceNotFound,
)
from roarbase.model.changes import (
    CreateField,
    CreateTable,
    CreateWholeTable,
    DecideKeys,
    DropField,
    DropTable,
    DropViews,
    NewField,
    SchemaChange,
)
from roarbase.model.fields import FieldSpec

__all__ = ["Tables", "get_table", "is_change", "make_change"]

Tables = dict[str, Table]
"""By uuid."""

_Owner = TypeVar("_Owner", Table, CreateTable)


def is_change(tables: Tables, change: SchemaChange) -> bool:
    """Whether the change would alter something.

    Raises:
        ResourceNotFound: The table to change is not there.
        RelatedResourceNotFound: A field would refer to a table that is not there, or has no keys.
        ResourceAlreadyExists: The name is taken by something else.
        InvalidParameter: A table would have two fields of one name or id.
        IncorrectState: The table's kind of record is decided otherwise; or fields refer to the table to drop.
    """
    match change:
        case CreateTable():
            return _is_new_table(tables, change)
        case DropTable():
            return _is_droppable(tables, change)
        case DecideKeys():
            return _is_decision(get_table(tables, change.table), is_keyed=change.is_keyed)
        case CreateField():
            return _is_new_field(tables, change)
        case DropField():
            return change.table in tables and change.name in tables[change.table].fields
        case DropViews():
            field = _time_field_or_none(tables, change)
            return field is not None and field.stamps is not None and field.stamps.has_ended(change.ended_by)


def make_change(tables: Tables, change: SchemaChange, kernels: Kernels, sequence: int = 0) -> None:
    """Make a change that `is_change` allowed, as the log entry with this number."""
    if isinstance(change, CreateTable):
        made = Table(change.table, change.name, kernels, is_keyed=change.is_keyed)
        for new in _fields_of(change):
            _add_field(tables, made, new, sequence)
        tables[change.table] = made
        return
    table = get_table(tables, change.table)
    with table.lock.exclusive():
        match change:
            case DropTable():
                del tables[change.table]
                table.is_dropped = True
            case DecideKeys():
                table.choose_kind(is_keyed=change.is_keyed)
                table.is_keyed = change.is_keyed
            case CreateField():
                _add_field(tables, table, change, sequence)
            case DropField():
                table.drop_field(change.name)
            case DropViews():
                field = _time_field_or_none(tables, change)
                if field is not None:
                    drop_views(table, field, change.ended_by, sequence)


def get_table(tables: Tables, table_id: str) -> Table:
    """The table with this uuid.

    Raises:
        ResourceNotFound: There is none.
    """
    table = tables.get(table_id)
    if table is None:
        raise ResourceNotFound(f"table not found: {table_id!r}", table=table_id)
    return table


def _time_field_or_none(tables: Tables, change: DropViews) -> RowField | None:
    """The field whose views are to be dropped; None if it was dropped itself."""
    table = tables.get(change.table)
    field = table.fields_by_id().get(change.field_id) if table is not None else None
    return field if isinstance(field, RowField) else None


def _is_new_table(tables: Tables, change: CreateTable) -> bool:
    same_id = tables.get(change.table)
    if same_id is not None and same_id.name == change.name and change.is_keyed in (None, same_id.is_keyed):
        return False
    if same_id is not None or any(table.name == change.name for table in tables.values()):
        raise ResourceAlreadyExists(f"there is already a table named {change.name!r}", table=change.name)
    _check_fields(tables, change)
    return True


def _fields_of(change: CreateTable) -> tuple[NewField, ...]:
    """The fields that come with a table."""
    return change.fields if isinstance(change, CreateWholeTable) else ()


def _check_fields(tables: Tables, change: CreateTable) -> None:
    """See that a table can be made with its fields; raises as `is_change`."""
    fields = _fields_of(change)
    names, ids = [field.spec.name for field in fields], [field.field_id for field in fields]
    for what, found in (("named", names), ("with the id", ids)):
        twice = next((each for each, count in Counter(found).items() if count > 1), None)
        if twice is not None:
            raise InvalidParameter(f"table {change.name!r} would have two fields {what} {twice!r}", field=twice)
    for field in fields:
        _settled(tables, change, field.spec)


def _add_field(tables: Tables, table: Table, field: NewField | CreateField, sequence: int) -> None:
    spec = _settled(tables, table, field.spec)
    # Names are settled here once, since a table that is referred to is not dropped.
    target = _target_or_none(tables, table, spec) if spec.is_reference else None
    table.add_field(field.field_id, spec, target, sequence)


def _is_decision(table: Table, *, is_keyed: bool) -> bool:
    if table.kind not in (None, is_keyed):
        kinds = ("ids", "keys") if is_keyed else ("keys", "ids")
        raise IncorrectState(f"table {table.name!r} knows its records by {kinds[0]}, not by {kinds[1]}")
    return table.is_keyed is None


def _is_droppable(tables: Tables, change: DropTable) -> bool:
    table = tables.get(change.table)
    if table is None:
        return False
    others = (other for other in tables.values() if other is not table and table.id in other.targets)
    found = [f"{o.name}.{n}" for o in others for n, f in sorted(o.fields.items()) if f.spec.foreign_index == table.name]
    if found:
        raise IncorrectState(
            f"fields refer to the table {table.name!r}; drop them first: {', '.join(found)}", blocking=found
        )
    return True


def _settled(tables: Tables, owner: _Owner, spec: FieldSpec) -> FieldSpec:
    """A field of the owner, knowing whether what it refers to has ids.

    Raises:
        RelatedResourceNotFound: There is no such table, or it is open yet what its records are known by.
    """
    if not spec.foreign_index:
        return spec
    target = _target_or_none(tables, owner, spec)
    if target is None or target.is_keyed is None:
        why = "is not there" if target is None else "has neither ids nor keys yet"
        raise RelatedResourceNotFound(
            f"the field {spec.name!r} refers to the table {spec.foreign_index!r}, which {why}", table=spec.foreign_index
        )
    return replace(spec, foreign_has_ids=not target.is_keyed)


def _target_or_none(tables: Tables, owner: _Owner, spec: FieldSpec) -> Table | _Owner | None:
    """The table that a field of the owner refers to, which may be the owner before it is among the tables."""
    if owner.name == spec.foreign_index:
        return owner
    return next((table for table in tables.values() if table.name == spec.foreign_index), None)


def _is_new_field(tables: Tables, change: CreateField) -> bool:
    table = get_table(tables, change.table)
    there = table.fields.get(change.spec.name)
    settled = _settled(tables, table, change.spec)
    if there is not None and there.spec == settled:
        return False
    if there is not None:
        raise ResourceAlreadyExists(
            f"table {table.name!r} already has a field named {change.spec.name!r}, of type {there.spec.type}",
            field=change.spec.name,
        )
    if change.field_id in table.fields_by_id():
        raise ResourceAlreadyExists(f"the field id {change.field_id!r} is in use", field=change.spec.name)
    return True
