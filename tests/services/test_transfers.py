"""Backups and restores of deployments: what stands in the way, what goes on meanwhile, what is left when they fail."""

import asyncio
import json
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from roarbase.backup.index import Index
from roarbase.errors import (
    Forbidden,
    IncorrectState,
    InvalidParameter,
    ResourceLimitExceeded,
    ResourceNotFound,
    RoarbaseError,
    Unavailable,
)
from roarbase.metastore.store import Metastore, sqlite_url
from roarbase.model.deployments import Deployment, DeploymentStatus
from roarbase.model.settings import Settings
from roarbase.model.sinks import Sink, SinkStatus
from roarbase.model.transfers import Transfer, TransferStatus
from roarbase.services.places import AllowedPlaces
from tests.backup.test_web import serving
from tests.support.house import House, caller
from tests.support.object_store import SECRETS, use_s3

ANN, UMA = caller("acme", "ann@example.com"), caller("umbrella", "uma@example.com")
NAME = {"name": "name", "path": ["name"], "type": "string"}
AGE = {"name": "age", "path": ["age"], "type": "int"}
PETS = {"name": "pets", "path": ["pets"], "type": "strings"}


@pytest.fixture
def metastore_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """SQLite only: what transfers ask of a metastore, its own tests try on both."""
    shutil.copy(migrated_sqlite, tmp_path)
    return sqlite_url(tmp_path)


@pytest.fixture
def demo(house: House) -> Deployment:
    return made(house, "demo")


def made(house: House, name: str) -> Deployment:
    deployment = house.deployments.create(ANN, name=name, shape="8GB")
    house.reconciler.reconcile()
    return house.deployments.get(ANN, deployment.id)


def with_sink(house: House, deployment: Deployment, *definitions: dict[str, Any], table: str = "people") -> Sink:
    if table not in house.engines.get(deployment.id).schema().tables:
        house.tables.create(ANN, deployment.id, name=table, description="who is who")
    schema = {"primary_key_fields": ["name"], "allow_missing_fields": True, "definition": [NAME, *definitions]}
    sink = house.sinks.create(
        ANN, name=f"{table}-{len(definitions)}", deployment_id=deployment.id, table=table, declaration=schema
    )
    house.reconciler.reconcile()
    return house.sinks.get(ANN, sink.id)


def ingest(house: House, sink: Sink, *values: dict[str, Any]) -> None:
    body = json.dumps({"records": [{"value": value} for value in values]}).encode()

    async def take() -> None:
        house.delivery.loop = asyncio.get_running_loop()
        assert (await house.ingest.take(ANN, sink.id, body)).error_count == 0

    asyncio.run(take())


def people(house: House, deployment: Deployment) -> list[Any]:
    (result,) = house.queries.run(ANN, deployment.id, language="pql", statement="[people]Extract(All(), Rows(age))")
    return list(zip(*(column.cells for column in result.table().columns), strict=True))


def ended(get: Callable[[], Transfer]) -> Transfer:
    stop = time.monotonic() + 20
    while (found := get()).status == TransferStatus.IN_PROGRESS:
        assert time.monotonic() < stop, found
        time.sleep(0.005)
    return found


def back_up(house: House, deployment: Deployment, place: str = "b") -> Transfer:
    assert house.backups.start(ANN, deployment.id, place).status == TransferStatus.IN_PROGRESS
    done = ended(lambda: house.backups.get(ANN, deployment.id))
    assert (done.status, done.reason) == (TransferStatus.COMPLETED, "")
    return done


def restore(house: House, deployment: Deployment, place: str = "b") -> Transfer:
    house.restores.start(ANN, deployment.id, place)
    done = ended(lambda: house.restores.get(ANN, deployment.id))
    house.reconciler.reconcile()
    return done


def status(house: House, deployment: Deployment) -> DeploymentStatus:
    return house.deployments.get(ANN, deployment.id).status


def test_a_deployment_comes_back_as_it_was(house: House, demo: Deployment, tmp_path: Path) -> None:
    """Its sink goes on with the same address, also for fields that are younger than the backup."""
    sink = with_sink(house, demo, AGE)
    ingest(house, sink, {"name": "ada", "age": 36}, {"name": "bob", "age": 7})
    before, sequence = people(house, demo), house.engines.get(demo.id).sequence()
    done = back_up(house, demo)
    assert (done.sequence, done.done_files, done.sent_files) == (sequence, done.files, done.files)
    assert done.place == str(tmp_path / "backups" / "b")
    younger = with_sink(house, demo, AGE, PETS)
    ingest(house, younger, {"name": "cy", "pets": ["cat"]}, {"name": "ada", "age": 37})
    house.tables.create(ANN, demo.id, name="orders")
    restored = restore(house, demo)
    assert (restored.status, restored.reason, restored.sequence) == (TransferStatus.COMPLETED, "", sequence)
    assert status(house, demo) == DeploymentStatus.RUNNING
    assert people(house, demo) == before
    assert [(t.spec.name, t.record.description) for t in house.tables.find(ANN, demo.id)] == [("people", "who is who")]
    for each in (sink, younger):
        assert house.sinks.get(ANN, each.id).status == SinkStatus.RUNNING
    ingest(house, younger, {"name": "cy", "pets": ["dog"], "age": 1})
    assert people(house, demo) == [*before, ("cy", 1)]
    assert sorted(path.name for path in (tmp_path / "engines").iterdir()) == [demo.id]


def test_a_backup_is_restored_beside_its_original(house: House, demo: Deployment) -> None:
    """Both have tables of the same uuids; what is done to one is not done to the other."""
    sink = with_sink(house, demo, AGE)
    ingest(house, sink, {"name": "ada", "age": 36})
    back_up(house, demo)
    copy = made(house, "copy")
    assert restore(house, copy).status == TransferStatus.COMPLETED
    assert people(house, copy) == people(house, demo) == [("ada", 36)]
    ids = [house.tables.get(ANN, each.id, "people").spec.id for each in (demo, copy)]
    assert ids[0] == ids[1]
    house.tables.describe(ANN, copy.id, "people", "the copy's")
    house.tables.drop(ANN, copy.id, "people")  # the original's sink is not in the way
    assert house.tables.get(ANN, demo.id, "people").record.description == "who is who"
    ingest(house, sink, {"name": "bob", "age": 1})
    assert len(people(house, demo)) == 2
    with pytest.raises(IncorrectState, match=r"has the backup of another deployment, 'demo'"):
        house.backups.start(ANN, copy.id, "b")


def test_a_restart_knows_what_became_of_them(
    house: House, demo: Deployment, metastore: Metastore, tmp_path: Path
) -> None:
    """Restored data is opened by the next start, and the last transfers are still told of."""
    ingest(house, with_sink(house, demo, AGE), {"name": "ada", "age": 36})
    back_up(house, demo)
    copy = made(house, "copy")
    done = restore(house, copy)
    house.close()
    house = House(metastore, tmp_path)
    house.restores.settle()
    house.reconciler.resume()
    assert people(house, copy) == [("ada", 36)]
    assert house.restores.get(ANN, copy.id) == done
    with pytest.raises(ResourceNotFound, match="'copy' was never backed up"):
        house.backups.get(ANN, copy.id)
    house.close()


def test_what_stands_in_the_way_is_named(house: House, demo: Deployment) -> None:
    """Sinks whose tables the backup does not have, or has otherwise; deleting while it is restored."""
    house.tables.create(ANN, demo.id, name="people")
    back_up(house, demo)
    orders = with_sink(house, demo, AGE, table="orders")
    with pytest.raises(IncorrectState, match=r"delete them first: 'orders-1' \(of table 'orders'\)"):
        house.restores.start(ANN, demo.id, "b")
    house.sinks.delete(ANN, orders.id)
    with pytest.raises(IncorrectState, match=r"sinks are being made or deleted; wait: 'orders-1' \(DELETING\)"):
        house.restores.start(ANN, demo.id, "b")
    house.reconciler.reconcile()
    sink = with_sink(house, demo, AGE)
    back_up(house, demo)
    house.sinks.delete(ANN, sink.id)
    house.reconciler.reconcile()
    house.fields.drop(ANN, demo.id, "people", "age")
    with_sink(house, demo, AGE | {"type": "string"}, PETS)
    failed = restore(house, demo)
    assert failed.status == TransferStatus.FAILED
    assert (
        "the sink 'people-2' does not fit the table 'people' of the backup; delete it first: field 'age'"
        in failed.reason
    )
    assert status(house, demo) == DeploymentStatus.RUNNING
    assert "pets" in house.tables.get(ANN, demo.id, "people").spec.fields


@pytest.fixture
def slow(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Restores wait after the fetch, until this is called."""
    is_wanted = False

    def fetch(*arguments: Any) -> None:
        original(*arguments)
        while not is_wanted:
            time.sleep(0.005)

    def go_on() -> None:
        nonlocal is_wanted
        is_wanted = True

    original = house.restores._fetch
    monkeypatch.setattr(house.restores, "_fetch", fetch)
    yield go_on
    go_on()


def test_meanwhile_nothing_is_written_and_questions_are_answered(
    house: House, demo: Deployment, slow: Callable[[], None]
) -> None:
    """What would be acknowledged now would be lost: every way to write is refused, and so is a second transfer."""
    sink = with_sink(house, demo, AGE)
    ingest(house, sink, {"name": "ada", "age": 36})
    back_up(house, demo)
    ingest(house, sink, {"name": "ada", "age": 40})
    assert house.restores.start(ANN, demo.id, "b").status == TransferStatus.IN_PROGRESS
    assert status(house, demo) == DeploymentStatus.RESTORING
    assert people(house, demo) == [("ada", 40)]
    assert [t.spec.name for t in house.tables.find(ANN, demo.id)] == ["people"]
    run = house.queries.run
    refused: list[Callable[[], object]] = [
        lambda: ingest(house, sink, {"name": "bob", "age": 1}),
        lambda: run(ANN, demo.id, language="sql", statement="drop table people"),
        lambda: house.tables.create(ANN, demo.id, name="orders"),
        lambda: house.tables.drop(ANN, demo.id, "people"),
        lambda: house.deployments.change(ANN, demo.id, name="other"),
        lambda: house.deployments.delete(ANN, demo.id),
        lambda: house.backups.start(ANN, demo.id, "b"),
        lambda: house.restores.start(ANN, demo.id, "b"),
    ]
    for act in refused:
        with pytest.raises(IncorrectState, match="RESTORING"):
            act()
    slow()
    assert ended(lambda: house.restores.get(ANN, demo.id)).status == TransferStatus.COMPLETED
    house.reconciler.reconcile()
    assert people(house, demo) == [("ada", 36)]
    ingest(house, sink, {"name": "bob", "age": 1})


@pytest.mark.usefixtures("slow")
def test_a_stop_in_the_midst_leaves_what_was_there(
    house: House, demo: Deployment, metastore: Metastore, tmp_path: Path
) -> None:
    """A service that is killed while it fetches, or while it changes directories, starts with the data of before."""
    sink = with_sink(house, demo, AGE)
    ingest(house, sink, {"name": "ada", "age": 36})
    back_up(house, demo)
    ingest(house, sink, {"name": "ada", "age": 40})
    house.restores.start(ANN, demo.id, "b")
    engines, here = tmp_path / "engines", tmp_path / "engines" / demo.id
    staged, before = engines / f"{demo.id}.restored", engines / f"{demo.id}.before"
    while not (staged / "MANIFEST").exists():
        time.sleep(0.005)
    house.engines.close_all()  # as if killed: the thread is still at work, and knows nothing of what follows
    for steps in ((), ((here, before),), ((here, before), (staged, here))):
        for old, new in steps:
            old.rename(new)
        metastore.deployments.set_status(demo.id, DeploymentStatus.RESTORING, at=demo.created_at)
        other = House(metastore, tmp_path)
        other.restores.settle()
        other.reconciler.resume()
        assert people(other, demo) == [("ada", 40)]
        assert other.restores.get(ANN, demo.id).reason == "the service stopped while it was in progress"
        other.close()
        assert sorted(path.name for path in engines.iterdir()) == [demo.id]
        staged.mkdir(exist_ok=True)
    staged.rmdir()


@pytest.mark.parametrize("fails_at", ["fetch", "open", "size", "status"])
def test_a_restore_that_fails_leaves_what_was_there(
    house: House, demo: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    """Damage in the backup, data that cannot be opened or is too large, a metastore that is away."""
    sink = with_sink(house, demo, AGE)
    ingest(house, sink, {"name": "ada", "age": 36})
    back_up(house, demo)
    ingest(house, sink, {"name": "ada", "age": 40})
    if fails_at == "fetch":
        next((tmp_path / "backups" / "b" / "files").glob("shard*")).unlink()
    if fails_at == "open":
        open_engine = house.engines._open_engine
        fails = iter([True])

        def opening(directory: Path, limit: int) -> Any:
            if next(fails, False):
                raise OSError(5, "input/output error")
            return open_engine(directory, limit)

        monkeypatch.setattr(house.engines, "_open_engine", opening)
    if fails_at == "size":
        limits = iter([1 << 40, 1 << 40, 1])
        monkeypatch.setattr(house.deployments, "memory_limit", lambda _: next(limits, 1 << 40))
    if fails_at == "status":
        set_status = house.metastore.deployments.set_status
        answers = iter([True, False, False])
        monkeypatch.setattr("roarbase.services.restores._RETRY_S", 0.001)

        def setting(*arguments: Any, **more: Any) -> bool:
            if not next(answers, True):
                raise Unavailable("the metastore is away")
            return set_status(*arguments, **more)

        monkeypatch.setattr(house.metastore.deployments, "set_status", setting)
    failed = restore(house, demo)
    told = {
        "fetch": "is not whole: files/shard-",
        "open": "the disk refused: input/output error",
        "size": "the shape 8GB has 1",
        "status": "the metastore is away",
    }
    assert failed.status == TransferStatus.FAILED
    assert told[fails_at] in failed.reason
    assert status(house, demo) == DeploymentStatus.RUNNING
    assert people(house, demo) == [("ada", 40)]
    ingest(house, sink, {"name": "bob", "age": 1})
    assert sorted(path.name for path in (tmp_path / "engines").iterdir()) == [demo.id]
    monkeypatch.undo()
    if fails_at != "fetch":
        assert restore(house, demo).status == TransferStatus.COMPLETED
        assert people(house, demo) == [("ada", 36)]


def test_a_backup_that_fails_says_why(house: House, demo: Deployment, tmp_path: Path) -> None:
    """And the next one is made when the place is there again."""
    ingest(house, with_sink(house, demo, AGE), {"name": "ada", "age": 36})
    (tmp_path / "backups" / "b").mkdir(parents=True)
    (tmp_path / "backups" / "b" / "files").write_text("in the way")
    house.backups.start(ANN, demo.id, "b")
    failed = ended(lambda: house.backups.get(ANN, demo.id))
    assert failed.status == TransferStatus.FAILED
    assert "files" in failed.reason
    assert "Not a directory" in failed.reason or "File exists" in failed.reason
    (tmp_path / "backups" / "b" / "files").unlink()
    back_up(house, demo)


def test_places_that_the_service_may_not_use(house: House, demo: Deployment, tmp_path: Path) -> None:
    """Nothing outside of the folder, by whatever way; no bucket that is not listed."""
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "link").symlink_to(tmp_path)
    for place in (
        "..",
        "../engines",
        "/etc",
        "b/../..",
        "link",
        "link/engines",
        ".",
        "",
        "file:///etc",
        "s3://other/x",
    ):
        for start in (house.backups.start, house.restores.start):
            with pytest.raises((Forbidden, InvalidParameter)):
                start(ANN, demo.id, place)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["link"]


def test_backup_dir(tmp_path: Path) -> None:
    """Folders are those below backup_dir, be it a link itself; without it, below `backups` of the data directory."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    for given, folder in (("", "data/backups"), (str(tmp_path / "disk"), "disk"), (str(tmp_path / "link"), "disk")):
        places = AllowedPlaces(Settings({"backup_dir": given}), tmp_path / "data")
        assert places.get("a/b").path == str(tmp_path / folder / "a" / "b")
        assert places.get(f"{tmp_path}/{folder}/a").path == str(tmp_path / folder / "a")
        with pytest.raises(Forbidden, match="setting backup_dir"):
            places.get(str(tmp_path / "elsewhere"))


@pytest.mark.parametrize(
    ("entries", "place", "is_allowed"),
    [
        ("s3://a", "s3://a/x", True),
        ("s3://a", "s3://ab", False),
        ("s3://a/x/", "s3://a/x", True),
        ("s3://a/x", "s3://a/xy", False),
        ("s3://a/x", "s3://a", False),
        ("s3://a", "gs://a", False),
        ("gs://b,az://c", "az://c/d", True),
        ("*", "s3://anything", True),
        ("", "s3://a", False),
    ],
)
def test_buckets_are_listed(tmp_path: Path, entries: str, place: str, is_allowed: bool) -> None:
    """A bucket, or a part of one, or all of them."""
    places = AllowedPlaces(Settings({"outbound_hosts": entries}), tmp_path)
    if is_allowed:
        assert places.get(place).text == place
    else:
        with pytest.raises(Forbidden, match="in the setting outbound_hosts"):
            places.get(place)


def test_what_is_no_backup_is_told_at_once(house: House, demo: Deployment, tmp_path: Path) -> None:
    """Nothing there, a backup cut short, another organization's, one that is too large; nothing is begun."""
    with pytest.raises(InvalidParameter, match=r"has no backup: there is no roarbase-backup\.json"):
        house.restores.start(ANN, demo.id, "nowhere")
    back_up(house, demo)
    theirs = house.deployments.create(UMA, name="theirs", shape="8GB")
    house.reconciler.reconcile()
    with pytest.raises(Forbidden, match="of another organization"):
        house.restores.start(UMA, theirs.id, "b")
    with pytest.raises(ResourceNotFound):
        house.restores.start(UMA, demo.id, "b")
    with pytest.raises(ResourceNotFound):
        house.backups.get(UMA, demo.id)
    index = tmp_path / "backups" / "b" / "roarbase-backup.json"
    text = index.read_text()
    content = json.loads(text)
    content["source"]["memory_bytes"] = 1 << 50
    index.write_text(json.dumps(content))
    with pytest.raises(ResourceLimitExceeded, match="the shape 8GB has"):
        house.restores.start(ANN, demo.id, "b")
    index.unlink()
    with pytest.raises(InvalidParameter, match="was begun there and cut short"):
        house.restores.start(ANN, demo.id, "b")
    with pytest.raises(ResourceNotFound, match="nothing was ever restored"):
        house.restores.get(ANN, demo.id)
    assert status(house, demo) == DeploymentStatus.RUNNING
    assert json.loads(text)["source"]["organization"] == "acme"
    assert Index.__struct_fields__[:2] == ("version", "made_at")


def test_backups_in_a_bucket(metastore: Metastore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listed buckets are used; one that is not there is told at once, without a secret."""
    house = House(metastore, tmp_path, Settings({"outbound_hosts": "s3://backups,s3://missing"}))
    demo = made(house, "demo")
    ingest(house, with_sink(house, demo, AGE), {"name": "ada", "age": 36})
    with use_s3(monkeypatch, "backups"):
        back_up(house, demo, "s3://backups/demo")
        copy = made(house, "copy")
        assert restore(house, copy, "s3://backups/demo").status == TransferStatus.COMPLETED
        for start in (house.backups.start, house.restores.start):
            with pytest.raises(RoarbaseError) as raised:
                start(ANN, demo.id, "s3://missing/demo")
            assert raised.value.message == "s3://missing/demo cannot be used: there is no such bucket"
            assert not any(secret in repr(raised.value) for secret in SECRETS)
    assert people(house, copy) == [("ada", 36)]
    house.close()


def test_an_archive_is_restored_from_a_web_server(metastore: Metastore, tmp_path: Path) -> None:
    """As the URL of June 2022 names one; whether it is a backup, and of whom, is found out while it goes on."""
    house = House(metastore, tmp_path, Settings({"outbound_hosts": "127.0.0.1"}))
    demo = made(house, "demo")
    ingest(house, with_sink(house, demo, AGE), {"name": "Ann", "age": 7})
    before = people(house, demo)
    back_up(house, demo)
    web = tmp_path / "web"
    web.mkdir()
    with tarfile.open(web / "backup.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "backups" / "b", "b")
    (web / "cut.tar.gz").write_bytes((web / "backup.tar.gz").read_bytes()[:900])
    (web / "page.tar").write_text("<html>" * 200)
    with serving(web) as address:
        for name, told in (("cut.tar.gz", "breaks off"), ("page.tar", "is no tar archive")):
            failed = restore(house, demo, f"http://{address}/{name}")
            assert (failed.status, status(house, demo)) == (TransferStatus.FAILED, DeploymentStatus.RUNNING)
            assert told in failed.reason
        with pytest.raises(InvalidParameter, match="is not there"):
            house.restores.start(ANN, demo.id, f"http://{address}/none.tar.gz")
        with pytest.raises(Forbidden):
            house.restores.start(ANN, demo.id, "http://127.0.0.2/backup.tar.gz")
        done = restore(house, demo, f"http://{address}/backup.tar.gz")
    assert (done.status, done.reason) == (TransferStatus.COMPLETED, "")
    assert done.done_files == done.files > 1
    assert people(house, demo) == before
    assert not [path for path in (tmp_path / "engines").iterdir() if path.name != demo.id]
    house.close()


def test_so_many_at_once(house: House, demo: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that the service says that it is busy, and nothing has begun."""
    back_up(house, demo)
    monkeypatch.setattr("roarbase.services.transfers._AT_ONCE", 0)
    for start in (house.backups.start, house.restores.start):
        with pytest.raises(Unavailable, match="try again later"):
            start(ANN, demo.id, "b")
    monkeypatch.undo()
    monkeypatch.setattr("threading.Thread.start", lambda _: (_ for _ in ()).throw(RuntimeError("can't start")))
    with pytest.raises(Unavailable, match="no thread can be started"):
        house.restores.start(ANN, demo.id, "b")
    assert status(house, demo) == DeploymentStatus.RUNNING
    assert house.restores.get(ANN, demo.id).status == TransferStatus.FAILED
    monkeypatch.undo()
    assert restore(house, demo).status == TransferStatus.COMPLETED
