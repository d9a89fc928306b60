"""Sinks whose int definitions refer to another table by its keys, from the declaration to the answer."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from roarbase.errors import IncorrectState, RelatedResourceNotFound
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment
from roarbase.model.sinks import Sink, SinkStatus
from tests.support.house import House, caller

ANN = caller("acme", "ann@example.com")
NAME = {"name": "name", "path": ["name"], "type": "string"}
TOWN = {"name": "town", "path": ["town"], "type": "int", "config": {"ForeignIndex": "towns"}}
BOSS = {"name": "boss", "path": ["boss"], "type": "int", "config": {"foreignindex": "people"}}
SIZE = {"name": "size", "path": ["size"], "type": "int"}


@pytest.fixture
def demo(house: House) -> Deployment:
    made = house.deployments.create(ANN, name="demo", shape="8GB")
    house.reconciler.reconcile()
    for table in ("people", "towns"):
        house.tables.create(ANN, made.id, name=table)
    return house.deployments.get(ANN, made.id)


def sink_on(house: House, demo: Deployment, table: str, *definitions: dict[str, Any]) -> Sink:
    schema = {"primary_key_fields": ["name"], "allow_missing_fields": True, "definition": [NAME, *definitions]}
    return house.sinks.create(
        ANN, name=f"{table}-{uuid.uuid4()}", deployment_id=demo.id, table=table, declaration=schema
    )


def ingest(house: House, sink: Sink, *values: dict[str, Any]) -> list[str | None]:
    body = json.dumps({"records": [{"value": value} for value in values]}).encode()

    async def take() -> list[str | None]:
        house.delivery.loop = asyncio.get_running_loop()
        return [error and error.message for error in await house.ingest.take(ANN, sink.id, body)]

    return asyncio.run(take())


def ask(house: House, demo: Deployment, statement: str) -> list[list[object]]:
    """The columns of the answer, without their names."""
    language = "pql" if statement.startswith("[") else "sql"
    (result,) = house.queries.run(ANN, demo.id, language=language, statement=statement)
    return [[*column.cells] for column in result.table().columns]


def test_a_definition_refers_to_another_table(
    house: House, demo: Deployment, metastore: Metastore, tmp_path: Path
) -> None:
    """Keys go in and come out, in both languages, before and after a restart; the other table has its own records."""
    towns = sink_on(house, demo, "towns", SIZE)
    people = sink_on(house, demo, "people", TOWN, BOSS)
    house.reconciler.reconcile()
    values = [
        {"name": "ann", "town": "bonn", "boss": "zoe"},
        {"name": "bob", "town": 7, "boss": "ann"},
        {"name": "cem", "town": None, "boss": ""},
        {"name": "dan", "town": "york", "boss": "ann"},
        {"name": "eva", "town": ["bonn"]},
    ]
    verdicts = ingest(house, people, *values)
    assert verdicts[:4] == [None] * 4
    assert verdicts[4] is not None
    assert "the value is no key of a record" in verdicts[4]
    assert ingest(house, towns, {"name": "york", "size": 3}) == [None]
    again = House(metastore, tmp_path)
    for each in (house, again):
        if each is again:
            house.engines.close_all()
            again.reconciler.resume()
        assert ask(each, demo, "select _id, town, boss from people") == [
            ["ann", "bob", "cem", "dan"],
            ["bonn", "7", None, "york"],
            ["zoe", "ann", None, "ann"],
        ]
        assert ask(each, demo, "select count(*) from towns") == [[1]]
        assert ask(each, demo, "[towns]All()") == [["york"]]
        assert ask(each, demo, "[people]Row(boss=ann)") == [["bob", "dan"]]
        assert ask(each, demo, "[people]Distinct(field=boss)") == [["ann", "zoe"]]
        assert ask(each, demo, "select boss, count(*) from people group by boss order by boss") == [
            ["ann", "zoe"],
            [2, 1],
        ]
        assert ask(each, demo, "select _id from people where town like '%o%' and boss != 'zoe'") == [["dan"]]
        assert ask(each, demo, "select _id from towns t join people p on t._id = p.town where p.boss = 'ann'") == [
            ["york"]
        ]
        assert ask(each, demo, "select _id from people p, towns t where p.town = t._id and t.size > 2") == [["dan"]]
        assert ask(each, demo, "[people]Count(Distinct(Row(town=york), field=boss))") == [[1]]
        assert ask(each, demo, "[people]Union(Distinct(field=boss))") == [["ann"]]
        assert ask(each, demo, "show fields from people") == [["boss", "town"], ["foreign-int", "foreign-int"]]
    assert ingest(again, people, {"name": "new", "town": "bonn", "boss": "new"}) == [None]
    assert ask(again, demo, "[people]Row(boss=new)") == [["new"]]
    again.engines.close_all()


def test_the_table_is_there_and_has_keys(house: House, demo: Deployment) -> None:
    """A sink that refers to no table, to one of ids or to one that has not decided is refused."""
    nowhere = TOWN | {"config": {"ForeignIndex": "nowhere"}}
    with pytest.raises(RelatedResourceNotFound, match="'nowhere', which is not there"):
        sink_on(house, demo, "people", nowhere)
    with pytest.raises(RelatedResourceNotFound, match="'towns', of whose records nobody said that they have keys"):
        sink_on(house, demo, "people", TOWN)
    house.tables.create(ANN, demo.id, name="ids", is_keyed=False)
    with pytest.raises(RelatedResourceNotFound, match="'ids', whose records have ids"):
        sink_on(house, demo, "people", TOWN | {"config": {"ForeignIndex": "ids"}})


def test_what_is_referred_to_has_keys_even_if_its_own_sink_goes_first(house: House, demo: Deployment) -> None:
    """A table counts as keyed because of a sink that is being made; once referred to, it stays so."""
    towns = sink_on(house, demo, "towns", SIZE)
    people = sink_on(house, demo, "people", TOWN)
    house.sinks.delete(ANN, towns.id)
    house.reconciler.reconcile()
    assert house.sinks.get(ANN, people.id).status == SinkStatus.RUNNING
    assert house.tables.get(ANN, demo.id, "towns").spec.is_keyed
    assert ingest(house, people, {"name": "ann", "town": "bonn"}) == [None]


def test_a_table_that_is_referred_to_is_dropped_last(house: House, demo: Deployment) -> None:
    """Both ways to drop it name the field, also while the sink that brings it is being made."""
    house.tables.drop(ANN, demo.id, "towns")
    house.tables.create(ANN, demo.id, name="towns", is_keyed=True)
    sink = sink_on(house, demo, "people", TOWN)
    for _ in range(2):
        with pytest.raises(IncorrectState, match=r"people\.town"):
            house.tables.drop(ANN, demo.id, "towns")
        with pytest.raises(IncorrectState, match=r"people\.town"):
            ask(house, demo, "drop table towns")
        house.reconciler.reconcile()
    house.sinks.delete(ANN, sink.id)
    house.reconciler.reconcile()
    house.tables.drop(ANN, demo.id, "people")
    house.tables.drop(ANN, demo.id, "towns")


def test_a_second_sink_refers_to_the_same_table(house: House, demo: Deployment) -> None:
    """A sink that means numbers, or another table, where a field refers to a table is refused."""
    house.tables.create(ANN, demo.id, name="more", is_keyed=True)
    sink_on(house, demo, "towns", SIZE)
    sink_on(house, demo, "people", TOWN)
    house.reconciler.reconcile()
    for config in ({}, {"ForeignIndex": "more"}):
        with pytest.raises(IncorrectState, match="field 'town' has foreignIndex towns"):
            sink_on(house, demo, "people", TOWN | {"config": config})
