"""A torn tail is cut; any other difference from what was written is named and refused."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.log import Log
from roarbase.engine.storage.record import MARK, SEAL, RecordReader, encode_entry, pack_record
from roarbase.engine.storage.segment import SEGMENT_HEADER_SIZE, segment_name
from roarbase.errors import LogDamaged, OperatorError
from roarbase.model.changes import DropTable
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.storage.logs import LOG_ID, ROOT, body, memory_store, numbers, open_log

FIRST = ROOT / segment_name(1)
MARKER = LOG_ID[:8]


def crashed_store(*groups: int, size: int = 10) -> MemoryFileStore:
    """A log whose writer ended without closing, after groups of so many entries."""
    store = memory_store()
    log, _ = open_log(store)
    number = 0
    for group in groups:
        log.append([body(number + i, size) for i in range(group)])
        number += group
    return store.after_crash()


def offsets(store: MemoryFileStore) -> list[tuple[int, int]]:
    """Where the records of the first segment begin and stop."""
    return [(r.offset, r.stop) for r in RecordReader(store.open(FIRST), MARKER).find_records(SEGMENT_HEADER_SIZE)]


def test_a_tail_torn_at_any_byte_is_cut() -> None:
    """Whatever part of the last record is missing, the others are there and the log goes on."""
    start, stop = offsets(crashed_store(1, 1, 1))[-1]
    whole = stop - (stop - start - 40 - len(body(2, 10)))
    for cut in range(start, whole):
        store = crashed_store(1, 1, 1)
        content = store.content(FIRST)
        content[cut:stop] = bytes(stop - cut)
        log, found = open_log(store)
        assert [number for _, number in found] == [0, 1]
        log.append([body(7)])
        log.close()
        assert numbers(store) == [0, 1, 7]


def test_a_file_that_ends_at_any_byte_of_the_last_record() -> None:
    """A segment that is shorter than it was reserved is read as one that ends in zeros."""
    start, stop = offsets(crashed_store(2, 1))[-1]
    for cut in range(start, stop - 8):
        store = crashed_store(2, 1)
        del store.content(FIRST)[cut:]
        assert numbers(store) == [0, 1]


def test_any_flipped_byte_of_the_last_group_is_cut_or_harmless() -> None:
    """A last record that nobody called synced may be torn anywhere; a flip in its padding changes nothing."""
    start, stop = offsets(crashed_store(1, 1))[-1]
    padding = stop - start - 40 - len(body(1, 10))
    for at in range(start, stop):
        store = crashed_store(1, 1)
        store.content(FIRST)[at] ^= 1
        assert numbers(store) == ([0] if at < stop - padding else [0, 1])


def test_stale_bytes_never_come_back() -> None:
    """What stood behind the cut is gone from the file, so a shorter record after it meets zeros."""
    store = crashed_store(1, 3)
    second = offsets(store)[1]
    store.content(FIRST)[second[0]] ^= 1
    log, found = open_log(store)
    assert found == [(1, 0)]
    log.append([body(9)])
    log.close()
    assert numbers(store) == [0, 9]
    assert [r.sequence for r in RecordReader(store.open(FIRST), MARKER).find_records(SEGMENT_HEADER_SIZE)] == [
        1,
        2,
        3,
    ]


def test_a_torn_group_keeps_its_whole_beginning() -> None:
    """Whole records before the torn one stay, though nobody was told of them."""
    store = crashed_store(1, 3)
    start, _ = offsets(store)[-1]
    store.content(FIRST)[start] ^= 1
    assert numbers(store) == [0, 1, 2]


@pytest.mark.parametrize("is_closed", [False, True])
def test_damage_before_the_last_group_is_refused(is_closed: bool) -> None:
    """Any flipped byte in a record that a later one calls synced stops the start, with the place named."""
    store = crashed_store(1, 1, 1)
    if is_closed:  # then a mark calls the last group synced too
        log, _ = open_log(store)
        log.close()
    records = offsets(store)[: None if is_closed else -1]
    before = bytes(store.content(FIRST))
    for number, (start, stop) in enumerate(records[:3]):
        padding = stop - start - 40 - len(body(number, 10))
        for at in range(start, stop - padding):
            store.content(FIRST)[:] = before
            store.content(FIRST)[at] ^= 0x10
            damaged = bytes(store.content(FIRST))
            with pytest.raises(LogDamaged, match=f"damaged at byte {start}") as damage:
                open_log(store)
            assert (damage.value.path, damage.value.offset) == (str(FIRST), start)
            assert store.content(FIRST) == damaged


def test_a_damaged_header_is_refused() -> None:
    """Every byte of a segment's header is checked."""
    store = crashed_store(1)
    for at in range(SEGMENT_HEADER_SIZE):
        store.content(FIRST)[at] ^= 1
        with pytest.raises(LogDamaged, match=r"log-0+1\.seg is damaged"):
            open_log(store)
        store.content(FIRST)[at] ^= 1
    assert numbers(store) == [0]


def segments_store() -> MemoryFileStore:
    """Entries 0 to 7 in three segments, which begin with records 1, 3 and 7."""
    store = memory_store()
    log, _ = open_log(store)
    for number in range(8):
        log.append([body(number, 400_000)])
    log.close()
    assert store.list_names(ROOT) == [segment_name(first) for first in (1, 3, 8)]
    return store


def test_damage_in_an_earlier_segment_is_refused() -> None:
    """A segment that is not the last must be whole, its last record too."""
    store = segments_store()
    for name, first in ((segment_name(1), 1), (segment_name(3), 3)):
        reader = RecordReader(store.open(ROOT / name), MARKER)
        records = list(reader.find_records(SEGMENT_HEADER_SIZE))
        assert records[0].sequence == first
        for record in records:
            store.content(ROOT / name)[record.offset + 100] ^= 1
            with pytest.raises(LogDamaged, match="is not whole") as damage:
                open_log(store)
            assert (damage.value.path, damage.value.offset) == (str(ROOT / name), record.offset)
            store.content(ROOT / name)[record.offset + 100] ^= 1
    assert numbers(store) == list(range(8))


@pytest.mark.parametrize(("missing", "place"), [(1, str(ROOT)), (3, segment_name(1))])
def test_a_missing_segment_is_refused(missing: int, place: str) -> None:
    """A gap between segments is damage, at the beginning too."""
    store = segments_store()
    store.remove(ROOT / segment_name(missing))
    with pytest.raises(LogDamaged) as damage:
        open_log(store)
    assert place in damage.value.message


def test_a_segment_under_another_name_is_refused() -> None:
    """The name and the header must agree on where a segment begins."""
    store = segments_store()
    store.rename(ROOT / segment_name(8), ROOT / segment_name(9))
    with pytest.raises(LogDamaged, match="begins with record 8, its name says otherwise"):
        open_log(store)


def test_a_segment_of_another_log_is_refused() -> None:
    """Segments of two logs do not mix."""
    store = segments_store()
    content = store.content(ROOT / segment_name(3))
    other = crashed_store(1).content(FIRST)
    from_other = bytearray(other[:SEGMENT_HEADER_SIZE])
    assert content[16:32] == from_other[16:32]
    header = bytearray(content[:SEGMENT_HEADER_SIZE])
    header[16] ^= 1
    content[:SEGMENT_HEADER_SIZE] = with_crc(header)
    with pytest.raises(LogDamaged, match="it belongs to another log"):
        open_log(store)


def with_crc(header: bytearray) -> bytes:
    header[12:16] = bytes(4)
    header[12:16] = zlib.crc32(header).to_bytes(4, "little")
    return bytes(header)


def test_a_newer_segment_is_refused_as_such() -> None:
    """A segment of a later version says that a newer program is needed."""
    store = crashed_store(1)
    header = store.content(FIRST)[:SEGMENT_HEADER_SIZE]
    header[8] = 2
    store.content(FIRST)[:SEGMENT_HEADER_SIZE] = with_crc(header)
    with pytest.raises(LogDamaged, match=r"its version is 2 .* start a newer Roarbase"):
        open_log(store)


def put_record(store: MemoryFileStore, record: bytes) -> int:
    """Write a record behind the last one; where it begins."""
    _, stop = offsets(store)[-1]
    store.open(FIRST).write_at(stop, record)
    return stop


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (pack_record(MARKER, 2, 1, body(1), kind=7), "which only a newer Roarbase reads"),
        (pack_record(MARKER, 3, 1, body(1)), "record 3 stands where 2 is due"),
        (pack_record(MARKER, 1, 0, body(1)), "record 1 stands where 2 is due"),
        (pack_record(MARKER, 3, 1, kind=MARK), "record 3 stands where 2 is due"),
        (pack_record(MARKER, 2, 1, b"\xc1"), "sequence number 2 cannot be replayed"),
        (pack_record(MARKER, 2, 1, b"\x81\xa4type\xa5later"), "sequence number 2 cannot be replayed"),
    ],
)
def test_a_whole_record_that_makes_no_sense_is_refused(record: bytes, reason: str) -> None:
    """A record with a right checksum is never skipped or cut, even at the end."""
    store = crashed_store(1)
    stop = put_record(store, record)
    with pytest.raises(LogDamaged, match=reason) as damage:
        open_log(store)
    assert damage.value.offset == stop


def test_a_seal_ends_the_log() -> None:
    """What stands behind a seal was refused; the log goes on in a new segment with its number."""
    store = crashed_store(1)
    stop = put_record(store, pack_record(MARKER, 2, 1, kind=SEAL))
    store.open(FIRST).write_at(stop + 40, pack_record(MARKER, 2, 1, body(5)))
    log, found = open_log(store)
    assert found == [(1, 0)]
    log.append([body(6)])
    log.close()
    assert numbers(store) == [0, 6]
    assert store.list_names(ROOT) == [segment_name(1), segment_name(2)]


def test_a_seal_in_the_middle_is_damage() -> None:
    """A segment that is sealed before the next one begins lacks records."""
    store = segments_store()
    content = store.content(FIRST)
    record = next(RecordReader(store.open(FIRST), MARKER).find_records(SEGMENT_HEADER_SIZE))
    content[record.offset : record.offset + 40] = pack_record(MARKER, 1, 0, kind=SEAL)
    with pytest.raises(LogDamaged, match="sealed before record 3"):
        open_log(store)


def test_a_value_that_looks_like_a_record_deceives_nobody() -> None:
    """A client that sends the bytes of a record cannot turn a torn tail into damage: it does not know the marker."""
    forged = pack_record(b"ABCDEFG\0", 99, 98, body(1)).decode("latin-1")
    store = memory_store()
    log, _ = open_log(store)
    log.append([body(0)])
    for shift in range(8):
        log.append([encode_entry(DropTable(table="1:" + "x" * shift + forged))])
    store = store.after_crash()
    store.content(FIRST)[offsets(store)[-1][0]] ^= 1
    assert len(numbers(store)) == 8


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 2**32))
def test_any_flipped_bit_is_refused_or_harmless(groups: list[int], seed: int) -> None:
    """After a clean close one bit anywhere changes nothing that is read, or is named."""
    store = crashed_store(*groups)
    numbers(store)
    chance = random.Random(seed)
    _, stop = offsets(store)[-1]
    for _ in range(10):
        at, bit = chance.randrange(stop + 100), 1 << chance.randrange(8)
        copy = bytes(store.content(FIRST))
        store.content(FIRST)[at] ^= bit
        try:
            assert numbers(store) == list(range(sum(groups)))
        except LogDamaged as damage:
            assert damage.path == str(FIRST)  # noqa: PT017
        store.content(FIRST)[:] = copy


def test_a_replay_that_runs_out_of_something_is_no_damage() -> None:
    """Without descriptors or memory a whole record cannot be replayed: nobody is told to restore a backup."""
    store = memory_store()
    log, _ = open_log(store)
    log.append([body(1)])
    log.close()
    for fault, told in ((OSError(24, "Too many open files"), OperatorError), (MemoryError(), MemoryError)):

        def replay(_: int, __: Entry, fault: Exception = fault) -> None:
            raise fault

        with pytest.raises(told) as refusal:
            Log.open(store, ROOT, replay)
        assert not isinstance(refusal.value, LogDamaged)
    assert numbers(store) == [1]
