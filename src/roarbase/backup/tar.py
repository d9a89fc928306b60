"""Reading tar archives as they come, from the start to the end: nothing of one is ever in memory but a piece.

Whoever made the archive is not trusted. So this reads of the format what `tar` writes (ustar, and the long names and
sizes of pax and GNU), bounds everything that is read before it can be used, and writes nothing itself.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from roarbase.errors import ResourceLimitExceeded, Unprocessable

__all__ = ["Member", "members_of"]

_BLOCK = 512
_PIECE_BYTES = 1 << 20
_MOST_EXTENSION_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
_FILES = frozenset((b"0", b"\0", b"7"))
_PAX, _LONG_NAME = b"x", b"L"
_EXTENSIONS = frozenset((_PAX, _LONG_NAME, b"g", b"K"))
_END = bytes(_BLOCK)


class Member(NamedTuple):
    """A file in an archive. What is not read of it is passed over."""

    name: str
    size: int
    pieces: Iterator[bytes]


class _Header(NamedTuple):
    name: str
    size: int
    type: bytes


def members_of(pieces: Iterable[bytes], most_bytes: int) -> Iterator[Member]:
    """The files of an archive, in order; of links, devices and folders nothing is told.

    Args:
        pieces: The archive: plain, or packed by gzip.
        most_bytes: How much it may have unpacked, all of it.

    Raises:
        Unprocessable: It is no archive, or not a whole one.
        ResourceLimitExceeded: It is larger.
        Whatever `pieces` raised.
    """
    stream = _Stream(_unpacked(iter(pieces)), most_bytes)
    name, size = None, None
    while (block := stream.exactly(_BLOCK)) != _END:
        header = _header_of(block)
        if header.type in _EXTENSIONS:
            told_name, told_size = _extension(header.type, stream, header.size)
            name, size = told_name or name, size if told_size is None else told_size
            continue
        length = header.size if size is None else size
        content = stream.pieces(length)
        if header.type in _FILES:
            yield Member(name or header.name, length, content)
        for _ in content:  # what nobody wanted
            pass
        stream.exactly(-length % _BLOCK)
        name, size = None, None


def _header_of(block: bytes) -> _Header:
    total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if _number(block[148:156]) != total:
        raise Unprocessable("it is no tar archive, or was changed on the way: the checksum of a header does not match")
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return _Header(f"{prefix}/{name}" if prefix else name, _number(block[124:136]), block[156:157])


def _number(field: bytes) -> int:
    """A number as tar writes it: octal digits, or where these do not suffice bytes behind a set bit."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits or b"0", 8)
    except ValueError:
        raise Unprocessable("it is no tar archive, or was changed on the way: a header has no number") from None


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _extension(kind: bytes, stream: "_Stream", size: int) -> tuple[str | None, int | None]:
    """The name and the size that an extension tells of the next member, where it tells them."""
    if size > _MOST_EXTENSION_BYTES:
        raise Unprocessable(f"the archive has a header of {size} bytes: more than {_MOST_EXTENSION_BYTES} are not read")
    content = stream.exactly(size)
    stream.exactly(-size % _BLOCK)
    if kind == _LONG_NAME:
        return _text(content), None
    if kind != _PAX:
        return None, None
    told = dict(_records(content))
    return told.get("path"), int(told["size"]) if told.get("size", "").isdecimal() else None


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    """The records of a pax header: their length, a space, key=value, a line feed."""
    while content:
        length, _, rest = content.partition(b" ")
        size = int(length) if length.isdigit() else 0
        key, is_there, value = content[len(length) + 1 : size - 1].partition(b"=")
        if not rest or not is_there or size > len(content):
            raise Unprocessable("the archive has a header that cannot be read")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "surrogateescape")
        content = content[size:]


class _Stream:
    """Bytes one behind the other, counted."""

    def __init__(self, pieces: Iterator[bytes], most_bytes: int) -> None:
        self._pieces = pieces
        self._most_bytes = self._left = most_bytes
        self._rest = memoryview(b"")

    def exactly(self, length: int) -> bytes:
        """The next bytes, few enough to be held together."""
        return b"".join(self.pieces(length))

    def pieces(self, length: int) -> Iterator[bytes]:
        """The next bytes, piece by piece."""
        while length:
            if not self._rest:
                self._rest = memoryview(self._next())
            piece = bytes(self._rest[:length])
            self._rest = self._rest[len(piece) :]
            length -= len(piece)
            yield piece

    def _next(self) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            raise Unprocessable("the archive breaks off before its end")
        self._left -= len(piece)
        if self._left < 0:
            raise ResourceLimitExceeded(
                f"the archive has more than {self._most_bytes} bytes, unpacked", limit_bytes=self._most_bytes
            )
        return piece


# ---- compression ---------------------------------------------------------------------------


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = b""
    while len(first) < len(_GZIP) and (piece := next(pieces, None)) is not None:
        first += piece
    whole = _chained(first, pieces)
    return _gunzipped(whole) if first.startswith(_GZIP) else whole


def _chained(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from (piece for piece in others if piece)


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What was packed, of one stream or of several one behind the other; a tar's end may come before theirs."""
    unpacker, left = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
    try:
        while left or (left := next(pieces, b"")):
            if unpacker.eof:
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            if piece := unpacker.decompress(left, _PIECE_BYTES):
                yield piece
            left = unpacker.unconsumed_tail or unpacker.unused_data
        while piece := unpacker.decompress(b"", _PIECE_BYTES):
            yield piece
    except zlib.error:
        raise Unprocessable("the archive is not what gzip wrote: it was changed on the way") from None
