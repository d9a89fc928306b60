"""Backups that a web server offers, as a folder of files or in one: they can be fetched, and nothing can be put there.

Whoever names a URL makes this machine open a connection. So the address that a name stands for is asked once, checked,
and connected to as it is: a name that stands for another address a moment later leads nowhere else. Redirects are
followed a few times, each checked likewise.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, urljoin, urlsplit

from roarbase.backup.places import Kind, Place
from roarbase.errors import (
    Forbidden,
    InvalidParameter,
    PayloadTooLarge,
    RequestTimeout,
    ResourceNotFound,
    Unavailable,
)

__all__ = ["MayContact", "WebFile", "WebTarget", "fetch"]

MayContact = Callable[[str, str], bool]
"""Whether a host, and the address that it stands for, may be contacted."""

_PIECE_BYTES = 1 << 20
_TIMEOUT_S = 20.0
_REDIRECTS = 5
_REDIRECT = frozenset((301, 302, 303, 307, 308))
_NOT_THERE = frozenset((404, 410))
_PORTS = {"http": 80, "https": 443}


class WebTarget:
    """The files below a URL."""

    def __init__(self, place: Place, may_contact: MayContact) -> None:
        self._place = place
        self._server = _Server(place, may_contact)

    @property
    def text(self) -> str:
        return self._place.text

    def pieces(self, key: str) -> Iterator[bytes]:
        return self._server.pieces(f"{self._place.path}/{key}", key)

    def write(self, key: str, pieces: Iterable[bytes]) -> None:  # noqa: ARG002
        raise InvalidParameter(f"{self.text} cannot be written to: a backup is made to a folder or a bucket")

    def sizes(self) -> dict[str, int]:
        return {}  # a web server lists nothing

    def remove(self, key: str) -> None:  # noqa: ARG002
        raise InvalidParameter(f"{self.text} cannot be written to")


class WebFile:
    """The one file at a URL."""

    def __init__(self, place: Place, may_contact: MayContact) -> None:
        self._place = place
        self._server = _Server(place, may_contact)

    @property
    def text(self) -> str:
        return self._place.text

    def check(self) -> None:
        """Ask for the file, and read nothing of it.

        Raises:
            InvalidParameter: It is not there, or its server cannot be reached.
            Forbidden: The service may not contact the server.
        """
        try:
            self._server.check(self._place.path)
        except ResourceNotFound as error:
            raise InvalidParameter(f"{self.text} is not there", place=self.text) from error

    def pieces(self) -> Iterator[bytes]:
        """Its content. Raises as `check`, and Unavailable where the server breaks off."""
        return self._server.pieces(self._place.path, "such file")


class _Server:
    """A web server, asked for files that are named in messages by what they are to us."""

    def __init__(self, place: Place, may_contact: MayContact) -> None:
        self.text = place.text
        self._origin = f"{place.kind}://{place.bucket}"
        self._may_contact = may_contact

    def check(self, path: str) -> None:
        connection, _ = self.opened(self._url(path), path)
        connection.close()

    def pieces(self, path: str, what: str) -> Iterator[bytes]:
        connection, response = self.opened(self._url(path), what)
        try:
            while piece := response.read(_PIECE_BYTES):
                yield piece
        except (OSError, http.client.HTTPException):
            raise Unavailable(f"{self.text} broke off in the midst of {what}", place=self.text) from None
        finally:
            connection.close()

    def _url(self, path: str) -> str:
        return f"{self._origin}/{quote(path.lstrip('/'))}"

    def opened(self, url: str, key: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        for _ in range(_REDIRECTS):
            connection, response = self._asked(url)
            if response.status == http.client.OK:
                return connection, response
            location = response.headers.get("Location", "")
            connection.close()
            if response.status in _NOT_THERE:
                raise ResourceNotFound(f"{self.text} has no {key}", place=self.text, key=key)
            if response.status not in _REDIRECT or not location:
                raise InvalidParameter(f"{self.text} answers {response.status} for {key}", place=self.text)
            if url.startswith("https:") and not urljoin(url, location).startswith("https:"):
                raise Forbidden(f"{self.text} redirects to a URL without TLS", place=self.text)
            url = urljoin(url, location)
        raise InvalidParameter(f"{self.text} redirects more than {_REDIRECTS} times", place=self.text)

    def _asked(self, url: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        parts = urlsplit(url)
        host = parts.hostname
        if parts.scheme not in _PORTS or not host:
            raise Forbidden(f"{self.text} redirects to what is no http(s) URL", place=self.text)
        try:
            connection = _Connection(parts.scheme, host, parts.port or _PORTS[parts.scheme], self._address_of(host))
            connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
            return connection, connection.getresponse()
        except ssl.SSLError as error:
            why = getattr(error, "verify_message", "") or error.reason
            raise InvalidParameter(f"{self.text} offers no TLS that can be trusted: {why}", place=self.text) from None
        except (OSError, http.client.HTTPException, ValueError):
            raise InvalidParameter(f"{self.text} cannot be reached", place=self.text) from None

    def _address_of(self, host: str) -> str:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        address = str(found[0][4][0])
        if not self._may_contact(host, address):
            raise Forbidden(
                f"the service may not contact {host}: the operator lists hosts in the setting outbound_hosts, and "
                "addresses too where they are not public",
                place=self.text,
            )
        return address


def fetch(url: str, may_contact: MayContact, *, most_bytes: int, seconds: float) -> bytes:
    """All that a URL has.

    Args:
        most_bytes: 0 is no limit.
        seconds: How long it may take; 0 is no limit.

    Raises:
        InvalidParameter: It is no such URL, or is answered with an error.
        Forbidden: Its host, or one that it redirects to, may not be contacted.
        ResourceNotFound: There is nothing there.
        Unavailable: The answer broke off.
        PayloadTooLarge: It is more than `most_bytes`.
        RequestTimeout: It takes too long.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise InvalidParameter("a URL begins with http:// or https:// and the name of a host, without a user")
    kind: Kind = "https" if parts.scheme == "https" else "http"
    place = Place(kind=kind, bucket=parts.netloc, path=parts.path.strip("/"))
    connection, response = _Server(place, may_contact).opened(url, "such data")
    end, found = time.monotonic() + seconds, bytearray()
    try:
        while piece := response.read(_PIECE_BYTES):
            found += piece
            if most_bytes and len(found) > most_bytes:
                raise PayloadTooLarge(f"{place.text} has more than {most_bytes} bytes (setting request_bytes)")
            if seconds and time.monotonic() > end:
                raise RequestTimeout(f"{place.text} takes longer than {seconds:g} s")
    except (OSError, http.client.HTTPException):
        raise Unavailable(f"{place.text} broke off", place=place.text) from None
    finally:
        connection.close()
    return bytes(found)


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was checked, under the name that it was asked for."""

    def __init__(self, scheme: str, host: str, port: int, address: str) -> None:
        super().__init__(f"[{host}]" if _is_v6(host) else host, port, timeout=_TIMEOUT_S)
        self._scheme = scheme
        self._name = host
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), _TIMEOUT_S)
        if self._scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._name)


def _is_v6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
