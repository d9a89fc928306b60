"""The reconciler is ended between every two of its steps, and the next one finishes the work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from roarbase.errors import ResourceNotFound
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import DeploymentStatus
from roarbase.model.sinks import SinkStatus
from tests.services.test_resources import ANN, SCHEMA
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


def test_every_step_there_is_has_been_killed_after() -> None:
    """A step added to the reconciler without a crash test shows here."""
    source = (Path(__file__).parent / "test_reconciler.py").read_text(encoding="utf-8")
    reconciler = (Path(__file__).parents[2] / "src/roarbase/services/lifecycle.py").read_text(encoding="utf-8")
    steps = {line.split("(")[0].split()[-1].strip("_") for line in reconciler.splitlines() if "    def _" in line}
    helpers = {
        "run", "reconcile_safely", "passing", "passing_sinks", "reconcile_deployment", "reconcile_sink", "walk",
        "say_failed", "say_sink_failed",
    }  # fmt: skip
    for step in steps - helpers - {"init"}:
        assert f'"{step}"' in source, f"no test ends the process after {step}"
