"""Writes that somebody waits for: made by who waits where nothing comes before them, and never cut off there."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from roarbase.engine.leading import leading
from roarbase.engine.local import LocalEngine
from roarbase.errors import InternalError, ResourceNotFound, RoarbaseError, Unavailable
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import FakeState, Outcomes, batch, open_engine, recorded

WRITER = "roarbase-writer"


@contextmanager
def handled(number: signal.Signals, handler: Callable[..., object]) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.fixture(name="opened")
def opened_fixture() -> Iterator[tuple[MemoryFileStore, LocalEngine, FakeState]]:
    store = MemoryFileStore()
    engine, state = open_engine(store)
    yield store, engine, state
    engine.close()


def note_threads(state: FakeState) -> list[str]:
    """The names of the threads that apply entries, as they come."""
    names: list[str] = []
    apply = state.apply
    state.apply = lambda *entry: (names.append(threading.current_thread().name), apply(*entry))[1]  # type: ignore[method-assign]
    return names


Opened = tuple[MemoryFileStore, LocalEngine, FakeState]


def test_who_waits_makes_it(opened: Opened) -> None:
    """In the main thread and in others, with what it did and with errors."""
    store, engine, state = opened
    names = note_threads(state)
    written = engine.commit(batch(1, 2))
    assert (written.sequence, written.changed) == (2, (2,))
    other = Thread(target=engine.commit, args=(batch(3),), name="another")
    other.start()
    other.join(10)
    with pytest.raises(ResourceNotFound, match="u"):
        engine.commit(batch(4, table="u"))
    assert engine.sequence() == 3
    assert names == [threading.current_thread().name, "another"]
    engine.close()
    assert recorded(store) == [1, 2, 3]


def test_what_waits_comes_first(opened: Opened) -> None:
    """Behind writes that are queued it is queued."""
    store, engine, state = opened
    names, outcomes = note_threads(state), Outcomes()
    state.gate.clear()
    state.arrived.clear()
    engine.write(batch(1), outcomes.done)
    assert state.arrived.wait(10)
    engine.write(batch(2), outcomes.done)
    waiting = Thread(target=lambda: outcomes.append(engine.commit(batch(3)).sequence))
    waiting.start()
    while len(engine._writer._queue) < 2:
        waiting.join(0.001)
    state.gate.set()
    waiting.join(10)
    engine.close()
    assert sorted(map(int, outcomes)) == [2, 3, 4]  # type: ignore[arg-type]
    assert names == [WRITER] * 3
    assert recorded(store) == [1, 2, 3]


def test_what_comes_meanwhile_comes_next(opened: Opened) -> None:
    """While a caller writes, others are queued, and the writer's thread goes on with them; a close waits for all."""
    store, engine, state = opened
    names, outcomes = note_threads(state), Outcomes()
    state.gate.clear()
    state.arrived.clear()
    leader = Thread(target=engine.commit, args=(batch(1),), name="leader")
    leader.start()
    assert state.arrived.wait(10)
    engine.write(batch(2), outcomes.done)
    closing = Thread(target=engine.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    assert not outcomes
    state.gate.set()
    closing.join(10)
    leader.join(10)
    assert outcomes == [3]
    assert names == ["leader", WRITER]
    assert recorded(store) == [1, 2]


def test_a_close_waits_for_who_writes(opened: Opened) -> None:
    """Also where there is no thread; afterwards nothing is taken."""
    store, engine, state = opened
    engine.close()
    engine, state = open_engine(store)
    state.gate.clear()
    state.arrived.clear()
    leader = Thread(target=engine.commit, args=(batch(1),))
    leader.start()
    assert state.arrived.wait(10)
    closing = Thread(target=engine.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    state.gate.set()
    closing.join(10)
    leader.join(10)
    assert not closing.is_alive()
    with pytest.raises(Unavailable, match="closed"):
        engine.commit(batch(2))
    assert recorded(store) == [1]


def test_an_interrupt_waits_for_the_end_of_a_write(opened: Opened) -> None:
    """Ctrl-C in the midst of it is heard when it is whole; the engine goes on, and so does Ctrl-C."""
    store, engine, state = opened
    apply = state.apply

    def interrupted(*entry: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return apply(*entry)  # type: ignore[arg-type]

    state.apply = interrupted  # type: ignore[assignment, method-assign]
    with pytest.raises(KeyboardInterrupt):
        engine.commit(batch(1))
    state.apply = apply  # type: ignore[method-assign]
    assert engine.commit(batch(2)).sequence == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt), leading():
        signal.raise_signal(signal.SIGINT)
    engine.close()
    assert recorded(store) == [1, 2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGALRM, signal.SIGTERM])
def test_a_program_with_handlers_of_its_own(number: signal.Signals, opened: Opened) -> None:
    """They may raise whatever they like, whenever it is: the writer's thread writes."""
    store, engine, state = opened
    names = note_threads(state)

    def out_of_time(*_: object) -> None:
        raise TimeoutError

    with handled(number, out_of_time):
        state.gate.clear()
        state.arrived.clear()
        raise_when_arrived(state, number)
        with pytest.raises(TimeoutError):
            engine.commit(batch(1))
        state.gate.set()
        assert engine.commit(batch(2)).sequence == 3
    assert engine.commit(batch(3)).sequence == 4
    assert names == [WRITER, WRITER, threading.current_thread().name]
    engine.close()
    assert recorded(store) == [1, 2, 3]


def raise_when_arrived(state: FakeState, number: signal.Signals) -> None:
    """Send the main thread a signal once a write is under way."""
    main = threading.main_thread().ident
    assert main is not None

    def send() -> None:
        assert state.arrived.wait(10)
        signal.pthread_kill(main, number)

    Thread(target=send).start()


def test_signals_that_nobody_handles_in_python(opened: Opened) -> None:
    """Ignored ones raise nothing."""
    _, engine, state = opened
    names = note_threads(state)
    with handled(signal.SIGINT, signal.SIG_IGN), handled(signal.SIGTERM, signal.SIG_IGN):  # type: ignore[arg-type]
        engine.commit(batch(1))
    assert names == [threading.current_thread().name]


def test_a_stack_that_is_nearly_used_up(opened: Opened) -> None:
    """The writer's thread has one of its own: a write from however deep ends well, or is not begun."""
    store, engine, state = opened
    names = note_threads(state)
    written: list[int] = []

    def dive(depth: int) -> None:
        if depth:
            dive(depth - 1)
        else:
            written.append(engine.commit(batch(len(written))).sequence)

    room = sys.getrecursionlimit() - stack_depth()
    for depth in range(room - 300, room, 3):
        try:
            dive(depth)
        except RecursionError:
            break
    else:
        pytest.fail("it was never too deep")
    assert {WRITER, threading.current_thread().name} == {*names}
    assert engine.commit(batch(10**6)).sequence == len(names) + 1
    engine.close()
    assert {*range(len(written))} <= {*recorded(store)}


def stack_depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_a_bug_stops_writing(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever's thread it happens in, the writer takes no more."""
    _, engine, state = opened
    state.fails_at = {"apply"}
    with pytest.raises(InternalError):
        engine.commit(batch(1))
    with pytest.raises(Unavailable, match="restart"):
        engine.commit(batch(2))
    assert "the writer failed" in caplog.text


def test_one_at_a_time(opened: Opened) -> None:
    """Many who wait, and many who do not: every write is made once, by one at a time, in the order of its number."""
    store, engine, state = opened
    inside, assign, apply = threading.Lock(), state.assign, state.apply

    def alone(work: Callable[..., object]) -> Callable[..., object]:
        def checked(*given: object) -> object:
            assert inside.acquire(blocking=False), "two write at once"
            try:
                return work(*given)
            finally:
                inside.release()

        return checked

    state.assign, state.apply = alone(assign), alone(apply)  # type: ignore[assignment, method-assign]
    numbers: dict[int, int] = {}
    answered, rounds, threads = Event(), 60, 6

    def write_all(start: int) -> None:
        for record in range(start, start + rounds):
            if record % 3:
                numbers[record] = engine.commit(batch(record)).sequence
                continue

            def done(outcome: object, record: int = record) -> None:
                assert not isinstance(outcome, RoarbaseError)
                numbers[record] = outcome.sequence  # type: ignore[attr-defined]

            engine.write(batch(record), done)

    writers = [Thread(target=write_all, args=(rounds * number,)) for number in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    engine.write(batch(10**6), lambda _: answered.set())
    assert answered.wait(10)
    engine.close()
    assert sorted(numbers.values()) == [*range(2, rounds * threads + 2)]
    assert recorded(store) == [*sorted(numbers, key=numbers.__getitem__), 10**6]
