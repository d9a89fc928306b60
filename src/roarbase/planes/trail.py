"""What follows a request through the service: its id, its line in the access log, its place in the counts.

The log line has the method, the path without its query, the status, milliseconds, bytes, the request id
and, once a token proved it, the user's id. Headers, bodies and queries may hold secrets and are never logged.
"""

import re
import time
import uuid
from dataclasses import dataclass, field

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

__all__ = ["RequestTrail", "Traffic"]

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_PROBES = ("/healthz", "/readyz")  # asked every few seconds for ever: logged at debug
_PATH_LENGTH = 500
_CLIENT_LEFT = 499  # what the log says of a request whose client did not wait for the answer

_log = structlog.get_logger("roarbase.access")


@dataclass(kw_only=True, slots=True)
class Traffic:
    """What is going on now: requests running, and the body bytes they hold."""

    running: int = 0
    buffered_bytes: int = 0


@dataclass(kw_only=True, slots=True)
class _Sent:
    """What has been answered so far."""

    status: int = _CLIENT_LEFT
    size: int = 0
    since: float = field(default_factory=time.perf_counter)


class RequestTrail:
    """The outermost guard: gives each request its id and tells the log how it ended."""

    def __init__(self, app: ASGIApp, *, traffic: Traffic) -> None:
        self.app = app
        self.traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        sent = _Sent()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent.status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *_common_headers(request_id)]}
            sent.size += len(message.get("body", b""))
            await send(message)

        self.traffic.running += 1
        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, noting)
            finally:
                self.traffic.running -= 1
                _log_line(scope, sent)


def _request_id(scope: Scope) -> str:
    """The caller's own id where it is well-formed, else a new one."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def _common_headers(request_id: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]


def _log_line(scope: Scope, sent: _Sent) -> None:
    # The raw path is still percent-encoded: nobody can write a line break into the log.
    path = scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")[:_PATH_LENGTH]
    values = {
        "method": scope["method"],
        "path": path,
        "status": sent.status,
        "ms": round((time.perf_counter() - sent.since) * 1000, 1),
        "bytes": sent.size,
    }
    if user_id := scope["state"].get("user_id"):
        values["user_id"] = user_id
    log = _log.debug if path in _PROBES else _log.info
    log("request", **values)
