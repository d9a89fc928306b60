"""Deployments, tables and sinks: rules, states, order of deletion, and other people's resources."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from roarbase.errors import (
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    RelatedResourceNotFound,
    ResourceAlreadyExists,
    ResourceLimitExceeded,
    ResourceNotFound,
    Unavailable,
)
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment, DeploymentStatus
from roarbase.model.settings import Settings
from roarbase.model.sinks import Sink, SinkStatus
from tests.support.house import House, caller

ANN, BEA = caller("acme", "ann@example.com"), caller("umbrella", "bea@example.com")
SCHEMA: dict[str, Any] = {
    "id_field": "id",
    "allow_missing_fields": False,
    "definition": [
        {"name": "id", "path": ["id"], "type": "id"},
        {"name": "height", "path": ["height"], "type": "decimal", "config": {"Scale": 2}},
    ],
}


def running(house: House, name: str = "demo") -> Deployment:
    made = house.deployments.create(ANN, name=name, shape="8GB")
    house.reconciler.reconcile()
    return house.deployments.get(ANN, made.id)


def sink_on(house: House, deployment: Deployment, name: str = "feed", schema: dict[str, Any] = SCHEMA) -> Sink:
    return house.sinks.create(ANN, name=name, deployment_id=deployment.id, table="people", declaration=schema)


def test_a_deployment_is_creating_until_it_is_reconciled(house: House) -> None:
    """CREATING can be seen; the reconciler says RUNNING."""
    made = house.deployments.create(ANN, name="demo", shape="8GB")
    assert made.status == DeploymentStatus.CREATING
    assert house.wakes == 1
    house.reconciler.reconcile()
    assert house.deployments.get(ANN, made.id).status == DeploymentStatus.RUNNING
    assert [d.id for d in house.deployments.find(ANN)] == [made.id]


@pytest.mark.parametrize("name", ["Demo", "1demo", "de mo", "démo", "d" * 301, "-demo"])
def test_a_name_that_breaks_the_rules_is_refused(house: House, name: str) -> None:
    """Names are lower-case letters, digits, - and _, beginning with a letter."""
    with pytest.raises(InvalidParameter):
        house.deployments.create(ANN, name=name, shape="8GB")


def test_a_shape_that_is_not_offered_is_refused_with_those_that_are(house: House) -> None:
    """The message lists what may be chosen."""
    with pytest.raises(InvalidParameter, match="8GB"):
        house.deployments.create(ANN, name="demo", shape="7GB")


def test_a_shape_is_taken_by_its_later_name_too(house: House) -> None:
    """Clients of version 2 call the smallest one 8GB-Development; it is one and the same."""
    assert house.deployments.create(ANN, name="demo", shape="8GB-Development").shape == "8GB"


def test_a_deployment_name_is_taken_until_the_deletion_is_over(house: House) -> None:
    """A name in DELETING is taken; afterwards it is free. Another organization may use it all the while."""
    first = running(house)
    house.deployments.delete(ANN, first.id)
    with pytest.raises(ResourceAlreadyExists):
        house.deployments.create(ANN, name="demo", shape="8GB")
    house.deployments.create(BEA, name="demo", shape="8GB")
    house.reconciler.reconcile()
    assert house.deployments.create(ANN, name="demo", shape="8GB").id != first.id


def test_deployments_per_organization_is_a_limit(metastore: Metastore, tmp_path: Any) -> None:
    """The setting deployments_per_organization counts each organization by itself."""
    house = House(metastore, tmp_path, Settings({"deployments_per_organization": 1}))
    house.deployments.create(ANN, name="one", shape="8GB")
    with pytest.raises(ResourceLimitExceeded, match="deployments_per_organization"):
        house.deployments.create(ANN, name="two", shape="8GB")
    house.deployments.create(BEA, name="one", shape="8GB")


def test_renaming(house: House) -> None:
    """A deployment takes another free name; a taken one is refused."""
    first, _ = running(house, "one"), running(house, "two")
    assert house.deployments.change(ANN, first.id, name="three").name == "three"
    with pytest.raises(ResourceAlreadyExists):
        house.deployments.change(ANN, first.id, name="two")


def test_a_deployment_gets_another_shape(metastore: Metastore, tmp_path: Path) -> None:
    """Its memory is that of the new shape from the next write on; one that is not offered, or too small, is refused."""
    house = House(metastore, tmp_path, machine_bytes=70 * 2**30)
    try:
        demo = running(house)
        assert house.deployments.change(ANN, demo.id, name="other", shape="8GB").name == "other"
        assert house.deployments.change(ANN, demo.id, shape="8GB-Development").shape == "8GB"
        assert house.deployments.change(ANN, demo.id, shape="64GB").shape == "64GB"
        engine = house.engines.get(demo.id)
        is_full = patch.object(type(engine), "memory_bytes", lambda _: 9 * 2**30)
        with is_full, pytest.raises(IncorrectState, match="the shape 8GB has 8589934592"):
            house.deployments.change(ANN, demo.id, shape="8GB", name="third")
        with pytest.raises(InvalidParameter, match="there is no shape '128GB'"):
            house.deployments.change(ANN, demo.id, name="third", shape="128GB")
        with pytest.raises(MissingParameter):
            house.deployments.change(ANN, demo.id)
        assert (house.deployments.get(ANN, demo.id).name, house.deployments.get(ANN, demo.id).shape) == (
            "other",
            "64GB",
        )
    finally:
        house.engines.close_all()


def test_a_table_needs_a_running_deployment(house: House) -> None:
    """409 while it is creating, 404 where there is none."""
    made = house.deployments.create(ANN, name="demo", shape="8GB")
    with pytest.raises(IncorrectState, match="CREATING"):
        house.tables.create(ANN, made.id, name="people")
    with pytest.raises(ResourceNotFound):
        house.tables.create(ANN, "no-such-id", name="people")


def test_a_table_is_there_at_once_and_its_name_is_free_at_once(house: House) -> None:
    """Tables are made and dropped synchronously; made again, a table is another table."""
    demo = running(house)
    first = house.tables.create(ANN, demo.id, name="people", description="who")
    assert (first.record.description, first.record.owner) == ("who", "ann@example.com")
    with pytest.raises(ResourceAlreadyExists):
        house.tables.create(ANN, demo.id, name="people")
    house.tables.drop(ANN, demo.id, "people")
    with pytest.raises(ResourceNotFound):
        house.tables.get(ANN, demo.id, "people")
    assert house.tables.create(ANN, demo.id, name="people").spec.id != first.spec.id


def test_a_sink_makes_its_fields_and_decides_the_kind_of_record(house: House) -> None:
    """CREATING until the fields stand; the id field is no column."""
    demo = running(house)
    house.tables.create(ANN, demo.id, name="people")
    sink = sink_on(house, demo)
    assert sink.status == SinkStatus.CREATING
    assert house.tables.get(ANN, demo.id, "people").spec.is_keyed is None
    house.reconciler.reconcile()
    assert house.sinks.get(ANN, sink.id).status == SinkStatus.RUNNING
    spec = house.tables.get(ANN, demo.id, "people").spec
    assert (spec.is_keyed, list(spec.fields), spec.fields["height"].scale) == (False, ["height"], 2)


def test_a_sink_names_what_is_missing(house: House) -> None:
    """An absent deployment or table in the body is RelatedResourceNotFound; a taken name a conflict."""
    demo = running(house)
    with pytest.raises(RelatedResourceNotFound, match="people"):
        sink_on(house, demo)
    with pytest.raises(RelatedResourceNotFound):
        house.sinks.create(ANN, name="feed", deployment_id="nowhere", table="people", declaration=SCHEMA)
    house.tables.create(ANN, demo.id, name="people")
    sink_on(house, demo)
    with pytest.raises(ResourceAlreadyExists):
        sink_on(house, demo)


@pytest.mark.parametrize("is_reconciled", [True, False], ids=["running", "still creating"])
def test_a_second_sink_that_disagrees_is_refused_with_every_difference(house: House, is_reconciled: bool) -> None:
    """Key kind, scale and the like; also against a sink whose fields are not made yet."""
    demo = running(house)
    house.tables.create(ANN, demo.id, name="people")
    sink_on(house, demo)
    if is_reconciled:
        house.reconciler.reconcile()
    definition = [
        {"name": "name", "path": ["name"], "type": "string"},
        {"name": "height", "path": ["height"], "type": "decimal", "config": {"Scale": 3}},
    ]
    other = {"primary_key_fields": ["name"], "allow_missing_fields": False, "definition": definition}
    with pytest.raises(IncorrectState) as refused:
        sink_on(house, demo, "other", other)
    assert "height" in refused.value.message
    assert "key" in refused.value.message


def test_a_sink_takes_the_types_of_fields_that_are_there(house: House) -> None:
    """Also of those that another sink is about to make: names and paths are enough, and the types are shown."""
    demo = running(house)
    house.tables.create(ANN, demo.id, name="people")
    sink_on(house, demo)
    mapping = [{"name": "_id", "path": ["id"]}, {"name": "height", "path": ["size", "height"]}]
    second = sink_on(house, demo, "second", {"id_field": "_id", "definition": mapping})
    assert second.declaration["definition"] == [
        {"name": "_id", "path": ["id"], "type": "id"},
        {"name": "height", "path": ["size", "height"], "type": "decimal", "config": {"Scale": 2}},
    ]
    house.reconciler.reconcile()
    assert house.sinks.get(ANN, second.id).status == SinkStatus.RUNNING
    with pytest.raises(MissingParameter, match=r"definition\[1\]\.type is missing"):
        sink_on(house, demo, "third", {"id_field": "_id", "definition": [mapping[0], {"name": "age", "path": ["a"]}]})


def test_the_order_of_deletion(house: House) -> None:
    """Sink, then table, then deployment; each refusal names what stands in the way."""
    demo = running(house)
    house.tables.create(ANN, demo.id, name="people")
    sink = sink_on(house, demo)
    house.reconciler.reconcile()
    with pytest.raises(IncorrectState, match=r"feed.*people"):
        house.deployments.delete(ANN, demo.id)
    with pytest.raises(IncorrectState, match="feed"):
        house.tables.drop(ANN, demo.id, "people")
    house.sinks.delete(ANN, sink.id)
    house.sinks.delete(ANN, sink.id)
    assert house.sinks.get(ANN, sink.id).status == SinkStatus.DELETING
    with pytest.raises(IncorrectState, match=r"wait until they are gone: 'feed' \(DELETING\)"):
        house.tables.drop(ANN, demo.id, "people")
    house.reconciler.reconcile()
    with pytest.raises(ResourceNotFound):
        house.sinks.get(ANN, sink.id)
    house.tables.drop(ANN, demo.id, "people")
    house.deployments.delete(ANN, demo.id)
    house.deployments.delete(ANN, demo.id)
    assert house.deployments.get(ANN, demo.id).status == DeploymentStatus.DELETING
    house.reconciler.reconcile()
    with pytest.raises(ResourceNotFound):
        house.deployments.get(ANN, demo.id)


def test_what_belongs_to_others_is_as_if_it_were_not(house: House) -> None:
    """Same error and same words for an id of another organization and for one that never was."""
    demo = running(house)
    house.tables.create(ANN, demo.id, name="people")
    sink = sink_on(house, demo)
    house.reconciler.reconcile()
    never = "00000000-0000-4000-8000-000000000000"
    asks = [
        (demo.id, lambda id: house.deployments.get(BEA, id)),
        (demo.id, lambda id: house.deployments.delete(BEA, id)),
        (demo.id, lambda id: house.deployments.change(BEA, id, name="mine")),
        (demo.id, lambda id: house.tables.find(BEA, id)),
        (demo.id, lambda id: house.tables.create(BEA, id, name="mine")),
        (demo.id, lambda id: house.tables.drop(BEA, id, "people")),
        (demo.id, lambda id: house.queries.run(BEA, id, language="sql", statement="show tables")),
        (sink.id, lambda id: house.sinks.get(BEA, id)),
        (sink.id, lambda id: house.sinks.delete(BEA, id)),
        (sink.id, lambda id: house.feeds.load(BEA, id)),
    ]
    for known, ask in asks:
        with pytest.raises(ResourceNotFound) as theirs:
            ask(known)
        with pytest.raises(ResourceNotFound) as nobodys:
            ask(never)
        assert theirs.value.message.replace(known, "?") == nobodys.value.message.replace(never, "?")
    house.feeds.load(ANN, sink.id)
    assert house.feeds.kept_or_none(BEA, sink.id) is None
    assert house.deployments.find(BEA) == []
    assert house.sinks.find(BEA) == []


def test_a_table_row_follows_the_engine(house: House) -> None:
    """A row without table goes, a table without row gets one: either may be left by a crash."""
    demo = running(house)
    table = house.tables.create(ANN, demo.id, name="people")
    house.metastore.tables.remove(demo.id, table.spec.id)
    assert house.tables.get(ANN, demo.id, "people").record.name == "people"
    house.tables.follow(demo.id)
    assert [r.id for r in house.metastore.tables.find(demo.id)] == [table.spec.id]
    row = house.metastore.tables.find(demo.id)[0]
    house.tables.drop(ANN, demo.id, "people")
    house.metastore.tables.add(row)
    house.tables.follow(demo.id)
    assert house.metastore.tables.find(demo.id) == []


def test_a_sink_that_says_no_bounds_keeps_those_of_the_table(house: House) -> None:
    """Min and Max that the first sink gave hold for records of the second."""
    demo = running(house)
    house.tables.create(ANN, demo.id, name="people")
    ids = {"name": "id", "path": ["id"], "type": "id"}
    for name, config in (("first", {"Min": 0, "Max": 150}), ("second", {})):
        definition = [ids, {"name": "age", "path": ["age"], "type": "int", "config": config}]
        sink = sink_on(house, demo, name, {"id_field": "id", "allow_missing_fields": False, "definition": definition})
        house.reconciler.reconcile()
    decoder = house.feeds.load(ANN, sink.id).decoder
    verdicts = decoder.decode(
        b'{"records":[{"value":{"id":1,"age":151}},{"value":{"id":2,"age":150}}]}', maximum_records=9
    )
    assert list(verdicts.verdicts.errors) == [0]


@pytest.mark.parametrize("description", ["fine", "half a \ud800", "a \0"])
def test_a_table_that_cannot_be_recorded_is_not_made(
    house: House, monkeypatch: pytest.MonkeyPatch, description: str
) -> None:
    """Told that it failed, a caller finds the name free: whether the metastore is lost or refuses the description."""
    demo = running(house)

    def refuse(_: object) -> None:
        raise Unavailable("lost")

    if description == "fine":
        monkeypatch.setattr(house.metastore.tables, "add", refuse)
    with pytest.raises((Unavailable, InvalidParameter)):
        house.tables.create(ANN, demo.id, name="people", description=description)
    monkeypatch.undo()
    assert house.tables.find(ANN, demo.id) == []
    house.tables.create(ANN, demo.id, name="people")


def test_others_neither_wait_for_a_deployment_nor_hold_it_up(house: House) -> None:
    """While its owner changes a deployment, another organization is told at once that there is none."""
    demo = running(house)
    asks = [
        lambda: house.deployments.delete(BEA, demo.id),
        lambda: house.deployments.change(BEA, demo.id, name="mine"),
        lambda: house.tables.create(BEA, demo.id, name="mine"),
        lambda: house.tables.describe(BEA, demo.id, "people", "mine"),
        lambda: house.tables.drop(BEA, demo.id, "people"),
        lambda: house.sinks.create(BEA, name="k", deployment_id=demo.id, table="people", declaration=SCHEMA),
    ]
    with ThreadPoolExecutor(len(asks)) as others, house.engines.exclusively(demo.id):
        for answer in [others.submit(ask) for ask in asks]:
            assert isinstance(answer.exception(timeout=5), ResourceNotFound | RelatedResourceNotFound)
