"""Each limit of the data plane is met with a small value, told by its name, and costs nothing stored."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from roarbase.errors import (
    BadRequest,
    PayloadTooLarge,
    RequestTimeout,
    ResourceLimitExceeded,
    ResourceThroughputExceeded,
    RoarbaseError,
    StatementError,
)
from roarbase.metastore.store import Metastore
from roarbase.model.settings import SETTINGS, Settings
from roarbase.services.engines import Engines
from tests.services.test_resources import ANN, SCHEMA
from tests.support.house import House

HERE = Path(__file__).parents[1]


def body(ids: range) -> bytes:
    return json.dumps({"records": [{"value": {"id": i, "height": "1.75"}} for i in ids]}).encode()


class HereLoop:
    """Stands in for the event loop: what engines tell is told in the writer's thread."""

    def call_soon_threadsafe(self, call: Any, *arguments: object) -> None:
        call(*arguments)


class Ready:
    """A house with one running sink, under given settings."""

    def __init__(self, metastore: Metastore, folder: Path, **settings: Any) -> None:
        self.house = House(metastore, folder, Settings(settings))
        self.deployment_id = self.house.deployments.create(ANN, name="demo", shape="8GB").id
        self.house.reconciler.reconcile()
        self.house.tables.create(ANN, self.deployment_id, name="people")
        target = {"deployment_id": self.deployment_id, "table": "people"}
        self.sink_id = self.house.sinks.create(ANN, name="feed", declaration=SCHEMA, **target).id
        self.house.reconciler.reconcile()

    def post(self, ids: range) -> int:
        async def take() -> int:
            self.house.delivery.loop = asyncio.get_running_loop()
            return (await self.house.ingest.take(ANN, self.sink_id, body(ids))).success_count

        return asyncio.run(take())

    def ask(self, language: str, statement: str) -> Any:
        return self.house.queries.run(ANN, self.deployment_id, language=language, statement=statement)

    def count(self) -> int:
        return int(self.ask("pql", "[people]Count(All())")[0].count)


def test_request_records(metastore: Metastore, tmp_path: Path) -> None:
    """The setting request_records bounds one request; as many as allowed are taken."""
    ready = Ready(metastore, tmp_path, request_records=3)
    with pytest.raises(PayloadTooLarge, match="record count limit"):
        ready.post(range(1, 5))
    assert ready.count() == 0
    assert ready.post(range(1, 4)) == 3


def test_zero_is_no_limit(metastore: Metastore, tmp_path: Path) -> None:
    """Of records in a request and of bytes in a statement."""
    ready = Ready(metastore, tmp_path, request_records=0, statement_bytes=0)
    assert ready.post(range(1, 5)) == 4
    assert ready.count() == 4


def test_sink_records_per_second(metastore: Metastore, tmp_path: Path) -> None:
    """The setting sink_records_per_second refuses the request that goes over, whole, and says when to go on."""
    ready = Ready(metastore, tmp_path, sink_records_per_second=5)
    with pytest.raises(ResourceThroughputExceeded, match="sink_records_per_second") as refused:
        [ready.post(range(start, start + 4)) for start in (1, 10, 20)]
    assert refused.value.values["retry_after_s"] == 1
    assert ready.count() % 4 == 0
    time.sleep(1.1)
    assert ready.post(range(100, 105)) == 5


def test_sink_bytes_per_second(metastore: Metastore, tmp_path: Path) -> None:
    """The setting sink_bytes_per_second counts the bytes of bodies."""
    ready = Ready(metastore, tmp_path, sink_bytes_per_second=len(body(range(1, 3))))
    with pytest.raises(ResourceThroughputExceeded, match=r"sink_bytes_per_second.*send at most") as refused:
        ready.post(range(1, 10))
    assert "retry_after_s" not in refused.value.values, "to try again would be in vain"
    assert ready.count() == 0


MANY_RECORDS = [
    ("pql", "[people]Limit(All(), limit=3)", "[people]All()", 5),
    ("pql", "[people]Extract(Limit(All(), limit=3), Rows(height))", "[people]Extract(All(), Rows(height))", 5),
    ("pql", "[people]Sort(All(), field=height, limit=3)", "[people]Sort(All(), field=height, limit=4)", 4),
    ("pql", "[people]Set(4, height=1) Limit(All(), limit=3)", "[people]Set(9, height=1) All()", 6),
    ("sql", "select * from people limit 3", "select * from people limit 4", 4),
]
"""What fits into three records, and what has so many more."""

MANY_GROUPS = [
    ("pql", "[people]GroupBy(Rows(age), limit=3)", "[people]GroupBy(Rows(age))"),
    ("pql", "[people]Rows(tag, limit=3) TopK(tag, k=3)", "[people]Rows(tag)"),
    ("pql", "[people]Distinct(ConstRow(columns=[1, 2]), field=age)", "[people]Distinct(field=age)"),
    ("pql", "[people]TopN(tag, n=2)", "[people]TopN(tag)"),
    ("sql", "select age, count(*) from people where age < 3 group by age", "select distinct age from people"),
]
"""What fits into three groups, rows or values, and what has five."""


def test_query_records(metastore: Metastore, tmp_path: Path) -> None:
    """The setting query_records bounds an answer; nothing of a statement is done that is refused for it."""
    ready = Ready(metastore, tmp_path, query_records=3)
    ready.post(range(5))
    ready.house.delivery.loop = HereLoop()  # type: ignore[assignment]
    for language, fits, exceeds, count in MANY_RECORDS:
        told = rf"{count} records, at most 3 are returned \(setting query_records\)"
        with pytest.raises(PayloadTooLarge, match=told):
            ready.ask(language, exceeds)
        assert ready.count() == 5
        assert ready.ask(language, fits)


def test_query_groups(metastore: Metastore, tmp_path: Path) -> None:
    """The setting query_groups bounds groups, rows and values."""
    ready = Ready(metastore, tmp_path, query_groups=3)
    ready.house.delivery.loop = HereLoop()  # type: ignore[assignment]
    for name, options in (("age", {"type": "int"}), ("tag", {"type": "set", "keys": True})):
        ready.house.fields.create(ANN, ready.deployment_id, "people", name=name, options=options)
    ready.ask("pql", "[people]" + " ".join(f"Set({i}, age={i}) Set({i}, tag=t{i})" for i in range(5)))
    for language, fits, exceeds in MANY_GROUPS:
        with pytest.raises(PayloadTooLarge, match=r"5 groups, rows or values, at most 3 .*\(setting query_groups\)"):
            ready.ask(language, exceeds)
        assert ready.ask(language, fits)


def test_query_bytes(metastore: Metastore, tmp_path: Path) -> None:
    """The setting query_bytes bounds what one statement reads, all its calls together; counters read nothing."""
    ready = Ready(metastore, tmp_path, query_bytes=9000)
    ready.house.delivery.loop = HereLoop()  # type: ignore[assignment]
    ready.house.fields.create(ANN, ready.deployment_id, "people", name="age", options={"type": "int"})
    ready.house.fields.create(ANN, ready.deployment_id, "people", name="tag", options={"type": "set", "keys": True})
    ready.ask("pql", "[people]" + " ".join(f"Set({i}, age={i}) Set({i}, tag=t)" for i in range(1000)))
    summed = "Sum(Row(age > 500), field=age)"
    united = f"Union({', '.join(f'Row(age > {500 + i})' for i in range(9))})"
    assert ready.ask("pql", f"[people]{summed}")
    assert ready.ask("pql", "[people]" + "Count(All()) Sum(age) TopK(tag)" * 1000)
    for language, statement in (
        ("pql", f"[people]{summed * 9}"),
        ("pql", f"[people]Store({united}, made=1)"),
        (
            "sql",
            "select sum(age) from people where "
            + " or ".join(f"(age > {500 + i} and age < {900 - i})" for i in range(9)),
        ),
    ):
        with pytest.raises(PayloadTooLarge, match=r"read \d+ bytes or more, at most 9000 .*\(setting query_bytes\)"):
            ready.ask(language, statement)
    assert ready.ask("pql", f"[people]{summed}")


def test_query_seconds(metastore: Metastore, tmp_path: Path) -> None:
    """The setting query_seconds ends a query; the message names it."""
    ready = Ready(metastore, tmp_path, query_seconds=1e-9)
    with pytest.raises(RequestTimeout, match="query_seconds"):
        ready.ask("sql", "select * from people")


def test_statement_bytes(metastore: Metastore, tmp_path: Path) -> None:
    """The setting statement_bytes bounds the text in bytes, not in characters."""
    ready = Ready(metastore, tmp_path, statement_bytes=40)
    ready.ask("sql", "select * from people".ljust(40))
    with pytest.raises(PayloadTooLarge, match="statement_bytes"):
        ready.ask("sql", "select * from people where _id = 1".ljust(41))
    with pytest.raises(PayloadTooLarge, match="statement_bytes"):
        ready.ask("pql", "[people]Count(All())" + "é" * 11)


@pytest.mark.parametrize(
    ("language", "shallow", "deep"),
    [
        ("pql", "[people]Count(Union(All()))", "[people]Count(" + "Union(" * 6 + "All()" + ")" * 7),
        ("sql", "select * from people where (_id = 1)", "select * from people where " + "(" * 6 + "_id = 1" + ")" * 6),
    ],
)
def test_statement_nesting(metastore: Metastore, tmp_path: Path, language: str, shallow: str, deep: str) -> None:
    """The setting statement_nesting bounds calls and parentheses alike."""
    ready = Ready(metastore, tmp_path, statement_nesting=4)
    ready.ask(language, shallow)
    with pytest.raises(StatementError, match="nest"):
        ready.ask(language, deep)


def test_a_statement_that_nests_as_deep_as_any_setting_allows_is_answered(metastore: Metastore, tmp_path: Path) -> None:
    """In both languages: the largest statement_nesting leaves room on the stack."""
    most = next(row.most for row in SETTINGS if row.name == "statement_nesting")
    ready, deep = Ready(metastore, tmp_path, statement_nesting=most), most - 2
    ready.post(range(1, 5))
    assert ready.ask("pql", "[people]Count(" + "Union(" * deep + "All()" + ")" * (deep + 1))[0].count == 4
    ready.ask("sql", "select _id from people where " + "(" * deep + "_id = 1" + ")" * deep)


def test_a_statement_that_nests_too_deep_to_be_run_is_refused(
    metastore: Metastore, tmp_path: Path, monkeypatch: Any
) -> None:
    """As a wrong statement, not as a fault of the service."""
    ready = Ready(metastore, tmp_path)

    def run(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(type(ready.house.engines.get(ready.deployment_id)), "run", run)
    with pytest.raises(BadRequest, match="nests too deep"):
        ready.ask("pql", "[people]Count(All())")


def test_a_deployment_is_bounded_by_its_shape(metastore: Metastore, tmp_path: Path, monkeypatch: Any) -> None:
    """Ingest past the shape's memory is refused with ResourceLimitExceeded; what is stored stays and answers."""
    opening = Engines.open
    monkeypatch.setattr(Engines, "open", lambda self, id, _: opening(self, id, 400_000))
    ready, batch = Ready(metastore, tmp_path), 10_000
    with pytest.raises(ResourceLimitExceeded):
        [ready.post(range(start, start + batch)) for start in range(1, 2_000_000, batch)]
    assert ready.count() > 0
    assert ready.count() % batch == 0


def test_an_unknown_language_is_refused_with_those_there_are(metastore: Metastore, tmp_path: Path) -> None:
    """The message lists sql and pql."""
    ready = Ready(metastore, tmp_path)
    with pytest.raises(RoarbaseError, match=r"sql.*pql"):
        ready.ask("mdx", "select")


def test_every_setting_is_met_by_a_test() -> None:
    """A row added to the settings table without a test that names it, or gives its flag, shows here."""
    tests = "\n".join(file.read_text(encoding="utf-8") for file in HERE.rglob("test_*.py"))
    assert [row.name for row in SETTINGS if row.name not in tests and row.flag not in tests] == []
