"""The reconciler is ended between every two of its steps, and the next one finishes the work."""

import errno
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roarbase.errors import OperatorError, ResourceNotFound, Unavailable
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import DeploymentStatus
from roarbase.model.sinks import SinkStatus
from roarbase.model.users import Principal
from tests.services.test_resources import ANN, BEA, SCHEMA
from tests.support.house import House


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


def crash_after(step: str, seen: list[str]) -> Callable[[str], None]:
    def after_step(name: str) -> None:
        seen.append(name)
        if name == step:
            raise Crash

    return after_step


def restart(house: House, folder: Path, after_step: Callable[[str], None] = lambda _: None) -> House:
    """What a new process does: engines of the dead one are gone from memory, then all is opened anew."""
    house.engines.close_all()
    fresh = House(house.metastore, folder, after_step=after_step)
    fresh.reconciler.resume()
    return fresh


def build(house: House) -> tuple[str, str]:
    deployment = house.deployments.create(ANN, name="demo", shape="8GB")
    house.reconciler.reconcile()
    house.tables.create(ANN, deployment.id, name="people")
    sink = house.sinks.create(ANN, name="feed", deployment_id=deployment.id, table="people", declaration=SCHEMA)
    return deployment.id, sink.id


@pytest.mark.parametrize("step", ["open_engine", "say_running"])
def test_creating_a_deployment_resumes(metastore: Metastore, tmp_path: Path, step: str) -> None:
    """Ended after any step of CREATING, it comes to RUNNING and works."""
    seen: list[str] = []
    house = House(metastore, tmp_path, after_step=crash_after(step, seen))
    made = house.deployments.create(ANN, name="demo", shape="8GB")
    with pytest.raises(Crash):
        house.reconciler.reconcile()
    assert seen[-1] == step
    house = restart(house, tmp_path)
    house.reconciler.reconcile()
    assert house.deployments.get(ANN, made.id).status == DeploymentStatus.RUNNING
    house.tables.create(ANN, made.id, name="people")
    house.engines.close_all()


@pytest.mark.parametrize("step", ["close_engine", "remove_engine", "forget_tables", "forget_deployment"])
def test_deleting_a_deployment_resumes(metastore: Metastore, tmp_path: Path, step: str) -> None:
    """Ended after any step of DELETING, it goes, and its files with it."""
    seen: list[str] = []
    house = House(metastore, tmp_path, after_step=crash_after(step, seen))
    made = house.deployments.create(ANN, name="demo", shape="8GB")
    house.reconciler.reconcile()
    house.deployments.delete(ANN, made.id)
    with pytest.raises(Crash):
        house.reconciler.reconcile()
    house = restart(house, tmp_path)
    house.reconciler.reconcile()
    with pytest.raises(ResourceNotFound):
        house.deployments.get(ANN, made.id)
    assert list((tmp_path / "engines").iterdir()) == []


@pytest.mark.parametrize("step", ["decide_keys", "create_fields", "say_sink_running"])
def test_creating_a_sink_resumes(metastore: Metastore, tmp_path: Path, step: str) -> None:
    """Ended after any step, the sink comes to RUNNING with each field once."""
    seen: list[str] = []
    house = House(metastore, tmp_path, after_step=crash_after(step, seen))
    deployment_id, sink_id = build(house)
    with pytest.raises(Crash):
        house.reconciler.reconcile()
    house = restart(house, tmp_path)
    house.reconciler.reconcile()
    assert house.sinks.get(ANN, sink_id).status == SinkStatus.RUNNING
    assert list(house.tables.get(ANN, deployment_id, "people").spec.fields) == ["height"]
    house.engines.close_all()


def test_deleting_a_sink_resumes(metastore: Metastore, tmp_path: Path) -> None:
    """Ended after its only step, or before it, the sink goes and its table stays."""
    house = House(metastore, tmp_path, after_step=crash_after("forget_sink", []))
    deployment_id, sink_id = build(house)
    house.reconciler.reconcile()
    house.sinks.delete(ANN, sink_id)
    house = restart(house, tmp_path, crash_after("forget_sink", []))
    with pytest.raises(Crash):
        house.reconciler.reconcile()
    house = restart(house, tmp_path)
    house.reconciler.reconcile()
    with pytest.raises(ResourceNotFound):
        house.sinks.get(ANN, sink_id)
    assert house.tables.get(ANN, deployment_id, "people").spec.name == "people"
    house.engines.close_all()


@pytest.fixture
def started(house: House) -> Iterator[House]:
    """A house whose reconciler works by itself, woken as in the service."""
    house.reconciler.start()
    yield house
    house.reconciler.stop()


def ask(house: House, who: Principal, name: str = "demo") -> str:
    deployment = house.deployments.create(who, name=name, shape="8GB")
    house.reconciler.wake()
    return deployment.id


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not come about within 10 s"
        time.sleep(0.01)


def is_running(house: House, who: Principal, deployment_id: str) -> bool:
    return house.deployments.get(who, deployment_id).status == DeploymentStatus.RUNNING


class Doors:
    """Stands in for `Engines.open`: lets through, fails, or waits, by deployment."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failures: dict[str, Exception] = {}
        self.failure_of_all: Exception | None = None
        self.tried: list[float] = []
        self.waiting, self.go_on = threading.Event(), threading.Event()
        self.shut = ""
        self._open = house.engines.open
        monkeypatch.setattr(house.engines, "open", self)

    def __call__(self, deployment_id: str, memory_bytes: int) -> object:
        if deployment_id == self.shut:
            self.waiting.set()
            assert self.go_on.wait(10)
        failure = self.failures.get(deployment_id, self.failure_of_all)
        if failure is not None:
            self.tried.append(time.monotonic())
            raise failure
        return self._open(deployment_id, memory_bytes)


def test_nobody_waits_for_another_organization(started: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a step of one organization's deployment hangs, another's comes to RUNNING; then the first one does."""
    doors = Doors(started, monkeypatch)
    slow = started.deployments.create(ANN, name="slow", shape="8GB").id
    doors.shut = slow
    started.reconciler.wake()
    assert doors.waiting.wait(10)
    quick = ask(started, BEA)
    until(lambda: is_running(started, BEA, quick))
    assert not is_running(started, ANN, slow)
    second = ask(started, ANN, "second")
    doors.go_on.set()
    until(lambda: is_running(started, ANN, slow) and is_running(started, ANN, second))


def test_a_step_that_the_disk_refuses_is_tried_again_in_a_while(
    started: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither at once, nor by a growing number of threads however often the reconciler is woken; and it comes right."""
    doors = Doors(started, monkeypatch)
    doors.failure_of_all = OSError(errno.ENOSPC, "no space left on device")
    stuck = started.deployments.create(ANN, name="stuck", shape="8GB").id
    started.reconciler.wake()
    until(lambda: len(doors.tried) >= 1)
    time.sleep(0.3)
    assert len(doors.tried) <= 2  # its own first look, too, where that came late
    before = threading.active_count()
    for _ in range(50):
        started.reconciler.wake()
        time.sleep(0.002)
    assert threading.active_count() <= before + 1
    assert started.deployments.get(ANN, stuck).status == DeploymentStatus.CREATING
    doors.failure_of_all = None
    until(lambda: is_running(started, ANN, stuck))


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), OperatorError("/var/lib/roarbase/x cannot be used")])
def test_a_failure_of_ours_stops_nobody_and_tells_no_secrets(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever is wrong with one deployment, it ends in FAILED, what comes after it goes on, and no path is shown."""
    doors = Doors(house, monkeypatch)
    bad = house.deployments.create(ANN, name="bad", shape="8GB").id
    good = house.deployments.create(BEA, name="good", shape="8GB").id
    doors.failures[bad] = error
    assert house.reconciler.reconcile()
    failed = house.deployments.get(ANN, bad)
    assert failed.status == DeploymentStatus.FAILED
    assert str(error) not in failed.reason
    assert is_running(house, BEA, good)
    house.deployments.delete(ANN, bad)
    house.reconciler.reconcile()
    with pytest.raises(ResourceNotFound):
        house.deployments.get(ANN, bad)


def test_a_lost_metastore_is_asked_again(started: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reconciler outlives it and works on when it is back."""

    def refuse(*_: object) -> None:
        raise Unavailable("lost")

    monkeypatch.setattr(started.metastore.deployments, "find_in_status", refuse)
    made = ask(started, ANN)
    time.sleep(0.1)
    assert not is_running(started, ANN, made)
    monkeypatch.undo()
    until(lambda: is_running(started, ANN, made))


def test_a_stop_finishes_what_is_in_hand_and_begins_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle of a deployment, that one comes to RUNNING and the next stays CREATING."""
    doors = Doors(house, monkeypatch)
    first, second = (house.deployments.create(ANN, name=name, shape="8GB").id for name in ("first", "second"))
    doors.shut = first
    house.reconciler.start()
    assert doors.waiting.wait(10)
    stopping = threading.Thread(target=house.reconciler.stop)
    stopping.start()
    time.sleep(0.1)
    doors.go_on.set()
    stopping.join(10)
    assert not stopping.is_alive()
    assert is_running(house, ANN, first)
    assert not is_running(house, ANN, second)


def test_a_running_deployment_whose_data_is_missing_is_not_begun_anew(house: House, tmp_path: Path) -> None:
    """A disk that is not mounted ends the start, with the directory named; nothing is made or forgotten."""
    deployment_id, _ = build(house)
    house.engines.close_all()
    (tmp_path / "engines").rename(tmp_path / "elsewhere")
    with pytest.raises(OperatorError, match=f"{deployment_id} is missing"):
        restart(house, tmp_path)
    assert not (tmp_path / "engines").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "engines")
    restart(house, tmp_path).engines.close_all()


def test_every_step_there_is_has_been_killed_after() -> None:
    """A step added to the reconciler without a crash test shows here."""
    source = (Path(__file__).parent / "test_reconciler.py").read_text(encoding="utf-8")
    reconciler = (Path(__file__).parents[2] / "src/roarbase/services/lifecycle.py").read_text(encoding="utf-8")
    steps = {line.split("(")[0].split()[-1].strip("_") for line in reconciler.splitlines() if "    def _" in line}
    helpers = {
        "run", "hand_out", "work_off", "passing", "passing_sinks", "reconcile_deployment", "reconcile_sink", "walk",
        "memory_of", "say_failed", "say_sink_failed",
    }  # fmt: skip
    for step in steps - helpers - {"init"}:
        assert f'"{step}"' in source, f"no test ends the process after {step}"
