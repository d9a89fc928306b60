"""POST /v1/deployments/{id}/query: a statement in PQL or SQL, answered as a tagged-cell table."""

import threading
import time
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from roarbase.model.row_text import RowsText, rows_text
from roarbase.planes.data.bodies import QueryAnswer, QueryBody
from roarbase.planes.data.history import Remembered
from roarbase.planes.data.running import STATEMENT_ERRORS, StatementRunner
from roarbase.planes.data.tagged_table import render_results
from roarbase.planes.faces import Face
from roarbase.planes.http import Caller, json_body
from roarbase.planes.openapi import describe
from roarbase.planes.sequences import min_sequence
from roarbase.services.queries import Queries

__all__ = ["query_router"]


def query_router(face: Face, queries: Queries, runner: StatementRunner, write: RowsText = rows_text) -> APIRouter:
    """The query endpoint, in one face; `write` puts the rows of answers together."""
    router = APIRouter(prefix=f"/{face.version}/{face.nouns}", tags=["data"])

    @router.post(
        "/{id}/query",
        summary="Run a PQL or SQL statement",
        openapi_extra=describe(
            request=QueryBody, answer=QueryAnswer, has_sequence=True, errors=(*STATEMENT_ERRORS, "InvalidParameter")
        ),
    )
    async def run(
        request: Request,
        caller: Caller,
        id: str,
        body: Annotated[QueryBody, Depends(json_body(QueryBody, most_bytes=0))],
        least: Annotated[int, Depends(min_sequence)],
        is_remembered: Remembered,
    ) -> Response:
        def answering(has_gone: threading.Event) -> Iterator[bytes]:
            started_ns = time.monotonic_ns()
            results = queries.run(
                caller,
                id,
                language=body.language,
                statement=body.statement,
                min_sequence=least,
                is_remembered=is_remembered,
                is_abandoned=has_gone.is_set,
            )
            return render_results(results, time.monotonic_ns() - started_ns, write)

        return await runner.answer(request, caller, answering)

    return router
