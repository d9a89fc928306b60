"""The lock lets many share or one alone, in order of arrival."""

import threading
import time
from collections.abc import Callable

import pytest

from roarbase.engine.locks import FairLock

PATIENCE_S = 10.0


def start(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def wait_until_queued(lock: FairLock, count: int) -> None:
    """Wait until that many threads wait for the lock."""
    give_up = time.monotonic() + PATIENCE_S
    while len(lock._queue) < count:
        assert time.monotonic() < give_up
        time.sleep(0.001)


def test_readers_share() -> None:
    """Two readers hold the lock at the same time."""
    lock, both = FairLock(), threading.Barrier(2, timeout=PATIENCE_S)

    def read() -> None:
        with lock.shared():
            both.wait()

    threads = [start(read), start(read)]
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not both.broken


def test_all_wait_in_order_of_arrival() -> None:
    """A writer that waits for a reader is not passed by later readers, nor these by a later writer."""
    lock, order = FairLock(), list[str]()
    threads = []

    def hold(name: str, *, alone: bool) -> None:
        with lock.exclusive() if alone else lock.shared():
            order.append(name)

    with lock.shared():
        for count, (name, alone) in enumerate([("writer 1", True), ("reader", False), ("writer 2", True)], 1):
            threads.append(start(lambda name=name, alone=alone: hold(name, alone=alone)))  # type: ignore[misc]
            wait_until_queued(lock, count)
        assert order == []
    for thread in threads:
        thread.join(PATIENCE_S)
    assert order == ["writer 1", "reader", "writer 2"]


def test_writers_are_alone() -> None:
    """What writers read and write between them is never seen half-done."""
    lock, pair = FairLock(), [0, 0]
    torn = list[tuple[int, int]]()

    def write() -> None:
        for _ in range(100):
            with lock.exclusive():
                pair[0] += 1
                time.sleep(0)
                pair[1] += 1

    def read() -> None:
        for _ in range(100):
            with lock.shared():
                if pair[0] != pair[1]:
                    torn.append((pair[0], pair[1]))

    threads = [start(action) for action in (write, write, read, read)]
    for thread in threads:
        thread.join(PATIENCE_S)
    assert pair == [200, 200]
    assert torn == []


@pytest.mark.parametrize("alone", [False, True])
def test_an_error_inside_lets_go(alone: bool) -> None:
    """Who fails while holding the lock leaves it free."""
    lock = FairLock()
    with pytest.raises(ZeroDivisionError), lock.exclusive() if alone else lock.shared():
        raise ZeroDivisionError
    with lock.exclusive():
        pass
