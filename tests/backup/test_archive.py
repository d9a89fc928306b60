"""Archives of backups: what is taken from one, and what comes of archives that somebody means to do harm with."""

import gzip
import io
import struct
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.backup.archive import unpacked
from roarbase.backup.folder import FolderTarget
from roarbase.backup.index import INDEX_KEY, get_index
from roarbase.backup.opening import open_source, open_target
from roarbase.backup.places import place_of
from roarbase.backup.tar import members_of
from roarbase.errors import InvalidParameter, ResourceLimitExceeded, RoarbaseError, Unprocessable
from tests.backup.test_backups import backed_up, fetched, filled
from tests.backup.test_web import allowed, serving
from tests.examples.test_read_folder import answers

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
MOST = 1 << 24
KEY = f"files/shard-{7:020}-{'ab' * 16}.snap"


def tar_of(files: Iterable[tuple[str, bytes]], kind: int = tarfile.PAX_FORMAT) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=kind) as archive:
        for name, each in files:
            about = tarfile.TarInfo(name)
            about.size = len(each)
            archive.addfile(about, io.BytesIO(each))
    return content.getvalue()


def packed(content: bytes, how: str) -> bytes:
    match how:
        case "gzip":
            return gzip.compress(content)
        case "gzip in parts":
            return gzip.compress(content[:700]) + gzip.compress(b"") + gzip.compress(content[700:])
        case _:
            return content


def in_pieces(content: bytes, seed: int) -> Iterator[bytes]:
    random, at = Random(seed), 0
    while at < len(content):
        size = random.choice((1, 3, 511, 512, 4000, 100_000))
        yield content[at : at + size]
        at += size


def found_in(content: bytes, most_bytes: int = MOST, seed: int = 0) -> list[tuple[str, bytes]]:
    return [
        (m.name, b"".join(m.pieces) if m.name != "skipped" else b"")
        for m in members_of(in_pieces(content, seed), most_bytes)
    ]


@settings(max_examples=60, deadline=None)
@given(
    files=st.lists(
        st.tuples(
            st.sampled_from(["a", "skipped", "d/" * 40 + "b", "é" * 60, "x" * 99, "y" * 100, "z/" * 90 + "q" * 90]),
            st.binary(max_size=3) | st.integers(0, 2000).map(bytes),
        ),
        max_size=5,
    ),
    kind=st.sampled_from(["gnu", "pax"]),
    how=st.sampled_from(["", "gzip", "gzip in parts"]),
    seed=st.integers(0, 9),
)
def test_archives_are_read_as_they_were_written(files: list[tuple[str, bytes]], kind: str, how: str, seed: int) -> None:
    """Names and contents, of whatever length, however the bytes come."""
    content = packed(tar_of(files, FORMATS[kind]), how)
    assert found_in(content, seed=seed) == [(name, each if name != "skipped" else b"") for name, each in files]


def test_a_size_may_stand_in_bytes_or_in_a_header_before() -> None:
    """As files of 8 GiB and more have it."""
    whole = bytearray(tar_of([("a", b"content")], tarfile.USTAR_FORMAT))
    whole[124:136] = b"\x80" + struct.pack(">Q", 7).rjust(11, b"\0")
    checksum = sum(whole[:148]) + 8 * 32 + sum(whole[156:512])
    whole[148:156] = f"{checksum:06o}\0 ".encode()
    assert found_in(bytes(whole)) == [("a", b"content")]
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        about = tarfile.TarInfo("a")
        about.size, about.pax_headers = 7, {"size": "7"}
        archive.addfile(about, io.BytesIO(b"content"))
    assert found_in(content.getvalue()) == [("a", b"content")]


@pytest.mark.parametrize("how", ["", "gzip"])
def test_what_is_cut_or_changed_is_told(how: str) -> None:
    """Wherever it breaks off; and a changed byte is told, or is none of what is read."""
    files = [("a", b"content" * 100), (KEY, bytes(600))]
    whole = packed(tar_of(files), how)
    random = Random(1)
    for stop in {0, 1, 5, 300, 511, 513, *(random.randrange(len(whole)) for _ in range(30))}:
        if stop < len(whole) - (9000 if not how else 200):
            with pytest.raises(Unprocessable):
                found_in(whole[:stop])
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        changed = whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :]
        try:
            found_in(changed)
        except (Unprocessable, ResourceLimitExceeded):
            continue


def test_archives_are_bounded() -> None:
    """A few kilobytes that become gigabytes, and headers that want to be held in memory."""
    bomb = gzip.compress(tar_of([("zeros", bytes(1 << 22))]))
    assert len(bomb) < 1 << 14
    with pytest.raises(ResourceLimitExceeded, match="more than 1048576 bytes, unpacked"):
        found_in(bomb, 1 << 20)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        about = tarfile.TarInfo("a")
        about.pax_headers = {"comment": "x" * (1 << 17)}
        archive.addfile(about)
    with pytest.raises(Unprocessable, match="a header of 13"):
        found_in(content.getvalue())


# ---- whole backups ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begin", "kind", "how"),
    [
        ("backup.tar.gz", ".", "gnu", "gzip"),
        ("b.tgz", "deep/" * 30 + "shop", "pax", "gzip"),
        ("b.tar", "", "ustar", ""),
    ],
)
def test_a_backup_is_fetched_from_an_archive(tmp_path: Path, name: str, begin: str, kind: str, how: str) -> None:
    """Packed by hand, wherever its folder stood; nothing is left of it afterwards."""
    engine = filled(tmp_path / "engine", shards=1)
    backed_up(engine, FolderTarget(tmp_path / "backup"))
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=FORMATS[kind]) as archive:
        archive.add(tmp_path / "backup", begin or ".")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / name).write_bytes(packed(content.getvalue(), how))
    with serving(tmp_path / "web") as address:
        source = allowed(tmp_path, "127.0.0.1").open_source(f"http://{address}/there/{name}")
        with unpacked(source, tmp_path / "room", MOST) as target:
            assert target.text == f"http://{address}/there/{name}"
            copy = fetched(target, tmp_path / "copy")
        assert answers(copy) == answers(engine)
        with pytest.raises(InvalidParameter, match="is an archive"):
            open_target(place_of(f"http://{address}/{name}"))
    assert not (tmp_path / "room").exists()
    copy.close()
    engine.close()


@pytest.mark.parametrize(
    ("files", "kind", "told"),
    [
        ([], InvalidParameter, "there is no roarbase-backup.json in it"),
        ([("notes.txt", b"x"), (f"{KEY}.exe", b"")], InvalidParameter, "there is no roarbase-backup.json in it"),
        ([(INDEX_KEY, b"{}"), (INDEX_KEY, b"{}")], Unprocessable, "a file of one twice: roarbase-backup.json"),
        ([(INDEX_KEY, b"{}"), (f"other/{KEY}", b"")], Unprocessable, "more than one backup"),
        ([(INDEX_KEY, b"{}")], InvalidParameter, "is of no use"),
    ],
)
def test_what_is_no_backup_is_told(
    tmp_path: Path, files: list[tuple[str, bytes]], kind: type[RoarbaseError], told: str
) -> None:
    """Whether nothing is in it, or too much."""
    assert _outcome(tmp_path, tar_of(files), kind, told) == {"b.tar"}


def test_nothing_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Names with .. and from the root, links, and devices: files have the names that a backup gives, or none."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, kind, link in (
            ("files", tarfile.SYMTYPE, str(tmp_path)),
            (KEY, tarfile.SYMTYPE, "/etc/passwd"),
            (KEY, tarfile.LNKTYPE, "/etc/passwd"),
            (KEY, tarfile.CHRTYPE, ""),
            ("../../../evil", tarfile.REGTYPE, ""),
            ("/files/../evil", tarfile.REGTYPE, ""),
            (f"../../{INDEX_KEY}", tarfile.REGTYPE, ""),
            (f"../../{KEY}", tarfile.REGTYPE, ""),
        ):
            about = tarfile.TarInfo(name)
            about.type, about.linkname = kind, link
            archive.addfile(about)
    assert _outcome(tmp_path, content.getvalue(), InvalidParameter, "is of no use") == {"b.tar"}


def _outcome(tmp_path: Path, content: bytes, kind: type[RoarbaseError], told: str) -> set[str]:
    """What is there afterwards beside the archive."""
    (tmp_path / "b.tar").write_bytes(content)
    with serving(tmp_path) as address, pytest.raises(kind, match=told):
        _look_into(f"http://{address}/b.tar", tmp_path / "room")
    return {path.name for path in tmp_path.iterdir()}


def _look_into(url: str, room: Path) -> None:
    with unpacked(open_source(place_of(url)), room, MOST) as target:
        assert not any(path.is_symlink() or not (path.is_file() or path.name == "files") for path in room.rglob("*"))
        get_index(target)


def test_a_room_that_is_in_use_is_refused(tmp_path: Path) -> None:
    """And what is in it stays."""
    (tmp_path / "room").mkdir()
    source: Any = open_source(place_of("http://127.0.0.1:9/b.tar"))
    with pytest.raises(FileExistsError), unpacked(source, tmp_path / "room", MOST):
        pass
    assert (tmp_path / "room").exists()
