"""POST /v2/databases/{id}/query/sql, and .../sql: a statement of the later SQL as it is.

The answer is JSON, or CSV or a stream of Arrow where `Accept` asks for it. There is no place in these for an error of
the statement, which then has a status of its own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from roarbase.errors import RequestError
from roarbase.model.results import Remarked, Result
from roarbase.model.row_text import RowsText, rows_text
from roarbase.planes.accepting import wanted
from roarbase.planes.data.bodies import SqlAnswer
from roarbase.planes.data.csv_table import render_csv
from roarbase.planes.data.history import Remembered
from roarbase.planes.data.multipart import boundary_or_none, read_parts
from roarbase.planes.data.running import STATEMENT_ERRORS, StatementRunner, text_body
from roarbase.planes.data.sql_table import render_sql
from roarbase.planes.faces import Face
from roarbase.planes.http import Caller, raw_body
from roarbase.planes.openapi import describe
from roarbase.planes.sequences import min_sequence
from roarbase.services.arrow import stream_of
from roarbase.services.queries import Queries

__all__ = ["sql_router"]


async def _statement_body(request: Request) -> tuple[str, dict[str, bytes]]:
    """The statement, and what came beside it as parts of the body.

    Raises:
        InvalidBody: It is not UTF-8, or its parts cannot be told apart.
    """
    boundary = boundary_or_none(request.headers.get("Content-Type", ""))
    if boundary is None:
        return await text_body(request), {}
    return read_parts(await raw_body(request), boundary)


_JSON = "application/json"
_Form = Callable[[Result | Remarked], Iterator[bytes]]

_FORMS: dict[str, _Form] = {
    "text/csv": render_csv,
    "application/vnd.apache.arrow.stream": lambda answer: stream_of(answer.table()),
}


def sql_router(face: Face, queries: Queries, runner: StatementRunner, write: RowsText = rows_text) -> APIRouter:
    """The endpoint for the later SQL, in one face."""
    router = APIRouter(prefix=f"/{face.version}/{face.nouns}", tags=["data"])
    documented = describe(
        raw="text/plain", answer=SqlAnswer, has_sequence=True, errors=(*STATEMENT_ERRORS, "InvalidBody")
    )

    @router.post("/{id}/query/sql", summary="Run a SQL statement, given as plain text", openapi_extra=documented)
    @router.post("/{id}/sql", summary="Run a SQL statement, given as plain text", openapi_extra=documented)
    async def run(
        request: Request,
        caller: Caller,
        id: str,
        body: Annotated[tuple[str, dict[str, bytes]], Depends(_statement_body)],
        least: Annotated[int, Depends(min_sequence)],
        is_remembered: Remembered,
        plan: Annotated[bool, Query(description="Tell how it was answered, too, as `query-plan`.")] = False,
    ) -> Response:
        def answering(has_gone: threading.Event) -> Iterator[bytes]:
            started_ns = time.monotonic_ns()
            answer = queries.run_later_sql(
                caller,
                id,
                statement=body[0],
                parts=body[1],
                min_sequence=least,
                is_remembered=is_remembered,
                is_abandoned=has_gone.is_set,
                tells_plan=plan,
            )
            if form is None:
                return render_sql(answer, (time.monotonic_ns() - started_ns) // 1000, write)
            if isinstance(answer, RequestError):
                raise answer
            return form(answer)

        media_type = wanted(",".join(request.headers.getlist("Accept")), (_JSON, *_FORMS))
        form = _FORMS.get(media_type)
        return await runner.answer(request, caller, answering, media_type)

    return router
