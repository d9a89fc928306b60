"""POST /v2/databases/{id}/query/pql: a PQL statement as it is, answered natively."""

import threading
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from roarbase.planes.data.bodies import NativeAnswer
from roarbase.planes.data.history import Remembered
from roarbase.planes.data.native import render_native
from roarbase.planes.data.running import STATEMENT_ERRORS, StatementRunner, text_body
from roarbase.planes.faces import Face
from roarbase.planes.http import Caller
from roarbase.planes.openapi import describe
from roarbase.planes.sequences import min_sequence
from roarbase.services.queries import Queries

__all__ = ["pql_router"]


def pql_router(face: Face, queries: Queries, runner: StatementRunner) -> APIRouter:
    """The endpoint for PQL alone, in one face."""
    router = APIRouter(prefix=f"/{face.version}/{face.nouns}", tags=["data"])

    @router.post(
        "/{id}/query/pql",
        summary="Run a PQL statement, given as plain text",
        openapi_extra=describe(
            raw="text/plain", answer=NativeAnswer, has_sequence=True, errors=(*STATEMENT_ERRORS, "InvalidBody")
        ),
    )
    async def run(
        request: Request,
        caller: Caller,
        id: str,
        body: Annotated[str, Depends(text_body)],
        least: Annotated[int, Depends(min_sequence)],
        is_remembered: Remembered,
    ) -> Response:
        def answering(has_gone: threading.Event) -> Iterator[bytes]:
            return render_native(
                queries.run(
                    caller,
                    id,
                    language="pql",
                    statement=body,
                    min_sequence=least,
                    is_remembered=is_remembered,
                    is_abandoned=has_gone.is_set,
                )
            )

        return await runner.answer(request, caller, answering)

    return router
