"""The connection: uvicorn's HTTP/1.1 protocol with the deadlines and bounds that it leaves out.

Bodies are guarded in `planes/guards.py`. What happens before a request exists (a head that never
ends, bytes that are not HTTP) and after its answer was written (a client that does not read) is
only seen here.
"""

import asyncio
import contextlib
import fcntl
import importlib
import json
import re
import socket
import struct
import sys
import termios
import time
import uuid
from typing import Any

from httptools import HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

__all__ = ["GuardedProtocol", "protocol_with"]

_LOOK_S = 1.0
_CLOSE_AFTER_S = 1.0
_WITHOUT_PATH = re.compile(rb"^https?://[^/?#]+(?=[?#]|$)", re.IGNORECASE)
_SOCKETS = b"/console/"
_SOCKET_PROTOCOL = "uvicorn.protocols.websockets.websockets_sansio_impl"
_TOO_LONG = "the request's line and headers are too long"


class GuardedProtocol(HttpToolsProtocol):
    """One connection. The class attributes are its limits; zero is no limit."""

    head_seconds = 15.0
    """How long a client may take to send a request's line and headers."""
    head_bytes = 64 * 1024
    """The most that they may have together."""
    stalled_seconds = 60.0
    """How long a client may leave an answer unread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._received_bytes = 0
        self._head_since = self._read_at = time.monotonic()
        self._unread_bytes = 0
        self._is_refused = False
        self._complaint = ""
        self._watch: asyncio.TimerHandle | None = None

    # The connection's life

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._watch is not None:
            self._watch.cancel()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._in_head:
            if not self._received_bytes:
                self._head_since = time.monotonic()
            self._received_bytes += len(data)
        super().data_received(data)
        # Reset by a head that is complete: what is left is one that is not.
        if self._in_head and self.head_bytes and self._received_bytes > self.head_bytes:
            self._refuse(_TOO_LONG)

    # The parser's calls

    def on_headers_complete(self) -> None:
        self._in_head, self._received_bytes = False, 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self.head_bytes and size > self.head_bytes:
            self._complaint = _TOO_LONG
            raise ValueError(_TOO_LONG)  # ends the parser's run, which calls send_400_response
        # `POST http://host HTTP/1.1`, as some clients write it to a proxy, means the path / (RFC 9112, 3.2.2).
        self.url = _WITHOUT_PATH.sub(rb"\g<0>/", self.url)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn, while it handles the parser's error, for whatever is not HTTP."""
        if isinstance(sys.exception(), HttpParserInvalidMethodError):
            msg = "the request does not begin with a method of HTTP, such as GET or POST"
        self._refuse(self._complaint or msg.rstrip("."))

    # Sockets

    def _should_upgrade_to_ws(self) -> bool:
        """Only the console has sockets, and only then is what speaks their protocol loaded."""
        if self.url.startswith(_SOCKETS):
            self.ws_protocol_class = importlib.import_module(_SOCKET_PROTOCOL).WebSocketsSansIOProtocol
            return True
        return False

    def handle_websocket_upgrade(self) -> None:
        """From here on the transport is the socket's: no head is waited for any more, however long it stays open."""
        super().handle_websocket_upgrade()
        self._in_head = False

    # Refusing

    def _refuse(self, message: str, status: int = 400, code: str = "BadRequest") -> None:
        """Answer outside of any request, then close once the client had time to read it."""
        self._is_refused = True
        if self.transport.is_closing():
            return
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()  # half an answer is out: another one would be read as part of it
            return
        if self.cycle is not None:  # its handler waits for a body that will not come
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        body = json.dumps({"code": code, "message": message}, indent=2).encode()
        head = (
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {uuid.uuid4().hex}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        # Closed at once, with bytes unread, the kernel would reset the connection and lose the answer.
        self.loop.call_later(_CLOSE_AFTER_S, self.transport.close)

    # Watching

    def _look(self) -> None:
        """Once a second: has the client been too slow?"""
        if self.transport.is_closing() and not self._unsent_bytes():
            return
        now = time.monotonic()
        if self._head_is_late(now):
            self._end_late_head()
        elif self._answer_is_stalled(now):
            self._cut_off()
            return
        limits = [limit / 4 for limit in (self.head_seconds, self.stalled_seconds) if limit]
        self._watch = self.loop.call_later(min([_LOOK_S, *limits]), self._look)

    def _head_is_late(self, now: float) -> bool:
        """Between requests uvicorn's keep-alive limit holds, so only a head begun or a first one counts."""
        begun = self._received_bytes > 0 or self.cycle is None
        busy = self.cycle is not None and not self.cycle.response_complete
        waited = now - self._head_since > self.head_seconds
        return bool(self.head_seconds) and self._in_head and begun and not busy and waited and not self._is_refused

    def _end_late_head(self) -> None:
        if self._received_bytes:
            self._refuse("the request's headers did not arrive in time", 408, "RequestTimeout")
        else:
            self.transport.close()

    def _answer_is_stalled(self, now: float) -> bool:
        """Whether bytes wait to be sent and have not become fewer for too long."""
        unsent = self._unsent_bytes()
        if unsent < self._unread_bytes or 0 in (unsent, self._unread_bytes):
            self._read_at = now
        self._unread_bytes = unsent
        return bool(self.stalled_seconds) and now - self._read_at > self.stalled_seconds

    def _cut_off(self) -> None:
        self.logger.info("closed a connection whose client did not read its answer")
        held = self.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            # Without this the kernel would go on offering what it has.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _unsent_bytes(self) -> int:
        """What the transport and the kernel still hold for the client.

        A TLS transport counts only what is not encrypted yet; encrypted bytes wait in the socket's own transport below.
        """
        below = getattr(getattr(self.transport, "_ssl_protocol", None), "_transport", None)
        unsent = _kernel_bytes(self.transport)
        for transport in (self.transport, below):
            with contextlib.suppress(AttributeError):  # of a transport that is closed already
                unsent += transport.get_write_buffer_size()  # type: ignore[union-attr]
        return unsent


def _kernel_bytes(transport: asyncio.Transport) -> int:
    """The bytes that the kernel has not yet had acknowledged; 0 where it does not tell.

    Its buffer grows to megabytes and takes more only when a third of it is free, so a client that
    reads slowly looks for a long time like one that does not read, if one looks at ours alone.
    """
    held = transport.get_extra_info("socket")
    if held is None or held.fileno() < 0:
        return 0
    try:
        answer = fcntl.ioctl(held.fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(answer, sys.byteorder)


def protocol_with(*, head_seconds: float, head_bytes: int, stalled_seconds: float) -> type[GuardedProtocol]:
    """The protocol with these limits: uvicorn makes one object of it per connection."""
    limits = {"head_seconds": head_seconds, "head_bytes": head_bytes, "stalled_seconds": stalled_seconds}
    return type("LimitedProtocol", (GuardedProtocol,), limits)
