"""The doctor sees what a start would see, in every file, and makes what is whole start."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.doctor.inspecting import inspect_engine
from roarbase.engine.doctor.salvaging import salvage_engine
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.storage.manifest import MANIFEST_NAME
from roarbase.engine.storage.segment import first_sequence_or_none
from roarbase.errors import LogDamaged, OperatorError
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import batch_of
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import write_and_wait

ROOT, TARGET = Path("/disk/engine"), Path("/disk/saved")
SHARD = 2**20
FLIPS = int(os.environ.get("ROARBASE_FLIPS", "60"))
SPECS = [FieldSpec(name="n", type=FieldType.INT), FieldSpec(name="s", type=FieldType.SET, is_keyed=True)]
EVERYTHING = p.Extract(input=p.All(), fields=("n", "s"))


def opened(store: MemoryFileStore, directory: Path = ROOT) -> LocalEngine:
    return open_local_engine(directory, store, BitmapState, 1 << 40)


def write(engine: LocalEngine, *ids: int, n: int) -> None:
    batch = batch_of("t", SPECS, [(i, {"n": n, "s": [f"row {i % 5}"]}) for i in ids], is_keyed=False)
    assert isinstance(write_and_wait(engine, batch), int)  # type: ignore[arg-type]


def contents(store: MemoryFileStore, directory: Path = ROOT) -> dict[int, tuple[Any, ...]]:
    """The records of a directory that starts, with what they hold."""
    engine = opened(store, directory)
    try:
        names = [name for name in ("n", "s") if name in engine.schema().tables["t"].fields]
        table = engine.run("t", p.Extract(input=p.All(), fields=tuple(names)), Budget()).table()
        return {row[0]: row[1:] for row in zip(*(column.cells for column in table.columns), strict=True)}
    finally:
        engine.close()


def begun() -> tuple[MemoryFileStore, LocalEngine]:
    store = MemoryFileStore()
    engine = opened(store)
    engine.change(CreateTable(table="t", name="t", is_keyed=False))
    for spec in SPECS:
        engine.change(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    return store, engine


@pytest.fixture(scope="module")
def kept() -> MemoryFileStore:
    """Three shards in snapshots, and writes behind them."""
    store, engine = begun()
    write(engine, 1, 2, SHARD + 1, 2 * SHARD + 1, n=1)
    engine.snapshot()
    for n in range(2, 6):
        write(engine, n, SHARD + n, n=n)
    engine.close()
    return store


@pytest.fixture(scope="module")
def logged() -> MemoryFileStore:
    """No snapshots, and several segments."""
    store, engine = begun()
    for n in range(40):
        write(engine, *range(0, 20_000, 2), n=n)
    engine.close()
    assert len(names(store, "log-")) > 1
    return store


def copied(store: MemoryFileStore) -> MemoryFileStore:
    copy = MemoryFileStore()
    copy.create_directory(ROOT)
    for name in store.list_names(ROOT):
        file = store.open(ROOT / name)
        copy.create(ROOT / name).write_at(0, file.read_at(0, file.size()))
    return copy


def flip(store: MemoryFileStore, name: str, offset: int, bit: int = 0) -> None:
    file = store.open(ROOT / name)
    (byte,) = file.read_at(offset, 1)
    file.write_at(offset, bytes([byte ^ (1 << bit)]))


def names(store: MemoryFileStore, start: str) -> list[str]:
    return [name for name in store.list_names(ROOT) if name.startswith(start)]


def used(store: MemoryFileStore, name: str) -> int:
    """How many bytes of a file are not the zeros that a segment ends with."""
    file = store.open(ROOT / name)
    return len(file.read_at(0, file.size()).rstrip(b"\0"))


def test_what_is_whole_is_named(kept: MemoryFileStore) -> None:
    """Every file, and up to which entry it goes."""
    found = inspect_engine(ROOT, kept)
    assert found.is_whole
    assert [file.what for file in found.files] == [
        "1 table as of entry 4",
        "shard 0 of table 't', up to entry 4",
        "shard 1 of table 't', up to entry 4",
        "shard 2 of table 't', up to entry 4",
        "rows 0 to 2 of field 's' of table 't'",
        "entries 1 to 8",
    ]
    saved = salvage_engine(ROOT, TARGET, copied(kept))
    assert (saved.lost, saved.verified.records) == ([], 11)


@pytest.mark.parametrize("which", ["kept", "logged"])
def test_the_doctor_and_a_start_agree_on_every_flipped_bit(which: str, request: pytest.FixtureRequest) -> None:
    """A bit that differs anywhere is found by both, or by neither and then every answer is the same."""
    store: MemoryFileStore = request.getfixturevalue(which)
    whole, chooser = contents(copied(store)), Random(7)
    files = [name for name in store.list_names(ROOT) if name != "LOCK"]
    for number in range(FLIPS // 2):
        name, damaged = chooser.choice(files), copied(store)
        place = chooser.randrange(used(store, name)), chooser.randrange(8)
        flip(damaged, name, *place)
        found = inspect_engine(ROOT, damaged)
        try:
            assert contents(copied(damaged)) == whole
            assert found.is_whole, (name, place)
        except LogDamaged:
            assert not found.is_whole, (name, place)
            if number % 10:
                continue
            check_saved(damaged, name, whole)


def check_saved(damaged: MemoryFileStore, flipped: str, whole: dict[int, tuple[Any, ...]]) -> None:
    """What is saved starts, is as it should be, and holds nothing that was not there."""
    if inspect_engine(ROOT, damaged).firsts[:1] != [1] and flipped == MANIFEST_NAME:
        with pytest.raises(OperatorError, match="nothing can be salvaged"):
            salvage_engine(ROOT, TARGET, damaged)
        return
    saved = salvage_engine(ROOT, TARGET, damaged)
    assert saved.verified.differences == ()
    after = contents(damaged, TARGET)
    assert after.keys() <= whole.keys()
    assert saved.lost or after == whole


def test_a_log_is_kept_up_to_its_damage(logged: MemoryFileStore) -> None:
    """Whole entries behind are counted, and told to be lost."""
    store = copied(logged)
    second = names(store, "log-")[1]
    flip(store, second, 5000)
    first = first_sequence_or_none(second)
    assert first is not None
    found = inspect_engine(ROOT, store)
    assert [file.name for file in found.damaged] == [second]
    assert f"record {first} is not whole" in str(found.damaged[0].damage)
    assert found.last == first - 1
    saved = salvage_engine(ROOT, TARGET, store)
    assert saved.lost[0] == f"everything behind entry {first - 1} of the log"
    assert {row[0] for row in contents(store, TARGET).values()} == {first - 5}
    assert second in saved.lost[1]


def test_damage_of_what_snapshots_have_costs_nothing(kept: MemoryFileStore) -> None:
    """A start refuses it, since it is no longer what was written; what is saved has everything."""
    store = copied(kept)
    flip(store, names(store, "log-")[0], 100)
    assert not inspect_engine(ROOT, store).is_whole
    assert salvage_engine(ROOT, TARGET, store).lost == []
    assert contents(store, TARGET) == contents(copied(kept))


def test_a_lost_shard_takes_no_other_with_it(kept: MemoryFileStore) -> None:
    """Its records are gone, those of the other shards are as the snapshots have them, and writes go on."""
    store = copied(kept)
    flip(store, names(store, "shard-")[1], 100)
    saved = salvage_engine(ROOT, TARGET, store)
    assert saved.lost == [
        "shard 1 of table 't': up to 1,048,576 records",
        "entries 5 to 8 of the log: they may be of records in a shard that is lost",
    ]
    assert sorted(contents(store, TARGET)) == [1, 2, 2 * SHARD + 1]
    engine = opened(store, TARGET)
    write(engine, 5, SHARD + 5, n=9)
    engine.snapshot()
    engine.close()
    assert contents(store, TARGET)[SHARD + 5] == (9, ("row 1",))


def test_a_field_whose_rows_have_no_names_is_left_out(kept: MemoryFileStore) -> None:
    """The other fields keep everything, the log behind the snapshots included."""
    store = copied(kept)
    flip(store, names(store, "rows-")[0], 70)
    saved = salvage_engine(ROOT, TARGET, store)
    assert saved.lost == ["field 's' of table 't': what its rows are called is damaged"]
    assert contents(store, TARGET)[SHARD + 3] == (3,)


def test_without_a_manifest_a_whole_log_is_enough() -> None:
    """And without its first entries nothing is."""
    store, engine = begun()
    write(engine, 1, 2, n=1)
    engine.snapshot()
    engine.close()
    flip(store, MANIFEST_NAME, 0)
    assert salvage_engine(ROOT, TARGET, store).lost == []
    assert contents(store, TARGET) == {1: (1, ("row 1",)), 2: (1, ("row 2",))}
    (segment,) = names(store, "log-")
    store.remove(ROOT / segment)
    with pytest.raises(OperatorError, match="nothing can be salvaged"):
        salvage_engine(ROOT, Path("/disk/another"), store)


def test_a_missing_segment_is_a_gap(logged: MemoryFileStore, kept: MemoryFileStore) -> None:
    """Also where every file that is there is whole; snapshots alone are kept as of their moments."""
    store = copied(logged)
    store.remove(ROOT / names(store, "log-")[0])
    found = inspect_engine(ROOT, store)
    assert (found.damaged, found.is_whole) == ([], False)
    assert found.gap.startswith("entries from 1 on are missing: the log begins with ")
    store = copied(kept)
    store.remove(ROOT / names(store, "log-")[0])
    assert inspect_engine(ROOT, store).gap == "entries from 5 on are missing: the log has no segment"
    assert salvage_engine(ROOT, TARGET, store).verified.records == 4
    engine = opened(store, TARGET)
    write(engine, 7, n=7)
    engine.close()
    assert sorted(contents(store, TARGET)) == [1, 2, 7, SHARD + 1, 2 * SHARD + 1]


def test_a_target_that_holds_something_is_refused(kept: MemoryFileStore) -> None:
    """And stays as it is."""
    store = copied(kept)
    store.create_directory(TARGET)
    store.create(TARGET / "precious")
    with pytest.raises(OperatorError, match="is not empty"):
        salvage_engine(ROOT, TARGET, store)
    assert store.list_names(TARGET) == ["precious"]


def test_a_directory_without_data_is_refused() -> None:
    """There is nothing to look at."""
    store = MemoryFileStore()
    store.create_directory(ROOT)
    with pytest.raises(OperatorError, match="holds no data of Roarbase"):
        inspect_engine(ROOT, store)
