"""POST /v1/deployments/{id}/query: a statement in PQL or SQL, answered as a tagged-cell table."""

import time
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Response

from roarbase.errors import PayloadTooLarge
from roarbase.model.users import Principal
from roarbase.planes.data.bodies import QueryAnswer, QueryBody
from roarbase.planes.data.tagged_table import render_results
from roarbase.planes.faces import Face
from roarbase.planes.http import Caller, json_body
from roarbase.planes.openapi import describe
from roarbase.services.queries import Queries

__all__ = ["query_router"]

_AT_ONCE = 16
"""Queries run in threads of their own, so that slow ones never keep ingest or sign-in waiting."""


def query_router(face: Face, queries: Queries, *, answer_bytes: int) -> APIRouter:
    """The query endpoint, in one face. An answer above `answer_bytes` is refused (0: none is)."""
    router = APIRouter(prefix=f"/{face.version}/{face.nouns}", tags=["data"])
    at_once = CapacityLimiter(_AT_ONCE)

    def answer(caller: Principal, deployment_id: str, body: QueryBody) -> bytes:
        started_ns = time.monotonic_ns()
        results = queries.run(caller, deployment_id, language=body.language, statement=body.statement)
        rendered = render_results(results, time.monotonic_ns() - started_ns)
        if answer_bytes and len(rendered) > answer_bytes:
            raise PayloadTooLarge(
                f"the answer has {len(rendered)} bytes, at most {answer_bytes} are allowed (setting answer_bytes)",
                setting="answer_bytes",
            )
        return rendered

    @router.post(
        "/{id}/query",
        summary="Run a PQL or SQL statement",
        openapi_extra=describe(
            request=QueryBody,
            answer=QueryAnswer,
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
        body: Annotated[QueryBody, Depends(json_body(QueryBody))],
    ) -> Response:
        # Both running and rendering may take long: neither belongs on the event loop.
        rendered = await to_thread.run_sync(partial(answer, caller, id, body), limiter=at_once)
        return Response(rendered, media_type="application/json")

    return router
