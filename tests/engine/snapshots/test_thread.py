"""The thread takes snapshots when they are due, tries again after a bad disk, and ends when it is told to."""

import time
from collections.abc import Callable
from threading import Event

import pytest

from roarbase.engine.snapshots.policy import SnapshotPolicy
from roarbase.engine.snapshots.taking import Taken
from roarbase.engine.snapshots.thread import SnapshotThread
from roarbase.errors import Unavailable


class FakeTaker:
    """Counts what it is asked for, and fails when told."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.count = 0
        self.asked = Event()

    def take(self, is_wanted: Callable[[], bool] = lambda: True, /) -> Taken:
        assert is_wanted()
        self.count += 1
        self.asked.set()
        if self.errors:
            raise self.errors.pop()
        return Taken(files=1, size_bytes=1, covered=1)


def until(condition: Callable[[], bool]) -> None:
    stop = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < stop
        time.sleep(0.001)


def test_enough_bytes_are_a_reason() -> None:
    """Nothing is taken before; afterwards bytes count anew."""
    taker, written = FakeTaker(), [0]
    thread = SnapshotThread(taker, SnapshotPolicy(log_bytes=100, interval_s=0), lambda: written[0])
    for size in (99, 100, 150, 199):
        written[0] = size
        thread.note()
        until(lambda size=size: size < 100 or taker.count == 1)  # type: ignore[misc]
    time.sleep(0.02)
    assert taker.count == 1
    written[0] = 200
    thread.note()
    until(lambda: taker.count == 2)
    thread.close()


def test_time_is_a_reason_if_anything_was_written() -> None:
    """After the interval few bytes suffice, and none never do."""
    taker, written = FakeTaker(), [1]
    thread = SnapshotThread(taker, SnapshotPolicy(log_bytes=100, interval_s=0.02), lambda: written[0])
    thread.note()
    until(lambda: taker.count == 1)
    time.sleep(0.05)
    assert taker.count == 1
    thread.close()


def test_a_bad_disk_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk ends neither the thread nor the engine; a closed writer ends the thread."""
    monkeypatch.setattr("roarbase.engine.snapshots.thread._AFTER_FAILURE_S", 0.01)
    taker = FakeTaker()
    taker.errors = [OSError("full"), OSError("full")]
    thread = SnapshotThread(taker, SnapshotPolicy(log_bytes=1, interval_s=0), lambda: 5)
    thread.note()
    until(lambda: taker.count == 3)
    thread.close()
    taker.errors = [Unavailable("closed")]
    thread = SnapshotThread(taker, SnapshotPolicy(log_bytes=1, interval_s=0), lambda: 5)
    thread.note()
    until(lambda: taker.count == 4)
    thread.close()


def test_closing_without_a_thread_is_nothing() -> None:
    """Where nothing was written no thread is there, and none starts after the end."""
    taker = FakeTaker()
    thread = SnapshotThread(taker, SnapshotPolicy(), lambda: 1 << 40)
    thread.close()
    thread.note()
    assert taker.count == 0
