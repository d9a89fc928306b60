"""Snapshots of a whole engine: what is written and removed, what a start makes of it, what a bad disk does to it."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import Write
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.snapshots.policy import SnapshotPolicy
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.manifest import MANIFEST_NAME
from roarbase.engine.verify import verify_engine
from roarbase.errors import LogDamaged, OperatorError, Unavailable
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropField, DropTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import batch_of
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import write_and_wait

ROOT = Path("/disk/engine")
SHARD = 2**20
SPECS = [FieldSpec(name="n", type=FieldType.INT), FieldSpec(name="s", type=FieldType.SET, is_keyed=True)]
EVERYTHING = p.Extract(input=p.All(), fields=("n", "s"))


def opened(store: FileStore, policy: SnapshotPolicy | None = None) -> LocalEngine:
    return open_local_engine(ROOT, store, BitmapState, 1 << 40, policy=policy)


def with_table(store: FileStore, policy: SnapshotPolicy | None = None) -> LocalEngine:
    engine = opened(store, policy)
    engine.change(CreateTable(table="t", name="t", is_keyed=False))
    for spec in SPECS:
        engine.change(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    return engine


def batch(*ids: int, n: int = 1) -> Write:
    return batch_of("t", SPECS, [(i, {"n": n, "s": [f"row {i % 5}"]}) for i in ids], is_keyed=False)


def contents(engine: LocalEngine) -> str:
    return repr((engine.schema().tables, engine.run("t", EVERYTHING, Budget())))


def snapshots(store: FileStore, kind: str = "") -> list[str]:
    return [name for name in store.list_names(ROOT) if name.startswith(kind) and name.endswith(".snap")]


def write(engine: LocalEngine, *ids: int, n: int = 1) -> None:
    assert isinstance(write_and_wait(engine, batch(*ids, n=n)), int)  # type: ignore[arg-type]


def test_only_what_changed_is_written_again() -> None:
    """A shard that nothing was written to keeps its file, and so do rows that are all known."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1, 2, SHARD + 1, 2 * SHARD + 1)
    first = engine.snapshot()
    assert (first.files, len(snapshots(store, "shard")), len(snapshots(store, "rows"))) == (4, 3, 1)
    before = snapshots(store)
    write(engine, SHARD + 2)
    assert engine.snapshot().files == 1
    assert len({*before} & {*snapshots(store)}) == 3
    assert engine.snapshot().files == 0
    live = contents(engine)
    engine.close()
    assert contents(opened(store)) == live


def test_a_round_that_is_cut_short_keeps_what_it_wrote() -> None:
    """Shards that it did not come to are replayed from where their files end, and written by the next round."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1, SHARD + 1, 2 * SHARD + 1)
    engine.snapshot()
    write(engine, 2, SHARD + 2, 2 * SHARD + 2, 3 * SHARD + 2, n=2)
    moments = iter([True, True, False])
    assert engine._taker is not None
    taken = engine._taker.take(lambda: next(moments))
    assert (taken.is_whole, taken.files) == (False, 3)  # two shards, and rows
    write(engine, 3, 2 * SHARD + 3, n=3)
    live = contents(engine)
    engine.close()
    for files in (3, 0):
        engine = opened(store)
        assert contents(engine) == live
        taken = engine.snapshot()
        assert (taken.is_whole, taken.files) == (True, files)
        engine.close()
    assert contents(opened(store)) == live


def test_dropping_removes_files() -> None:
    """Files of a dropped table go with the next snapshots; a dropped field is passed over in the files that have it."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1, SHARD + 1)
    engine.snapshot()
    engine.change(DropField(table="t", name="n"))
    engine.change(CreateField(table="t", field_id="another", spec=SPECS[0]))
    assert engine.snapshot().files == 0
    live = contents(engine)
    engine.close()
    engine = opened(store)
    assert contents(engine) == live
    engine.change(DropTable(table="t"))
    engine.snapshot()
    assert snapshots(store) == []
    engine.close()
    assert opened(store).schema().tables == {}


def test_segments_go_once_snapshots_have_them() -> None:
    """The log keeps what the oldest shard lacks, and a start replays no more than that."""
    store = MemoryFileStore()
    engine = with_table(store)
    for n in range(60):
        write(engine, *range(0, 20_000, 2), n=n)  # some 40 KB each
    segments = [name for name in store.list_names(ROOT) if name.startswith("log-")]
    assert len(segments) > 1
    engine.snapshot()
    assert [name for name in store.list_names(ROOT) if name.startswith("log-")] == segments[-1:]
    write(engine, 5, n=77)
    live = contents(engine)
    for _ in range(2):
        engine.close()
        engine = opened(store)
        assert contents(engine) == live
    engine.snapshot()
    engine.close()
    assert verify_engine(ROOT, store).records == 10_001
    store.remove(ROOT / segments[-1])
    with pytest.raises(LogDamaged, match="there is no log: the records from 65 on are missing"):
        opened(store.after_crash())


def test_a_log_that_ends_before_its_snapshots_is_refused() -> None:
    """Snapshots never have what the log does not: if its end is gone, so is what others were told."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1)
    (log,) = store.list_names(ROOT)
    early = bytes(store.content(ROOT / log))
    write(engine, 2)
    engine.snapshot()
    engine.close()
    store.content(ROOT / log)[:] = early
    with pytest.raises(LogDamaged, match="the log ends with record 4, and snapshots have what 5 did"):
        opened(store)


def test_a_missing_or_foreign_file_is_named() -> None:
    """What the manifest names must be there, of this log and of that shard."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1, SHARD + 1)
    engine.snapshot()
    engine.close()
    one, other = snapshots(store, "shard")
    whole = bytes(store.content(ROOT / one))
    store.content(ROOT / one)[:] = store.content(ROOT / other)
    with pytest.raises(LogDamaged, match=f"{one} is damaged at byte 0: it is not of shard 0 of table 't'"):
        opened(store)
    store.content(ROOT / one)[:] = whole
    store.remove(ROOT / other)
    with pytest.raises(LogDamaged, match=f"{other} is damaged at byte 0: it is missing, and MANIFEST names it"):
        opened(store)


def test_every_byte_of_the_manifest_counts() -> None:
    """A manifest that is not what was written is refused; it is never passed over for the log alone."""
    store = MemoryFileStore()
    engine = with_table(store)
    write(engine, 1)
    engine.snapshot()
    engine.close()
    content = store.content(ROOT / MANIFEST_NAME)
    for place in range(len(content)):
        content[place] ^= 4
        with pytest.raises(LogDamaged, match="MANIFEST is damaged"):
            opened(store)
        content[place] ^= 4
    opened(store).close()


@pytest.mark.parametrize("is_lasting", [False, True])
def test_a_disk_that_fails_at_any_call_loses_nothing(is_lasting: bool) -> None:
    """Whichever call of a round fails: writes go on, a start finds all of them, and the next round does it again."""
    failing = 0
    while True:
        failing += 1
        inner = MemoryFileStore()
        store = FaultyFileStore(inner)
        engine = with_table(store)
        write(engine, 1, SHARD + 1)
        engine.snapshot()
        write(engine, 2, 3 * SHARD)
        store.break_at(store.call_count + failing, is_lasting)
        try:
            engine.snapshot()
            is_through = store.call_count < store._faults.fail_at  # type: ignore[operator]
        except OSError:
            is_through = False
        store.repair()
        write(engine, 4, n=failing)
        live = contents(engine)
        found = opened(inner.after_power_loss(Random(failing)))
        assert contents(found) == live
        found.close()
        engine.snapshot()
        write(engine, 5)
        live = contents(engine)
        engine.close()
        engine = opened(inner)
        assert contents(engine) == live
        assert len(snapshots(inner)) == 4
        engine.close()
        if is_through:
            return


def test_a_power_loss_while_snapshots_are_taken_loses_nothing() -> None:
    """Between any two calls the power may go; what the disk then has is all that was acknowledged."""
    for calls in range(1, 60):
        inner = MemoryFileStore()
        store = FaultyFileStore(inner, error=lambda: KeyboardInterrupt())
        engine = with_table(store)
        write(engine, 1, SHARD + 1)
        engine.snapshot()
        write(engine, 2)
        live = contents(engine)
        store.break_at(store.call_count + calls, is_lasting=True)
        try:
            engine.snapshot()
        except KeyboardInterrupt:
            for seed in range(4):
                found = opened(inner.after_power_loss(Random(seed)))
                assert contents(found) == live
                found.close()
        finally:
            store.repair()
            engine.close()


def test_a_disk_that_cannot_be_read_is_no_damage() -> None:
    """An error of the disk at the start is told as such."""
    inner = MemoryFileStore()
    engine = with_table(inner)
    write(engine, 1)
    engine.snapshot()
    engine.close()
    store = FaultyFileStore(inner)
    for failing in range(3, 9):
        store.break_at(store.call_count + failing)
        with pytest.raises(OperatorError, match="input/output error"):
            opened(store)


def test_a_closed_engine_takes_none() -> None:
    """Whoever asks after the end is told so."""
    engine = with_table(MemoryFileStore())
    engine.close()
    with pytest.raises(Unavailable):
        engine.snapshot()


def test_snapshots_are_taken_in_the_background() -> None:
    """Once the log has grown by enough, without anybody asking; and the engine closes in the middle of it."""
    store = MemoryFileStore()
    engine = with_table(store, SnapshotPolicy(log_bytes=50_000, interval_s=0))
    for n in range(40):
        write(engine, *range(5000), n=n)
    live = contents(engine)
    engine.close()
    assert MANIFEST_NAME in store.list_names(ROOT)
    found: Any = opened(store)
    assert contents(found) == live
    found.close()
