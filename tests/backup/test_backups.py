"""Backups made, made again, cut short, damaged, and fetched."""

import errno
import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from roarbase.backup.fetching import fetch_backup
from roarbase.backup.folder import FolderTarget
from roarbase.backup.index import INDEX_KEY, Index, Source, get_index
from roarbase.backup.making import Made, make_backup
from roarbase.backup.opening import open_target
from roarbase.backup.places import place_of
from roarbase.backup.target import Target
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.snapshots.held import HeldFile
from roarbase.engine.snapshots.policy import SnapshotPolicy
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.verify import verify_engine
from roarbase.errors import IncorrectState, InvalidParameter, RoarbaseError, Unavailable, Unprocessable
from roarbase.testing.batches import batch_of
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.generated import SPECS
from tests.engine.local_fakes import write_and_wait
from tests.engine.snapshots.test_images import varied
from tests.examples.test_read_folder import answers, delete, opened, records, write
from tests.support.object_store import use_s3

SHARD = 2**20
MOMENT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
SOURCE = Source(deployment="d1", name="shop", organization="default", memory_bytes=1)


def backed_up(engine: LocalEngine, target: Target, source: Source = SOURCE) -> Made:
    with engine.holding() as held:
        return make_backup(target, held, source, MOMENT)


def fetched(target: Target, directory: Path) -> LocalEngine:
    """An engine opened on what a backup has."""
    fetch_backup(target, get_index(target), DiskFileStore(), directory)
    assert verify_engine(directory, DiskFileStore()).differences == ()
    return open_local_engine(directory, DiskFileStore(), BitmapState, 1 << 40)


def filled(directory: Path, shards: int = 3) -> LocalEngine:
    engine = opened(directory)
    write(engine, [(s * SHARD + i, varied(i)) for s in range(shards) for i in range(20)], is_keyed=False)
    return engine


@pytest.mark.parametrize("is_keyed", [False, True])
def test_a_round_trip(tmp_path: Path, is_keyed: bool) -> None:
    """Every type of field comes back, the copy goes on, and the stand-alone reader reads the backup where it lies."""
    names: list[Any] = [*range(200), 5 * SHARD, 2**33, 2**64 - 2]
    names = [f"key {name}" for name in names] if is_keyed else names
    engine = opened(tmp_path / "engine", is_keyed=is_keyed)
    write(engine, [(name, varied(i)) for i, name in enumerate(names)], is_keyed=is_keyed)
    delete(engine, *names[3:9])
    target = FolderTarget(tmp_path / "backup")
    made = backed_up(engine, target)
    expected = answers(engine)
    assert (made.index.sequence, made.index.made_at) == (engine.sequence(), "2026-02-03T04:05:06Z")
    assert made.index == get_index(target)
    write(engine, [(names[0], {"count": 5})], is_keyed=is_keyed)
    engine.close()
    copy = fetched(target, tmp_path / "copy")
    assert (answers(copy), copy.sequence()) == (expected, made.index.sequence)
    write(copy, [(names[0], {"count": 6})], is_keyed=is_keyed)
    copy.close()
    assert records(tmp_path / "backup") == expected


def test_what_is_there_already_is_not_sent_again(tmp_path: Path) -> None:
    """A second backup sends the shards that changed, the log and the manifest; what nobody needs any more goes."""
    engine = filled(tmp_path / "engine")
    target = FolderTarget(tmp_path / "backup")
    first = backed_up(engine, target)
    assert (first.sent_files, first.sent_bytes) == (len(first.index.files), first.index.size_bytes)
    assert sum(file.name.startswith("shard") for file in first.index.files) == 4  # the towns are a table, too
    target.write("files/notes.txt", [b"the operator's own"])
    (tmp_path / "backup" / "files" / "shard-00000000000000000099-0123456789abcdef0123456789abcdef.snap").write_text("")
    assert backed_up(engine, target).sent_files == 0
    write(engine, [(SHARD + 3, {"count": 1})], is_keyed=False)
    second = backed_up(engine, target)
    new = {file.name.partition("-")[0] for file in second.index.files if file not in first.index.files}
    assert (second.sent_files, new) == (3, {"shard", "log", "MANIFEST"})
    assert {*target.sizes()} == {INDEX_KEY, "files/notes.txt", *(file.key for file in second.index.files)}
    expected = answers(engine)
    engine.close()
    copy = fetched(target, tmp_path / "copy")
    assert answers(copy) == expected
    assert backed_up(copy, target).sent_files == 0  # who was restored goes on where the first one stopped
    copy.close()


def read_for(engine: LocalEngine, target: Target) -> set[str]:
    """Make a backup, and tell the files that were read for it."""
    read = set()

    def noting(file: HeldFile) -> Iterator[bytes]:
        read.add(file.name)
        return file.pieces()

    with engine.holding() as held:
        files = tuple(replace(file, pieces=partial(noting, file)) for file in held.files)
        make_backup(target, replace(held, files=files), SOURCE, MOMENT)
    return read


def test_what_is_there_already_is_not_read_again(tmp_path: Path) -> None:
    """Of a file that the backup before has only its mark is read, and the size of its object is compared."""
    engine = filled(tmp_path / "engine")
    target = FolderTarget(tmp_path / "backup")
    everything = read_for(engine, target)
    unmarked = {name for name in everything if not name.endswith(".snap")}
    assert read_for(engine, target) == unmarked != everything
    write(engine, [(SHARD + 3, {"count": 1})], is_keyed=False)
    changed = read_for(engine, target) - unmarked
    assert len([name for name in changed if name.startswith("shard-")]) == 1
    index = get_index(target)
    row = next(file for file in index.files if file.name.startswith("shard-") and file.name not in changed)
    (tmp_path / "backup" / row.key).write_bytes(b"cut")
    assert row.name in read_for(engine, target)
    target.write(INDEX_KEY, [index_without_marks(get_index(target)).packed()])
    assert read_for(engine, target) == {file.name for file in index.files}
    assert get_index(target).files == index.files
    engine.close()


def index_without_marks(index: Index) -> Index:
    """As an earlier version wrote it."""
    return msgspec.structs.replace(index, files=[msgspec.structs.replace(file, mark="") for file in index.files])


def test_another_file_of_the_same_name_is_sent(tmp_path: Path) -> None:
    """Who was restored gives out numbers again, so a name and a size say nothing."""
    engine = filled(tmp_path / "engine")
    target = FolderTarget(tmp_path / "backup")
    backed_up(engine, target)
    others = FolderTarget(tmp_path / "others")
    backed_up(engine, others)
    write(engine, [(3, {"count": 1})], is_keyed=False)
    named = {file.name for file in backed_up(engine, target).index.files}
    engine.close()
    copy = fetched(others, tmp_path / "copy")
    write(copy, [(3, {"count": 2})], is_keyed=False)
    assert {file.name for file in backed_up(copy, target).index.files} == named
    expected = answers(copy)
    copy.close()
    again = fetched(target, tmp_path / "again")
    assert answers(again) == expected
    again.close()


class Failing:
    """A target that fails at the call of a number, of those that change it."""

    def __init__(self, target: Target, fail_at: int) -> None:
        self._target = target
        self.left = fail_at
        self.text, self.pieces, self.sizes = target.text, target.pieces, target.sizes

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        self._count()
        self._target.write(key, pieces)

    def remove(self, key: str) -> None:
        self._count()
        self._target.remove(key)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Unavailable("the store is gone")


def test_a_backup_that_is_cut_short_is_none(tmp_path: Path) -> None:
    """At whichever object the store goes away: there is no backup yet, and the message says that one was begun."""
    engine = filled(tmp_path / "engine", shards=1)
    with engine.holding() as held:
        many = len(held.files)
    for fail_at in range(1, many + 2):
        target = FolderTarget(tmp_path / str(fail_at))
        with pytest.raises(Unavailable, match="the store is gone"):
            backed_up(engine, Failing(target, fail_at))  # type: ignore[arg-type]
        told = "was begun there and cut short" if fail_at > 1 else "there is no roarbase-backup.json"
        with pytest.raises(InvalidParameter, match=told):
            get_index(target)
        assert backed_up(engine, target).sent_files == many + 1 - fail_at
    engine.close()


def test_a_backup_that_is_there_stays_until_the_next_one_is_whole(tmp_path: Path) -> None:
    """At whichever object the store goes away, either the old backup is there or the new one, with all its files."""
    engine = filled(tmp_path / "engine", shards=2)
    found = set()
    for fail_at in range(1, 20):
        target = FolderTarget(tmp_path / str(fail_at))
        write(engine, [(1, {"count": fail_at})], is_keyed=False)
        old = backed_up(engine, target).index
        expected = answers(engine)
        write(engine, [(1, {"count": -fail_at}), (SHARD, {"count": 1})], is_keyed=False)
        failing = Failing(target, fail_at)
        try:
            backed_up(engine, failing)  # type: ignore[arg-type]
        except Unavailable:
            assert get_index(target) == old
        else:
            expected = answers(engine)
        found.add(get_index(target) == old)
        copy = fetched(target, tmp_path / f"copy {fail_at}")
        assert answers(copy) == expected
        copy.close()
        if failing.left > 0:
            break
    assert found == {True, False}
    engine.close()


def test_anothers_backup_is_not_overwritten(tmp_path: Path) -> None:
    """Whose it is, is told."""
    engine = filled(tmp_path / "engine", shards=1)
    target = FolderTarget(tmp_path / "backup")
    backed_up(engine, target)
    with pytest.raises(IncorrectState, match=r"has the backup of another deployment, 'shop' \(d1\)"):
        backed_up(engine, target, Source(deployment="d2", name="x", organization="default", memory_bytes=1))
    engine.close()


def test_damage_is_named(tmp_path: Path) -> None:
    """A file that is missing, shorter, longer or otherwise than it was sent."""
    engine = filled(tmp_path / "engine", shards=1)
    target = FolderTarget(tmp_path / "backup")
    for file in backed_up(engine, target).index.files:
        path = tmp_path / "backup" / file.key
        content = path.read_bytes()
        changed = bytes([content[-1] ^ 1])
        for bad, told in (
            (None, "is missing"),
            (content[:-1], f"has {file.size - 1} of {file.size} bytes"),
            (content + b"1", f"has more than {file.size} bytes"),
            (content[:-1] + changed, "its checksum differs"),
        ):
            path.unlink() if bad is None else path.write_bytes(bad)
            with pytest.raises(Unprocessable, match=f"is not whole: {file.key} .*{told}"):
                fetch_backup(target, get_index(target), MemoryFileStore(), Path("/copy"))
        path.write_bytes(content)
    engine.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda index: index.update(version=2), "a newer Roarbase made it"),
        (lambda index: index.pop("sequence"), "missing required field `sequence`"),
        (lambda index: index["files"][0].update(name="../LOCK"), "it names a file '../LOCK'"),
        (lambda index: index["files"][0].update(key="files/../../x"), "at 'files/../../x'"),
        (lambda index: index["files"][0].update(sha256="0/../"), "it names a file"),
        (lambda index: index["files"].pop(), "names MANIFEST not at all, or a file twice"),
        (lambda index: index["files"].append(index["files"][0]), "or a file twice"),
    ],
)
def test_an_index_that_was_changed_is_of_no_use(tmp_path: Path, change: Any, told: str) -> None:
    """No path in it leads anywhere else."""
    engine = filled(tmp_path / "engine", shards=1)
    target = FolderTarget(tmp_path / "backup")
    backed_up(engine, target)
    engine.close()
    index = json.loads((tmp_path / "backup" / INDEX_KEY).read_text())
    change(index)
    target.write(INDEX_KEY, [json.dumps(index).encode()])
    with pytest.raises(InvalidParameter) as raised:
        get_index(target)
    assert told in raised.value.message


def test_a_disk_that_fails_while_a_backup_is_fetched(tmp_path: Path) -> None:
    """At whichever call: the error is the disk's own, and nothing is taken for whole."""
    engine = filled(tmp_path / "engine", shards=1)
    target = FolderTarget(tmp_path / "backup")
    index = backed_up(engine, target).index
    engine.close()
    for calls in range(1, 200):
        store = FaultyFileStore(MemoryFileStore(), calls, lambda: OSError(errno.ENOSPC, "no space left"))
        try:
            fetch_backup(target, index, store, Path("/copy"))
        except OSError:
            continue
        assert calls > 10
        return
    pytest.fail("it never came through")


def test_a_disk_that_fails_while_a_backup_is_made(tmp_path: Path) -> None:
    """The error comes from the engine's own disk, and there is no backup."""
    inner = MemoryFileStore()
    engine = open_local_engine(Path("/engine"), FaultyFileStore(inner), BitmapState, 1 << 40)
    target = FolderTarget(tmp_path)

    def broken() -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.EIO, "input/output error")

    with engine.holding() as held:
        files = (held.files[0].__class__(held.files[0].name, broken), *held.files[1:])
        with pytest.raises(OSError, match="input/output error"):
            make_backup(target, held.__class__(log_id=b"", sequence=0, tables={}, files=files), SOURCE, MOMENT)
    engine.close()
    with pytest.raises(RoarbaseError, match="has no backup"):
        get_index(target)


def test_backups_in_an_object_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3: a backup, an increment, and back."""
    engine = filled(tmp_path / "engine")
    with use_s3(monkeypatch, "backups"):
        target = open_target(place_of("s3://backups/daily/shop"))
        with pytest.raises(InvalidParameter, match="s3://backups/daily/shop has no backup"):
            get_index(target)
        first: Index = backed_up(engine, target).index
        write(engine, [(2 * SHARD, {"count": 1})], is_keyed=False)
        second = backed_up(engine, target)
        assert (second.sent_files, len(target.sizes())) == (3, len(first.files) + 1)
        copy = fetched(target, tmp_path / "copy")
        assert answers(copy) == answers(engine)
        copy.close()
    engine.close()


@pytest.mark.parametrize("at_once_bytes", [0, 64 << 20])
def test_backups_amid_writes_have_all_up_to_their_number(
    tmp_path: Path, at_once_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer never stops, snapshots are taken in the background, and each backup has every write up to its
    sequence number, and none behind it."""
    monkeypatch.setattr("roarbase.engine.snapshots.taking._ONE_MOMENT_BYTES", at_once_bytes)
    policy = SnapshotPolicy(log_bytes=1 << 16, interval_s=0)
    opened(tmp_path / "engine").close()
    engine = open_local_engine(tmp_path / "engine", DiskFileStore(), BitmapState, 1 << 40, policy=policy)
    ledger: list[tuple[int, list[int]]] = []  # a write's number, and the records that it gave its place here
    stopping = threading.Event()

    def keep_writing() -> None:
        chance = Random(7)
        while not stopping.is_set():
            ids = [chance.randrange(6) * SHARD + chance.randrange(40) for _ in range(9)]
            batch = batch_of("t", SPECS, [(i, {"count": len(ledger)}) for i in ids], is_keyed=False)
            sequence: Any = write_and_wait(engine, batch)
            ledger.append((sequence, ids))

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        made = []
        for number in range(4):
            begun = len(ledger)
            while len(ledger) < begun + 20:
                time.sleep(0.001)
            made.append(backed_up(engine, FolderTarget(tmp_path / f"backup {number}")).index)
    finally:
        stopping.set()
        writer.join()
        engine.close()
    for number, index in enumerate(made):
        expected: dict[int, int] = {}
        for place, (sequence, ids) in enumerate(ledger):
            if sequence <= index.sequence:
                expected.update(dict.fromkeys(ids, place))
        copy = fetched(FolderTarget(tmp_path / f"backup {number}"), tmp_path / f"copy {number}")
        assert {name: values["count"] for name, values in answers(copy).items()} == expected
        copy.close()
        if at_once_bytes:
            assert records(tmp_path / f"backup {number}") == {name: {"count": c} for name, c in expected.items()}
