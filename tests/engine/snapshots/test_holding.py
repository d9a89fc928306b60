"""Files that are held: what somebody copies of them is the tables at one moment, whatever is written meanwhile."""

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.snapshots.held import HeldFiles
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.manifest import MANIFEST_NAME, read_manifest_or_none
from roarbase.errors import LogDamaged
from roarbase.model.changes import DropField
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.snapshots.test_taking import ROOT, SHARD, contents, opened, snapshots, with_table, write

COPY = Path("/disk/copy")


def copied(held: HeldFiles) -> MemoryFileStore:
    """A store with the files in another directory."""
    store = MemoryFileStore()
    store.create_directory(COPY)
    for held_file in held.files:
        file, offset = store.create(COPY / held_file.name), 0
        for piece in held_file.pieces():
            file.write_at(offset, piece)
            offset += len(piece)
        assert b"".join(held_file.pieces()) == file.read_at(0, offset + 1)
    return store


def check_copy(held: HeldFiles, expected: str, sequence: int) -> None:
    """The copy opens as the tables of that moment, can be written to, and be opened once more."""
    store = copied(held)
    engine = open_local_engine(COPY, store, state := BitmapState, 1 << 40)
    assert (contents(engine), engine.sequence(), held.sequence) == (expected, sequence, sequence)
    write(engine, 77, n=7)
    live = contents(engine)
    engine.close()
    engine = open_local_engine(COPY, store, state, 1 << 40)
    assert contents(engine) == live
    engine.snapshot()
    engine.close()


def are_of_one_moment(store: FileStore) -> bool:
    found = read_manifest_or_none(store, ROOT)
    assert found is not None
    return found[1].oldest(found[0].sequence) == found[0].sequence


def test_a_copy_is_of_one_moment_while_others_write_and_take_snapshots() -> None:
    """Neither later writes nor later snapshots reach what is held; both go on as if nobody held anything."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1, SHARD + 1, 2 * SHARD + 1)
    engine.snapshot()
    write(engine, 2, SHARD + 1, n=2)
    expected, sequence = contents(engine), engine.sequence()
    with engine.holding() as held:
        for n in range(3, 6):
            write(engine, 1, SHARD + 1, 2 * SHARD + 1, n=n)
            engine.snapshot()
        engine.change(DropField(table="t", name="s"))
        engine.snapshot()
        check_copy(held, expected, sequence)
        assert held.tables == {"t": "t"}
        many = len(snapshots(store))
    assert len(snapshots(store)) < many
    live = engine.schema().tables
    engine.close()
    engine = opened(store)
    assert engine.schema().tables == live
    engine.close()


def test_nothing_and_empty_tables_are_held() -> None:
    """An engine that never had a write, and one with an empty table, are copied too."""
    engine = opened(MemoryFileStore())
    with engine.holding() as held:
        store = copied(held)
    engine.close()
    engine = open_local_engine(COPY, store, BitmapState, 1 << 40)
    assert (engine.sequence(), engine.schema().tables) == (0, {})
    engine.close()
    engine = with_table(MemoryFileStore())
    with engine.holding() as held:
        check_copy(held, contents(engine), 3)
    engine.close()


@pytest.mark.parametrize("at_once_bytes", [0, 1 << 30])
def test_writes_between_the_copies_of_shards(at_once_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What shards lack is in the log that is held with them; if that is little, they are written anew."""
    monkeypatch.setattr("roarbase.engine.snapshots.taking._ONE_MOMENT_BYTES", at_once_bytes)
    store = MemoryFileStore()
    engine = with_table(store)
    chance = Random(4)
    write(engine, *(s * SHARD for s in range(5)))
    for _ in range(4):
        write(engine, *(s * SHARD + 1 for s in range(5)), n=chance.randrange(99))
        with holding_amid_writes(engine, lambda: [chance.randrange(5) * SHARD + i for i in range(3)]) as held:
            assert are_of_one_moment(store) is (at_once_bytes > 0)
            expected, sequence = contents(engine), engine.sequence()
            write(engine, 3 * SHARD, n=5)
            check_copy(held, expected, sequence)
    engine.close()
    engine = opened(store)
    assert engine.sequence() > sequence
    engine.close()


def holding_amid_writes(engine: LocalEngine, ids: Callable[[], list[int]]) -> AbstractContextManager[HeldFiles]:
    """`engine.holding()`, with a write before the copy of each of the first shards."""
    numbers = iter(range(100, 104))

    def is_wanted() -> bool:
        number = next(numbers, None)
        if number is not None:
            write(engine, *ids(), n=number)
        return True

    assert engine._taker is not None
    return engine._taker.holding(is_wanted)


def test_long_logs_are_held_over_many_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tail of the log is one segment in the copy, from however many it comes."""
    monkeypatch.setattr("roarbase.engine.snapshots.taking._ONE_MOMENT_BYTES", 0)
    monkeypatch.setattr("roarbase.engine.storage.segment._SMALLEST_BYTES", 1 << 12)
    monkeypatch.setattr("roarbase.engine.storage.segment._LARGEST_BYTES", 1 << 12)
    store = MemoryFileStore()
    engine = with_table(store)
    for n in range(3):
        write(engine, *(s * SHARD for s in range(4)), n=n)
    with holding_amid_writes(engine, lambda: [*range(2000)]) as held:
        assert len([name for name in store.list_names(ROOT) if name.endswith(".seg")]) > 2
        check_copy(held, contents(engine), engine.sequence())
    engine.close()


def test_a_disk_that_fails_at_any_call_loses_nothing() -> None:
    """Holding fails or not; the engine goes on, and the next copy is right."""
    for calls in range(1, 1000, 2):
        store = FaultyFileStore(MemoryFileStore(), error=lambda: OSError(errno.ENOSPC, "no space left"))
        engine = with_table(store)
        write(engine, 1, SHARD + 1)
        engine.snapshot()
        write(engine, 2, 3 * SHARD)
        store.break_at(store.call_count + calls, is_lasting=calls % 4 == 1)
        is_through = False
        try:
            with engine.holding() as held:
                copied(held)
            is_through = store.call_count < store._faults.fail_at  # type: ignore[operator]
        except (OSError, LogDamaged):
            pass
        store.repair()
        write(engine, 4, n=calls)
        with engine.holding() as held:
            check_copy(held, contents(engine), engine.sequence())
        engine.snapshot()
        assert len(snapshots(store)) == 4
        live = contents(engine)
        engine.close()
        engine = opened(store)
        assert contents(engine) == live
        engine.close()
        if is_through:
            return
    pytest.fail("it never came through")


def test_a_copy_without_its_tail_is_refused() -> None:
    """The log is part of what is held: without it a start says what is missing."""
    engine = with_table(MemoryFileStore())
    write(engine, 1)
    with engine.holding() as held:
        store = copied(held)
    engine.close()
    for name in store.list_names(COPY):
        if name.endswith(".seg"):
            store.remove(COPY / name)
    with pytest.raises(LogDamaged, match="there is no log"):
        open_local_engine(COPY, store, BitmapState, 1 << 40)
    assert MANIFEST_NAME in store.list_names(COPY)


def test_who_stops_waits_for_no_snapshots() -> None:
    """Where none are wanted, the log that is held has everything."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1, SHARD + 1, 2 * SHARD + 1)
    with engine.holding(lambda: False) as held:
        assert snapshots(store, "shard") == []
        check_copy(held, contents(engine), engine.sequence())
    engine.close()
