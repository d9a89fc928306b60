"""POST /v1/deployments/{id}/query: a statement in PQL or SQL, answered as a tagged-cell table."""

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Response
from starlette.responses import StreamingResponse

from roarbase.errors import PayloadTooLarge
from roarbase.model.users import Principal
from roarbase.planes.data.bodies import QueryAnswer, QueryBody
from roarbase.planes.data.tagged_table import render_results
from roarbase.planes.faces import Face
from roarbase.planes.http import Caller, json_body
from roarbase.planes.openapi import describe
from roarbase.planes.sequences import min_sequence
from roarbase.services.queries import Queries
from roarbase.services.shares import Shares

__all__ = ["query_router"]

_AT_ONCE = 16
"""Queries run in threads of their own, so that slow ones never keep ingest or sign-in waiting."""

_AT_ONCE_PER_ORGANIZATION = 8
_SENT_AT_ONCE_BYTES = 2**20


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


def query_router(face: Face, queries: Queries, *, answer_bytes: int) -> APIRouter:
    """The query endpoint, in one face. An answer above `answer_bytes` is refused (0: none is)."""
    router = APIRouter(prefix=f"/{face.version}/{face.nouns}", tags=["data"])
    at_once, shares = CapacityLimiter(_AT_ONCE), Shares(_AT_ONCE_PER_ORGANIZATION)

    def answer(caller: Principal, deployment_id: str, body: QueryBody, min_sequence: int) -> list[bytes]:
        started_ns = time.monotonic_ns()
        results = queries.run(
            caller, deployment_id, language=body.language, statement=body.statement, min_sequence=min_sequence
        )
        pieces, size = [], 0
        for piece in render_results(results, time.monotonic_ns() - started_ns):
            pieces.append(piece)
            size += len(piece)
            if answer_bytes and size > answer_bytes:
                raise PayloadTooLarge(
                    f"the answer is larger than {answer_bytes} bytes, the most that is allowed (setting answer_bytes)",
                    setting="answer_bytes",
                )
        return pieces

    @router.post(
        "/{id}/query",
        summary="Run a PQL or SQL statement",
        openapi_extra=describe(
            request=QueryBody,
            answer=QueryAnswer,
            has_sequence=True,
            errors=(
                "BadRequest",
                "InvalidParameter",
                "ResourceNotFound",
                "IncorrectState",
                "RequestTimeout",
                "PayloadTooLarge",
            ),
        ),
    )
    async def run(
        caller: Caller,
        id: str,
        body: Annotated[QueryBody, Depends(json_body(QueryBody, most_bytes=0))],
        least: Annotated[int, Depends(min_sequence)],
    ) -> Response:
        # Both running and rendering may take long: neither belongs on the event loop.
        async with shares.share(caller.organization_id):
            pieces = await to_thread.run_sync(partial(answer, caller, id, body, least), limiter=at_once)
        length = {"Content-Length": str(sum(map(len, pieces)))}
        return StreamingResponse(_each(pieces), headers=length, media_type="application/json")

    return router
