"""What a simulated deployment should hold: a dict, and operations on it as the engine takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, DropField, SchemaChange
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import Removed, Replaced, batch_of

__all__ = ["FIRST", "SPECS", "Operation", "Records", "observed", "random_operation"]

SPECS = {
    "n": FieldSpec(name="n", type=FieldType.INT),
    "s": FieldSpec(name="s", type=FieldType.SET, is_keyed=True),
    "x": FieldSpec(name="x", type=FieldType.MUTEX),
}
"""`x` comes and goes."""

_IDS = [*range(8), 250, 254, 255, 256, 257, 511, 512, 513, 2**40, 2**63]
"""With shards of 256 positions: records of four shards, on both sides of their ends."""

_ROWS = ("a", "b", "c", "d")

_Values = Mapping[str, int | frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Records:
    """All that is there.

    Attributes:
        fields: The fields of the table.
        values: Of each record its values; a field that it has none of is not in it.
    """

    fields: frozenset[str] = frozenset({"n", "s"})
    values: Mapping[int, _Values] = field(default_factory=dict)


FIRST = Records()


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """Something to be written.

    Attributes:
        write: As the engine takes it.
        after: What the records are behind it, as a function of what they were.
    """

    kind: str
    write: e.Write | SchemaChange
    writes: tuple[tuple[int, Mapping[str, object]], ...] = ()
    ids: tuple[int, ...] = ()
    row: str = ""
    number: int = 0

    def after(self, before: Records) -> Records:
        """What the records are behind it; where it names a field that is not there, it is refused."""
        values = dict(before.values)
        match self.kind:
            case "write":
                if not all(given.keys() <= before.fields for _, given in self.writes):
                    return before
                for record, given in self.writes:
                    values[record] = _written(values.get(record, {}), given)
            case "delete":
                for record in self.ids:
                    values.pop(record, None)
            case "delete those":
                values = {record: held for record, held in values.items() if held.get("n") != self.number}
            case "clear row":
                values = {record: _without(held, self.row) for record, held in values.items()}
            case "make x":
                return replace(before, fields=before.fields | {"x"})
            case "drop x":
                kept = {record: {k: v for k, v in held.items() if k != "x"} for record, held in values.items()}
                return Records(before.fields - {"x"}, kept)
        return replace(before, values=values)


def _written(held: _Values, given: Mapping[str, object]) -> _Values:
    values = dict(held)
    for name, value in given.items():
        there = values.get(name)
        rows = there if isinstance(there, frozenset) else frozenset[str]()
        if isinstance(value, Removed):
            values[name] = rows - {*value.value}
        elif isinstance(value, Replaced):
            values[name] = frozenset(value.value)
        elif isinstance(value, list):
            values[name] = rows | {*value}
        else:
            assert isinstance(value, int | None)
            values[name] = value
    return {name: value for name, value in values.items() if value not in (None, frozenset())}


def _without(held: _Values, row: str) -> _Values:
    rows = held.get("s", frozenset())
    assert isinstance(rows, frozenset)
    return {**{k: v for k, v in held.items() if k != "s"}, **({"s": rows - {row}} if rows - {row} else {})}


def random_operation(chooser: Random, fields: frozenset[str]) -> Operation:
    """Any operation that fits a table of these fields."""
    kind = chooser.choices(("write", "delete", "delete those", "clear row", "x"), (20, 4, 2, 2, 1))[0]
    if kind == "write":
        ids = chooser.sample(_IDS, chooser.choice((1, 2, 5, len(_IDS))))
        writes = tuple((record, _random_values(chooser, fields)) for record in ids)
        specs = [SPECS[name] for name in sorted(fields)]
        return Operation(kind, batch_of("t", specs, writes, is_keyed=False), writes=writes)
    if kind == "x":
        if "x" in fields:
            return Operation("drop x", DropField(table="t", name="x"))
        field_id = f"x{chooser.getrandbits(40)}"
        return Operation("make x", CreateField(table="t", field_id=field_id, spec=SPECS["x"]))
    if kind == "clear row":
        row = chooser.choice(_ROWS)
        return Operation(kind, e.Edits(table="t", steps=(e.ClearRow("s", row),)), row=row)
    if kind == "delete those":
        number = chooser.randrange(4)
        those = p.NumberRange("n", number, number)
        return Operation(kind, e.Edits(table="t", steps=(e.DeleteRecords(those),)), number=number)
    ids = chooser.sample(_IDS, chooser.choice((1, 3)))
    return Operation(kind, e.Edits(table="t", steps=(e.DeleteRecords(p.RecordSet(tuple(ids))),)), ids=tuple(ids))


def _random_values(chooser: Random, fields: frozenset[str]) -> Mapping[str, object]:
    values: dict[str, object] = {}
    if chooser.random() < 0.7:
        values["n"] = chooser.choice((0, 1, 2, 3, 300, -5, 2**40, None))
    if chooser.random() < 0.7:
        rows = chooser.sample(_ROWS, chooser.randrange(1, 4))
        values["s"] = chooser.choice((list, list, Removed, Replaced))(rows)
    if "x" in fields and chooser.random() < 0.7:
        values["x"] = chooser.choice((0, 7, 300, None))
    return values


def observed(engine: Engine) -> Records:
    """What an engine shows."""
    fields = frozenset(engine.schema().tables["t"].fields)
    names = sorted(fields)
    table = engine.run("t", p.Extract(input=p.All(), fields=tuple(names)), Budget()).table()
    values = {}
    for record, *cells in zip(*(column.cells for column in table.columns), strict=True):
        held = {
            name: frozenset(cell) if isinstance(cell, tuple) else cell for name, cell in zip(names, cells, strict=True)
        }
        values[record] = {name: value for name, value in held.items() if value is not None}
    return Records(fields, values)
