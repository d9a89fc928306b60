"""Backups that a web server offers: what is fetched, and whom the service contacts for it."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from roarbase.backup.folder import FolderTarget
from roarbase.backup.index import get_index
from roarbase.backup.opening import open_target
from roarbase.backup.places import place_of
from roarbase.errors import Forbidden, InvalidParameter, ResourceNotFound, RoarbaseError
from roarbase.model.settings import Settings
from roarbase.services.places import AllowedPlaces
from tests.backup.test_backups import backed_up, fetched, filled
from tests.examples.test_read_folder import answers

_REDIRECTS = {
    "/there/": "/",
    "/loop/": "/loop/",
    "/elsewhere/": "http://localhost:1/",
    "/file/": "file:///etc/",
    "/bare/": "",
}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A web server on a folder, which redirects some paths."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            for path, target in _REDIRECTS.items():
                if self.path.startswith(path):
                    self.send_response(302)
                    self.send_header("Location", target + self.path.removeprefix(path) if target else "")
                    self.end_headers()
                    return
            super().do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def allowed(tmp_path: Path, *entries: str) -> AllowedPlaces:
    return AllowedPlaces(Settings({"outbound_hosts": ",".join(entries)}), tmp_path)


def test_a_backup_is_fetched_from_a_web_server(tmp_path: Path) -> None:
    """By the service from a listed address, over a redirect, and by whoever makes a directory of it."""
    engine = filled(tmp_path / "engine", shards=1)
    backed_up(engine, FolderTarget(tmp_path / "web" / "my backup"))
    with serving(tmp_path / "web") as address:
        for number, target in enumerate(
            (
                allowed(tmp_path, "127.0.0.0/8").open(f"http://{address}/my%20backup/"),
                allowed(tmp_path, "127.0.0.1").open(f"http://{address}/there/my backup"),
                open_target(place_of(f"http://{address}/my%20backup")),
            )
        ):
            copy = fetched(target, tmp_path / f"copy {number}")
            assert answers(copy) == answers(engine)
            copy.close()
            with pytest.raises(InvalidParameter, match="cannot be written to"):
                backed_up(engine, target)
            with pytest.raises(ResourceNotFound):
                b"".join(target.pieces("nothing"))
    engine.close()


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("", InvalidParameter, "has no backup: there is no roarbase-backup.json"),
        ("loop", InvalidParameter, "redirects more than 5 times"),
        ("elsewhere", Forbidden, "the service may not contact localhost"),
        ("file", Forbidden, "redirects to what is no http"),
        ("bare", InvalidParameter, "answers 302"),
    ],
)
def test_what_a_web_server_does_not_offer(tmp_path: Path, path: str, kind: type[RoarbaseError], told: str) -> None:
    """Redirects are checked as the URL itself is."""
    with serving(tmp_path) as address, pytest.raises(kind, match=told):
        get_index(allowed(tmp_path, "127.0.0.1").open(f"http://{address}/{path}"))


def test_servers_that_cannot_be_reached(tmp_path: Path) -> None:
    """Names that nobody has, ports where nobody listens, and such as do not speak TLS."""
    for url in ("http://127.0.0.1:9/x", "http://nobody.invalid/x"):
        with pytest.raises(InvalidParameter, match="cannot be reached"):
            get_index(allowed(tmp_path, "127.0.0.1", "nobody.invalid").open(url))
    with serving(tmp_path) as address, pytest.raises(InvalidParameter, match="offers no TLS that can be trusted"):
        get_index(allowed(tmp_path, "127.0.0.1").open(f"https://{address}/x"))


@pytest.mark.parametrize(
    ("entries", "host", "address", "may"),
    [
        ("backups.example.com", "backups.example.com", "93.184.216.34", True),
        ("backups.example.com", "Backups.Example.com.", "93.184.216.34", True),
        ("backups.example.com", "other.example.com", "93.184.216.34", False),
        ("*.example.com", "other.example.com", "93.184.216.34", True),
        ("*.example.com", "example.com.evil.org", "93.184.216.34", False),
        ("*", "anywhere.org", "93.184.216.34", True),
        *(
            ("*", "anywhere.org", address, False)
            for address in (
                *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
                *("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::"),
            )
        ),
        ("a.org,10.0.0.0/8", "a.org", "10.1.2.3", True),
        ("a.org,10.0.0.0/8", "a.org", "11.1.2.3", True),
        ("a.org,10.0.0.0/8", "b.org", "10.1.2.3", False),
        ("10.0.0.0/8", "10.1.2.3", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", "11.1.2.3", False),
        ("fd00::/8", "fd00::1", "fd00::1", True),
        ("*", "93.184.216.34", "93.184.216.34", True),
        ("*", "10.1.2.3", "10.1.2.3", False),
        ("", "a.org", "93.184.216.34", False),
    ],
)
def test_whom_the_service_contacts(tmp_path: Path, entries: str, host: str, address: str, may: bool) -> None:
    """Listed names at public addresses, and listed addresses: no name leads into a network that is not listed."""
    places = allowed(tmp_path, entries)
    assert places.may_contact(host, address) is may
    if not may and "evil" not in host and host != "anywhere.org" and ":" not in host:
        with pytest.raises(Forbidden, match="in the setting outbound_hosts"):
            places.get(f"https://{host}/x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://", "begins with the name of a host"),
        ("http://me:secret@host/a", "a host and a path and nothing else"),
        ("https://host/a?secret=1", "a host and a path and nothing else"),
        ("https://host:port/a", "begins with the name of a host"),
        ("https://host:99999/a", "begins with the name of a host"),
    ],
)
def test_what_is_no_url(text: str, told: str) -> None:
    """Secrets have no place in one, and are not repeated."""
    with pytest.raises(InvalidParameter) as raised:
        place_of(text)
    assert told in raised.value.message
    assert "secret" not in raised.value.message
