"""What stands between the socket and the handlers: plain ASGI middlewares, outermost first.

    RequestTrail   an id for each request, its line in the log
    Cors           pages of other origins
    SequenceTrail  the sequence number of what a request wrote or saw
    BodyGuard      the size, the time and the sum of request bodies
    PlainPaths     trailing slashes, HEAD

They pass messages on as they come: nothing here holds a whole body or a whole answer.
"""

import asyncio
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roarbase.errors import PayloadTooLarge, RateLimit, RequestTimeout, RoarbaseError
from roarbase.model.settings import Settings
from roarbase.planes.cors import Cors
from roarbase.planes.http import error_answer
from roarbase.planes.sequences import SequenceTrail
from roarbase.planes.trail import RequestTrail, Traffic

__all__ = ["BodyGuard", "BodyLimits", "PlainPaths", "install_guards"]

_SMALL_BODY_BYTES = 64 * 1024
_ABSORB_S = 1.0
_LINGER_S = 10.0


def install_guards(app: FastAPI, settings: Settings) -> Traffic:
    """Put the guards around an app whose errors are installed already.

    Returns:
        The counts that the guards keep.
    """
    traffic = Traffic()
    app.add_middleware(PlainPaths)
    app.add_middleware(BodyGuard, limits=BodyLimits.of(settings), traffic=traffic)
    app.add_middleware(SequenceTrail)
    app.add_middleware(Cors, origins=settings.texts("cors_origins"))
    app.add_middleware(RequestTrail, traffic=traffic)  # the last one added is the outermost
    return traffic


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyLimits:
    """What request bodies may cost. Zero is no limit.

    Args:
        request_bytes: The largest body.
        body_seconds: How long one body may take to arrive.
        buffered_bytes: Body bytes held at once, over all requests.
    """

    request_bytes: int = 0
    body_seconds: float = 0
    buffered_bytes: int = 0

    @classmethod
    def of(cls, settings: Settings) -> "BodyLimits":
        return cls(
            request_bytes=settings.integer("request_bytes"),
            body_seconds=settings.seconds("body_seconds"),
            buffered_bytes=settings.integer("buffered_bytes"),
        )

    @property
    def largest(self) -> int:
        """The most bytes a body can have. One that no room will ever suffice for is too large, not too early."""
        bounds = [bound for bound in (self.request_bytes, self.buffered_bytes) if bound]
        return min(bounds, default=0)


class BodyGuard:
    """Keeps the limits on request bodies, and the connection in order where a body was not read to its end."""

    def __init__(self, app: ASGIApp, *, limits: BodyLimits, traffic: Traffic) -> None:
        self.app = app
        self.limits = limits
        self.traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(scope, receive, send, self.limits, self.traffic)
        try:
            refusal = body.refusal_by_length()
            answering = self.app if refusal is None else error_answer(refusal)
            await answering(scope, body.receive, body.send)
        finally:
            self.traffic.buffered_bytes -= body.held


class _Body:
    """One request's body on its way in: counted, timed, and drained where nobody reads it.

    An answer that overtakes its request must still arrive. Closing a socket with unread bytes makes
    the kernel reset the connection, and the client loses the answer; so the answer is sent whole,
    with `Connection: close`, and the rest of the body is read and thrown away for a while.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: BodyLimits, traffic: Traffic) -> None:
        headers = dict(scope["headers"])
        self._receive, self._send = receive, send
        self._limits, self._traffic = limits, traffic
        self._deadline = asyncio.get_running_loop().time() + limits.body_seconds if limits.body_seconds else None
        self._length = _content_length(headers)
        self._waits_for_continue = headers.get(b"expect", b"").lower() == b"100-continue"
        self._ended = not self._length and b"transfer-encoding" not in headers
        self.held = 0

    def refusal_by_length(self) -> RoarbaseError | None:
        """The error of a body that announces itself as too large."""
        if self._limits.largest and self._length > self._limits.largest:
            return self._too_large()
        return None

    async def receive(self) -> Message:
        """The next message of the body, within its limits."""
        if self._ended:
            return await self._receive()  # waits for the client to leave
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._next()
        except TimeoutError:
            sentence = f"the request did not arrive within {self._limits.body_seconds:g} seconds"
            raise RequestTimeout(sentence, limit_s=self._limits.body_seconds) from None
        self._count(len(message.get("body", b"")))
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on, and see the rest of the body off."""
        if not self._ended and message["type"] == "http.response.start":
            if self._length <= _SMALL_BODY_BYTES and self._length and not self._waits_for_continue:
                await self._drain(_ABSORB_S)  # usually there already: the connection lives on
            if not self._ended:
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        if self._ended or message["type"] != "http.response.body" or message.get("more_body", False):
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        await self._drain(_LINGER_S)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(self) -> Message:
        message = await self._receive()
        self._ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        self._waits_for_continue = False
        return message

    async def _drain(self, most_s: float) -> None:
        """Read and forget until the body or the time is over."""
        try:
            async with asyncio.timeout(most_s):
                while not self._ended:
                    await self._next()
        except TimeoutError:
            pass

    def _count(self, size: int) -> None:
        limits, traffic = self._limits, self._traffic
        self.held += size
        traffic.buffered_bytes += size
        if limits.largest and self.held > limits.largest:
            raise self._too_large()
        if limits.buffered_bytes and traffic.buffered_bytes > limits.buffered_bytes:
            sentence = "the service is taking in as much as it can hold just now: try again in a second"
            raise RateLimit(sentence, retry_after_s=1)

    def _too_large(self) -> PayloadTooLarge:
        limit = self._limits.largest
        return PayloadTooLarge(f"the body is larger than {limit} bytes, the most that is taken", limit_bytes=limit)


def _content_length(headers: dict[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


class PlainPaths:
    """Lets `/v1/sinks/` mean `/v1/sinks` without a redirect, and answers HEAD where GET is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # The server keeps its own view of the request, and leaves out the body that HEAD must not have.
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            scope = {**scope, "path": scope["path"].rstrip("/") or "/", "method": method}
        await self.app(scope, receive, send)
