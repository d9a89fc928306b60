"""Taking snapshots: the shards that changed since their last files, one after the other, while others write on.

The writer stops between two groups while one shard is copied, and goes on while the copy is compressed and written; so
memory is needed for one shard, whatever the size of the table. Each file is right as of an entry of its own.
At the end the writer stops once more, for what belongs to no shard, and to see which shards were
written to meanwhile: these lack the entries behind their files' numbers, and the next snapshots are theirs.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol, TypeVar

from roarbase.engine.snapshots.held import HeldFiles, held_files, read_whole
from roarbase.engine.snapshots.images import ShardImage, shard_image
from roarbase.engine.snapshots.rounds import Final, Place, Round, finished
from roarbase.engine.snapshots.wide import AT_ONCE_BYTES, WideCopy, shard_bytes
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.manifest import (
    MANIFEST_NAME,
    Manifest,
    RowsRow,
    ShardRow,
    file_name,
    remove_unnamed,
    write_manifest,
)
from roarbase.engine.storage.segment import remove_covered
from roarbase.engine.storage.snapshot_file import FileHeader, Labelled, write_snapshot_file
from roarbase.engine.tables.table import Table
from roarbase.errors import Unavailable

__all__ = ["Pausing", "SnapshotTaker", "Taken"]

_ONE_MOMENT_BYTES = 2 * AT_ONCE_BYTES
"""So much is copied in one pause of 20 to 40 ms, for files that are all of one moment."""

_Result = TypeVar("_Result")


class Pausing(Protocol):
    """Does something while nobody writes; the argument of `work` is the number of the last log entry."""

    def __call__(self, work: Callable[[int], _Result], /) -> _Result: ...


class Taken(NamedTuple):
    """What one round did: files and bytes written, and the last entry that the log need not have any more.

    Attributes:
        is_whole: Every shard that had changed was written.
    """

    files: int
    size_bytes: int
    covered: int
    is_whole: bool = True


class SnapshotTaker:
    """Takes the snapshots of one engine, one round at a time, for whichever thread.

    Args:
        tables: The tables by uuid, asked for while the writer pauses only.
        before: What the engine was opened from: a manifest, and the last entry that is in all that belongs to no shard.
    """

    def __init__(
        self,
        store: FileStore,
        directory: Path,
        log_id: bytes,
        tables: Callable[[], Mapping[str, Table]],
        pause: Pausing,
        before: tuple[FileHeader, Manifest] | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._log_id = log_id
        self._tables = tables
        self._pause = pause
        self._manifest = before[1] if before else Manifest(tables=[], last_file=0)
        self._end = before[0].sequence if before else 0
        self._last_file = self._manifest.last_file
        self._turn = Lock()  # whoever has it takes a round
        self._holders = 0
        self._counting = Lock()
        self._is_settled = True  # the manifest on disk is `_manifest`

    def take(self, is_wanted: Callable[[], bool] = lambda: True) -> Taken:
        """Write what changed, put the manifest in place, and remove what it makes superfluous.

        Args:
            is_wanted: Asked before each shard, so that a stop need not wait for all of them. What was written by
                then is put in place; the others are written by the next call.

        Raises:
            OSError: The disk refused. What was there stays; the next call does what this one did not.
            Unavailable: The writer is closed or has failed.
        """
        with self._turn:
            return self._take(is_wanted)

    @contextlib.contextmanager
    def holding(self, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[HeldFiles]:
        """Take snapshots, and remove neither their files nor the log that they need until the block ends.

        If what is written while the round goes on is little, all files are of one moment, that of the manifest.

        Raises:
            As `take`.
        """
        self._count_holders(1)
        try:
            with self._turn:
                self._take(is_wanted)
                if is_wanted():
                    self._take_at_once_or_none()
                found = self._held()
            yield found
        finally:
            self._count_holders(-1)
            # A round in progress holds its turn, has files that no manifest names yet, and tidies up at its end.
            if self._turn.acquire(blocking=False):
                try:
                    self._tidy()
                finally:
                    self._turn.release()

    def _held(self) -> HeldFiles:
        header = FileHeader(self._log_id, self._end)
        content = read_whole(self._store, self._directory / MANIFEST_NAME)  # the next round puts another one there
        return held_files(self._store, self._directory, header, self._manifest, content)

    def _count_holders(self, more: int) -> None:
        with self._counting:
            self._holders += more

    def _take(self, is_wanted: Callable[[], bool]) -> Taken:
        begin, places, tables = self._pause(self._changed)
        for table in tables:
            table.load_rest()  # here, so that the writer does not wait for it while a shard is copied
        done = Round(begin)
        try:
            for number, place in enumerate(places):
                if not is_wanted():
                    done.left = frozenset(places[number:])
                    break
                self._write_shard(done, place)
            final = self._pause(lambda sequence: self._finish(done, sequence))
            self._write_rows(done, final)
            self._store.sync_directory(self._directory)
        except BaseException:
            self._give_up(done)
            raise
        return self._put_in_place(done, final)

    def _take_at_once_or_none(self) -> Taken | None:
        """Write all shards that changed as of one moment; None: that is nothing, or too much for one pause."""
        found = self._pause(self._all_or_none)
        if found is None:
            return None
        done, images, final = found
        try:
            for image, row in images:
                self._write_image(done, image, row.file, image.sections())
            self._write_rows(done, final)
            self._store.sync_directory(self._directory)
        except BaseException:
            self._give_up(done)
            raise
        return self._put_in_place(done, final)

    # ---- while the writer pauses -----------------------------------------------------------

    def _changed(self, sequence: int) -> tuple[int, list[Place], list[Table]]:
        tables = [table for table in self._tables().values() if table.watches.shards]
        return sequence, [(table.id, shard) for table in tables for shard in sorted(table.watches.shards)], tables

    def _image_or_none(self, place: Place, sequence: int) -> ShardImage | WideCopy | None:
        """The shard, or if that is too much at once a copy to be made; None: the table was dropped meanwhile."""
        table = self._tables().get(place[0])
        if table is None:
            return None
        if shard_bytes(table, place[1]) > AT_ONCE_BYTES:
            return WideCopy(table, place[1])
        image = shard_image(table, place[1], sequence)
        table.watches.shards.discard(place[1])
        return image

    def _finish(self, done: Round, sequence: int) -> Final:
        return finished(self._tables().values(), done, self._manifest, self._end, sequence)

    def _all_or_none(self, sequence: int) -> tuple[Round, list[tuple[ShardImage, ShardRow]], Final] | None:
        """All shards that changed, what is to be said of them, and all that belongs to no shard."""
        tables = self._tables()
        places = [(table, shard) for table in tables.values() for shard in sorted(table.watches.shards)]
        if not places or sum(shard_bytes(*place) for place in places) > _ONE_MOMENT_BYTES:
            return None
        done, images = Round(sequence), []
        for table, shard in places:
            row = ShardRow(shard=shard, covers=sequence, file=self._next_name("shard"))
            images.append((shard_image(table, shard, sequence), row))
            done.written[table.id, shard] = row
        try:
            for table, shard in places:
                table.watches.shards.discard(shard)
            return done, images, self._finish(done, sequence)
        except BaseException:
            self._remember(done)
            raise

    def _forget(self, covered: int) -> None:
        for table in self._tables().values():
            if table.records is not None:
                with table.lock.exclusive():
                    table.records.release(covered)

    def _remember(self, done: Round) -> None:
        """Have the shards of a round that failed written again."""
        tables = self._tables()
        for table, shard in done.written:
            if table in tables:
                tables[table].watches.shards.add(shard)

    # ---- while it goes on --------------------------------------------------------------------

    def _write_shard(self, done: Round, place: Place) -> None:
        image = self._pause(lambda sequence: self._image_or_none(place, sequence))
        if isinstance(image, WideCopy):
            image = self._copied(image)
        if image is None:
            return
        done.written[place] = ShardRow(shard=place[1], covers=image.sequence)  # so that it is done again if this fails
        sections = image.sections()
        name = self._next_name("shard") if sections else ""
        done.written[place] = ShardRow(shard=place[1], covers=image.sequence, file=name)
        if name:
            self._write_image(done, image, name, sections)

    def _write_image(self, done: Round, image: ShardImage, name: str, sections: list[Labelled]) -> None:
        header = FileHeader(self._log_id, image.sequence)
        done.names.append(name)
        done.size_bytes += write_snapshot_file(
            self._store, self._directory / name, header, "shard", image.about, sections
        )

    def _copied(self, copy: WideCopy) -> ShardImage:
        """Copy a shard in several pauses."""
        try:
            while self._pause(lambda _: copy.copy_some()):
                pass
            while True:
                image = self._pause(copy.finish_or_none)
                if image is not None:
                    return image
        finally:
            copy.close()

    def _write_rows(self, done: Round, final: Final) -> None:
        header = FileHeader(self._log_id, final.sequence)
        names = {table.id: table for table in final.tables}
        for about, row, image in final.rows:
            name = self._next_name("rows")
            done.names.append(name)
            sections = [Labelled(about.field, piece) for piece in image()]
            done.size_bytes += write_snapshot_file(self._store, self._directory / name, header, "rows", about, sections)
            named = RowsRow(field=row.field, first=row.first, count=row.count, file=name)
            rows = names[about.table].rows
            rows[rows.index(row)] = named

    def _put_in_place(self, done: Round, final: Final) -> Taken:
        manifest = Manifest(tables=final.tables, last_file=self._last_file)
        try:
            write_manifest(self._store, self._directory, FileHeader(self._log_id, final.sequence), manifest)
        except BaseException:
            # Nobody knows which of the two manifests a start will find: the files of both stay.
            self._is_settled = False
            self._mark_again(done)
            raise
        self._manifest, self._end, self._is_settled = manifest, final.sequence, True
        covered = manifest.oldest(final.sequence)
        self._tidy()
        with contextlib.suppress(Unavailable):
            self._pause(lambda _: self._forget(covered))
        return Taken(len(done.names), done.size_bytes, covered, is_whole=not done.left)

    def _tidy(self) -> None:
        """Remove what the manifest makes superfluous; what is held, or not to be removed, goes after a later round."""
        if self._holders or not self._is_settled:
            return
        with contextlib.suppress(OSError):
            remove_covered(self._store, self._directory, self._manifest.oldest(self._end))
        with contextlib.suppress(OSError):
            remove_unnamed(self._store, self._directory, self._manifest)

    def _give_up(self, done: Round) -> None:
        for name in done.names:
            with contextlib.suppress(OSError):
                self._store.remove(self._directory / name)
        self._mark_again(done)

    def _mark_again(self, done: Round) -> None:
        with contextlib.suppress(Unavailable):
            self._pause(lambda _: self._remember(done))

    def _next_name(self, kind: str) -> str:
        self._last_file += 1
        return file_name(kind, self._last_file)
