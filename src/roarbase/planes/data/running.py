"""What the carriers of statements have in common: threads to run in, fair shares, answers in pieces.

A carrier says what to run and how to render it. Both happen in a thread of their own; a statement whose client
has gone is ended there.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from roarbase.errors import InvalidBody, PayloadTooLarge
from roarbase.model.users import Principal
from roarbase.planes.http import raw_body
from roarbase.services.shares import Shares

__all__ = ["STATEMENT_ERRORS", "Answering", "StatementRunner", "text_body"]

STATEMENT_ERRORS = ("BadRequest", "ResourceNotFound", "IncorrectState", "RequestTimeout", "PayloadTooLarge")
"""What every carrier can answer with."""

Answering = Callable[[threading.Event], Iterator[bytes]]
"""Runs a statement and renders its answer; given what is set once the client has gone."""

_AT_ONCE = 16
"""Statements run in threads of their own, so that slow ones never keep ingest or sign-in waiting."""

_AT_ONCE_PER_ORGANIZATION = 8
_SENT_AT_ONCE_BYTES = 2**20
_WHOLE_BYTES = 4 * 2**20
"""Larger answers are sent before they are whole."""
_LOOKS_EVERY_S = 0.25
"""A client that has gone is noticed so soon."""


async def text_body(request: Request) -> str:
    """The whole body as UTF-8 text.

    Raises:
        InvalidBody: It is not UTF-8.
    """
    try:
        return (await raw_body(request)).decode()
    except UnicodeDecodeError as error:
        raise InvalidBody(f"the body is not UTF-8 text: byte {error.start} cannot be read") from None


class StatementRunner:
    """Runs statements for all carriers: so many at once, and so many of one organization.

    Args:
        answer_bytes: The largest answer; 0 is no limit.
    """

    def __init__(self, *, answer_bytes: int) -> None:
        self._answer_bytes = answer_bytes
        self._limiter = CapacityLimiter(_AT_ONCE)
        self._shares = Shares(_AT_ONCE_PER_ORGANIZATION)

    async def answer(
        self, request: Request, caller: Principal, answering: Answering, media_type: str = "application/json"
    ) -> Response:
        """Run a statement, and give its answer.

        An answer of some megabytes is sent while the rest of it is made, unless its size is bounded: only once it is
        whole, it is known not to be too large.

        Raises:
            PayloadTooLarge: The answer is larger than is allowed.
            Whatever the statement raised.
        """
        has_gone = threading.Event()
        async with self._shares.share(caller.organization_id):
            watch = _Watch(request, has_gone)
            try:
                pieces, rest = await to_thread.run_sync(self._collect, answering, has_gone, limiter=self._limiter)
            except asyncio.CancelledError:  # whoever asked within this process does not want it any more
                has_gone.set()
                raise
            finally:
                watch.end()
        if rest is not None:
            return StreamingResponse(self._all(pieces, rest), media_type=media_type)
        size = sum(map(len, pieces))
        if size <= _SENT_AT_ONCE_BYTES:
            return Response(b"".join(pieces), media_type=media_type)
        return StreamingResponse(_each(pieces), headers={"Content-Length": str(size)}, media_type=media_type)

    def _collect(self, answering: Answering, has_gone: threading.Event) -> tuple[list[bytes], Iterator[bytes] | None]:
        """The pieces of the answer; of a large one the first, and what gives the others."""
        pieces, size = list[bytes](), 0
        rest = answering(has_gone)
        for piece in rest:
            pieces.append(piece)
            size += len(piece)
            if self._answer_bytes and size > self._answer_bytes:
                raise PayloadTooLarge(
                    f"the answer is larger than {self._answer_bytes} bytes, the most that is allowed "
                    "(setting answer_bytes)",
                    setting="answer_bytes",
                )
            if not self._answer_bytes and size > _WHOLE_BYTES:
                return pieces, rest
        return pieces, None

    async def _all(self, pieces: list[bytes], rest: Iterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in _each(pieces):
            yield piece
        while piece := await to_thread.run_sync(_some, rest, limiter=self._limiter):
            yield piece


def _some(rest: Iterator[bytes]) -> bytes:
    """About a megabyte more of an answer; nothing at its end."""
    found, size = list[bytes](), 0
    for piece in rest:
        found.append(piece)
        size += len(piece)
        if size >= _SENT_AT_ONCE_BYTES:
            break
    return b"".join(found)


class _Watch:
    """Looks now and then whether a client is still there. Most statements end before the first look."""

    def __init__(self, request: Request, has_gone: threading.Event) -> None:
        self._request = request
        self._has_gone = has_gone
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(_LOOKS_EVERY_S, self._begin)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while not await self._request.is_disconnected():
            await asyncio.sleep(_LOOKS_EVERY_S)
        self._has_gone.set()


async def _each(pieces: list[bytes]) -> AsyncIterator[bytes]:
    """The pieces in about megabytes: each is copied once on its way out, and forgotten when it is sent."""
    pieces.reverse()
    while pieces:
        joined = [pieces.pop()]
        size = len(joined[0])
        while pieces and size < _SENT_AT_ONCE_BYTES:
            joined.append(pieces.pop())
            size += len(joined[-1])
        yield b"".join(joined)
