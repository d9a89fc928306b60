"""Bulk loads: Arrow and Parquet, piece by piece, cut short at any moment."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import roarbase
from roarbase.embedded import Database
from roarbase.errors import InvalidParameter, MissingParameter, ResourceLimitExceeded

PIECE = 2**17

LOAD = """
import sys, numpy as np, pyarrow as pa, roarbase
with roarbase.open(sys.argv[1]) as db:
    db.create_table("t", {"n": "int", "tags": "stringset"})
    def batches():
        for start in range(0, 1 << 24, 1 << 16):
            ids = np.arange(start, start + (1 << 16))
            tags = pa.ListArray.from_arrays(np.arange(len(ids) + 1), np.char.add("tag", (ids % 10).astype(str)))
            yield pa.record_batch({"_id": ids, "n": ids * 3, "tags": tags})
    first = next(batches())
    db.load("t", pa.RecordBatchReader.from_batches(first.schema, batches()), progress=lambda n: print(n, flush=True))
"""


def people(count: int, first: int = 0) -> Any:
    """So many records."""
    ids = np.arange(first, first + count)
    return pa.table(
        {
            "_id": ids,
            "age": pa.array(ids % 100, mask=ids % 7 == 0),
            "city": pa.array(np.char.add("city", (ids % 50).astype(str))).dictionary_encode(),
            "tags": pa.ListArray.from_arrays(np.arange(count + 1) * 2, (np.arange(2 * count) + 2 * first) % 5),
        }
    )


@pytest.fixture
def table(db: Database) -> Database:
    """A database with a table for people."""
    db.create_table("people", {"age": "int", "city": "string", "tags": "idset"}, keys=False)
    return db


def check(db: Database, count: int) -> None:
    """All people from 0 on are there, with what they have."""
    assert db.sql("select count(*) from people").value == count
    ids = np.arange(count)
    ages = ids[ids % 7 != 0] % 100
    found = db.sql("select sum(age), count(age) from people").rows[0]
    assert found == ((int(ages.sum()), len(ages)) if len(ages) else (None, 0))
    cities = dict(db.sql("select city, count(*) from people group by city").rows)
    assert cities == {f"city{n}": c for n, c in enumerate(np.bincount(ids % 50, minlength=50).tolist()) if c}
    tags = np.bincount(np.arange(2 * count) % 5, minlength=5)
    assert [db.pql(f"[people]Count(Row(tags={tag}))").value for tag in range(5)] == tags.tolist()


@pytest.mark.parametrize("count", [0, 1, 4096, PIECE, PIECE + 1, 3 * PIECE - 5])
def test_a_table_is_loaded_in_pieces(table: Database, count: int) -> None:
    """Progress is told after each piece, and its last word is the number of records."""
    told: list[int] = []
    assert table.load("people", people(count), progress=told.append) == count
    assert told == [*range(PIECE, count, PIECE), *([count] if count else [])]
    check(table, count)


def test_small_batches_are_put_together(table: Database) -> None:
    """A stream of many small batches, some of them empty, with dictionaries of their own."""
    parts = [people(length, first) for first, length in ((0, 700), (700, 0), (700, 500))]
    flat = [batch for part in parts for batch in part.to_batches()]
    told: list[int] = []
    stream = pa.RecordBatchReader.from_batches(flat[0].schema, flat)
    assert table.load("people", stream, progress=told.append) == 1200
    assert told == [1200]
    check(table, 1200)


def test_wide_records_come_in_smaller_pieces(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece is bounded in bytes, too."""
    monkeypatch.setattr("roarbase.embedded.arrow_tables._PIECE_BYTES", 4 << 20)
    db.create_table("t", {"tags": "idset"})
    count, each = 10_000, 200
    lists = pa.ListArray.from_arrays(np.arange(count + 1) * each, np.arange(count * each) % 300)
    told: list[int] = []
    db.load("t", pa.table({"_id": np.arange(count), "tags": lists}), progress=told.append)
    assert len(told) > 2
    assert told[-1] == count
    assert db.pql("[t]Count(Row(tags=299))").value == np.count_nonzero((np.arange(count * each) % 300) == 299)


@pytest.mark.parametrize("how", ["file", "text", "directory", "list"])
def test_parquet_is_loaded(table: Database, tmp_path: Path, how: str) -> None:
    """A file, the files of a directory, or several paths."""
    folder = tmp_path / "parquet"
    folder.mkdir()
    (folder / "notes.txt").touch()
    files = [folder / "1.parquet", folder / "2.parquet"]
    pq.write_table(people(1000), files[0], row_group_size=300)
    pq.write_table(people(500, first=1000), files[1])
    if how in ("file", "text"):
        pq.write_table(people(1500), files[0])
    sources = {"file": files[0], "text": str(files[0]), "directory": folder, "list": [*map(str, files)]}
    assert table.load("people", sources[how]) == 1500
    check(table, 1500)


def test_strings_of_parquet_need_no_dictionary(db: Database, tmp_path: Path) -> None:
    """Keys, strings and lists of strings, with nulls."""
    frame = {"name": ["a", "b", "c"], "city": ["x", None, "x"], "tags": [["u", "v"], None, []], "extra": [1, 2, 3]}
    pq.write_table(pa.table(frame), tmp_path / "t.parquet", use_dictionary=False)
    db.create_table("t", {"city": "string", "tags": "stringset"})
    assert db.load("t", tmp_path / "t.parquet", id="name", columns=["tags", "name", "city"]) == 3
    assert db.sql("select * from t").rows == (("a", "x", ("u", "v")), ("b", None, None), ("c", "x", None))


def test_columns_are_checked_before_anything_is_written(table: Database, tmp_path: Path) -> None:
    """In all files."""
    pq.write_table(people(10), tmp_path / "1.parquet")
    pq.write_table(people(10).drop_columns("age"), tmp_path / "2.parquet")
    with pytest.raises(InvalidParameter, match="no one column 'age': the columns are '_id', 'city', 'tags'"):
        table.load("people", tmp_path)
    with pytest.raises(InvalidParameter, match="table 'people' has no field 'town'"):
        table.load("people", people(10).rename_columns(["_id", "town", "city", "tags"]))
    with pytest.raises(MissingParameter, match="no column '_id'"):
        table.load("people", people(10), columns=["age"])
    with pytest.raises(InvalidParameter, match="no one column 'colour'"):
        table.load("people", people(10), columns=["_id", "colour"])
    assert table.sql("select count(*) from people").value == 0


def test_a_source_that_cannot_be_read_is_named(table: Database, tmp_path: Path) -> None:
    """No file, no Parquet, an empty directory, something else."""
    (tmp_path / "people.csv").write_text("_id,age\n1,2\n")
    with pytest.raises(InvalidParameter, match=r"people\.csv cannot be read as Parquet"):
        table.load("people", tmp_path / "people.csv")
    with pytest.raises(InvalidParameter, match=r"nothing\.parquet cannot be read as Parquet"):
        table.load("people", tmp_path / "nothing.parquet")
    with pytest.raises(InvalidParameter, match=r"has no file that ends in \.parquet"):
        table.load("people", tmp_path)
    for source in (7, [], {"_id": [1]}):
        with pytest.raises(InvalidParameter):
            table.load("people", source)


def test_a_parquet_file_torn_in_the_middle_is_named(table: Database, tmp_path: Path) -> None:
    """What stands before the damage may be written; the error says which file it is."""
    path = tmp_path / "people.parquet"
    pq.write_table(people(100_000), path, compression="none", use_dictionary=False, write_page_checksum=False)
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(content)
    with pytest.raises(InvalidParameter, match=r"people\.parquet cannot be read as Parquet"):
        table.load("people", path)


def test_a_wrong_value_ends_the_load_at_its_piece(table: Database) -> None:
    """Its row is counted from the beginning; the pieces before it are there, and progress was told of them."""
    bad = people(3 * PIECE)
    ids = bad.column("_id").to_numpy().copy()
    ids[2 * PIECE + 5] = -1
    told: list[int] = []
    with pytest.raises(InvalidParameter, match=f"column '_id', row {2 * PIECE + 5}: -1 is no id"):
        table.load("people", bad.set_column(0, "_id", pa.array(ids)), progress=told.append)
    assert told == [PIECE, 2 * PIECE]
    check(table, 2 * PIECE)


def test_a_refused_piece_ends_the_load(tmp_path: Path) -> None:
    """The bound on memory is met in the middle: what progress was told of is there."""
    told: list[int] = []
    with roarbase.open(tmp_path, memory_limit_bytes=8 << 20) as db:
        db.create_table("people", {"age": "int", "city": "string", "tags": "idset"}, keys=False)
        with pytest.raises(ResourceLimitExceeded):
            db.load("people", people(10 * PIECE), progress=told.append)
        assert 0 < told[-1] < 10 * PIECE
        check(db, told[-1])


def test_a_reader_sees_whole_pieces(table: Database) -> None:
    """Whoever is told of a piece finds it, and no part of another."""
    seen: list[int] = []
    count = "select count(*) from people"
    table.load("people", people(4 * PIECE), progress=lambda _: seen.append(table.sql(count).value))
    assert seen == [PIECE, 2 * PIECE, 3 * PIECE, 4 * PIECE]


def test_a_load_killed_at_any_moment_loses_no_piece_it_told_of(tmp_path: Path) -> None:
    """After a restart there is a whole number of pieces, at least those told, and the counters agree with them."""
    for kill_after in (1, 3, 6):
        path = tmp_path / str(kill_after)
        told: list[int] = []
        with subprocess.Popen([sys.executable, "-c", LOAD, str(path)], stdout=subprocess.PIPE, text=True) as loader:
            assert loader.stdout is not None
            for line in loader.stdout:
                told.append(int(line))
                if len(told) == kill_after:
                    loader.kill()
        with roarbase.open(path) as db:
            count = db.sql("select count(*) from t").value
            assert count >= told[-1]
            assert count % PIECE == 0
            assert db.sql("select sum(n) from t").value == 3 * count * (count - 1) // 2
            assert db.pql("[t]Count(Row(tags=tag3))").value == np.count_nonzero(np.arange(count) % 10 == 3)
            assert db.write("t", {"_id": [count], "n": [1]}) == 1
