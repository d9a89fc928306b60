"""Making a backup: what the target does not have yet is sent, then the index, and then what nobody needs goes."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from roarbase import __version__
from roarbase.backup.index import (
    INDEX_KEY,
    FileRow,
    Index,
    Source,
    digest_of,
    is_own_key,
    key_of,
    read_index_or_none,
)
from roarbase.backup.target import Target
from roarbase.engine.snapshots.held import HeldFile, HeldFiles
from roarbase.errors import IncorrectState, RoarbaseError, Unavailable

__all__ = ["Made", "Progress", "check_target", "make_backup"]

_VERSION = 1

Progress = Callable[[int, int], None]
"""Called with how many files are in place, and how many there are; may raise to stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A backup that was made: its index, and what had to be sent for it beside that."""

    index: Index
    sent_files: int
    sent_bytes: int


def check_target(target: Target, source: Source) -> Index | None:
    """The backup that is there now, which the next one is to replace.

    Raises:
        IncorrectState: It is another deployment's.
        InvalidParameter, Unavailable: The target cannot be used.
    """
    before = read_index_or_none(target)
    if before is not None and before.source.deployment != source.deployment:
        other = before.source
        raise IncorrectState(
            f"{target.text} has the backup of another deployment, {other.name!r} ({other.deployment}); "
            "choose a place for this one alone",
            place=target.text,
        )
    return before


def make_backup(
    target: Target, held: HeldFiles, source: Source, moment: datetime, progress: Progress = lambda _done, _of: None
) -> Made:
    """Put the files of one moment into a target. The backup that is there stays whole until this one is.

    Of files that it has already only their marks are read.

    Raises:
        IncorrectState, InvalidParameter, Unavailable: As `check_target`.
        OSError, LogDamaged: A file cannot be read.
    """
    before = check_target(target, source)
    known = {row.mark: row for row in before.files if row.mark} if before else {}
    there = target.sizes()
    rows, sent = [], []
    for number, file in enumerate(held.files):
        progress(number, len(held.files))
        row = _row_of(file, known, there)
        rows.append(row)
        if there.get(row.key) != row.size:
            target.write(row.key, _checked(file.pieces(), row))
            sent.append(row)
    progress(len(held.files), len(held.files))
    index = Index(
        version=_VERSION,
        made_at=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        roarbase=__version__,
        source=source,
        sequence=held.sequence,
        tables=held.tables,
        files=rows,
    )
    target.write(INDEX_KEY, [index.packed()])
    _prune(target, there, index)
    return Made(index=index, sent_files=len(sent), sent_bytes=sum(row.size for row in sent))


def _row_of(file: HeldFile, known: Mapping[str, FileRow], there: Mapping[str, int]) -> FileRow:
    """What the index will say of a file.

    Args:
        known: What the index before says, by mark.
        there: The objects in the target, with their sizes.
    """
    mark = file.mark() if file.mark else ""
    row = known.get(mark)
    if row is not None and row.name == file.name and there.get(row.key) == row.size:
        return row
    sha256, size = digest_of(file.pieces())
    return FileRow(name=file.name, key=key_of(file.name, sha256), size=size, sha256=sha256, mark=mark)


def _checked(pieces: Iterable[bytes], row: FileRow) -> Iterator[bytes]:
    """What is sent is what the index will say."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    if digest.hexdigest() != row.sha256:
        raise Unavailable(f"{row.name} was read twice and differs: the disk is not to be trusted")


def _prune(target: Target, there: Iterable[str], index: Index) -> None:
    """Remove what earlier backups needed, and what those left that were cut short."""
    needed = {file.key for file in index.files}
    for key in there:
        if is_own_key(key) and key not in needed:
            with contextlib.suppress(RoarbaseError):  # the next backup tries again
                target.remove(key)
