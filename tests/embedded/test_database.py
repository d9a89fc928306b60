"""The database from the outside: opening, tables, fields, statements, closing."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

import roarbase
from roarbase.embedded import Database
from roarbase.errors import (
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    OperatorError,
    ResourceAlreadyExists,
    ResourceLimitExceeded,
    ResourceNotFound,
    StatementError,
    Unavailable,
)

HOLD = """
import sys, roarbase
with roarbase.open(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.readline()
"""


# ---- opening and closing -----------------------------------------------------------------------


def test_importing_roarbase_loads_nothing_slow() -> None:
    """The engine comes with `roarbase.open`, and pyarrow and numba when they are used."""
    script = (
        "import sys, tempfile, roarbase\n"
        "slow = {'numpy', 'pyarrow', 'numba', 'sqlglot'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
        "with tempfile.TemporaryDirectory() as path, roarbase.open(path) as db:\n"
        "    db.create_table('t', {'a': 'int'})\n"
        "    db.write('t', {'_id': [1], 'a': [2]})\n"
        "    assert db.sql('select sum(a) from t').value == 2\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.splitlines() == ["[]", "['numpy', 'sqlglot']"]


def test_what_was_written_is_there_after_closing(tmp_path: Path) -> None:
    """Tables, fields, records and keys; also where the directory did not exist."""
    with roarbase.open(tmp_path / "a" / "b") as db:
        db.create_table("people", {"age": "int", "tags": "stringset"}, keys=True)
        db.write("people", {"_id": ["ann", "bob"], "age": [31, None], "tags": [["x", "y"], []]})
        before = db.sql("select * from people").rows, db.fields("people")
    with roarbase.open(str(tmp_path / "a" / "b")) as db:
        assert (db.sql("select * from people").rows, db.fields("people")) == before
        db.write("people", {"_id": ["bob"], "age": [7]})
        assert db.sql("select _id, age from people").rows == (("ann", 31), ("bob", 7))


def test_old_views_are_dropped_while_it_is_open(tmp_path: Path) -> None:
    """Hours that ended longer ago than their field's ttl go; those of now and the rows of all times stay."""
    of_2022, of_now = (f'Count(Row(seen="x", {ends}))' for ends in ('to="2022-07-01T00:00"', 'from="2022-07-01T00:00"'))
    with roarbase.open(tmp_path, view_expiry_seconds=0) as db:
        db.create_table("t", {"seen": {"type": "stringsetq", "timeQuantum": "YMDH", "ttl": "1h"}})
        moments = [datetime(2022, 6, 30, 12, tzinfo=UTC), datetime.now(UTC)]
        db.write("t", {"_id": [1, 2], "at": moments, "seen": [["x"], ["x"]]}, time="at")
        assert [db.pql(f"[t]{count}").value for count in (of_2022, of_now)] == [1, 1]
    with roarbase.open(tmp_path, view_expiry_seconds=0.01) as db:
        for _ in range(500):
            if db.pql(f"[t]{of_2022}").value == 0:
                break
            Event().wait(0.01)
        counts = [db.pql(f"[t]{count}").value for count in (of_2022, of_now, 'Count(Row(seen="x"))')]
    assert counts == [0, 1, 2]
    with roarbase.open(tmp_path, view_expiry_seconds=0) as db:
        assert db.pql(f"[t]{of_2022}").value == 0


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """A second opening is refused, in this process or another, until the first is closed or killed."""
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(OperatorError, match="is in use by another Roarbase"):
            roarbase.open(tmp_path)
        holder.kill()
    with roarbase.open(tmp_path), pytest.raises(OperatorError, match="is in use"):
        roarbase.open(tmp_path)


@pytest.mark.parametrize("name", ["metastore.sqlite", "engines", "service.lock"])
def test_the_data_directory_of_a_service_is_no_database(tmp_path: Path, name: str) -> None:
    """The error says where the data of deployments is; nothing is made."""
    (tmp_path / name).mkdir()
    with pytest.raises(OperatorError, match=r"data directory of a service.*/engines"):
        roarbase.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_directory_of_other_files_is_no_database(tmp_path: Path) -> None:
    """Neither a directory with something else in it, nor a file."""
    (tmp_path / "notes.txt").touch()
    with pytest.raises(OperatorError, match=r"is no database, and not empty: it holds 'notes\.txt'"):
        roarbase.open(tmp_path)
    with pytest.raises(OperatorError, match=r"notes\.txt is no directory"):
        roarbase.open(tmp_path / "notes.txt")


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    """Whatever is asked of it; closing it again does nothing."""
    db = roarbase.open(tmp_path)
    db.close()
    db.close()
    for ask in (db.tables, lambda: db.sql("show tables"), lambda: db.write("t", {"_id": [1]})):
        with pytest.raises(Unavailable, match=r"the database .* is closed"):
            ask()
    assert repr(db) == f"<Database {tmp_path}: closed>"


def test_memory_may_be_bounded(tmp_path: Path) -> None:
    """A write beyond the bound is refused, and leaves nothing behind."""
    with roarbase.open(tmp_path, memory_limit_bytes=1 << 20) as db:
        db.create_table("t", {"a": "int"})
        db.write("t", {"_id": [1], "a": [1]})
        with pytest.raises(ResourceLimitExceeded, match="memory"):
            db.write("t", {"_id": np.arange(10**6), "a": np.arange(10**6)})
        assert db.sql("select count(*) from t").value == 1


# ---- tables and fields -------------------------------------------------------------------------


def test_tables_are_made_and_dropped(db: Database) -> None:
    """The list of names is sorted; a dropped name is free at once."""
    db.create_table("b")
    db.create_table("a", {"x": "int"}, keys=True)
    assert db.tables() == ["a", "b"]
    assert repr(db).endswith("db: a, b>")
    with pytest.raises(ResourceAlreadyExists, match="'a'"):
        db.create_table("a")
    db.drop_table("a")
    db.create_table("a")
    assert db.fields("a") == {}
    with pytest.raises(ResourceNotFound, match="'c'"):
        db.drop_table("c")


def test_fields_are_made_of_their_options(db: Database) -> None:
    """What `fields` shows makes the same fields again; moments may be datetimes, and numbers numpy's."""
    fields = {
        "age": {"type": "int", "min": np.int64(0), "max": 150},
        "price": {"type": "decimal", "scale": 2, "min": Decimal("-0.50")},
        "seen": {"type": "timestamp", "timeUnit": "ms", "min": datetime(2020, 1, 1), "epoch": datetime(2019, 1, 1)},
        "tags": {"type": "set", "keys": True},
    }
    db.create_table("one", fields)
    shown = db.fields("one")
    assert shown["age"] == {"type": "int", "min": 0, "max": 150}
    assert shown["seen"]["min"] == "2020-01-01T00:00:00Z"
    db.create_table("two", shown)
    assert db.fields("two") == shown


def test_a_table_with_a_wrong_field_is_not_made(db: Database) -> None:
    """The error names the field and the option."""
    with pytest.raises(InvalidParameter, match=r"fields\['b'\]\.scale.*no option of the type int"):
        db.create_table("t", {"a": "int", "b": {"type": "int", "scale": 2}})
    with pytest.raises(MissingParameter, match="type"):
        db.create_table("t", {"a": {}})
    with pytest.raises(InvalidParameter, match="Capital"):
        db.create_table("Capital")
    assert db.tables() == []


def test_fields_come_and_go(db: Database) -> None:
    """A new field has no values; a dropped one is no more, and its name is free."""
    db.create_table("t", {"a": "int"})
    db.write("t", {"_id": [1], "a": [5]})
    db.add_field("t", "b", "decimal", scale=1)
    assert db.sql("select a, b from t").rows == ((5, None),)
    db.drop_field("t", "a")
    db.add_field("t", "a", "string")
    assert db.sql("select a from t").rows == ((None,),)
    with pytest.raises(ResourceNotFound, match="field not found: 'c' in table 't'"):
        db.drop_field("t", "c")
    with pytest.raises(ResourceAlreadyExists):
        db.add_field("t", "a", "int")
    with pytest.raises(InvalidParameter, match=r"options\.colour"):
        db.add_field("t", "d", "int", colour="red")


# ---- statements --------------------------------------------------------------------------------


def test_answers_are_python_values(db: Database) -> None:
    """Exact decimals, moments in UTC, tuples for sets, None for null."""
    db.create_table("t", {"price": {"type": "decimal", "scale": 2}, "seen": "timestamp", "tags": "stringset"})
    moment = datetime(2022, 6, 30, 12, tzinfo=UTC)
    db.write("t", {"_id": [1, 2], "price": [Decimal("0.10"), None], "seen": [moment, None], "tags": [["b", "a"], None]})
    answer = db.sql("select * from t")
    assert answer.names == ("_id", "price", "seen", "tags")
    assert answer.rows == ((1, Decimal("0.10"), moment, ("b", "a")), (2, None, None, None))
    assert answer.records()[0] == {"_id": 1, "price": Decimal("0.10"), "seen": moment, "tags": ("b", "a")}
    assert (len(answer), [*answer]) == (2, [*answer.rows])
    assert "Decimal('0.10')" in repr(answer)
    assert db.sql("select _id from t where price > 1").value is None


def test_a_sum_beyond_64_bits_is_exact(db: Database) -> None:
    """Python's numbers have no bound."""
    db.create_table("t", {"n": "int"})
    db.write("t", {"_id": [1, 2], "n": [2**63 - 1, 2**63 - 1]})
    assert db.pql("[t]Sum(field=n)").value == 2**64 - 2


def test_pql_answers_call_by_call(db: Database) -> None:
    """`pql` gives the last answer, `pql_all` each of them."""
    db.create_table("t", {"kind": "id"})
    db.write("t", {"_id": [1, 2, 3], "kind": [7, 7, 8]})
    statement = "[t]Count(Row(kind=7))TopK(kind)"
    assert db.pql(statement).rows == ((7, 2), (8, 1))
    assert [answer.rows for answer in db.pql_all(statement)] == [((2,),), ((7, 2), (8, 1))]


def test_sql_shows_and_drops(db: Database) -> None:
    """Statements about the schema answer as they do from the service."""
    db.create_table("t", {"kind": "string"})
    assert db.sql("show tables").rows == (("t",),)
    assert db.sql("show fields from t").rows == (("kind", "keyed-mutex"),)
    assert db.sql("drop table if exists u").names == ()
    assert db.sql("drop table t").rows == ()
    assert db.tables() == []


def test_a_wrong_statement_says_where(db: Database) -> None:
    """Line and column are attributes of the error."""
    with pytest.raises(StatementError) as caught:
        db.pql("[nothing]All()")
    assert (caught.value.line, caught.value.column) == (1, 2)
    with pytest.raises(StatementError):
        db.sql("selec 1")


def test_threads_share_a_database(db: Database) -> None:
    """Writes of several threads are all there, and each statement sees batches wholly."""
    db.create_table("t", {"n": "int"})
    seen: list[int] = []

    def write(first: int) -> None:
        for start in range(first, first + 1000, 100):
            db.write("t", {"_id": range(start, start + 100), "n": range(100)})
            seen.append(db.sql("select count(*) from t").value)

    threads = [Thread(target=write, args=(first,)) for first in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.sql("select count(*) from t").value == 3000
    assert all(count % 100 == 0 for count in seen)


def test_keys_and_ids_do_not_mix(db: Database) -> None:
    """The first write decides where the table does not; the error says which it is."""
    db.create_table("open")
    db.write("open", {"_id": ["a"]})
    with pytest.raises(IncorrectState, match="by keys, and these come with ids"):
        db.write("open", {"_id": [1]})
    db.create_table("numbers", keys=False)
    with pytest.raises(IncorrectState, match="by ids, and these come with keys"):
        db.write("numbers", {"_id": ["a"]})


def test_pql_writes(tmp_path: Path) -> None:
    """A statement writes and asks in one; a field that Store names is made; it is there after closing."""
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("people", {"age": "int", "price": {"type": "decimal", "scale": 2}}, keys=True)
        answers = db.pql_all('[people]Set("ann", age=31) Set("ann", age=31) Set("bob", price=1.255) Count(All())')
        assert [answer.value for answer in answers] == [True, False, True, 2]
        assert db.pql('[people]Store(Row(age > 30), grown="yes") Row(grown="yes")').rows == (("ann",),)
        with pytest.raises(StatementError, match="a whole number"):
            db.pql('[people]Set("cid", age=7) Set("cid", age=1.5)')
    with roarbase.open(tmp_path / "db") as db:
        assert db.pql("[people]Extract(All(), Rows(age), Rows(price), Rows(grown))").rows == (
            ("ann", 31, None, ("yes",)),
            ("bob", None, Decimal("1.25"), None),
        )
        assert db.pql("[people]Delete(Row(age == 31))").value is True
        assert db.pql("[people]Explain(Count(All()))").names[:2] == ("step", "reads")


def test_a_statement_without_calls(tmp_path: Path) -> None:
    """It has no answers, and an answer without columns stands for them."""
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("people")
        assert db.pql("[people]").names == ()
