"""The pool of helpers: work is done once per thread, errors come back, latecomers are no loss."""

import threading
import time

import pytest

from roarbase.engine.kernels.pool import Pool


def test_helpers_take_part() -> None:
    """With three threads the work is called in three threads at the same time."""
    pool, together = Pool(3), threading.Barrier(3)
    names: set[str] = set()

    def work() -> None:
        together.wait(timeout=10)
        names.add(threading.current_thread().name)

    pool.run(work, 3)
    pool.close()
    assert len(names) == 2
    assert threading.current_thread().name in names


@pytest.mark.parametrize(("threads", "asked"), [(1, 5), (4, 1)])
def test_alone(threads: int, asked: int) -> None:
    """One thread, or one asked for: the caller works by himself."""
    pool = Pool(threads)
    callers: list[int] = []
    pool.run(lambda: callers.append(threading.get_ident()), asked)
    assert callers == [threading.get_ident()]


def test_errors_come_back() -> None:
    """What goes wrong in a helper is raised to the caller, and the helper serves on."""
    pool, together = Pool(2), threading.Barrier(2)
    caller = threading.get_ident()

    def fail_in_helper() -> None:
        together.wait(timeout=10)
        if threading.get_ident() != caller:
            raise ZeroDivisionError("in the helper")

    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match="in the helper"):
            pool.run(fail_in_helper, 2)
    pool.close()


def test_busy_helpers_are_not_waited_for() -> None:
    """While all helpers are at work for one caller, another works alone."""
    pool, release, begun = Pool(2), threading.Event(), threading.Barrier(3)

    def hold() -> None:
        begun.wait(timeout=10)
        release.wait(timeout=10)

    other = threading.Thread(target=pool.run, args=(hold, 2))
    other.start()
    begun.wait(timeout=10)
    done: list[int] = []
    pool.run(lambda: done.append(1), 2)
    release.set()
    other.join()
    pool.close()
    assert done == [1]


def test_closed() -> None:
    """After closing the threads are gone and callers work alone."""
    pool = Pool(3)
    pool.run(lambda: time.sleep(0.01), 3)
    before = threading.active_count()
    deadline = time.monotonic() + 10
    while threading.active_count() > before - 2 and time.monotonic() < deadline:
        pool.close()
        time.sleep(0.001)
    assert threading.active_count() == before - 2
    done: list[int] = []
    pool.run(lambda: done.append(1), 3)
    assert done == [1]
