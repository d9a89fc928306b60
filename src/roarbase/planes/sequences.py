"""Sequence numbers in headers: `Roarbase-Seq` of an answer, `Roarbase-Min-Seq` of a query."""

import re

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roarbase.errors import InvalidParameter
from roarbase.services.sequences import noting

__all__ = ["MIN_SEQUENCE_HEADER", "SEQUENCE_HEADER", "SequenceTrail", "min_sequence"]

SEQUENCE_HEADER = "Roarbase-Seq"
MIN_SEQUENCE_HEADER = "Roarbase-Min-Seq"

_NUMBER = re.compile(r"[0-9]{1,20}")
_MOST = 2**64 - 1


class SequenceTrail:
    """Puts on each answer the sequence number that was noted while it was made; on most none was."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with noting() as noted:

            async def marking(message: Message) -> None:
                if message["type"] == "http.response.start" and noted.sequence is not None:
                    header = (SEQUENCE_HEADER.lower().encode(), b"%d" % noted.sequence)
                    message = {**message, "headers": [*message.get("headers", ()), header]}
                await send(message)

            await self.app(scope, receive, marking)


async def min_sequence(request: Request) -> int:
    """The sequence number that a query must have seen, 0 where it asks for none: a FastAPI dependency.

    Raises:
        InvalidParameter: The header is not a sequence number, or stands there twice with different ones.
    """
    texts = {text.strip() for text in request.headers.getlist(MIN_SEQUENCE_HEADER)}
    text = ", ".join(sorted(texts)) if texts else "0"
    if not _NUMBER.fullmatch(text) or int(text) > _MOST:
        sentence = (
            f"the header {MIN_SEQUENCE_HEADER} is {text!r:.80}; it takes one whole number from 0 to {_MOST}, "
            f"as {SEQUENCE_HEADER} gave it"
        )
        raise InvalidParameter(sentence, parameter=MIN_SEQUENCE_HEADER)
    return int(text)
