"""What the tests of the log share: numbered entries, and opening a log into a list."""

from pathlib import Path

from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.log import Log
from roarbase.engine.storage.record import encode_entry
from roarbase.model.changes import DropTable
from roarbase.testing.memory_file_store import MemoryFileStore

ROOT = Path("/disk")
LOG_ID = bytes(range(65, 81))


def entry(number: int, size: int = 0) -> Entry:
    return DropTable(table=f"{number}:" + "x" * size)


def body(number: int, size: int = 0) -> bytes:
    return encode_entry(entry(number, size))


def memory_store() -> MemoryFileStore:
    store = MemoryFileStore()
    store.create_directory(ROOT)
    return store


def open_log(store: FileStore) -> tuple[Log, list[tuple[int, int]]]:
    """The log of ROOT, and the (sequence number, entry's own number) pairs found in it."""
    found: list[tuple[int, int]] = []

    def replay(sequence: int, entry: Entry) -> None:
        assert isinstance(entry, DropTable)
        found.append((sequence, int(entry.table.split(":")[0])))

    return Log.open(store, ROOT, replay, new_log_id=lambda: LOG_ID), found


def numbers(store: FileStore) -> list[int]:
    """The entries of a log that is opened and closed again; their sequence numbers have no gap."""
    log, found = open_log(store)
    log.close()
    assert [sequence for sequence, _ in found] == list(range(1, len(found) + 1))
    assert log.last == len(found)
    return [number for _, number in found]
