"""Whatever the disk does, an acknowledged entry is found exactly once, in order, and a refused one never.

Three enemies: a call that fails, a process that ends, a machine that loses its power. The ledger
of a run says what became of each entry: acknowledged, refused, or in doubt.
"""

import contextlib
import errno
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.log import Log
from roarbase.engine.storage.segment import segment_name
from roarbase.errors import OperatorError, Unavailable
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFile, MemoryFileStore
from tests.engine.storage.logs import ROOT, body, memory_store, numbers, open_log

SCRIPT = ((1, 10), (3, 10), (1, 700_000), (2, 300_000), (1, 10), (1, 1_500_000), (1, 10))
"""Groups: how many entries, and of which size. The large ones make new segments."""


class PowerLoss(BaseException):
    """The end of the machine at a call."""


class Ledger:
    """What was written to a log, and what became of it."""

    def __init__(self) -> None:
        self.next = 0
        self.kept: list[int] = []
        self.refused: set[int] = set()
        self.refusals = 0
        self.in_doubt: list[int] = []

    def append(self, log: Log, count: int, size: int) -> None:
        group = list(range(self.next, self.next + count))
        self.next += count
        self.in_doubt = group
        try:
            last = log.append([body(number, size) for number in group])
        except Unavailable as refusal:
            self.refusals += 1
            if not refusal.in_doubt:
                self.refused.update(group)
                self.in_doubt = []
            return
        self.kept += group
        self.in_doubt = []
        assert last == len(self.kept)

    def check(self, store: FileStore) -> None:
        """Reopen the log and compare; what was in doubt is settled by what is there."""
        found = numbers(store)
        extra = found[len(self.kept) :]
        assert found[: len(self.kept)] == self.kept
        assert extra == self.in_doubt[: len(extra)]
        assert not self.refused.intersection(found)
        self.kept, self.in_doubt = found, []


def run(store: FileStore, ledger: Ledger) -> None:
    log, _ = open_log(store)
    for count, size in SCRIPT:
        ledger.append(log, count, size)
    log.close()


def calls_of_script() -> int:
    store = FaultyFileStore(memory_store())
    run(store, Ledger())
    return store.call_count


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_any_one_call_fails(code: int) -> None:
    """A fault at any call refuses at most its own group; the next one is kept, and so after a restart or power cut."""
    for at in range(1, calls_of_script() + 1):
        for seed in (None, 1, 2):
            inner = memory_store()
            store = FaultyFileStore(inner, at, lambda: OSError(code, "fault"))
            ledger = Ledger()
            try:
                run(store, ledger)
            except OperatorError:
                assert ledger.next == 0
            else:
                assert ledger.refusals <= 1
                assert not ledger.in_doubt
            ledger.check(inner.after_crash() if seed is None else inner.after_power_loss(random.Random(seed)))


def test_a_disk_that_breaks_for_good() -> None:
    """From any call on everything fails: nothing acknowledged is lost, and at most one group is in doubt."""
    for at in range(1, calls_of_script() + 1):
        inner = memory_store()
        ledger = Ledger()
        try:
            log, _ = open_log(FaultyFileStore(inner, at, is_lasting=True))
        except OperatorError:
            continue
        doubts = []
        for count, size in SCRIPT:
            ledger.append(log, count, size)
            if ledger.in_doubt:
                doubts.append(ledger.in_doubt)
        assert len(doubts) <= 1
        ledger.in_doubt = doubts[0] if doubts else []
        log.close()
        ledger.check(inner.after_crash())


def test_writes_resume_when_the_disk_does() -> None:
    """After any fault that lasted over several groups, the first group on the repaired disk is kept."""
    for at in range(1, calls_of_script() + 1):
        inner = memory_store()
        store = FaultyFileStore(inner)
        ledger = Ledger()
        log, _ = open_log(store)
        store.break_at(at + store.call_count, is_lasting=True)
        for count, size in SCRIPT:
            ledger.append(log, count, size)
        broken = ledger.in_doubt
        store.repair()
        ledger.append(log, 2, 10)
        assert ledger.kept[-2:] == [ledger.next - 2, ledger.next - 1]
        ledger.refused.update(broken)  # settled by the new segment, whose first number is theirs
        log.close()
        ledger.check(inner)


def test_a_full_disk_at_a_new_segment() -> None:
    """When no new segment can be reserved nothing is left of the attempt, and the message says what to do."""
    store = FaultyFileStore(memory_store(), None, lambda: OSError(errno.ENOSPC, "No space left on device"))
    log, _ = open_log(store)
    log.append([body(0)])
    store.break_at(store.call_count + 3)  # close, create, preallocate
    with pytest.raises(Unavailable, match=r"No space left on device.*nothing was changed; try again later"):
        log.append([body(1, 2_000_000)])
    assert store.calls("preallocate") == 2
    assert store.list_names(ROOT) == [segment_name(1)]


def test_a_failed_sync_is_not_repeated_on_the_same_file() -> None:
    """After a failed sync the log goes on in a new segment, which begins with the refused number."""
    inner = memory_store()
    store = FaultyFileStore(inner)
    log, _ = open_log(store)
    log.append([body(0)])
    store.break_at(store.call_count + 2)
    with pytest.raises(Unavailable):
        log.append([body(1)])
    assert store.list_names(ROOT) == [segment_name(1), segment_name(2)]
    assert log.append([body(2)]) == 2
    log.close()
    assert numbers(inner.after_power_loss(random.Random(0))) == [0, 2]


def test_a_first_group_that_fails_leaves_its_segment_replaced() -> None:
    """A segment whose very first group failed is replaced by the new one, which has the same name."""
    inner = memory_store()
    store = FaultyFileStore(inner)
    log, _ = open_log(store)
    store.break_at(store.call_count + 2)
    with pytest.raises(Unavailable):
        log.append([body(0)])
    assert log.append([body(1)]) == 1
    log.close()
    assert numbers(inner) == [1]
    assert inner.list_names(ROOT) == [segment_name(1)]


def test_what_a_failed_sync_forgot_is_written_again_at_the_opening() -> None:
    """A group that a restart has found stays, though only the page cache had it and no sync would write it."""
    disk = memory_store()
    store = FaultyFileStore(disk, None, PowerLoss)
    log, _ = open_log(store)
    log.append([body(0)])
    store.break_at(store.call_count + 2)
    with pytest.raises(PowerLoss):
        log.append([body(1), body(2)])
    file = disk.open(ROOT / segment_name(1))
    assert isinstance(file, MemoryFile)
    file.forget_unsynced()
    disk = disk.after_crash()
    assert numbers(disk) == [0, 1, 2]
    for seed in range(10):
        assert numbers(disk.after_power_loss(random.Random(seed))) == [0, 1, 2]


@pytest.mark.parametrize("seed", range(4))
def test_a_mark_that_never_reached_the_disk(seed: int) -> None:
    """A mark is seen though its sync failed, at a close or at an opening; what comes after it survives a power loss."""
    for is_closed in (True, False):
        for at in range(1, 12):
            inner = memory_store()
            store = FaultyFileStore(inner)
            log, _ = open_log(store)
            log.append([body(0)])
            if is_closed:
                store.break_at(store.call_count + at)
                log.close()
            else:  # the process ends, and the next one cannot make sure of what it finds
                store.break_at(store.call_count + at)
                with contextlib.suppress(OperatorError):
                    open_log(store)
            log, found = open_log(inner)
            assert [number for _, number in found] == [0]
            log.append([body(1)])
            assert numbers(inner.after_power_loss(random.Random(seed))) == [0, 1]


def test_the_error_says_when_a_write_is_in_doubt() -> None:
    """Only when neither a new segment nor a seal can be written, the fate of the group is left open."""
    store = FaultyFileStore(memory_store())
    log, _ = open_log(store)
    store.break_at(store.call_count + 2, is_lasting=True)
    with pytest.raises(Unavailable, match="a restart may find the write or not") as refusal:
        log.append([body(0)])
    assert refusal.value.in_doubt
    with pytest.raises(Unavailable, match="nothing was changed") as refusal:
        log.append([body(1)])
    assert not refusal.value.in_doubt


GROUPS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0, 100, 3_000, 400_000])), min_size=1, max_size=6)


@settings(deadline=None)
@example([([(1, 0)] * 5 + [(3, 400_000)], 25, True), ([(1, 0)], 20, False)], 0)  # a segment not yet on disk by name
@given(st.lists(st.tuples(GROUPS, st.integers(1, 40), st.booleans()), min_size=1, max_size=4), st.integers(0, 2**32))
def test_power_losses(lives: list[tuple[list[tuple[int, int]], int, bool]], seed: int) -> None:
    """A machine that loses its power at any call, again and again, in recovery too, keeps what it acknowledged."""
    chance = random.Random(seed)
    disk = memory_store()
    ledger = Ledger()
    for groups, at, has_fault in lives:
        store = FaultyFileStore(disk, at, PowerLoss)
        try:
            log, found = open_log(store)
            in_log = [number for _, number in found]
            assert in_log[: len(ledger.kept)] == ledger.kept
            assert in_log[len(ledger.kept) :] == ledger.in_doubt[: len(in_log) - len(ledger.kept)]
            ledger.kept, ledger.in_doubt = in_log, []
            for count, size in groups:
                ledger.append(log, count, size)
        except PowerLoss:
            pass
        disk = disk.after_crash() if has_fault else disk.after_power_loss(chance)
    ledger.check(disk)


@settings(deadline=None)
@given(GROUPS, st.integers(1, 30), st.booleans(), st.integers(0, 2**32))
def test_a_fault_and_then_a_power_loss(groups: list[tuple[int, int]], at: int, is_lasting: bool, seed: int) -> None:
    """Entries acknowledged before, between and after faults survive a power loss at the end."""
    disk: MemoryFileStore = memory_store()
    store = FaultyFileStore(disk)
    log, _ = open_log(store)
    store.break_at(store.call_count + at, is_lasting=is_lasting)
    ledger = Ledger()
    doubt: list[int] = []
    for count, size in groups:
        ledger.append(log, count, size)
        doubt = doubt or ledger.in_doubt
    ledger.in_doubt = doubt
    if doubt and ledger.kept and ledger.kept[-1] > doubt[-1]:
        ledger.refused.update(doubt)
        ledger.in_doubt = []
    ledger.check(disk.after_power_loss(random.Random(seed)))
