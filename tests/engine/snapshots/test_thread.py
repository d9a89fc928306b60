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
        self.is_wanted = is_wanted
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


def test_closing_spares_the_next_start_much_replay() -> None:
    """What a start would replay is taken once more, for a limited time; little is not, and nothing starts after it."""
    policy = SnapshotPolicy(log_bytes=1 << 50, interval_s=0, closing_bytes=100, closing_s=0.05)
    for written, expected in ((99, 0), (100, 1)):
        taker = FakeTaker()
        thread = SnapshotThread(taker, policy, lambda written=written: written)  # type: ignore[misc]
        thread.close()
        thread.note()
        assert taker.count == expected
    until(lambda: not taker.is_wanted())


def test_closing_takes_nothing_where_snapshots_are_never_taken() -> None:
    """Neither bytes nor time being a reason, closing is none."""
    taker = FakeTaker()
    SnapshotThread(taker, SnapshotPolicy(log_bytes=0, interval_s=0), lambda: 1 << 40).close()
    assert taker.count == 0


def test_a_disk_that_fails_does_not_keep_an_engine_from_closing() -> None:
    """The log has everything."""
    taker = FakeTaker()
    taker.errors = [OSError("full")]
    SnapshotThread(taker, SnapshotPolicy(closing_bytes=1), lambda: 1).close()
    assert taker.count == 1
