"""Where backups are kept: folders and object stores do the same, and say clearly what they refuse."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from roarbase.backup.folder import FolderTarget
from roarbase.backup.opening import open_target
from roarbase.backup.places import place_of
from roarbase.backup.target import Target
from roarbase.errors import InvalidParameter, RoarbaseError, Unavailable
from roarbase.testing.contracts.target import TargetContract
from tests.support.object_store import SECRETS, point_to, use_s3

_NUMBERS = count()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, use_s3(patch, "backups") as address:
        yield address


class TestFolder(TargetContract):
    """Folders."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Target:
        return FolderTarget(tmp_path / "some" / "folder")


@pytest.mark.usefixtures("s3")
class TestS3(TargetContract):
    """Object stores."""

    @pytest.fixture
    def target(self) -> Target:
        return open_target(place_of(f"s3://backups/here/{next(_NUMBERS)}"))


@pytest.mark.parametrize("text", ["/srv/b", "b", "file:///srv/b", "s3://b", "gs://b/c", "az://b/c/d e", "./b//c"])
def test_places_are_read(text: str) -> None:
    """What is shown of a place means the same place."""
    assert place_of(place_of(text).text) == place_of(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1 to 2000 characters"),
        ("ftp://host/secret", "not under ftp://"),
        ("s3://", "begins with the name of a bucket"),
        ("s3://bucket:secret/a", "begins with the name of a bucket"),
        ("s3://secret:secret@bucket/a", "the service has the credentials in its own environment"),
        ("s3://bucket/a?secret=1", "and nothing else"),
        ("s3://bucket/a/../secret", "none that is . or .."),
        ("s3://bucket/a/%2e%2e/secret", "none that is . or .."),
        ("s3://[secret", "cannot be read"),
        ("file://elsewhere/secret", "not under file://"),
        ("/a\0secret", "none of them zero"),
    ],
)
def test_what_is_no_place_is_refused(text: str, told: str) -> None:
    """The message says what would be right, and repeats nothing that may be secret."""
    with pytest.raises(InvalidParameter) as raised:
        place_of(text)
    assert told in raised.value.message
    assert "secret" not in raised.value.message


def outcomes(target: Target) -> set[tuple[type[RoarbaseError], str]]:
    """How every method refuses."""
    found = set()
    for use in (
        lambda: b"".join(target.pieces("a")),
        lambda: target.write("a", [b"1"]),
        target.sizes,
    ):
        with pytest.raises(RoarbaseError) as raised:
            use()
        found.add((type(raised.value), raised.value.message))
    return found


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there() -> None:
    """It is named, and no secret is."""
    found = outcomes(open_target(place_of("s3://nowhere/a")))
    assert found == {(InvalidParameter, "s3://nowhere/a cannot be used: there is no such bucket")}


def test_credentials_that_the_store_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's own code is told, and no secret."""
    with answering(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>") as address:
        point_to(monkeypatch, address)
        ((kind, message),) = outcomes(open_target(place_of("s3://b/a")))
    assert kind is InvalidParameter
    assert "refuses the credentials that the service has for it; it says SignatureDoesNotMatch" in message
    assert not any(secret in message for secret in SECRETS)


def test_a_store_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, by the name that the user knows."""
    point_to(monkeypatch, "http://127.0.0.1:9")
    assert outcomes(open_target(place_of("s3://b/a"))) == {(Unavailable, "s3://b/a cannot be reached")}


def test_an_environment_that_does_not_say_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure needs an account's name."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(InvalidParameter, match=r"az://b/a cannot be used: the service's environment does not say"):
        open_target(place_of("az://b/a"))


def test_folders_say_what_is_wrong(tmp_path: Path) -> None:
    """A file in the way, and a folder that cannot be written."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"file.*(Not a directory|File exists)"):
        FolderTarget(tmp_path / "file").write("a/b", [b""])


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """A server that answers everything with one status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
