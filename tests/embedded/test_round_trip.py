"""Whatever is written comes back: writes against a dictionary, seen through Arrow, also after a restart."""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

import roarbase

FIELDS: dict[str, Any] = {
    "big": "int",
    "price": {"type": "decimal", "scale": 3},
    "seen": {"type": "timestamp", "timeUnit": "us"},
    "flag": "bool",
    "kind": "id",
    "city": "string",
    "tags": "stringset",
    "nums": "idset",
}
ARROW_TYPES = {
    "big": pa.int64(),
    "price": pa.decimal128(19, 3),
    "seen": pa.timestamp("us"),
    "flag": pa.bool_(),
    "kind": pa.uint64(),
    "city": pa.string(),
    "tags": pa.list_(pa.string()),
    "nums": pa.list_(pa.uint64()),
}
IDS: Sequence[Any] = [*range(6), 4095, 4096, 2**20, 2**63, 2**64 - 2]
KEYS: Sequence[Any] = ["a", "é", "k" * 300, "0", "b", "\x00"]
TEXTS = st.sampled_from(["x", "y", "", "ü", "x y", "z" * 200])
ROW_IDS = st.sampled_from([0, 1, 7, 255, 256, 2**32, 2**64 - 2])
INT64S = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 300)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "big": INT64S,
    "price": INT64S.map(lambda n: Decimal(f"{n}e-3")),
    "seen": st.datetimes(min_value=datetime(1, 1, 1, 0, 0, 1)),
    "flag": st.booleans(),
    "kind": ROW_IDS,
    "city": TEXTS,
    "tags": st.lists(TEXTS, max_size=4),
    "nums": st.lists(ROW_IDS, max_size=20),
}


@st.composite
def writes(draw: Any, names: Sequence[Any]) -> tuple[list[Any], dict[str, list[Any]], str]:
    """Records, values for some fields, and the form in which they come."""
    ids = draw(st.lists(st.sampled_from(names), min_size=1, max_size=8))
    fields = draw(st.lists(st.sampled_from([*FIELDS]), unique=True, max_size=4))
    columns = {
        field: draw(st.lists(st.none() | VALUES[field], min_size=len(ids), max_size=len(ids))) for field in fields
    }
    return ids, columns, draw(st.sampled_from(["lists", "table", "dictionaries", "pieces"]))


class Model:
    """The records as a dictionary of dictionaries."""

    def __init__(self) -> None:
        self.records: dict[Any, dict[str, Any]] = {}

    def write(self, ids: list[Any], columns: dict[str, list[Any]]) -> None:
        for row, name in enumerate(ids):
            record = self.records.setdefault(name, {})
            for field, values in columns.items():
                if field in ("tags", "nums"):
                    record[field] = record.get(field, set()) | set(values[row] or ())
                else:
                    record[field] = values[row]

    def table(self) -> dict[Any, dict[str, Any]]:
        """The records with all fields; an empty set is null."""
        return {
            name: {field: record.get(field) or _absent(record, field) for field in FIELDS}
            for name, record in self.records.items()
        }


def _absent(record: dict[str, Any], field: str) -> Any:
    value = record.get(field)
    return None if isinstance(value, set) else value


def _arrow(ids: list[Any], columns: dict[str, list[Any]]) -> Any:
    names = pa.array(ids, pa.string() if isinstance(ids[0], str) else pa.uint64())
    return pa.table(
        {"_id": names, **{field: pa.array(values, ARROW_TYPES[field]) for field, values in columns.items()}}
    )


def _dictionaries(table: Any) -> Any:
    """The same with strings as dictionaries, as Parquet and data frames have them."""
    texts = [i for i, kind in enumerate(table.schema.types) if kind == pa.string()]
    for i in texts:
        table = table.set_column(i, table.schema.names[i], table.column(i).dictionary_encode())
    return table


def write(db: Any, ids: list[Any], columns: dict[str, list[Any]], form: str) -> None:
    """Write in one of the forms."""
    if form == "lists":
        db.write("t", {"_id": ids, **columns})
    elif form == "pieces":
        table = _arrow(ids, columns)
        db.load("t", pa.concat_tables([table.slice(0, 1), table.slice(1)]))
    else:
        table = _arrow(ids, columns)
        db.write("t", _dictionaries(table) if form == "dictionaries" else table)


def stored(db: Any) -> dict[Any, dict[str, Any]]:
    """The records as Arrow has them, with sets for lists."""
    found = {}
    for record in db.sql("select * from t").arrow().to_pylist():
        if record["seen"] is not None:
            record["seen"] = record["seen"].replace(tzinfo=None)
        for field in ("tags", "nums"):
            assert record[field] is None or len(set(record[field])) == len(record[field])
            record[field] = None if record[field] is None else set(record[field])
        found[record.pop("_id")] = record
    return found


def check(names: Sequence[Any], steps: list[tuple[list[Any], dict[str, list[Any]], str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model, path = Model(), Path(folder) / "db"
        with roarbase.open(path) as db:
            db.create_table("t", FIELDS, keys=isinstance(names[0], str))
            for ids, columns, form in steps:
                write(db, ids, columns, form)
                model.write(ids, columns)
                assert stored(db) == model.table()
        with roarbase.open(path) as db:
            assert stored(db) == model.table()


@settings(max_examples=30, deadline=timedelta(seconds=5))
@given(st.lists(writes(IDS), max_size=4))
def test_records_by_id_come_back(steps: list[Any]) -> None:
    """Through Arrow, after every write and after a restart."""
    check(IDS, steps)


@settings(max_examples=20, deadline=timedelta(seconds=5))
@given(st.lists(writes(KEYS), max_size=4))
def test_records_by_key_come_back(steps: list[Any]) -> None:
    """Likewise."""
    check(KEYS, steps)
