"""The log keeps groups of entries in order, and gives them back."""

import pytest

from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.log import Log
from roarbase.engine.storage.record import MARK, RECORD_HEADER_SIZE, decode_entry, encode_entry, pack_record
from roarbase.engine.storage.segment import SEGMENT_HEADER_SIZE, next_segment_bytes, segment_name
from roarbase.errors import InternalError, LogDamaged, OperatorError, PayloadTooLarge
from roarbase.model.changes import (
    CreateField,
    CreateTable,
    CreateWholeTable,
    DecideKeys,
    DropField,
    DropTable,
    NewField,
)
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.faulty_file_store import FaultyFileStore
from tests.engine.storage.logs import LOG_ID, ROOT, body, entry, memory_store, numbers, open_log

MIB = 1 << 20


def test_a_new_log_is_empty() -> None:
    """The first opening makes one segment of 1 MiB; opening again changes nothing."""
    store = memory_store()
    assert numbers(store) == []
    before = bytes(store.content(ROOT / segment_name(1)))
    assert numbers(store) == []
    assert store.list_names(ROOT) == [segment_name(1)]
    assert bytes(store.content(ROOT / segment_name(1))) == before
    assert len(before) == MIB


def test_entries_come_back_in_order() -> None:
    """Groups of any number of entries are replayed in order, over several openings."""
    store = memory_store()
    written = 0
    for group in (1, 3, 2):
        log, found = open_log(store)
        assert [number for _, number in found] == list(range(written))
        assert log.append([body(written + i) for i in range(group)]) == written + group
        written += group
        log.close()
    assert numbers(store) == list(range(6))


def test_on_a_real_disk(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The same on files of this machine."""
    found: list[Entry] = []
    log = Log.open(DiskFileStore(), tmp_path, lambda *_: None)
    log.append([body(1, 100_000), body(2)])
    log.close()
    log = Log.open(DiskFileStore(), tmp_path, lambda _, found_entry: found.append(found_entry))
    assert log.append([body(3, 3 * MIB)]) == 3
    log.close()
    log = Log.open(DiskFileStore(), tmp_path, lambda _, found_entry: found.append(found_entry))
    log.close()
    assert found == [entry(1, 100_000), entry(2), entry(1, 100_000), entry(2), entry(3, 3 * MIB)]
    assert [path.name for path in sorted(tmp_path.iterdir())] == [segment_name(1), segment_name(3)]


@pytest.mark.parametrize(
    "kept",
    [
        CreateTable(table="t", name="n"),
        CreateTable(table="t", name="n", is_keyed=False),
        CreateWholeTable(
            table="t", name="n", fields=(NewField(field_id="f", spec=FieldSpec(name="x", type=FieldType.SET)),)
        ),
        DropTable(table="t"),
        DecideKeys(table="t", is_keyed=True),
        CreateField(
            table="t",
            field_id="f",
            spec=FieldSpec(name="x", type=FieldType.DECIMAL, scale=18, minimum=-(2**63), maximum=2**63 - 1),
        ),
        CreateField(
            table="t",
            field_id="f",
            spec=FieldSpec(name="x", type=FieldType.TIMESTAMP, unit="ns", epoch="2020-01-01T00:00:00Z"),
        ),
        CreateField(
            table="t",
            field_id="f",
            spec=FieldSpec(name="x", type=FieldType.TIME, quantum="YMDH", ttl="1h", no_standard_view=True),
        ),
        CreateField(table="t", field_id="f", spec=FieldSpec(name="x", type=FieldType.INT, foreign_index="other")),
        DropField(table="t", name="x"),
    ],
    ids=lambda kept: type(kept).__name__,
)
def test_schema_changes_survive_encoding(kept: Entry) -> None:
    """Every kind of schema change is read as it was written."""
    assert decode_entry(encode_entry(kept)) == kept


# As written before a field had an epoch, a foreign index and a choice about its standard view.
OLD_FIELD = (
    b"\x84\xa4type\xaccreate_field\xa5table\xa1t\xa8field_id\xa1f\xa4spec\x8b\xa4name\xa4seen\xa4type\xa4time"
    b"\xa8is_keyed\xc3\xa5scale\x00\xa7minimum\xc0\xa7maximum\xc0\xa4unit\xa1s\xa7quantum\xa3YMD\xa3ttl\xa4720h"
    b"\xaacache_type\xa0\xaacache_size\x05"
)


def test_a_field_of_an_older_log_has_what_it_had() -> None:
    """Options that a log does not know yet get their defaults; those it knows are kept."""
    spec = FieldSpec(name="seen", type=FieldType.TIME, is_keyed=True, quantum="YMD", ttl="720h", cache_size=5)
    assert (spec.epoch, spec.no_standard_view, spec.foreign_index) == ("", False, "")
    assert decode_entry(OLD_FIELD) == CreateField(table="t", field_id="f", spec=spec)


def test_a_group_is_one_write_and_one_sync() -> None:
    """However many entries, the disk is asked once."""
    store = FaultyFileStore(memory_store())
    log, _ = open_log(store)
    writes, syncs, calls = store.calls("write_at"), store.calls("sync"), store.call_count
    log.append([body(i) for i in range(100)])
    assert (store.calls("write_at") - writes, store.calls("sync") - syncs, store.call_count - calls) == (1, 1, 2)


def test_a_clean_close_makes_the_next_opening_write_nothing() -> None:
    """After a clean close the log is opened without a write; after a crash its tail is made sure of first."""
    inner = memory_store()
    log, _ = open_log(inner)
    log.append([body(0)])
    crashed = FaultyFileStore(inner.after_crash())
    assert open_log(crashed)[1] == [(1, 0)]
    assert crashed.calls("sync") == 2
    inner = memory_store()
    log, _ = open_log(inner)
    log.append([body(0)])
    log.close()
    closed = FaultyFileStore(inner)
    assert open_log(closed)[1] == [(1, 0)]
    assert (closed.calls("sync"), closed.calls("write_at")) == (0, 0)


def test_segments_double() -> None:
    """A group that does not fit goes to a new segment of twice the size."""
    store = memory_store()
    log, _ = open_log(store)
    for number in range(12):
        log.append([body(number, MIB // 3)])
    log.close()
    names = store.list_names(ROOT)
    assert [len(store.content(ROOT / name)) // MIB for name in names] == [1, 2, 4]
    assert numbers(store) == list(range(12))


def test_a_group_fits_to_the_last_byte_and_one_more_does_not() -> None:
    """A segment is filled until only the room for a mark is left."""
    room = MIB - SEGMENT_HEADER_SIZE - 2 * RECORD_HEADER_SIZE
    size = room - len(body(0, 70_000)) + 70_000
    for extra, segments in ((0, 1), (1, 1), (8, 1)):
        store = memory_store()
        log, _ = open_log(store)
        exact = body(0, size + extra)
        assert len(exact) == room + extra
        log.append([exact])
        log.close()
        assert len(store.list_names(ROOT)) == segments
        assert len(store.content(ROOT / segment_name(1))) == (MIB if not extra else 2 * MIB)
        assert numbers(store) == [0]


@pytest.mark.parametrize(
    ("current", "needed", "size"),
    [
        (0, 0, MIB),
        (MIB, 0, 2 * MIB),
        (MIB, 2 * MIB, 2 * MIB),
        (MIB, 2 * MIB + 1, 4 * MIB),
        (32 * MIB, 0, 64 * MIB),
        (64 * MIB, 0, 64 * MIB),
        (3 * MIB, 0, 6 * MIB),
        (40 * MIB, 0, 64 * MIB),
        (MIB, 64 * MIB, 64 * MIB),
        (MIB, 64 * MIB + 1, 64 * MIB + 4096),
        (100 * MIB, 10, 64 * MIB),
    ],
)
def test_segment_sizes(current: int, needed: int, size: int) -> None:
    """Sizes double to 64 MiB; a larger group gets a segment of its own size, in whole pages."""
    assert next_segment_bytes(current, needed) == size


def test_an_entry_that_cannot_be_encoded_is_refused() -> None:
    """A lone surrogate is an error of that entry alone."""
    with pytest.raises(InternalError, match="cannot be put into the log"):
        encode_entry(DropTable(table="\ud800"))


def test_an_entry_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of a record is told with its figure."""
    monkeypatch.setattr("roarbase.engine.storage.record._MAXIMUM_BODY_BYTES", 100)
    with pytest.raises(PayloadTooLarge, match="at most 100"):
        encode_entry(entry(1, 100))


def test_a_mark_is_read_over() -> None:
    """A mark between entries takes no sequence number."""
    store = memory_store()
    log, _ = open_log(store)
    log.append([body(0)])
    log.close()
    content, mark = store.content(ROOT / segment_name(1)), pack_record(LOG_ID[:8], 2, 1, kind=MARK)
    behind = content.index(mark) + len(mark)
    record = pack_record(LOG_ID[:8], 2, 1, body(1))
    content[behind : behind + len(record)] = record
    assert numbers(store) == [0, 1]


def test_a_mark_at_the_end_is_overwritten() -> None:
    """The mark of a close stands where the next entry goes, so that nothing ever stands behind it."""
    store = memory_store()
    for number in range(3):
        log, _ = open_log(store)
        log.append([body(number)])
        log.close()
    assert store.content(ROOT / segment_name(1)).count(LOG_ID[:8]) == 3 + 1 + 1  # entries, a mark, the header
    assert numbers(store) == [0, 1, 2]


def test_leftovers_of_a_creation_are_removed() -> None:
    """A segment that never got its name is removed; files that are not the log's stay."""
    store = memory_store()
    for name in (segment_name(1) + ".tmp", "notes.tmp", "LOCK"):
        store.create(ROOT / name)
    assert numbers(store) == []
    assert store.list_names(ROOT) == ["LOCK", segment_name(1), "notes.tmp"]


def test_a_disk_that_refuses_at_the_opening() -> None:
    """An OSError at the opening is told as the operator's matter, with the directory."""
    calls = FaultyFileStore(memory_store())
    open_log(calls)
    for at in range(1, calls.call_count + 1):
        with pytest.raises(OperatorError, match=r"the log in /disk cannot be opened: .*input/output") as refusal:
            open_log(FaultyFileStore(memory_store(), at))
        assert not isinstance(refusal.value, LogDamaged)


def test_an_entry_that_cannot_be_replayed_is_named() -> None:
    """When the state refuses an entry, the error says which record of which file it was."""
    store = memory_store()
    log, _ = open_log(store)
    log.append([body(1)])
    log.close()

    def replay(sequence: int, _: Entry) -> None:
        raise KeyError(sequence)

    with pytest.raises(LogDamaged, match="sequence number 1 cannot be replayed") as damage:
        Log.open(store, ROOT, replay)
    assert (damage.value.path, damage.value.offset) == (str(ROOT / segment_name(1)), SEGMENT_HEADER_SIZE)
