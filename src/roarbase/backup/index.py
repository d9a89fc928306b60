"""The index of a backup: what it is of, and which files it needs. A backup without one was never finished."""

import hashlib
import re
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from roarbase.backup.target import Target
from roarbase.engine.storage.manifest import MANIFEST_NAME
from roarbase.errors import InvalidParameter, ResourceNotFound

__all__ = [
    "INDEX_KEY",
    "FileRow",
    "Index",
    "Source",
    "digest_of",
    "get_index",
    "is_own_key",
    "key_of",
    "read_index_or_none",
]

INDEX_KEY = "roarbase-backup.json"
_FOLDER = "files/"
_VERSION = 1
_MOST_BYTES = 256 << 20
_NAME = re.compile(rf"(?:shard|rows)-\d{{20}}\.snap|log-\d{{20}}\.seg|{MANIFEST_NAME}")
_KEY = re.compile(rf"{_FOLDER}(?:(?:shard|rows|log)-\d{{20}}|{MANIFEST_NAME})-[0-9a-f]{{32}}(?:\.snap|\.seg)?")


class FileRow(Struct, frozen=True, kw_only=True):
    """A file: its name in the engine's directory, and the object that has its content.

    Attributes:
        mark: What the engine tells it from files of other content by, without reading all of it; empty: nothing does.
    """

    name: str
    key: str
    size: int
    sha256: str
    mark: str = ""


class Source(Struct, frozen=True, kw_only=True):
    """Whose data a backup has.

    Attributes:
        deployment: The deployment's id; of a database that no service has, the identity of its log.
        organization: The organization's name.
        memory_bytes: What the data took in memory.
    """

    deployment: str
    name: str
    organization: str
    memory_bytes: int


class Index(Struct, frozen=True, kw_only=True):
    """A backup.

    Attributes:
        made_at: When its moment was, RFC 3339.
        roarbase: The version that made it.
        sequence: The last log entry whose effects it has.
        tables: Their names by uuid.
    """

    version: int
    made_at: str
    roarbase: str
    source: Source
    sequence: int
    tables: dict[str, str]
    files: list[FileRow]

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)

    def packed(self) -> bytes:
        """As it is kept: JSON, one member a line."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def key_of(name: str, sha256: str) -> str:
    """Where the content of a file is kept: another content is another object.

    >>> key_of("shard-00000000000000000007.snap", "ab" * 32)
    'files/shard-00000000000000000007-abababababababababababababababab.snap'
    """
    stem, dot, ending = name.partition(".")
    return f"{_FOLDER}{stem}-{sha256[:32]}{dot}{ending}"


def is_own_key(key: str) -> bool:
    """Whether a backup made an object of that key; others are not touched."""
    return _KEY.fullmatch(key) is not None


def get_index(target: Target) -> Index:
    """The index of a backup.

    Raises:
        InvalidParameter: There is none, or it is not what was written; the message says what is there.
    """
    index = read_index_or_none(target)
    if index is not None:
        return index
    if any(is_own_key(key) for key in target.sizes()):
        raise InvalidParameter(
            f"{target.text} has no backup: one was begun there and cut short before its {INDEX_KEY} was written",
            place=target.text,
        )
    raise InvalidParameter(f"{target.text} has no backup: there is no {INDEX_KEY}", place=target.text)


def read_index_or_none(target: Target) -> Index | None:
    """The index, if there is one.

    Raises:
        InvalidParameter: It is not what was written, or a later Roarbase made it.
    """
    try:
        content = _content(target.pieces(INDEX_KEY))
    except ResourceNotFound:
        return None
    try:
        version = msgspec.json.decode(content, type=_Versioned).version
        if version > _VERSION:
            raise _unusable(target, f"a newer Roarbase made it (version {version}; this one reads {_VERSION})")
        index = msgspec.json.decode(content, type=Index)
    except msgspec.MsgspecError as error:
        raise _unusable(target, f"it cannot be read: {error}") from error
    _check(target, index)
    return index


class _Versioned(Struct):
    version: int


def _content(pieces: Iterable[bytes]) -> bytes:
    found = b""
    for piece in pieces:
        found += piece
        if len(found) > _MOST_BYTES:
            break
    return found[: _MOST_BYTES + 1]


def _check(target: Target, index: Index) -> None:
    """Take nothing from a file that somebody may have changed: no path leads out of the directory."""
    names = [file.name for file in index.files]
    if len(set(names)) != len(names) or MANIFEST_NAME not in names:
        raise _unusable(target, f"it names {MANIFEST_NAME} not at all, or a file twice")
    for file in index.files:
        if not _NAME.fullmatch(file.name) or file.key != key_of(file.name, file.sha256) or not is_own_key(file.key):
            raise _unusable(target, f"it names a file {file.name!r:.80} at {file.key!r:.120}")


def _unusable(target: Target, reason: str) -> InvalidParameter:
    return InvalidParameter(f"the {INDEX_KEY} of {target.text} is of no use: {reason}", place=target.text)


def digest_of(pieces: Iterable[bytes]) -> tuple[str, int]:
    """SHA-256 and length of a content."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
