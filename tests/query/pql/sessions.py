"""Random sessions in PQL: schemas, writes and questions as text, each beside what the plain model answers.

Whoever writes a call here writes down twice what it means: as text, and as a question to the model. Texts are spelled
in every way that the language has: by place and by name, with more or less white space, in other cases.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.model import results as r
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.planes.data.native import render_native
from roarbase.testing.batches import At, Removed
from roarbase.testing.reference import ReferenceTable

__all__ = ["Asked", "Session"]

_IDS = [0, 1, 2, 3, 2**20 - 1, 2**20, 2**21, 2**40, 2**63 - 1]
_KEYS = ["a", "b", "ü", "a b", 'q"', "\\", "x\ny", "1"]
_ROW_IDS = [0, 1, 2, 7, 2**33]
_ROW_KEYS = ["a", "ab", "b", "it's", 'say "x"', "%", "é", "tab\t"]
_MINUTES = ["2020-02-29T23:59", "2020-03-01T00:00", "2021-01-01T00:00", "2021-01-01T01:30", "1969-12-31T23:00"]
_BOUNDS = ["'2020'", "'2020-03'", "2020-03-01T00:00", "'2021-01-01'", '"2021-01-01T01"', "0", "1609459200", "'2022'"]
_SECONDS = [1577836800, 1583020800, 1583020800, 1609459200, 1609462800, 0, 1609459200, 1640995200]
_SET_SECONDS = [1583020740, 1583020800, 1609459200, 1609464600, -3600]
_PATTERNS = ["%", "a%", "%b", "_", "a_", "%'%"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it is written, and what gives its answer once all calls before it were made."""

    text: str
    answer: Callable[[], r.Result]


def rendered(result: r.Result) -> str:
    """A result as the service sends it natively."""
    return b"".join(render_native([result])).decode().removeprefix('{"results":[').removesuffix("]}")


class Session:
    """One table of random fields with its model, and calls for it.

    Attributes:
        tables: What the engine begins with.
    """

    def __init__(self, seed: int) -> None:
        self._random = random = Random(seed)
        self.is_keyed = random.random() < 0.4
        self.specs = [*_specs(random)]
        self._records: list[Any] = random.sample(_KEYS if self.is_keyed else _IDS, 6)
        towns = ReferenceTable([], is_keyed=True)
        self.model = ReferenceTable(self.specs, is_keyed=self.is_keyed, targets={"towns": towns})
        fields = {spec.name: spec for spec in self.specs}
        self.tables = [
            TableSpec(id="w", name="towns", is_keyed=True),
            TableSpec(id="t", name="t", is_keyed=self.is_keyed, fields=fields),
        ]

    # ---- words ---------------------------------------------------------------------------

    def _some(self, *ways: Any) -> Any:
        return self._random.choice(ways)

    def _is(self, chance: float) -> bool:
        return self._random.random() < chance

    def _space(self) -> str:
        return self._random.choice(["", "", "", " ", "\n", "\t "])

    def _string(self, text: str) -> str:
        quote = self._random.choice("\"'")
        body = text.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n").replace("\t", "\\t")
        is_word = text.isascii() and text.isalpha() and text not in ("null", "true", "false")
        return text if is_word and self._is(0.5) else f"{quote}{body}{quote}"

    def _name(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return self._string(value) if isinstance(value, str) else str(value)

    def _list(self, values: Sequence[Any]) -> str:
        return f"[{self._space()}{', '.join(map(self._name, values))}]"

    def _call(self, name: str, *parts: str, is_special: bool = False) -> str:
        if not is_special and self._is(0.1):
            name = self._random.choice([name.lower(), name.upper()])
        inside = f"{self._space()},{self._space()}".join(part for part in parts if part)
        end = "," if inside and not is_special and self._is(0.1) else ""
        return f"{name}{self._space()}({self._space()}{inside}{self._space()}{end}{self._space()})"

    def _field_first(self, name: str, field: str, *parts: str) -> str:
        """A call that may take its field by place."""
        if self._is(0.6):
            return self._call(name, self._some(field, f"field={field}"), *parts, is_special=True)
        calls = [part for part in parts if "=" not in part.split("(")[0]]
        named = [part for part in parts if part not in calls]
        return self._call(name, *calls, f"field={self._string(field)}", *named)

    def _fields(self, is_fit: Callable[[FieldSpec], bool]) -> list[FieldSpec]:
        return [spec for spec in self.specs if is_fit(spec)]

    def _row(self, spec: FieldSpec) -> Any:
        return self._random.choice(_pool(spec))

    # ---- sets of records -----------------------------------------------------------------

    def bitmap(self, depth: int = 2) -> tuple[str, p.Bitmap]:
        """A call that gives records, and what it means."""
        if depth and self._is(0.5):
            return self._nested(depth)
        spec = self._random.choice(self.specs)
        if self._is(0.15):
            return self._call("All"), p.All()
        if self._is(0.1):
            names = self._random.choices(self._records, k=3)
            return self._call("ConstRow", f"columns={self._list(names)}"), p.RecordSet(tuple(names))
        if self._is(0.15):
            operator, node = self._some(
                ("==", p.Difference((p.All(), p.NotNull(spec.name)))), ("!=", p.NotNull(spec.name))
            )
            return self._call("Row", f"{spec.name} {operator} null"), node
        if spec.type.is_number and not spec.is_reference:
            return self._comparison(spec)
        if spec.type.has_rows and spec.type is not FieldType.BOOL and self._is(0.3):
            return self._rows_union(spec)
        return self._holding(spec)

    def _nested(self, depth: int) -> tuple[str, p.Bitmap]:
        inputs = [self.bitmap(depth - 1) for _ in range(self._random.choice([1, 2, 2, 3]))]
        texts, nodes = [text for text, _ in inputs], tuple(node for _, node in inputs)
        way = self._random.choice(["Union", "Intersect", "Difference", "Xor", "Not", "Limit", "Shift", "Options"])
        match way:
            case "Not":
                return self._call("Not", texts[0]), p.Difference((p.All(), nodes[0]))
            case "Limit":
                limit, offset = self._some(None, 0, 1, 3), self._some(None, 0, 2)
                text = self._call("Limit", texts[0], *_options(limit=limit, offset=offset))
                return text, p.Slice(nodes[0], limit, offset or 0)
            case "Shift" if not self.is_keyed:
                by = self._some(-1, 0, 1, 2**20)
                return f"Union({self._call('Shift', texts[0], f'n={by}')})", p.Union((p.Shifted(nodes[0], by),))
            case "Shift" | "Options":
                return self._call("Options", texts[0]), nodes[0]
        kinds = {"Union": p.Union, "Intersect": p.Intersect, "Difference": p.Difference, "Xor": p.Xor}
        return self._call(way, *texts), kinds[way](nodes)

    def _holding(self, spec: FieldSpec) -> tuple[str, p.Bitmap]:
        row = self._row(spec)
        operator = self._some("=", " = ", "==")
        if spec.is_reference and self._is(0.3):
            return self._call("Row", f"{spec.name} != {self._name(row)}"), p.RefersElsewhere(spec.name, str(row))
        during, parts = self._during(spec)
        text = self._call("Row", f"{spec.name}{operator}{self._name(row)}", *parts)
        return text, p.RowIs(spec.name, row, during)

    def _during(self, spec: FieldSpec) -> tuple[p.TimeRange | None, list[str]]:
        if spec.type is not FieldType.TIME or self._is(0.4):
            return None, []
        start, stop = (self._some(None, *range(len(_BOUNDS))) for _ in range(2))
        if start is None and stop is None:
            return None, []
        parts = [f"{n}={_BOUNDS[place]}" for n, place in (("from", start), ("to", stop)) if place is not None]
        bounds = (None if place is None else _SECONDS[place] for place in (start, stop))
        return p.TimeRange(*bounds), parts

    def _rows_union(self, spec: FieldSpec) -> tuple[str, p.Bitmap]:
        if self._is(0.3):
            k = self._some(None, 1, 2)
            top = p.TopRows(field=spec.name, k=k)
            text = self._field_first(self._some("TopN", "TopK"), spec.name)
            key = "n" if text.lower().startswith("topn") else "k"
            return self._call("UnionRows", _with(text, *_options(**{key: k}))), p.HoldingRows(top)
        options, text = self._rows(spec)
        return self._call("UnionRows", text), p.Union((p.HoldingRows(options),))

    def _comparison(self, spec: FieldSpec) -> tuple[str, p.Bitmap]:
        first, low = self._literal(spec)
        second, high = self._literal(spec)
        if self._is(0.3):
            less, least = self._some(("<", 1), ("<=", 0)), self._some(("<", 1), ("<=", 0))
            node = p.NumberRange(spec.name, low + less[1], high - least[1])
            return self._call("Row", f"{first} {less[0]} {spec.name} {least[0]} {second}"), node
        if self._is(0.1):
            return self._call("Row", f"{spec.name} >< [{first}, {second}]"), p.NumberRange(spec.name, low, high)
        operator, node = self._some(
            ("=", p.NumberRange(spec.name, low, low)),
            ("==", p.NumberRange(spec.name, low, low)),
            ("!=", p.Difference((p.NotNull(spec.name), p.NumberRange(spec.name, low, low)))),
            ("<", p.NumberRange(spec.name, None, low - 1)),
            ("<=", p.NumberRange(spec.name, None, low)),
            (">", p.NumberRange(spec.name, low + 1, None)),
            (">=", p.NumberRange(spec.name, low, None)),
        )
        return self._call("Row", f"{spec.name}{self._space()}{operator}{self._space()}{first}"), node

    def _literal(self, spec: FieldSpec) -> tuple[str, int]:
        """A number as it is written for a field, and as the field keeps it."""
        number = self._random.choice([-150, -15, -1, 0, 1, 2, 15, 150, 999])
        if spec.type is FieldType.TIMESTAMP:
            per_second = 10**spec.places
            fraction = self._some("", ".5", ".9999999999")
            text = f'"2021-01-01T00:{abs(number) % 60:02d}:00{fraction}Z"'
            part = Fraction(fraction or "0") * per_second
            return text, (1609459200 + abs(number) % 60 * 60) * per_second + part.numerator // part.denominator
        if spec.type is FieldType.DECIMAL and self._is(0.7):
            digits = self._random.choice([1, 2, 5])
            exact = Fraction(number, 10**digits)
            text = f"{'-' if number < 0 else ''}{abs(number) // 10**digits}.{abs(number) % 10**digits:0{digits}d}"
            return text, int(exact * 10**spec.scale)
        return str(number), number * 10**spec.scale

    # ---- questions -----------------------------------------------------------------------

    def question(self) -> Asked:
        """A call that asks."""
        ways = [self._ask_records, self._ask_count, self._ask_rows, self._ask_numbers, self._ask_values]
        ways += [self._ask_groups, self._ask_table, self._ask_record]
        return self._random.choice(ways)()

    def _plan(self, text: str, plan: p.Plan, finish: Callable[[Any], r.Result] = lambda found: found) -> Asked:
        return Asked(text, lambda: finish(self.model.answer(plan)))

    def _among(self) -> tuple[list[str], p.Bitmap]:
        if self._is(0.4):
            return [], p.All()
        text, node = self.bitmap()
        return [text], node

    def _ask_records(self) -> Asked:
        text, node = self.bitmap()
        return self._plan(text, p.Records(node))

    def _ask_count(self) -> Asked:
        text, node = self.bitmap()
        if self._is(0.3):
            spec = self._random.choice(self.specs)
            distinct = self._call("Distinct", text, f"field={spec.name}")
            plan = p.Distinct(spec.name, node)
            return self._plan(
                self._call("Count", distinct), plan, lambda found: r.CountResult(count=len(found.column.cells))
            )
        return self._plan(self._call("Count", text), p.Count(node))

    def _rows(self, spec: FieldSpec) -> tuple[p.Rows, str]:
        options, parts = p.Rows(field=spec.name), []
        if self._is(0.15):
            rows = self._random.choices(_pool(spec), k=2)
            return replace(options, within=tuple(rows)), self._field_first("Rows", spec.name, f"in={self._list(rows)}")
        known = self.model.row_keys[spec.name] if spec.is_keyed else _ROW_IDS
        if known and self._is(0.3):
            options = replace(options, after=self._random.choice(known))
            parts.append(f"previous={self._name(options.after)}")
        if self._is(0.3):
            options = replace(options, limit=self._some(0, 1, 2))
            parts.append(f"limit={options.limit}")
        if self._is(0.2):
            options = replace(options, column=self._random.choice(self._records))
            parts.append(f"column={self._name(options.column)}")
        if spec.is_keyed and self._is(0.3):
            options = replace(options, like=self._random.choice(_PATTERNS))
            parts.append(f"like={self._string(str(options.like))}")
        during, times = self._during(spec)
        return replace(options, during=during), self._field_first("Rows", spec.name, *parts, *times)

    def _ask_rows(self) -> Asked:
        spec = self._random.choice(self._fields(lambda s: s.type.has_rows and s.type is not FieldType.BOOL))
        way = self._random.choice(["Rows", "TopK", "TopN", "MinRow"])
        if way == "Rows":
            options, text = self._rows(spec)
            return self._plan(text, options)
        among, node = self._among()
        if way == "MinRow":
            name, function = self._some(("MinRow", "min"), ("MaxRow", "max"))
            text = self._call(name, *among, f"field={self._string(spec.name)}")
            once = not among
            return self._plan(
                text,
                p.ExtremeRow(function, spec.name, node),
                lambda found: replace(found, count=min(found.count, 1)) if once else found,
            )
        k = self._some(None, 1, 2)
        if way == "TopN":
            least = self._some(None, 1, 2)
            ids = self._some(None, self._random.choices(_pool(spec), k=3))
            parts = _options(n=k, threshold=least) + ([] if ids is None else [f"ids={self._list(ids)}"])
            similarity = self._some(None, 20, 50, 100) if among else None
            parts += _options(tanimotoThreshold=similarity)
            plan = p.TopRows(field=spec.name, k=k, input=node, within=None if ids is None else tuple(ids))
            return self._plan(
                self._field_first("TopN", spec.name, *among, *parts),
                replace(plan, least=least or 1, similarity=similarity),
            )
        during, times = self._during(spec)
        filters = [f"filter={among[0]}"] if among else []
        text = self._field_first("TopK", spec.name, *_options(k=k), *filters, *times)
        return self._plan(text, p.TopRows(field=spec.name, k=k, input=node, during=during))

    def _ask_numbers(self) -> Asked:
        spec = self._random.choice(self._fields(lambda s: s.type.is_number and not s.is_reference))
        among, node = self._among()
        way = self._random.choice(["Sum", "Min", "Max", "Percentile", "FieldValue"])
        if way == "Percentile":
            nth = self._some("0", "100", "50", "33.3", "99.", ".5")
            filters = [f"filter={among[0]}"] if among else []
            text = self._field_first("Percentile", spec.name, f"nth={nth}", *filters)
            plan = p.Percentile(spec.name, Fraction(nth.removesuffix(".")), node)
            return self._plan(text, plan, lambda found: replace(found, is_percentile=True))
        if way == "FieldValue":
            record = self._random.choice(self._records)
            text = self._call("FieldValue", f"field={spec.name}", f"column={self._name(record)}")
            return self._plan(text, p.MinMax("min", spec.name, p.RecordSet((record,))))
        text = self._field_first(way, spec.name, *among)
        if way == "Sum":
            return self._plan(text, p.Sum(spec.name, node))
        return self._plan(text, p.MinMax("min" if way == "Min" else "max", spec.name, node))

    def _ask_values(self) -> Asked:
        spec, (among, node) = self._random.choice(self.specs), self._among()
        text = self._call("Distinct", *among, f"field={self._string(spec.name)}")
        return self._plan(text, p.Distinct(spec.name, node))

    def _ask_record(self) -> Asked:
        (text, node), record = self.bitmap(), self._random.choice(self._records)
        text = self._call("IncludesColumn", text, f"column={self._name(record)}")
        plan = p.Count(p.Intersect((p.RecordSet((record,)), node)))
        return self._plan(text, plan, lambda found: r.BoolResult(value=found.count > 0))

    def _ask_table(self) -> Asked:
        text, node = self.bitmap()
        specs = self._random.choices(self.specs, k=2)
        asked = [(spec, *self._during(spec)) for spec in specs]
        rows = [self._field_first("Rows", spec.name, *parts) for spec, _, parts in asked]
        fields = tuple(s.name if during is None else p.FieldDuring(s.name, during) for s, during, _ in asked)
        plan = p.Extract(input=node, fields=fields)
        single = self._fields(lambda s: not s.type.is_multivalued)
        if not single or self._is(0.5):
            return self._plan(self._call("Extract", text, *rows), plan)
        spec, limit, is_descending = self._random.choice(single), self._some(None, 2), self._is(0.5)
        parts = _options(limit=limit) + (["sort-desc=true"] if is_descending else [])
        plan = replace(plan, input=p.Intersect((node, p.NotNull(spec.name))), limit=limit)
        plan = replace(plan, order=(p.RecordOrder(spec.name, is_descending=is_descending),))
        sort = self._call("Sort", text, f"field={spec.name}", *parts)
        if self._is(0.3):
            alone = replace(plan, fields=(spec.name,))
            return self._plan(sort, alone, lambda f: r.SortedResult(records=f.records, values=f.fields[0]))
        return self._plan(self._call("Extract", sort, *rows), plan)

    def _ask_groups(self) -> Asked:
        specs = self._random.sample(self._fields(lambda s: s.type is not FieldType.DECIMAL), 2)
        specs = specs[: self._some(1, 2)]
        fields, texts = [], []
        for spec in specs:
            if spec.type.has_rows and spec.type is not FieldType.BOOL and self._is(0.4):
                options, text = self._rows(spec)
                if options.after is None:
                    fields.append(_group_field(options))
                    texts.append(text)
                    continue
            fields.append(p.GroupField(field=spec.name))
            texts.append(self._field_first("Rows", spec.name))
        among, node = self._among()
        parts = [f"filter={among[0]}"] if among else []
        plan = p.GroupBy(fields=tuple(fields), input=node)
        plan, more = self._aggregate(plan)
        limit, offset = self._some(None, 1, 3), self._some(None, 1)
        parts += [*more, *_options(limit=limit, offset=offset)]
        plan = replace(plan, limit=limit, offset=offset or 0)
        if self._is(0.3):
            direction = self._some("", " asc", " desc")
            parts.append(f'sort="count{direction}"')
            plan = replace(plan, order=(p.GroupOrder("count", is_descending=direction != " asc"),))
        self._random.shuffle(parts)
        return self._plan(self._call("GroupBy", *texts, *parts), plan)

    def _aggregate(self, plan: p.GroupBy) -> tuple[p.GroupBy, list[str]]:
        parts: list[str] = []
        numbers = self._fields(lambda s: s.type.is_number and not s.is_reference)
        if self._is(0.3):
            spec = self._random.choice(numbers)
            parts.append(f"aggregate=Sum(field={spec.name})")
            plan = replace(plan, aggregate=p.Sum(spec.name))
        elif self._is(0.3):
            spec, (text, node) = self._random.choice(self.specs), self.bitmap(1)
            parts.append(f"aggregate=Count(Distinct({text}, field={spec.name}))")
            plan = replace(plan, aggregate=p.CountDistinct(spec.name, node))
        if self._is(0.3):
            subject = self._some("count", "sum") if plan.aggregate is not None else "count"
            parts.append(f"having=Condition(1 < {subject} <= 3)")
            plan = replace(plan, having=p.Having(subject, 2, 3))
        return plan, parts

    # ---- writes --------------------------------------------------------------------------

    def change(self) -> Asked:
        """A call that writes."""
        way = self._random.choice(["Set"] * 6 + ["Clear", "Clear", "ClearRow", "Store", "Delete"])
        if way == "Delete":
            text, node = self.bitmap()
            return self._edit(self._call("Delete", text), e.DeleteRecords(node))
        if way == "Store":
            sets = self._fields(lambda s: s.type is FieldType.SET)
            spec, (text, node) = self._random.choice(sets), self.bitmap()
            row = self._row(spec)
            text = self._call("Store", text, f"{spec.name}={self._name(row)}")
            return self._edit(text, e.StoreRow(spec.name, row, node), always=True)
        if way == "ClearRow":
            spec = self._random.choice(self._fields(lambda s: s.type.has_rows))
            row = self._row(spec)
            return self._edit(self._call("ClearRow", f"{spec.name}={self._name(row)}"), e.ClearRow(spec.name, row))
        spec, record = self._random.choice(self.specs), self._random.choice(self._records)
        return self._set(spec, record) if way == "Set" else self._clear(spec, record)

    def _edit(self, text: str, edit: e.Edit, *, always: bool = False) -> Asked:
        return Asked(text, lambda: r.BoolResult(value=self.model.edit(edit) > 0 or always))

    def _record(self, record: Any) -> str:
        return self._string(record) if not isinstance(record, str) else json.dumps(record, ensure_ascii=False)

    def _set(self, spec: FieldSpec, record: Any) -> Asked:
        text, value = self._value(spec)
        parts = [self._place(record), f"{spec.name}={text}"]
        if spec.type.is_multivalued:
            value = [value]
        if spec.type is FieldType.TIME and self._is(0.7):
            minute = self._random.randrange(len(_MINUTES))
            parts.append(self._some(_MINUTES[minute], f'"{_MINUTES[minute]}"'))
            value = At(_SET_SECONDS[minute], value)
        writes = [(record, {spec.name: value})]
        return Asked(self._placed("Set", parts), lambda: r.BoolResult(value=self.model.write(writes) > 0))

    def _clear(self, spec: FieldSpec, record: Any) -> Asked:
        text, value = self._value(spec)
        is_number = spec.type.is_number
        gone = None if is_number else Removed([value] if spec.type.is_multivalued else value)
        writes = [(record, {spec.name: gone})]
        return Asked(
            self._placed("Clear", [self._place(record), f"{spec.name}={text}"]),
            lambda: r.BoolResult(value=self.model.write(writes, makes_records=False) > 0),
        )

    def _place(self, record: Any) -> str:
        if not isinstance(record, str):
            return str(record)
        body = record.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{body}"'

    def _placed(self, name: str, parts: list[str]) -> str:
        return f"{name}({self._space()}{f'{self._space()},{self._space()}'.join(parts)}{self._space()})"

    def _value(self, spec: FieldSpec) -> tuple[str, Any]:
        if spec.type.is_number and not spec.is_reference:
            return self._literal(spec)
        row = self._row(spec)
        return self._name(row), row


def _specs(random: Random) -> Iterator[FieldSpec]:
    """Fields of every type, with random options."""
    yield FieldSpec(name="n", type=FieldType.INT)
    yield FieldSpec(name="d", type=FieldType.DECIMAL, scale=random.choice([0, 1, 2, 4]))
    yield FieldSpec(name="at", type=FieldType.TIMESTAMP, unit=random.choice(["s", "ms", "us", "ns"]))
    yield FieldSpec(name="ok", type=FieldType.BOOL)
    yield FieldSpec(name="m", type=FieldType.MUTEX, is_keyed=random.random() < 0.5)
    yield FieldSpec(name="s", type=FieldType.SET, is_keyed=random.random() < 0.5)
    yield FieldSpec(name="s_2-x", type=FieldType.SET, is_keyed=random.random() < 0.5)
    quantum = random.choice(["Y", "YM", "YMD", "YMDH", "D", "MDH"])
    no_standard_view, is_keyed = random.random() < 0.3, random.random() < 0.5
    yield FieldSpec(
        name="seen", type=FieldType.TIME, quantum=quantum, no_standard_view=no_standard_view, is_keyed=is_keyed
    )
    if random.random() < 0.5:
        yield FieldSpec(name="town", type=FieldType.INT, foreign_index="towns")


def _pool(spec: FieldSpec) -> list[Any]:
    if spec.type is FieldType.BOOL:
        return [True, False]
    return _ROW_KEYS if spec.is_keyed or spec.is_reference else _ROW_IDS


def _options(**options: int | None) -> list[str]:
    return [f"{name}={value}" for name, value in options.items() if value is not None]


def _with(call: str, *parts: str) -> str:
    """A call with more arguments in it."""
    body = call.rstrip()[:-1].rstrip().rstrip(",")
    return f"{body}{''.join(f', {part}' for part in parts)})"


def _group_field(options: p.Rows) -> p.GroupField:
    names = ("field", "limit", "like", "column", "within", "during")
    return p.GroupField(**{name: getattr(options, name) for name in names})
