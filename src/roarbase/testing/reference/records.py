"""The records of a table as dictionaries, and what is written to them.

A record is a dict of its values: a number, a row (id, key or bool) or, for set and time fields, a set of rows; a
field without value is absent. Beside it stand the calendar views of its time fields, each with its rows.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Self

from roarbase.engine.edits import ClearRow, DeleteRecords, Edit, StoreRow
from roarbase.engine.plan import TimeRange
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import DataType, ResultColumn
from roarbase.testing.batches import At, RecordName, Removed, Replaced, Write, rows_in
from roarbase.testing.plain_views import end_of, is_between, views_at

__all__ = ["ReferenceRecords"]

_SINGLE_TYPES = {
    FieldType.BOOL: DataType.BOOL,
    FieldType.INT: DataType.INT64,
    FieldType.DECIMAL: DataType.DECIMAL,
    FieldType.TIMESTAMP: DataType.TIMESTAMP,
}


class ReferenceRecords:
    """One table, with its fields made at the start."""

    def __init__(
        self, specs: Iterable[FieldSpec], *, is_keyed: bool, targets: Mapping[str, Self] | None = None
    ) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self._time_fields = [name for name, spec in self.specs.items() if spec.type is FieldType.TIME]
        self.is_keyed = is_keyed
        self.records: dict[RecordName, dict[str, Any]] = {}
        self.names: list[RecordName] = []
        """Ids or keys in order of first use, also by fields of other tables that refer to these records."""
        self.row_keys: dict[str, list[Any]] = {name: [] for name in self.specs}
        """The keys of each keyed field in order of first use; of a field that refers to a table, that table's."""
        self.targets: Mapping[str, Self] = {}
        self.tables: Mapping[str, Self] = {}
        self.refer_to(targets or {})
        self.views: dict[tuple[RecordName, str], dict[str, set[Any]]] = {}
        """What a record holds in each view of a time field, by record and field."""

    def refer_to(self, targets: Mapping[str, Self], tables: Mapping[str, Self] | None = None) -> None:
        """Know other tables.

        Args:
            targets: Those that fields refer to, by name.
            tables: Those that plans may read beside this one, by uuid.
        """
        self.targets, self.tables = targets, tables or {}
        for name, spec in self.specs.items():
            if spec.foreign_index in self.targets:
                self.row_keys[name] = self.targets[spec.foreign_index].names

    def write(self, writes: Sequence[Write], *, makes_records: bool = True) -> int:
        """Apply writes one after the other, and tell how many records they changed."""
        if not makes_records:
            writes = [(name, values) for name, values in writes if name in self.records]
        before = self._contents(name for name, _ in writes)
        _note(self.names, [name for name, _ in writes])
        for field, spec in self.specs.items():
            if spec.is_reference:  # field by field, since two of them may refer to one table
                written = [values.get(field) for _, values in writes]
                _note(self.row_keys[field], [key for key in written if isinstance(key, str)])
        for name, values in writes:
            self.records.setdefault(name, {})
            for field, value in values.items():
                self._write_value(name, field, value)
        return self._changed_since(before)

    def change(self, step: Edit, names: set[RecordName]) -> int:
        """Apply an edit of these records, and tell how many it changed."""
        before = self._contents(self.records if isinstance(step, StoreRow) else names)
        match step:
            case DeleteRecords():
                for name in names:
                    self._delete(name)
            case ClearRow():
                for name in names:
                    self._take(name, step.field, [step.row])
            case StoreRow():
                self._meet(step.field, [step.row])
                for name in self.records:
                    self._take(name, step.field, [step.row] if name not in names else [])
                for name in names:
                    is_set = self.specs[step.field].type.is_multivalued
                    self._write_value(name, step.field, [step.row] if is_set else step.row)
        return self._changed_since(before)

    def forget(self, field: str) -> None:
        """Have a field without a value or a key: it was dropped and made again."""
        if not self.specs[field].is_reference:
            self.row_keys[field] = []
        for name, record in self.records.items():
            record.pop(field, None)
            self.views.pop((name, field), None)

    def _delete(self, name: RecordName) -> None:
        del self.records[name]
        self.names.remove(name)
        for field in self.specs:
            self.views.pop((name, field), None)

    def _write_value(self, name: RecordName, field: str, value: Any) -> None:
        """Write one value of one record."""
        record = self.records[name]
        if self.specs[field].type.is_multivalued:
            match value:
                case None:
                    self._take(name, field, self._all_rows(name, field))
                case Removed():
                    self._take(name, field, rows_in(value))
                case Replaced():
                    self._take(name, field, self._all_rows(name, field) - {*rows_in(value)})
                    self._add(name, field, value.value)
                case _:
                    self._add(name, field, value)
        elif isinstance(value, Removed):
            self._take(name, field, [value.value])
        else:
            self._meet(field, [value])
            record[field] = value
            if value is None:
                del record[field]

    def _all_rows(self, name: RecordName, field: str) -> set[Any]:
        return set(self.records[name].get(field, ()))

    def _take(self, name: RecordName, field: str, rows: Iterable[Any]) -> None:
        """Take rows, or a value, from a record if it holds them, in all views."""
        record, gone = self.records[name], set(rows)
        if isinstance(record.get(field), set):
            record[field] -= gone
        elif record.get(field) in gone:
            del record[field]
        for view in self.views.get((name, field), {}).values():
            view -= gone

    def _contents(self, names: Iterable[RecordName]) -> dict[RecordName, Any]:
        """A copy of all that records hold, in all views; None for a record that is not there."""
        return {name: self._content(name) if name in self.records else None for name in names}

    def _content(self, name: RecordName) -> Any:
        """The values of a record, then the rows of its views by field and view; neither with empty sets."""
        values = {
            field: frozenset(value) if isinstance(value, set) else value
            for field, value in self.records[name].items()
            if value != set()
        }
        views = {
            (field, view): frozenset(rows)
            for field in self._time_fields
            for view, rows in self.views.get((name, field), {}).items()
            if rows
        }
        return values, views

    def _changed_since(self, before: dict[RecordName, Any]) -> int:
        return sum(content != before[name] for name, content in self._contents(before).items())

    def drop_views(self, field: str, ended_by: int) -> None:
        """Drop the calendar views of a time field that ended at or before a moment."""
        for name in self.records:
            views = self.views.get((name, field), {})
            for view in [view for view in views if end_of(view) <= ended_by]:
                del views[view]
            self._settle(name, field)

    def _add(self, name: RecordName, field: str, value: Any) -> None:
        """Give a record rows, at a moment if there is one."""
        spec = self.specs[field]
        rows = list((value.rows if isinstance(value, At) else value) or ())
        self._meet(field, rows)
        if rows and not spec.no_standard_view:
            self.records[name].setdefault(field, set()).update(rows)
        if rows and isinstance(value, At):
            views = self.views.setdefault((name, field), {})
            for view in views_at(spec.quantum, value.second):
                views.setdefault(view, set()).update(rows)
            self._settle(name, field)

    def _settle(self, name: RecordName, field: str) -> None:
        """Without a standard view, what a record holds is what it holds in any view."""
        if self.specs[field].no_standard_view:
            self.records[name][field] = set().union(*self.views.get((name, field), {}).values())

    def _meet(self, field: str, rows: Sequence[Any]) -> None:
        """Remember the keys that a field sees for the first time."""
        _note(self.row_keys[field], [key for key in rows if isinstance(key, str)])

    # ---- values --------------------------------------------------------------------------

    def ordered(self, names: Iterable[RecordName]) -> list[RecordName]:
        """In order of id; a keyed table in order of first use."""
        chosen = set(names)
        return [n for n in self.names if n in chosen] if self.is_keyed else sorted(chosen)

    def held(self, name: RecordName, field: str, during: TimeRange | None = None) -> Collection[Any]:
        """The values of a record in a field, in no order; empty for none."""
        if during is not None:
            views = self.views.get((name, field), {})
            quantum = self.specs[field].quantum
            return set().union(*(rows for view, rows in views.items() if is_between(view, quantum, during)))
        value = self.records.get(name, {}).get(field)
        return value if isinstance(value, set) else () if value is None else (value,)

    def values(self, name: RecordName, field: str, during: TimeRange | None = None) -> list[Any]:
        """The same in the field's order."""
        values = self.held(name, field, during)
        return sorted(values, key=self.order(field)) if len(values) > 1 else [*values]

    def order(self, field: str) -> Callable[[Any], int]:
        """The sort key of the field's values: the number, the row id, or the first use of a key."""
        return self.row_keys[field].index if self.has_keys(field) else int

    def has_keys(self, field: str) -> bool:
        """Values are strings: rows of a keyed field, or keys of another table's records."""
        return self.specs[field].is_keyed or self.specs[field].is_reference

    def distinct(self, names: Iterable[RecordName], field: str, during: TimeRange | None = None) -> list[Any]:
        """The values that these records hold, in the field's order."""
        return sorted({v for name in names for v in self.held(name, field, during)}, key=self.order(field))

    def numbers(self, names: Iterable[RecordName], field: str) -> list[int]:
        """The numbers of those records that have one."""
        return [v for name in names for v in self.held(name, field)]

    def type(self, field: str) -> DataType:
        """The type of a single value in a result."""
        if self.has_keys(field):
            return DataType.STRING
        return _SINGLE_TYPES.get(self.specs[field].type, DataType.UINT64)

    def column(self, field: str, cells: Sequence[Any] = ()) -> ResultColumn:
        """A result column of single values."""
        return ResultColumn(name=field, type=self.type(field), cells=cells, scale=self.specs[field].places)

    def sum_type(self, field: str) -> DataType:
        """The type of a sum."""
        return DataType.INT64 if self.type(field) is DataType.TIMESTAMP else self.type(field)


def _note(known: list[Any], used: Iterable[Any]) -> None:
    """Add what is used for the first time."""
    known += [name for name in dict.fromkeys(used) if name not in known]
