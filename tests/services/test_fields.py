"""Fields made and dropped one by one: what they become, and every reason to refuse."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import structlog

from roarbase.errors import (
    Forbidden,
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    RelatedResourceNotFound,
    ResourceAlreadyExists,
    ResourceLimitExceeded,
    ResourceNotFound,
)
from roarbase.metastore.store import Metastore
from roarbase.model import users
from roarbase.model.deployments import Deployment
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import CountResult
from roarbase.model.settings import Settings
from roarbase.model.sinks import Sink, SinkStatus, Verdicts
from tests.support.house import House, caller

ANN, BEA = caller("acme", "ann@example.com"), caller("umbrella", "bea@example.com")
INT = {"type": "int"}


@pytest.fixture
def demo(house: House) -> Deployment:
    return running(house)


def running(house: House, name: str = "demo", tables: tuple[str, ...] = ("people",)) -> Deployment:
    made = house.deployments.create(ANN, name=name, shape="8GB")
    house.reconciler.reconcile()
    for table in tables:
        house.tables.create(ANN, made.id, name=table)
    return house.deployments.get(ANN, made.id)


def field_on(house: House, demo: Deployment, name: str, options: object, table: str = "people") -> FieldSpec:
    return house.fields.create(ANN, demo.id, table, name=name, options=options).spec


def field_of(house: House, demo: Deployment, name: str) -> FieldSpec:
    return house.fields.get(ANN, demo.id, "people", name).spec


def fields_of(house: House, demo: Deployment) -> list[FieldSpec]:
    return [field.spec for field in house.fields.find(ANN, demo.id, "people")]


def sink_on(house: House, demo: Deployment, *definitions: dict[str, Any], name: str = "feed", **more: Any) -> Sink:
    schema = {"id_field": "id", "definition": [{"name": "id", "path": ["id"], "type": "id"}, *definitions], **more}
    return house.sinks.create(ANN, name=name, deployment_id=demo.id, table="people", declaration=schema)


def definition(name: str, type_name: str, **config: object) -> dict[str, Any]:
    return {"name": name, "path": [name], "type": type_name, "config": config}


def count(house: House, demo: Deployment, statement: str) -> int:
    (result,) = house.queries.run(ANN, demo.id, language="pql", statement=statement)
    assert isinstance(result, CountResult)
    return result.count


def test_a_field_is_there_at_once_and_its_name_is_free_at_once(house: House, demo: Deployment) -> None:
    """Made, shown with its table, dropped, and made again with another type."""
    made = field_on(house, demo, "age", {"type": "int", "min": 0, "max": 150})
    assert made == FieldSpec(name="age", type=FieldType.INT, minimum=0, maximum=150)
    assert house.tables.get(ANN, demo.id, "people").spec.fields == {"age": made}
    assert field_of(house, demo, "age") == made
    house.fields.drop(ANN, demo.id, "people", "age")
    with pytest.raises(ResourceNotFound, match="field not found: 'age' in table 'people'"):
        house.fields.get(ANN, demo.id, "people", "age")
    again = field_on(house, demo, "age", {"type": "string"})
    field_on(house, demo, "aunt", INT)
    assert [f.name for f in fields_of(house, demo)] == ["age", "aunt"]
    assert fields_of(house, demo)[0] == again


def test_a_field_made_again_is_another_field(house: House, demo: Deployment) -> None:
    """The id that making it answered is its own while it stands, and nobody's afterwards."""
    first = house.fields.create(ANN, demo.id, "people", name="age", options=INT)
    assert house.fields.get(ANN, demo.id, "people", "age") == first
    house.fields.drop(ANN, demo.id, "people", "age")
    second = house.fields.create(ANN, demo.id, "people", name="age", options=INT)
    assert second.spec == first.spec
    assert second.id != first.id


def test_a_field_survives_a_restart(house: House, demo: Deployment, metastore: Metastore, tmp_path: Any) -> None:
    """Every option is in the log; a dropped field stays dropped."""
    house.tables.create(ANN, demo.id, name="towns", is_keyed=True)
    options = [
        {"type": "timestamp", "timeUnit": "ms", "epoch": "2020-01-01T00:00:00Z", "max": 5},
        {"type": "stringsetq", "timeQuantum": "YMDH", "ttl": "720h", "noStandardView": True},
        {"type": "decimal", "scale": 2, "min": -1, "max": 1},
        {"type": "set", "cacheType": "ranked", "cacheSize": 7},
        {"type": "int", "foreignIndex": "towns"},
        {"type": "bool"},
    ]
    made = {f"f{i}": field_on(house, demo, f"f{i}", each) for i, each in enumerate(options)}
    field_on(house, demo, "gone", INT)
    house.fields.drop(ANN, demo.id, "people", "gone")
    house.engines.close_all()
    later = House(metastore, tmp_path)
    later.reconciler.resume()
    assert later.tables.get(ANN, demo.id, "people").spec.fields == made
    later.engines.close_all()


def test_a_dropped_field_leaves_no_value_behind(house: House, demo: Deployment) -> None:
    """A field of the same name and type begins empty, also where records are."""
    for _ in range(2):
        field_on(house, demo, "age", INT)
        sink = sink_on(house, demo, definition("age", "int"))
        house.reconciler.reconcile()
        assert count(house, demo, "[people]Count(Row(age > 0))") == 0
        ingest(house, sink, b'{"records":[{"value":{"id":1,"age":5}}]}')
        assert count(house, demo, "[people]Count(Row(age > 0))") == 1
        house.sinks.delete(ANN, sink.id)
        house.reconciler.reconcile()
        house.fields.drop(ANN, demo.id, "people", "age")
    assert count(house, demo, "[people]Count(All())") == 1


def ingest(house: House, sink: Sink, body: bytes) -> Verdicts:
    async def take() -> Verdicts:
        house.delivery.loop = asyncio.get_running_loop()
        return await house.ingest.take(ANN, sink.id, body)

    return asyncio.run(take())


def test_records_keep_to_the_bounds_of_a_field(house: House, demo: Deployment) -> None:
    """A sink that says no bounds judges by those the field was made with, decimals too."""
    field_on(house, demo, "age", {"type": "int", "min": 0, "max": 150})
    field_on(house, demo, "height", {"type": "decimal", "scale": 2, "max": "2.75"})
    sink = sink_on(house, demo, definition("age", "int"), definition("height", "decimal", Scale=2))
    house.reconciler.reconcile()
    records = [
        '{"value":{"id":1,"age":150,"height":2.75}}',
        '{"value":{"id":2,"age":151,"height":0}}',
        '{"value":{"id":3,"age":0,"height":2.76}}',
    ]
    verdicts = ingest(house, sink, f'{{"records":[{",".join(records)}]}}'.encode())
    assert sorted(verdicts.errors) == [1, 2]
    assert "allowed are 0 to 150" in verdicts.errors[1].message
    assert "to 2.75" in verdicts.errors[2].message


# ---- what is taken -----------------------------------------------------------------------------


def test_a_field_that_is_there_is_refused_with_what_differs(house: House, demo: Deployment) -> None:
    """The same definition is a conflict as well; another one is compared, every difference at once."""
    field_on(house, demo, "price", {"type": "decimal", "scale": 2, "min": 0})
    with pytest.raises(ResourceAlreadyExists, match="a field 'price' of the same definition"):
        field_on(house, demo, "price", {"type": "decimal", "min": 0, "scale": 2})
    with pytest.raises(ResourceAlreadyExists) as refused:
        field_on(house, demo, "price", {"type": "decimal", "scale": 3, "max": 9})
    assert refused.value.differences == [
        "scale is 2, asked for is 3",
        "min is 0.00, asked for is unset",
        "max is unset, asked for is 9.000",
    ]
    with pytest.raises(ResourceAlreadyExists, match=r"type is decimal, asked for is set$"):
        field_on(house, demo, "price", {"type": "idset"})


def test_a_field_that_a_sink_is_about_to_make_is_taken(house: House, demo: Deployment) -> None:
    """Before the reconciler has made it; and what cannot be dropped yet cannot be made."""
    sink_on(house, demo, definition("age", "int"))
    with pytest.raises(ResourceAlreadyExists, match="is about to get, from a sink, a field 'age'"):
        field_on(house, demo, "age", {"type": "bool"})
    with pytest.raises(IncorrectState, match="feed"):
        house.fields.drop(ANN, demo.id, "people", "age")
    house.reconciler.reconcile()
    assert field_of(house, demo, "age").type == FieldType.INT


def test_of_two_who_make_a_field_at_once_one_is_refused(house: House, demo: Deployment) -> None:
    """Whatever they ask for, one field stands."""
    kinds = ["int", "bool", "string", "id"] * 2
    with ThreadPoolExecutor(len(kinds)) as pool:
        asks = [pool.submit(field_on, house, demo, "x", {"type": kind}) for kind in kinds]
    failed = [ask for ask in asks if ask.exception() is not None]
    assert len(failed) == len(kinds) - 1
    assert {type(ask.exception()) for ask in failed} == {ResourceAlreadyExists}
    (made,) = (ask.result() for ask in asks if ask not in failed)
    assert fields_of(house, demo) == [made]


# ---- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Age", "1st", "my age", "größe", "a" * 231, "a.b", "-"])
def test_a_bad_name_is_refused_beside_bad_options(house: House, demo: Deployment, name: str) -> None:
    """Both are told in one error, and nothing is made."""
    with pytest.raises(InvalidParameter, match=r"field name.*\$\.options\.size"):
        field_on(house, demo, name, {"type": "int", "size": 3})
    assert fields_of(house, demo) == []
    field_on(house, demo, "a" * 230, INT)


def test_the_record_id_is_neither_made_nor_dropped(house: House, demo: Deployment) -> None:
    """`_id` belongs to every table."""
    with pytest.raises(InvalidParameter, match="'_id'"):
        field_on(house, demo, "_id", {"type": "id"})
    with pytest.raises(InvalidParameter, match="'_id'"):
        house.fields.drop(ANN, demo.id, "people", "_id")


def test_options_are_needed(house: House, demo: Deployment) -> None:
    """A field without a type is not made."""
    with pytest.raises(MissingParameter, match=r"\$\.options\.type is missing"):
        field_on(house, demo, "age", {})


def test_a_field_needs_its_table_and_a_running_deployment(house: House, demo: Deployment) -> None:
    """404 without the table or the deployment, 409 while the deployment is not RUNNING."""
    creating = house.deployments.create(ANN, name="later", shape="8GB")
    asks = [
        lambda id, table: house.fields.create(ANN, id, table, name="age", options=INT),
        lambda id, table: house.fields.find(ANN, id, table),
        lambda id, table: house.fields.get(ANN, id, table, "age"),
        lambda id, table: house.fields.drop(ANN, id, table, "age"),
    ]
    for ask in asks:
        with pytest.raises(ResourceNotFound, match="table not found: 'nobody'"):
            ask(demo.id, "nobody")
        with pytest.raises(ResourceNotFound, match="deployment not found"):
            ask("no-such-id", "people")
        with pytest.raises(IncorrectState, match="CREATING"):
            ask(creating.id, "people")
    with pytest.raises(ResourceNotFound, match="field not found"):
        house.fields.drop(ANN, demo.id, "people", "age")


def test_others_find_nothing(house: House, demo: Deployment) -> None:
    """Another organization is told what it would be told of a deployment that never was, and does not wait."""
    field_on(house, demo, "age", INT)
    never = "00000000-0000-4000-8000-000000000000"
    asks = [
        lambda id: house.fields.create(BEA, id, "people", name="mine", options=INT),
        lambda id: house.fields.create(BEA, id, "people", name="age", options={"type": "nonsense"}),
        lambda id: house.fields.find(BEA, id, "people"),
        lambda id: house.fields.get(BEA, id, "people", "age"),
        lambda id: house.fields.drop(BEA, id, "people", "age"),
    ]
    with ThreadPoolExecutor(len(asks)) as pool, house.engines.exclusively(demo.id):
        theirs = [pool.submit(ask, demo.id) for ask in asks]
        nobodys = [pool.submit(ask, never) for ask in asks]
        for one, other in zip(theirs, nobodys, strict=True):
            first, second = one.exception(timeout=5), other.exception(timeout=5)
            assert isinstance(first, ResourceNotFound)
            assert isinstance(second, ResourceNotFound)
            assert first.message.replace(demo.id, "?") == second.message.replace(never, "?")


def test_a_role_without_the_privilege_changes_nothing(
    house: House, demo: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may read sees fields, and neither makes nor drops them."""
    field_on(house, demo, "age", INT)
    monkeypatch.setitem(users.PRIVILEGES, ANN.role, frozenset({users.Privilege.READ_RESOURCES}))
    assert field_of(house, demo, "age").type == FieldType.INT
    with pytest.raises(Forbidden):
        field_on(house, demo, "size", INT)
    with pytest.raises(Forbidden):
        house.fields.drop(ANN, demo.id, "people", "age")


def test_fields_per_table_is_a_limit(metastore: Metastore, tmp_path: Any) -> None:
    """The setting fields_per_table counts fields of both kinds of making, also those still being made."""
    house = House(metastore, tmp_path, Settings({"fields_per_table": 3}))
    demo = running(house)
    field_on(house, demo, "one", INT)
    with pytest.raises(ResourceLimitExceeded, match="would have 4 fields, at most 3 are allowed"):
        sink_on(house, demo, *(definition(name, "int") for name in ("one", "two", "three", "four")))
    sink_on(house, demo, *(definition(name, "int") for name in ("one", "two", "three")))
    with pytest.raises(ResourceLimitExceeded, match="fields_per_table"):
        field_on(house, demo, "four", INT)
    house.reconciler.reconcile()
    sink_on(house, demo, definition("one", "int"), name="other")
    with pytest.raises(ResourceLimitExceeded, match="would have 4 fields"):
        house.tables.create(ANN, demo.id, name="wide", fields=[int_field(name) for name in ("a", "b", "c", "d")])
    house.tables.create(ANN, demo.id, name="wide", fields=[int_field(name) for name in ("a", "b", "c")])
    house.engines.close_all()


def int_field(name: str, table: str = "") -> FieldSpec:
    return FieldSpec(name=name, type=FieldType.INT, foreign_index=table)


def test_a_table_is_made_with_its_fields_or_not_at_all(house: House, demo: Deployment) -> None:
    """They may refer to other tables, and to the one that is made; what is wrong with one leaves nothing."""
    house.tables.create(ANN, demo.id, name="towns", is_keyed=True)
    fields = [int_field("age"), int_field("town", "towns"), int_field("parent", "family")]
    made = house.tables.create(ANN, demo.id, name="family", is_keyed=False, fields=fields).spec
    assert {name: spec.foreign_has_ids for name, spec in made.fields.items()} == {
        "age": False,
        "town": False,
        "parent": True,
    }
    with pytest.raises(RelatedResourceNotFound, match="'nowhere', which is not there"):
        house.tables.create(ANN, demo.id, name="lost", fields=[int_field("age"), int_field("place", "nowhere")])
    with pytest.raises(RelatedResourceNotFound, match="nobody said that they have keys"):
        house.tables.create(ANN, demo.id, name="lost", fields=[int_field("age"), int_field("parent", "lost")])
    assert [view.spec.name for view in house.tables.find(ANN, demo.id)] == ["family", "people", "towns"]


# ---- sinks and fields --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [SinkStatus.CREATING, SinkStatus.RUNNING, SinkStatus.DELETING])
def test_a_field_that_a_sink_feeds_is_not_dropped(house: House, demo: Deployment, status: SinkStatus) -> None:
    """The refusal names the sinks that feed it, and only those; once they are gone it goes."""
    field_on(house, demo, "age", INT)
    field_on(house, demo, "size", INT)
    feed = sink_on(house, demo, definition("age", "int"))
    sink_on(house, demo, definition("size", "int"), name="other")
    if status != SinkStatus.CREATING:
        house.reconciler.reconcile()
    if status == SinkStatus.DELETING:
        house.sinks.delete(ANN, feed.id)
    with pytest.raises(IncorrectState) as refused:
        house.fields.drop(ANN, demo.id, "people", "age")
    assert refused.value.blocking == ["feed"]
    assert "'age' of table 'people' is fed by sinks; delete them first: feed" in refused.value.message
    house.sinks.delete(ANN, feed.id)
    house.reconciler.reconcile()
    house.fields.drop(ANN, demo.id, "people", "age")


def test_a_field_named_as_an_id_field_is_not_fed(house: House, demo: Deployment) -> None:
    """What a sink takes as the record's id has no field, so a field of that name is free to go."""
    field_on(house, demo, "id", {"type": "bool"})
    sink_on(house, demo, definition("age", "int"))
    house.reconciler.reconcile()
    house.fields.drop(ANN, demo.id, "people", "id")


def test_a_sink_that_contradicts_the_fields_is_refused_with_every_difference(house: House) -> None:
    """Kind of record, type, keys, scale and given bounds, all in one error."""
    demo = running(house, tables=())
    house.tables.create(ANN, demo.id, name="people", is_keyed=True)
    for name, options in {
        "age": {"type": "int", "min": 0, "max": 150},
        "kind": {"type": "string"},
        "height": {"type": "decimal", "scale": 2},
        "seen": {"type": "timestamp"},
    }.items():
        field_on(house, demo, name, options)
    with pytest.raises(IncorrectState) as refused:
        sink_on(
            house,
            demo,
            definition("age", "int", Min=0, Max=99),
            definition("kind", "id", Mutex=True),
            definition("height", "decimal", Scale=3),
            definition("seen", "int"),
        )
    assert refused.value.differences == [
        "the records of table 'people' have keys, the schema makes ids; use primary_key_fields",
        "field 'age' has max 150, the schema makes it 99",
        "field 'kind' has keys true, the schema makes it false",
        "field 'height' has scale 2, the schema makes it 3",
        "field 'seen' has type timestamp, the schema makes it int",
    ]


def test_a_sink_may_say_otherwise_of_quantum_ttl_and_cache(house: House, demo: Deployment) -> None:
    """It is made, the field stays as it is, and the log says what was not heeded."""
    field_on(house, demo, "tags", {"type": "time", "timeQuantum": "YMD", "keys": True, "ttl": "1h"})
    field_on(house, demo, "kind", {"type": "set"})
    with structlog.testing.capture_logs() as logs:
        sink = sink_on(
            house,
            demo,
            definition("tags", "strings", Quantum="D", TTL="48h"),
            definition("kind", "id", CacheConfig={"CacheType": "lru", "CacheSize": 5}),
        )
    (noted,) = [line["differences"] for line in logs if "differences" in line]
    assert noted == [
        "field 'tags' has timeQuantum YMD, the schema makes it D",
        "field 'tags' has ttl 1h, the schema makes it 48h",
        "field 'kind' has cacheType unset, the schema makes it lru",
        "field 'kind' has cacheSize unset, the schema makes it 5",
    ]
    house.reconciler.reconcile()
    assert house.sinks.get(ANN, sink.id).status == SinkStatus.RUNNING
    assert field_of(house, demo, "tags").quantum == "YMD"
    assert field_of(house, demo, "kind").cache_size == 0


# ---- references --------------------------------------------------------------------------------


def test_a_foreign_index_names_a_keyed_table_of_the_deployment(house: House, demo: Deployment) -> None:
    """A table that is not there, or has not decided, is refused, saying which; to one with ids, the values are ids."""
    elsewhere = running(house, "other", tables=())
    house.tables.create(ANN, elsewhere.id, name="towns", is_keyed=True)
    to_towns = {"type": "int", "foreignIndex": "towns"}
    with pytest.raises(RelatedResourceNotFound, match="'towns', which is not there"):
        field_on(house, demo, "town", to_towns)
    house.tables.create(ANN, demo.id, name="towns", is_keyed=False)
    field_on(house, demo, "home", {**to_towns, "min": 0})
    assert field_of(house, demo, "home").foreign_has_ids
    with pytest.raises(RelatedResourceNotFound, match="nobody said that they have keys"):
        field_on(house, demo, "town", {"type": "int", "foreignIndex": "people"})
    with pytest.raises(IncorrectState, match="refer to the table 'towns'"):
        house.tables.drop(ANN, demo.id, "towns")
    house.fields.drop(ANN, demo.id, "people", "home")
    house.tables.drop(ANN, demo.id, "towns")
    house.tables.create(ANN, demo.id, name="towns", is_keyed=True)
    assert field_on(house, demo, "town", {**to_towns, "min": 0}).foreign_index == "towns"
    assert not field_of(house, demo, "town").foreign_has_ids


def test_a_table_that_a_sink_is_about_to_give_keys_may_be_referred_to(house: House, demo: Deployment) -> None:
    """What is about to be decided counts as decided."""
    schema = {"primary_key_fields": ["name"], "definition": [{"name": "name", "path": ["name"], "type": "string"}]}
    house.sinks.create(ANN, name="feed", deployment_id=demo.id, table="people", declaration=schema)
    field_on(house, demo, "boss", {"type": "int", "foreignIndex": "people"})


def test_a_table_that_fields_refer_to_is_not_dropped(house: House, demo: Deployment) -> None:
    """Each way to drop it is refused, naming the fields; a table's own field does not hold it."""
    house.tables.create(ANN, demo.id, name="towns", is_keyed=True)
    to_towns = {"type": "int", "foreignIndex": "towns"}
    for name, table in (("town", "people"), ("birthplace", "people"), ("capital", "towns")):
        field_on(house, demo, name, to_towns, table)
    drops = [
        partial(house.tables.drop, ANN, demo.id, "towns"),
        partial(house.queries.run, ANN, demo.id, language="sql", statement="drop table towns"),
    ]
    for drop in drops:
        with pytest.raises(IncorrectState, match=r"refer to the table 'towns'.*: people\.birthplace, people\.town$"):
            drop()
    house.fields.drop(ANN, demo.id, "people", "town")
    house.fields.drop(ANN, demo.id, "people", "birthplace")
    house.tables.drop(ANN, demo.id, "towns")
