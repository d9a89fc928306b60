"""What a start leaves packed: who has it unpacked, and what comes of damage that is found only then."""

import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import Write
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.snapshots.unpacking import Unpacking
from roarbase.engine.storage.entries import DeleteEntry, GroupEntry, StoreRowEntry
from roarbase.engine.storage.snapshot_file import SectionRow
from roarbase.engine.tables.touched import touched_shards
from roarbase.engine.verify import verify_engine
from roarbase.errors import LogDamaged
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropField
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import CountResult
from roarbase.testing.batches import At, batch_of
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import write_and_wait

ROOT = Path("/disk/engine")
SHARD = 2**20
SPECS = [
    FieldSpec(name="n", type=FieldType.INT),
    FieldSpec(name="m", type=FieldType.MUTEX),
    FieldSpec(name="s", type=FieldType.SET, is_keyed=True),
    FieldSpec(name="v", type=FieldType.TIME, quantum="YMD"),
]
NAMES = tuple(spec.name for spec in SPECS)
EVERYTHING = p.Extract(input=p.All(), fields=NAMES)


@pytest.fixture
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is unpacked ahead."""
    monkeypatch.setattr(Unpacking, "start", lambda _: None)
    monkeypatch.setattr(Unpacking, "stop", lambda _: None)


def opened(store: MemoryFileStore) -> tuple[LocalEngine, BitmapState]:
    state = BitmapState()
    return open_local_engine(ROOT, store, lambda: state, 1 << 40), state


def batch(*ids: int, n: int = 1) -> Write:
    records = [(i, {"n": n + i % 7, "m": i % 3, "s": ["a", f"row {i % 5}"], "v": At(86_400 * i, [i % 4])}) for i in ids]
    return batch_of("t", SPECS, records, is_keyed=False)


def write(engine: LocalEngine, what: Write) -> Any:
    return write_and_wait(engine, what)  # type: ignore[arg-type]


def delete(*ids: int) -> Write:
    return e.Edits(table="t", steps=(e.DeleteRecords(p.RecordSet(ids)),))


def three_shards() -> MemoryFileStore:
    """A directory with records in three shards, all in snapshots."""
    store = MemoryFileStore()
    engine, _ = opened(store)
    engine.change(CreateTable(table="t", name="t", is_keyed=False))
    for spec in SPECS:
        engine.change(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    for shard in range(3):
        write(engine, batch(*range(shard * SHARD, shard * SHARD + 40)))
    engine.snapshot()
    engine.close()
    return store


def packed(state: BitmapState) -> dict[str, list[int]]:
    """The shards of each field that are not unpacked."""
    return {name: sorted(field.unloaded._parts) for name, field in state.tables()["t"].fields.items()}


def packed_in(*shards: int) -> dict[str, list[int]]:
    """Every field is packed in these shards."""
    return {name: [*shards] for name in NAMES}


def answer(engine: LocalEngine, plan: Any = EVERYTHING) -> str:
    return repr(engine.run("t", plan, Budget()))


@pytest.mark.usefixtures("_idle")
def test_a_question_unpacks_the_fields_that_it_reads() -> None:
    """Which records there are is known at once; what memory the rest will take is counted before."""
    engine, state = opened(three_shards())
    everything = packed_in(0, 1, 2)
    assert packed(state) == everything
    before = state.memory_bytes()
    assert answer(engine, p.Count(p.All())) == answer(engine, p.Count(p.All()))
    assert packed(state) == everything
    answer(engine, p.Sum(field="n"))
    assert packed(state) == {**everything, "n": []}
    assert state.verify() == []
    assert packed(state) == packed_in()
    state._unmeasured.add("t")
    assert abs(state.memory_bytes() - before) < 16_384
    engine.close()


@pytest.mark.usefixtures("_idle")
@pytest.mark.parametrize(
    ("what", "shards"),
    [
        (batch(SHARD + 5, SHARD + 900), [0, 2]),
        (batch(1, 2 * SHARD + 1), [1]),
        (batch(3 * SHARD), [0, 1, 2]),
        (delete(5, 6), [1, 2]),
        (e.Edits(table="t", steps=(e.DeleteRecords(p.All()),)), []),
        (e.Edits(table="t", steps=(e.ClearRow("m", 1),)), []),
    ],
)
def test_replay_unpacks_those_shards_that_it_writes_to(what: Write, shards: list[int]) -> None:
    """The others stay packed; all of it is what the engine had that wrote it."""
    store = three_shards()
    engine, _ = opened(store)
    write(engine, what)
    live = answer(engine)
    engine.close()
    engine, state = opened(store)
    assert packed(state) == packed_in(*shards)
    assert answer(engine) == live
    assert state.verify() == []
    engine.close()


@pytest.mark.usefixtures("_idle")
def test_a_write_and_a_snapshot_have_the_table_unpacked_first() -> None:
    """So that nobody writes to half a column; what another start makes of it is the same."""
    store = three_shards()
    engine, state = opened(store)
    write(engine, batch(7, n=100))
    assert packed(state) == packed_in()
    live = answer(engine)
    engine.close()
    engine, state = opened(store)  # the log touches shard 0 alone
    assert packed(state) == packed_in(1, 2)
    assert engine.snapshot().files == 1
    assert answer(engine) == live
    engine.close()
    engine, state = opened(store)
    assert (answer(engine), state.verify()) == (live, [])
    engine.close()


@pytest.mark.usefixtures("_idle")
def test_a_histogram_survives_replay_into_a_part_of_its_column() -> None:
    """A shard alone may not be worth one, and all of them are."""
    store = MemoryFileStore()
    engine, state = opened(store)
    engine.change(CreateTable(table="t", name="t", is_keyed=False))
    engine.change(CreateField(table="t", field_id="id of n", spec=SPECS[0]))
    many = [(i, {"n": 2 * i}) for i in range(10_000)]
    write(engine, batch_of("t", SPECS[:1], [*many, (SHARD, {"n": 0}), (SHARD + 1, {"n": 19_000})], is_keyed=False))
    engine.snapshot()
    write(engine, batch_of("t", SPECS[:1], [(SHARD + 2, {"n": 7})], is_keyed=False))
    kept = [state.tables()["t"].fields["n"].column.counters.values_or_none()]  # type: ignore[union-attr]
    engine.close()
    engine, state = opened(store)
    kept.append(state.tables()["t"].fields["n"].column.counters.values_or_none())  # type: ignore[union-attr]
    assert kept[0] is not None
    assert np.array(kept[0]).tolist() == np.array(kept[1]).tolist()
    engine.close()


def test_many_who_come_at_once_find_the_same() -> None:
    """Questions beside each other and beside the threads that unpack ahead, again and again."""
    store = three_shards()
    engine, _ = opened(store)
    plans = [EVERYTHING, p.Sum(field="n"), p.Count(p.RowIs("m", 1)), p.Count(p.RowIs("s", "a"))]
    expected = [answer(engine, plan) for plan in plans]
    engine.close()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            engine, state = opened(store)
            found = [pool.submit(answer, engine, plan) for plan in plans * 4]
            assert [f.result() for f in found] == expected * 4
            assert state.verify() == []
            engine.close()


@pytest.mark.parametrize("is_keyed", [True, False])
def test_names_are_found_by_whoever_comes_first(is_keyed: bool) -> None:
    """Keys, and ids that are no positions: read, written and deleted before anybody entered them again."""
    store = MemoryFileStore()
    engine, state = opened(store)
    engine.change(CreateTable(table="k", name="k", is_keyed=is_keyed))
    names: list[Any] = [f"key {i}" if is_keyed else 2**40 + i for i in range(3000)]
    write(engine, batch_of("k", (), [(name, {}) for name in names], is_keyed=is_keyed))
    engine.snapshot()
    write(engine, e.Edits(table="k", steps=(e.DeleteRecords(p.RecordSet(tuple(names[:5]))),)))
    write(engine, batch_of("k", (), [(name, {}) for name in names[3:6]], is_keyed=is_keyed))
    engine.close()
    count = p.Count(p.RecordSet((*names[3:9], *names[:1])))
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            engine, state = opened(store)
            records = state.tables()["k"].records
            assert records is not None
            assert len(records._map) == len(records) == 2997  # type: ignore[attr-defined]
            found = [pool.submit(engine.run, "k", count, Budget()) for _ in range(16)]
            assert {f.result() for f in found} == {CountResult(count=6)}
            engine.close()
    engine, state = opened(store)
    before = state.memory_bytes()
    write(engine, batch_of("k", (), [(name, {}) for name in names[:2]], is_keyed=is_keyed))
    assert (engine.run("k", p.Count(p.All()), Budget()), state.verify()) == (CountResult(count=2999), [])
    assert abs(state.memory_bytes() - before) < before / 2
    engine.close()


def test_everything_is_unpacked_in_time_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads do it, and end; who closes earlier waits for no more than what is in hand."""
    started: list[Unpacking] = []
    start = Unpacking.start
    monkeypatch.setattr(Unpacking, "start", lambda self: (started.append(self), start(self))[1])
    store = three_shards()
    engine, state = opened(store)
    started[-1].wait()
    field = state.tables()["t"].fields["n"]
    assert all(part._unpack is None for part, _ in field.unloaded._parts.values())
    engine.close()
    engine, _ = opened(store)
    engine.close()
    assert not any(thread.is_alive() for unpacking in started for thread in unpacking._threads)


def spoil(store: MemoryFileStore, field: str, content: bytes) -> str:
    """Have a section of shard 1 hold something else, all checksums being right: as no disk does it."""
    name = sorted(name for name in store.list_names(ROOT) if name.startswith("shard-"))[1]
    file = store.open(ROOT / name)
    whole = file.read_at(0, file.size())
    offset, length = (int.from_bytes(whole[at : at + 8], "little") for at in (40, 48))
    table = msgspec.json.decode(whole[offset : offset + length])
    for row in table["sections"]:
        if row["field"] == f"id of {field}" and row["what"] in ("values", "plane 0"):
            assert len(content) <= row["size"]
            file.write_at(row["offset"], content)
            row.update(size=len(content), crc=zlib.crc32(content))
            assert SectionRow(**row)
    text = msgspec.json.encode(table)
    text += b" " * (length - len(text))
    header = bytearray(whole[:64])
    header[12:16] = bytes(4)
    header[12:16] = zlib.crc32(text, zlib.crc32(header)).to_bytes(4, "little")
    file.truncate(offset + len(text))
    file.write_at(offset, text)
    file.write_at(0, bytes(header))
    file.close()
    return name


def torn_frame(size: int) -> bytes:
    """A frame that says its content has this size, and breaks off."""
    return zstandard.ZstdCompressor().compress(bytes(size))[:-4]


def test_what_cannot_be_unpacked_is_told_to_all_who_need_it() -> None:
    """The file is named, nothing else is kept from anybody, and a write is refused before it is in the log."""
    store = three_shards()
    name = spoil(store, "n", torn_frame(4096))
    engine, _ = opened(store)
    for _ in range(2):
        with pytest.raises(LogDamaged, match=name):
            answer(engine, p.Sum(field="n"))
    assert answer(engine, p.Count(p.RowIs("m", 1))).count("40")
    before = engine.sequence()
    assert isinstance(write(engine, batch(1)), LogDamaged)
    assert engine.sequence() == before
    with pytest.raises(LogDamaged, match=name):
        verify_engine(ROOT, copied(store))
    engine.change(DropField(table="t", name="n"))
    assert isinstance(write(engine, batch_of("t", SPECS[1:], [(1, {"m": 2})], is_keyed=False)), int)
    engine.close()


def copied(store: MemoryFileStore) -> MemoryFileStore:
    copy = MemoryFileStore()
    copy.create_directory(ROOT)
    for name in store.list_names(ROOT):
        file = store.open(ROOT / name)
        copy.create(ROOT / name).write_at(0, file.read_at(0, file.size()))
    return copy


def test_a_section_of_another_size_refuses_the_start() -> None:
    """What a frame says of its size is compared before anybody is answered."""
    store = three_shards()
    name = spoil(store, "m", torn_frame(5000))
    with pytest.raises(LogDamaged, match=f"{name}.*does not hold"):
        opened(store)


def test_an_entry_of_no_known_shards_is_of_all() -> None:
    """A row that is stored leaves others wherever they stand."""
    everything = DeleteEntry(table="t", positions=None)
    store = StoreRowEntry(table="t", field_id="f", row=1, positions=[])
    assert touched_shards(everything) is None
    assert touched_shards(store) is None
    assert touched_shards(GroupEntry(table="t", entries=[DeleteEntry(table="t", positions=[])])) == frozenset()
    assert touched_shards(GroupEntry(table="t", entries=[everything])) is None
