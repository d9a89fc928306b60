"""The engines of a process: who may change one meanwhile, and what is said of one that is not open."""

import threading
from pathlib import Path
from uuid import uuid4

import pytest

from roarbase.errors import Unavailable
from roarbase.services.engines import Engines


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    def open_none(*_: object) -> None:
        raise AssertionError

    return Engines(tmp_path, open_none)  # type: ignore[arg-type]


def test_deployments_do_not_wait_for_each_other(engines: Engines) -> None:
    """While one deployment is being changed, a thousand others can be."""
    others = [str(uuid4()) for _ in range(1000)]

    def change() -> None:
        for each in others:
            with engines.exclusively(each):
                pass

    with engines.exclusively(str(uuid4())):
        thread = threading.Thread(target=change, daemon=True)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
    assert len(engines._locks) == 0


def test_one_deployment_is_changed_by_one_thread(engines: Engines) -> None:
    """A second thread waits; the first may ask again."""
    entered = threading.Event()

    def change() -> None:
        with engines.exclusively("d"):
            entered.set()

    thread = threading.Thread(target=change)
    with engines.exclusively("d"), engines.exclusively("d"):
        thread.start()
        assert not entered.wait(0.1)
    assert entered.wait(5)
    thread.join()


def test_an_engine_that_is_not_open_is_worth_another_try(engines: Engines) -> None:
    """While the service starts, a running deployment is Unavailable for a second: nothing is wrong with its state."""
    with pytest.raises(Unavailable, match="starting") as refused:
        engines.get("d")
    assert refused.value.values["retry_after_s"] == 1
