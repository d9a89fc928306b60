"""Snapshot files are read as they were written, or refused by name and place."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from roarbase.engine.buffers.pieces import Piece
from roarbase.engine.storage.snapshot_file import FileHeader, Labelled, SnapshotFile, write_snapshot_file
from roarbase.errors import LogDamaged
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore

ROOT = Path("/disk")
PATH = ROOT / "a.snap"
HEADER = FileHeader(b"sixteen bytes id", 7)
TYPES = [np.uint8, np.uint16, np.uint32, np.uint64, np.int64]


class About(Struct, frozen=True, kw_only=True):
    """What the files of these tests tell."""

    number: int


def store_with(*sections: Labelled, number: int = 3) -> MemoryFileStore:
    store = MemoryFileStore()
    store.create_directory(ROOT)
    write_snapshot_file(store, PATH, HEADER, "test", About(number=number), sections)
    return store


def read(store: MemoryFileStore) -> tuple[FileHeader, int, list[tuple[str, str, int, str, list[int]]]]:
    with SnapshotFile(store, PATH, "test", About) as file:
        found = [
            (field, what, piece.base, piece.values.dtype.str, piece.values.tolist())
            for field, pieces in file.pieces().items()
            for what, piece in pieces.items()
        ]
        return file.header, file.about.number, found


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "f", "é"]),
            st.sampled_from(TYPES),
            st.integers(-(2**63), 2**63 - 1),
            st.lists(st.integers(0, 255), max_size=40),
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read(given: list[tuple[str, type[np.integer], int, list[int]]]) -> None:
    """Fields, names, bases, types and values, also of empty sections."""
    sections = [
        Labelled(field, Piece(f"piece {number}", np.array(values, dtype), base))
        for number, (field, dtype, base, values) in enumerate(given)
    ]
    header, number, found = read(store_with(*sections))
    assert (header, number) == (HEADER, 3)
    expected = [
        (s.field, s.piece.what, s.piece.base, s.piece.values.dtype.str, s.piece.values.tolist()) for s in sections
    ]
    assert sorted(found) == sorted(expected)


def test_arrays_come_aligned_and_may_be_written_to() -> None:
    """Kernels read what was loaded where it is."""
    with SnapshotFile(store_with(Labelled("f", Piece("v", np.arange(5000)))), PATH, "test", About) as file:
        values = file.pieces()["f"]["v"].values
    assert values.ctypes.data % 64 == 0
    values[0] = 1


def test_every_changed_byte_is_noticed() -> None:
    """Whatever byte of a file changes, in whichever way, it is named and refused."""
    sections = (
        Labelled("f", Piece("v", np.arange(300, dtype=np.uint16))),
        Labelled("", Piece("w", np.zeros(0, np.int64))),
    )
    whole = bytes(store_with(*sections).content(PATH))
    for place in range(len(whole)):
        store = store_with(*sections)
        store.content(PATH)[place] ^= 1 << place % 8
        with pytest.raises(LogDamaged, match=r"/disk/a.snap is damaged at byte \d+: .*Restore"):
            read(store)


def test_a_file_that_ends_anywhere_is_noticed() -> None:
    """No part of a file passes for a whole one, nor one with something behind it."""
    size = len(store_with(Labelled("f", Piece("v", np.arange(9)))).content(PATH))
    for end in range(size):
        store = store_with(Labelled("f", Piece("v", np.arange(9))))
        del store.content(PATH)[end:]
        with pytest.raises(LogDamaged):
            read(store)
    store = store_with(Labelled("f", Piece("v", np.arange(9))))
    store.content(PATH).append(0)
    with pytest.raises(LogDamaged, match=f"should have {size} bytes and has {size + 1}"):
        read(store)


def test_other_versions_and_kinds_are_said_to_be_so() -> None:
    """A file of another version is no damage, and the sentence says what to start."""
    store = store_with()
    content = store.content(PATH)
    content[8:12] = struct.pack("<I", 2)
    with pytest.raises(LogDamaged, match="its version is 2 and this Roarbase reads 1: start the one that wrote it"):
        read(store)
    with pytest.raises(LogDamaged, match="of kind 'test', and one of 'shard' is due"):
        SnapshotFile(store_with(), PATH, "shard", About)


def test_a_type_of_tomorrow_is_refused() -> None:
    """A section whose type is not known is refused, though its checksums match."""
    store = store_with(Labelled("f", Piece("v", np.arange(3))))
    content = store.content(PATH)
    content[:] = content.replace(b'"<i8"', b'"<f8"')
    _, _, _, offset, length = struct.unpack("<II16sQQQ", content[8:56])[1:]
    checked = bytes(content[:12]) + bytes(4) + bytes(content[16:64]) + bytes(content[offset : offset + length])
    content[12:16] = struct.pack("<I", zlib.crc32(checked))
    with pytest.raises(LogDamaged, match="'v' of field 'f' is of a type that only a newer Roarbase reads"):
        read(store)


def test_a_failing_disk_leaves_what_was_there() -> None:
    """Whichever call fails, the name stands for the whole old file or the whole new one, and nothing else is left."""
    for failing in range(1, 100):
        inner = store_with(number=1)
        store = FaultyFileStore(inner, fail_at=failing)
        try:
            write_snapshot_file(store, PATH, HEADER, "test", About(number=2), [Labelled("f", Piece("v", np.arange(9)))])
        except OSError:
            assert read(inner)[1] == 1
            assert inner.list_names(ROOT) == [PATH.name]
            continue
        assert read(inner)[1] == 2
        if store.call_count < failing:
            return
    raise AssertionError("the write takes more than a hundred calls")
