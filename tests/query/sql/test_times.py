"""Ranges of times in the form of June 2022, asked of what the later form wrote."""

from collections.abc import Iterator

import pytest

import roarbase
from roarbase.embedded import Database
from roarbase.errors import StatementError
from tests.query.sql.later.asking import ask

MAY = "seen between '2022-05-01' and '2022-06-01'"
WRITTEN = (
    "create table guests (_id id, a int, seen stringsetq timequantum 'YMDH')",
    "insert into guests values (1, 10, {'2022-05-01T00:00:00Z', ['ann']}), (2, 20, {'2022-06-01T00:00:00Z', ['ann']})",
    "insert into guests values (3, 30, {'2022-05-31T23:00:00Z', ['bob']}), (1, 10, {'2022-07-01T00:00:00Z', ['bob']})",
    "create table rooms (_id id, guest int)",
    "insert into rooms values (7, 1), (8, 2)",
)
ASKED = {
    f"seen = 'ann' and {MAY}": [1],
    f"{MAY} and seen = 'ann'": [1],
    f"{MAY} and a > 10 and seen in ('ann', 'bob')": [3],
    f"seen like '%n%' and ({MAY})": [1],
    f"(seen = 'ann' or seen = 'bob') and {MAY}": [1, 3],
    f"a = 20 or (seen = 'bob' and {MAY})": [2, 3],
    f"not (seen = 'ann' and {MAY})": [2, 3],
    "seen = 'ann' and seen between '2022-05-01 01:00' and '2022-06-01T00:00:00Z'": [],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with roarbase.open(tmp_path_factory.mktemp("times") / "db") as db:
        for statement in WRITTEN:
            ask(db._engine, statement)
        yield db


@pytest.mark.parametrize(("condition", "found"), ASKED.items())
def test_records_of_a_range(written: Database, condition: str, found: list[int]) -> None:
    """A range chooses by the time at which the value beside it was written; its end is not in it."""
    assert [row[0] for row in written.sql(f"select _id from guests where {condition}").rows] == found


def test_aggregates_and_joins_of_a_range(written: Database) -> None:
    """A range stands wherever a condition on records does."""
    asked = f"seen in ('ann', 'bob') and {MAY}"
    assert written.sql(f"select count(*) from guests where {asked}").value == 2
    assert written.sql(f"select sum(a) from guests where {asked}").value == 40
    joined = f"select _id from rooms r join guests g on r.guest = g._id where g.seen = 'ann' and g.{MAY}"
    assert [row[0] for row in written.sql(joined).rows] == [7]
    with pytest.raises(StatementError, match="stands beside a value"):
        written.sql(f"select _id from guests where {MAY}")
