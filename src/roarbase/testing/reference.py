"""A table as dictionaries, answering plans record by record: the model that engines are checked against.

Nothing here is clever or fast. A record is a dict of its values: a number, a row (id, key or
bool) or, for set and time fields, a set of rows; a field without value is absent. Beside it stand the
calendar views of its time fields, each with its rows.
Plans with errors are not its matter: it is asked only what has an answer.
"""

import copy
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.model import results as r
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.names import RECORD_ID
from roarbase.testing.batches import At, RecordName, Removed, Replaced, Write, rows_in
from roarbase.testing.plain_views import begin_of, end_of, is_between, views_at

__all__ = ["ReferenceTable"]

_SINGLE_TYPES = {
    FieldType.BOOL: r.DataType.BOOL,
    FieldType.INT: r.DataType.INT64,
    FieldType.DECIMAL: r.DataType.DECIMAL,
    FieldType.TIMESTAMP: r.DataType.TIMESTAMP,
}

_TOTALS: dict[str, Callable[[list[int]], int]] = {"sum": sum, "min": min, "max": max}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """One combination of rows or numbers: `keys` in the order of the group fields."""

    keys: tuple[Any, ...]
    count: int
    aggregate: int | None = None


class ReferenceTable:
    """One table, with its fields made at the start.

    >>> table = ReferenceTable([FieldSpec(name="n", type=FieldType.INT)], is_keyed=False)
    >>> table.write([(7, {"n": 1}), (7, {"n": 2}), (3, {"n": None})])
    2
    >>> table.answer(p.Sum("n")).value
    2
    """

    def __init__(
        self, specs: Iterable[FieldSpec], *, is_keyed: bool, targets: "Mapping[str, ReferenceTable] | None" = None
    ) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self.is_keyed = is_keyed
        self.records: dict[RecordName, dict[str, Any]] = {}
        self.names: list[RecordName] = []
        """Ids or keys in order of first use, also by fields of other tables that refer to these records."""
        self.row_keys: dict[str, list[Any]] = {name: [] for name in self.specs}
        """The keys of each keyed field in order of first use; of a field that refers to a table, that table's."""
        self.targets: Mapping[str, ReferenceTable] = {}
        self.tables: Mapping[str, ReferenceTable] = {}
        self.refer_to(targets or {})
        self.views: dict[tuple[RecordName, str], dict[str, set[Any]]] = {}
        """What a record holds in each view of a time field, by record and field."""

    def refer_to(
        self, targets: "Mapping[str, ReferenceTable]", tables: "Mapping[str, ReferenceTable] | None" = None
    ) -> None:
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
        before = self._held(name for name, _ in writes)
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

    def edit(self, step: e.Edit) -> int:
        """Apply an edit, and tell how many records it changed."""
        before = self._held(self.records)
        names = self.select(step.records)
        match step:
            case e.DeleteRecords():
                for name in names:
                    self._delete(name)
            case e.ClearRow():
                for name in names:
                    self._take(name, step.field, [step.row])
            case e.StoreRow():
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

    def _held(self, names: Iterable[RecordName]) -> dict[RecordName, Any]:
        """A copy of all that records hold, in all views; None for a record that is not there."""
        return {name: copy.deepcopy(self._contents(name)) for name in names}

    def _contents(self, name: RecordName) -> Any:
        if name not in self.records:
            return None
        values = {field: value for field, value in self.records[name].items() if value != set()}
        views = {field: self.views.get((name, field), {}) for field in self.specs}
        return values, {field: {view: rows for view, rows in found.items() if rows} for field, found in views.items()}

    def _changed_since(self, before: dict[RecordName, Any]) -> int:
        return sum(self._contents(name) != held for name, held in before.items())

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

    # ---- sets of records -----------------------------------------------------------------

    def ordered(self, names: Iterable[RecordName]) -> list[RecordName]:
        """In order of id; a keyed table in order of first use."""
        chosen = set(names)
        return [n for n in self.names if n in chosen] if self.is_keyed else sorted(chosen)

    def select(self, node: p.Bitmap) -> set[RecordName]:
        """The records of a bitmap node."""
        match node:
            case p.Slice():
                inner = self.ordered(self.select(node.input))[node.offset :]
                return set(inner if node.limit is None else inner[: node.limit])
            case p.Union():
                return set().union(*map(self.select, node.inputs))
            case p.Intersect():
                return set.intersection(*map(self.select, node.inputs))
            case p.Difference():
                return self.select(node.inputs[0]).difference(*map(self.select, node.inputs[1:]))
            case p.Xor():
                times = Counter(name for i in node.inputs for name in self.select(i))
                return {name for name, count in times.items() if count % 2}
            case p.HoldingRows(p.TopRows() as rows):
                top = {each.row for each in self._top_rows(rows).rows}
                return {name for name in self.records if top & {*self.values(name, rows.field, rows.during)}}
            case p.HoldingRows(p.Rows() as rows):
                held = set(self.chosen(rows))
                return {name for name in self.records if held & {*self.values(name, rows.field, rows.during)}}
            case p.Shifted():
                return {name + node.by for name in self.select(node.input) if isinstance(name, int)} & {*self.records}
            case p.Referred():
                other = self.tables[node.table]
                return other.named(other.select(node.input), node.field, by_key=self.is_keyed) & self.records.keys()
            case p.Referring():
                chosen = self.tables[node.table].select(node.input)
                by_key = self.tables[node.table].is_keyed
                return {name for name in self.records if self.named([name], node.field, by_key=by_key) & chosen}
            case _:
                return {name for name in self.records if self._is_in(name, node)}

    def named(self, names: Iterable[RecordName], field: str, *, by_key: bool) -> set[RecordName]:
        """The records that these records name by a field: by key, or by number and id of row."""
        if field == RECORD_ID:
            return set(names)
        values = {value for name in names for value in self.values(name, field)}
        if by_key or not self.has_keys(field):
            return {int(value) if isinstance(value, bool) else value for value in values}
        return {self.order(field)(value) + 1 for value in values}

    def _is_in(self, name: RecordName, node: p.Bitmap) -> bool:
        """Whether one record is in a node without inputs."""
        match node:
            case p.All():
                return True
            case p.RecordSet():
                return name in node.records
            case p.IdRange():
                return _is_between(name, node.low, node.high)
            case p.RowIs():
                return node.row in self.values(name, node.field, node.during)
            case p.RefersElsewhere():
                is_known = node.row in self.row_keys[node.field]
                return not is_known or any(key != node.row for key in self.values(name, node.field))
            case p.RowsIn():
                return any(row in node.rows for row in self.values(name, node.field, node.during))
            case p.RowsLike():
                return any(_is_like(row, node.pattern) for row in self.values(name, node.field, node.during))
            case p.NumberRange():
                return any(_is_between(v, node.low, node.high) for v in self.values(name, node.field))
            case p.NumberIn():
                return any(v in node.values for v in self.values(name, node.field))
            case p.NotNull():
                return bool(self.values(name, node.field, node.during))
            case _:
                return False

    # ---- values --------------------------------------------------------------------------

    def values(self, name: RecordName, field: str, during: p.TimeRange | None = None) -> list[Any]:
        """The values of a record in a field, in the field's order; empty for none."""
        value = self.records.get(name, {}).get(field)
        if during is not None:
            views = self.views.get((name, field), {})
            quantum = self.specs[field].quantum
            value = set().union(*(rows for view, rows in views.items() if is_between(view, quantum, during)))
        if value is None:
            return []
        return sorted(value, key=self.order(field)) if isinstance(value, set) else [value]

    def order(self, field: str) -> Callable[[Any], int]:
        """The sort key of the field's values: the number, the row id, or the first use of a key."""
        return self.row_keys[field].index if self.has_keys(field) else int

    def has_keys(self, field: str) -> bool:
        """Values are strings: rows of a keyed field, or keys of another table's records."""
        return self.specs[field].is_keyed or self.specs[field].is_reference

    def distinct(self, names: Iterable[RecordName], field: str, during: p.TimeRange | None = None) -> list[Any]:
        """The values that these records hold, in the field's order."""
        return sorted({v for name in names for v in self.values(name, field, during)}, key=self.order(field))

    def numbers(self, names: Iterable[RecordName], field: str) -> list[int]:
        """The numbers of those records that have one."""
        return [v for name in names for v in self.values(name, field)]

    def type(self, field: str) -> r.DataType:
        """The type of a single value in a result."""
        if self.has_keys(field):
            return r.DataType.STRING
        return _SINGLE_TYPES.get(self.specs[field].type, r.DataType.UINT64)

    def column(self, field: str, cells: Sequence[Any] = ()) -> r.ResultColumn:
        """A result column of single values."""
        return r.ResultColumn(name=field, type=self.type(field), cells=cells, scale=self.specs[field].places)

    def _sum_type(self, field: str) -> r.DataType:
        return r.DataType.INT64 if self.type(field) is r.DataType.TIMESTAMP else self.type(field)

    # ---- plans ---------------------------------------------------------------------------

    def answer(self, plan: p.Plan) -> r.Result:
        """The answer to a plan."""
        match plan:
            case p.Records():
                return r.RecordsResult(records=self.ordered(self.select(plan.input)), is_keyed=self.is_keyed)
            case p.Count():
                return r.CountResult(count=len(self.select(plan.input)))
            case p.Rows():
                return r.RowsResult(field=plan.field, rows=self.chosen(plan), is_keyed=self.specs[plan.field].is_keyed)
            case p.TopRows():
                return self._top_rows(plan)
            case p.ExtremeRow():
                return self._extreme_row(plan)
            case p.Sum() | p.MinMax():
                return self._value_count(plan)
            case p.Percentile():
                return self._percentile(plan)
            case p.Distinct():
                values = self.distinct(self.select(plan.input), plan.field)
                is_reference = self.specs[plan.field].is_reference
                return r.DistinctResult(column=self.column(plan.field, values), are_references=is_reference)
            case p.Extract():
                return self._extract(plan)
            case p.GroupBy():
                return self._group_by(plan)
            case p.Summarize():
                return self._summarize(plan)
            case p.Stamped():
                return self._stamped(plan.field)
            case p.Explain():
                raise ValueError("the model has no steps to explain")

    def chosen(self, options: p.Rows | p.GroupField) -> list[Any]:
        """The rows or values that the options of Rows leave, in the field's order."""
        order = self.order(options.field)
        if options.within is not None:
            has_keys = self.has_keys(options.field)
            known = [v for v in options.within if not has_keys or v in self.row_keys[options.field]]
            return sorted(set(known), key=order)
        names = self.select(options.input) if isinstance(options, p.Rows) else set(self.records)
        names = names if options.column is None else names & {options.column}
        rows = self.distinct(names, options.field, options.during)
        if options.after is not None:
            rows = [row for row in rows if order(row) > order(options.after)]
        rows = rows[: options.limit]
        return rows if options.like is None else [row for row in rows if _is_like(row, options.like)]

    def _top_rows(self, plan: p.TopRows) -> r.TopRowsResult:
        among = self.select(plan.input)
        counts = self._holders(among, plan)
        everywhere = counts if plan.similarity is None else self._holders(self.records, plan)

        def is_left(row: Any) -> bool:
            """Whether the options leave a row."""
            if counts[row] < plan.least or (plan.within is not None and row not in plan.within):
                return False
            either = len(among) + everywhere[row] - counts[row]
            return plan.similarity is None or ceil(Fraction(100 * counts[row], either)) > plan.similarity

        order = self.order(plan.field)
        rows = [row for row in sorted(counts, key=lambda row: (-counts[row], order(row))) if is_left(row)]
        top = tuple(r.RowCount(row=row, count=counts[row]) for row in rows[: plan.k])
        return r.TopRowsResult(field=plan.field, rows=top, is_keyed=self.specs[plan.field].is_keyed)

    def _holders(self, among: Iterable[Any], plan: p.TopRows) -> Counter[Any]:
        """How many of these records hold each row."""
        return Counter(row for name in among for row in self.values(name, plan.field, plan.during))

    def _extreme_row(self, plan: p.ExtremeRow) -> r.RowResult:
        among = self.select(plan.input)
        rows = self.distinct(among, plan.field)
        row = None if not rows else rows[0] if plan.function == "min" else rows[-1]
        count = sum(row in self.values(name, plan.field) for name in among) if rows else 0
        return r.RowResult(field=plan.field, row=row, count=count, is_keyed=self.specs[plan.field].is_keyed)

    def _value_count(self, plan: p.Sum | p.MinMax) -> r.ValueCountResult:
        values = self.numbers(self.select(plan.input), plan.field)
        spec = self.specs[plan.field]
        if isinstance(plan, p.Sum):
            total = sum(values) if values else None
            return r.ValueCountResult(value=total, count=len(values), type=self._sum_type(plan.field), scale=spec.scale)
        value = None if not values else min(values) if plan.function == "min" else max(values)
        return r.ValueCountResult(
            value=value, count=sum(v == value for v in values), type=self.type(plan.field), scale=spec.places
        )

    def _percentile(self, plan: p.Percentile) -> r.ValueCountResult:
        values = sorted(self.numbers(self.select(plan.input), plan.field))
        value, count = _nth_percentile(values, plan.nth) if values else (None, 0)
        return r.ValueCountResult(
            value=value, count=count, type=self.type(plan.field), scale=self.specs[plan.field].places
        )

    def _extract(self, plan: p.Extract) -> r.ExtractResult:
        names = self.ordered(self.select(plan.input))
        for order in reversed(plan.order):
            keys = {name: self._order_key(name, order) for name in names}
            names.sort(key=keys.__getitem__, reverse=order.is_descending)  # stable in both directions
        stop = None if plan.limit is None else plan.offset + plan.limit
        names = names[plan.offset : stop]
        record_type = r.DataType.STRING if self.is_keyed else r.DataType.UINT64
        records = r.ResultColumn(name="_id", type=record_type, cells=names)
        return r.ExtractResult(records=records, fields=tuple(self._extracted(names, f) for f in plan.fields))

    def _order_key(self, name: RecordName, order: p.RecordOrder) -> tuple[bool, Any]:
        """Nulls lowest, unless highest; rows of keyed fields by key."""
        if order.field == "_id":
            return True, name
        values = self.values(name, order.field)
        return bool(values) != order.are_nulls_highest, values[0] if values else None

    def _extracted(self, names: Sequence[RecordName], asked: str | p.FieldDuring) -> r.ResultColumn:
        field, during = (asked, None) if isinstance(asked, str) else (asked.field, asked.during)
        if not self.specs[field].type.is_multivalued:
            return self.column(field, [next(iter(self.values(name, field)), None) for name in names])
        set_type = r.DataType.STRING_SET if self.specs[field].is_keyed else r.DataType.UINT64_SET
        return r.ResultColumn(
            name=field, type=set_type, cells=[tuple(self.values(n, field, during)) or None for n in names]
        )

    def _stamped(self, field: str) -> r.ExtractResult:
        found: dict[tuple[RecordName, int], set[Any]] = {}
        for name in self.ordered(set(self.records)):
            views = self.views.get((name, field), {})
            for view in sorted(views, key=begin_of):
                inner = [rows for other, rows in views.items() if other.startswith(view) and other != view]
                if left := views[view].difference(*inner):
                    found.setdefault((name, begin_of(view)), set()).update(left)
        record_type = r.DataType.STRING if self.is_keyed else r.DataType.UINT64
        records = r.ResultColumn(name="_id", type=record_type, cells=[name for name, _ in found])
        times = r.ResultColumn(name="time", type=r.DataType.TIMESTAMP, cells=[second for _, second in found])
        set_type = r.DataType.STRING_SET if self.specs[field].is_keyed else r.DataType.UINT64_SET
        cells = [tuple(sorted(rows, key=self.order(field))) for rows in found.values()]
        return r.ExtractResult(records=records, fields=(times, r.ResultColumn(name=field, type=set_type, cells=cells)))

    # ---- groups --------------------------------------------------------------------------

    def _group_by(self, plan: p.GroupBy) -> r.GroupsResult:
        names = self.ordered(self.select(plan.input))
        fields = [options.field for options in plan.fields]
        choices = [self._group_choices(plan, options) for options in plan.fields]
        members: dict[tuple[Any, ...], list[RecordName]] = {}
        for name in names:
            lists = [
                [v for v in self.values(name, options.field, options.during) if v in choice]
                for options, choice in zip(plan.fields, choices, strict=True)
            ]
            for combination in itertools.product(*lists):
                members.setdefault(combination, []).append(name)
        orders = [self.order(field) for field in fields]
        ordered = sorted(members, key=lambda keys: [order(k) for order, k in zip(orders, keys, strict=True)])
        counted = self.select(plan.aggregate.input) if plan.aggregate is not None else set()
        groups = [self._group(plan, keys, members[keys], counted) for keys in ordered]
        if isinstance(plan.aggregate, p.Sum):
            groups = [group for group in groups if group.count]
        if plan.after:
            groups = [group for group in groups if self._is_behind(plan.fields, choices, group.keys)]
        groups = _having_order_limit(plan, groups)
        columns = tuple(
            replace(self.column(field), cells=[group.keys[number] for group in groups])
            for number, field in enumerate(fields)
        )
        aggregate = self._aggregate_column(plan)
        if aggregate is not None:
            aggregate = replace(aggregate, cells=[group.aggregate for group in groups])
        return r.GroupsResult(fields=columns, counts=[group.count for group in groups], aggregate=aggregate)

    def _group_choices(self, plan: p.GroupBy, options: p.GroupField) -> list[Any]:
        return self.chosen(replace(options, after=None) if plan.after else options)

    def _group(
        self, plan: p.GroupBy, keys: tuple[Any, ...], names: list[RecordName], counted: set[RecordName]
    ) -> _Group:
        match plan.aggregate:
            case None:
                return _Group(keys=keys, count=len(names))
            case p.Sum():
                values = self.numbers(counted.intersection(names), plan.aggregate.field)
                return _Group(keys=keys, count=len(values), aggregate=sum(values))
            case p.CountDistinct():
                among = counted.intersection(names)
                return _Group(keys=keys, count=len(names), aggregate=len(self.distinct(among, plan.aggregate.field)))

    def _aggregate_column(self, plan: p.GroupBy) -> r.ResultColumn | None:
        match plan.aggregate:
            case None:
                return None
            case p.Sum(field):
                scale = self.specs[field].scale
                return r.ResultColumn(name="sum", type=self._sum_type(field), cells=(), scale=scale)
            case p.CountDistinct():
                return r.ResultColumn(name="aggregate", type=r.DataType.UINT64, cells=())

    def _is_behind(self, fields: Sequence[p.GroupField], choices: list[list[Any]], keys: tuple[Any, ...]) -> bool:
        """Whether a group comes behind the combination of the fields' `after` rows."""
        given = max((i for i, options in enumerate(fields) if options.after is not None), default=-1)
        for i in range(given + 1):
            order, after = self.order(fields[i].field), fields[i].after
            start = order(choices[i][0] if after is None else after)
            if order(keys[i]) != start:
                return order(keys[i]) > start
        return given < len(fields) - 1

    def _summarize(self, plan: p.Summarize) -> r.ResultTable:
        members: dict[tuple[Any, ...], list[RecordName]] = {} if plan.keys else {(): []}
        for name in self.ordered(self.select(plan.input)):
            for combination in itertools.product(*((self.values(name, f) or [None]) for f in plan.keys)):
                members.setdefault(combination, []).append(name)
        orders = [self.order(field) for field in plan.keys]
        ordered = sorted(
            members,
            key=lambda keys: [
                (k is not None, None if k is None else order(k)) for order, k in zip(orders, keys, strict=True)
            ],
        )
        columns = [self.column(field, [keys[i] for keys in ordered]) for i, field in enumerate(plan.keys)]
        columns += [self._summary(value, [members[keys] for keys in ordered]) for value in plan.values]
        return r.ResultTable(columns=tuple(columns))

    def _summary(self, value: p.SummaryValue, groups: list[list[RecordName]]) -> r.ResultColumn:
        name = f"{value.function}({value.field or '*'})"
        field = value.field
        if field is None:
            return r.ResultColumn(name=name, type=r.DataType.UINT64, cells=[len(names) for names in groups])
        if value.function == "count":
            cells = [sum(bool(self.values(n, field)) for n in names) for names in groups]
            return r.ResultColumn(name=name, type=r.DataType.UINT64, cells=cells)
        if value.function == "count_distinct":
            cells = [len(self.distinct(names, field)) for names in groups]
            return r.ResultColumn(name=name, type=r.DataType.UINT64, cells=cells)
        function: Callable[[list[int]], int] = _TOTALS[value.function]
        numbers = [self.numbers(names, field) for names in groups]
        totals = [function(n) if n else None for n in numbers]
        if value.function == "sum":
            return r.ResultColumn(name=name, type=self._sum_type(field), cells=totals, scale=self.specs[field].scale)
        return r.ResultColumn(name=name, type=self.type(field), cells=totals, scale=self.specs[field].places)


def _nth_percentile(values: list[int], nth: Fraction) -> tuple[int, int]:
    """The number that halving the range finds, and how many records it stands for."""
    low, high = min(values), max(values)
    below, above = floor(len(values) * nth / 100), floor(len(values) * (100 - nth) / 100)
    if not above:
        return high, values.count(high)
    if not below:
        return low, values.count(low)
    while low < high:
        middle = int(Fraction(low + high, 2))
        if sum(v < middle for v in values) > below:
            high = middle - 1
        elif sum(v > middle for v in values) > above:
            low = middle + 1
        else:
            return middle, 1
    return low, 1


def _note(known: list[Any], used: Iterable[Any]) -> None:
    """Add what is used for the first time."""
    known += [name for name in dict.fromkeys(used) if name not in known]


def _is_between(value: Any, low: int | None, high: int | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _is_like(text: str, pattern: str) -> bool:
    """`%` any run, `_` one character."""
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _having_order_limit(plan: p.GroupBy, groups: list[_Group]) -> list[_Group]:
    having = plan.having
    if having is not None:
        numbers = [_is_between(_subject(g, having.subject), having.low, having.high) for g in groups]
        groups = [g for g, is_within in zip(groups, numbers, strict=True) if is_within != having.is_negated]
    for order in reversed(plan.order):
        subjects = {g.keys: _subject(g, order.subject) for g in groups}
        by_keys = {g.keys: g for g in groups}
        # Stable in both directions: `reverse` keeps equals in their order.
        groups = [by_keys[k] for k in sorted(by_keys, key=subjects.__getitem__, reverse=order.is_descending)]
    stop = None if plan.limit is None else plan.offset + plan.limit
    return groups[plan.offset : stop]


def _subject(group: _Group, subject: str) -> int:
    return group.count if subject == "count" else group.aggregate or 0
