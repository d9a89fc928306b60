"""Tables exported to Parquet come back the same."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import roarbase
from roarbase.cli import main
from roarbase.embedded.database import Database
from roarbase.errors import InvalidParameter, ResourceNotFound

FIELDS: dict[str, Any] = {
    "n": "int",
    "price": {"type": "decimal", "scale": 2},
    "seen": {"type": "timestamp", "timeUnit": "ms"},
    "flag": "bool",
    "kind": "mutex",
    "city": {"type": "mutex", "keys": True},
    "tags": "set",
    "words": {"type": "set", "keys": True},
    "visits": {"type": "time", "timeQuantum": "YMD", "keys": True},
    "town": {"type": "int", "foreignIndex": "towns"},
}


def filled(db: Database, names: list[Any], *, keys: bool) -> None:
    db.create_table("towns", keys=True)
    db.create_table("t", FIELDS, keys=keys)
    many = len(names)

    def some(values: Any) -> list[Any]:
        return [None if i % 7 == 3 else values(i) for i in range(many)]

    columns = {
        "_id": names,
        "n": some(lambda i: (-1) ** i * (2**63 - 1 - i)),
        "price": some(lambda i: Decimal(i) / 4),
        "seen": some(lambda i: 1_600_000_000_000 + i),
        "flag": some(lambda i: i % 2 == 0),
        "kind": some(lambda i: 2**64 - 2 - i % 5),
        "city": some(lambda i: f"city {i % 9}"),
        "tags": some(lambda i: [*range(i % 4)]),
        "words": some(lambda i: [f"w{j}" for j in range(i % 5)]),
        "visits": some(lambda i: ["a", "é"][: i % 3]),
        "town": some(lambda i: f"town {i % 3}"),
    }
    db.write("t", columns)


@pytest.mark.parametrize("keys", [False, True])
def test_a_round_trip(tmp_path: Path, keys: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every type of field, in several pieces; a table loaded from the file is the same."""
    monkeypatch.setattr("roarbase.embedded.exporting._PIECE_RECORDS", 64)
    names: list[Any] = [*range(250), 2**40, 2**63, 2**64 - 2]
    told: list[int] = []
    with roarbase.open(tmp_path / "db") as db:
        filled(db, [f"k{name}" for name in names] if keys else names, keys=keys)
        assert db.export("t", tmp_path / "t.parquet", progress=told.append) == 253
        assert told == [64, 128, 192, 253]
        everything = db.pql(f"[t]Extract(All(), {', '.join(f'Rows({name})' for name in FIELDS)})")
        file = pq.ParquetFile(tmp_path / "t.parquet")
        assert (file.metadata.num_row_groups, file.schema_arrow.names) == (4, ["_id", *FIELDS])
        assert file.read().equals(everything.arrow())
        db.create_table("again", FIELDS, keys=keys)
        db.load("again", tmp_path / "t.parquet")
        again = db.pql(f"[again]Extract(All(), {', '.join(f'Rows({name})' for name in FIELDS)})")
        assert again.rows == everything.rows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["db", "t.parquet"]


def test_fields_are_chosen_and_empty_tables_have_them(tmp_path: Path) -> None:
    """A file without records has its columns, with their types."""
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("t", {"n": "int", "city": {"type": "mutex", "keys": True}})
        assert db.export("t", tmp_path / "t.parquet", fields=["city"]) == 0
        schema = pa.schema({"_id": pa.uint64(), "city": pa.string()})
        assert pq.ParquetFile(tmp_path / "t.parquet").schema_arrow.equals(schema)
        db.write("t", {"_id": [3], "n": [1]})
        assert db.export("t", str(tmp_path / "t.parquet"), fields=[]) == 1
        assert pq.read_table(tmp_path / "t.parquet").to_pylist() == [{"_id": 3}]


def test_refusals_leave_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a file, and the old one stays."""
    (tmp_path / "t.parquet").write_text("old")
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("t", {"n": "int"})
        db.write("t", {"_id": range(200), "n": range(200)})
        with pytest.raises(InvalidParameter, match="table 't' has no field 'm'; its fields are 'n'"):
            db.export("t", tmp_path / "t.parquet", fields=["m"])
        with pytest.raises(ResourceNotFound):
            db.export("u", tmp_path / "t.parquet")
        with pytest.raises(InvalidParameter, match=r"nowhere/t\.parquet cannot be written: "):
            db.export("t", tmp_path / "nowhere" / "t.parquet")
        monkeypatch.setattr("roarbase.embedded.exporting._PIECE_RECORDS", 64)

        def fail(count: int) -> None:
            if count > 100:
                raise KeyError(count)

        with pytest.raises(KeyError):
            db.export("t", tmp_path / "t.parquet", progress=fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["db", "t.parquet"]
    assert (tmp_path / "t.parquet").read_text() == "old"


def export(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["export", *map(str, arguments)])
    return int(ended.value.code or 0)


def test_the_command_exports_databases_and_backups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is told in one sentence, and nothing is made of it."""
    source, backup, file = (tmp_path / name for name in ("db", "backup", "t.parquet"))
    with roarbase.open(source) as db:
        db.create_table("t", {"n": "int", "m": "int"})
        db.write("t", {"_id": [1, 2], "n": [3, 4], "m": [5, 6]})
        db.backup(backup)
        assert export(source, "t", file) == 1
        assert "is in use by another Roarbase" in capsys.readouterr().err
    for place in (source, backup):
        assert export(place, "t", file, "--fields", "n") == 0
        assert capsys.readouterr().out.startswith(f"{file}: 2 records of t, ")
        assert pq.read_table(file).to_pylist() == [{"_id": 1, "n": 3}, {"_id": 2, "n": 4}]
        file.unlink()
    for place, table, told in (
        (tmp_path / "none", "t", "there is no"),
        (source, "u", "table not found"),
        ("s3://b?x", "t", "a bucket and a path and nothing else"),
    ):
        assert export(place, table, file) == 1
        assert told in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "db"]
