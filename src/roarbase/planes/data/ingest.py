"""POST /v1/sinks/{id} and /v2/sinks/{id}: records in, a verdict for each."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Response

from roarbase.model.sinks import Verdicts
from roarbase.planes.data.bodies import IngestAnswer, IngestBody, RecordVerdict
from roarbase.planes.faces import Face
from roarbase.planes.http import Caller, raw_body
from roarbase.planes.openapi import describe
from roarbase.services.ingest import Ingest

__all__ = ["ingest_router", "render_verdicts"]

_SUCCESS = b'{"status":"success"}'


def render_verdicts(verdicts: Verdicts) -> bytes:
    """The answer, joined from ready pieces: nearly all of its members are the same.

    >>> render_verdicts(Verdicts(record_count=1))
    b'{"success_count":1,"error_count":0,"records":[{"status":"success"}]}'
    """
    records = [_SUCCESS] * verdicts.record_count
    for index, error in verdicts.errors.items():
        verdict = RecordVerdict(status="error", error_code=error.code, error_message=error.message)
        records[index] = msgspec.json.encode(verdict)
    counts = b'{"success_count":%d,"error_count":%d,"records":[' % (verdicts.success_count, verdicts.error_count)
    return counts + b",".join(records) + b"]}"


def ingest_router(face: Face, ingest: Ingest) -> APIRouter:
    """The ingest endpoint, in one face."""
    router = APIRouter(prefix=f"/{face.version}/sinks", tags=["data"])

    @router.post(
        "/{id}",
        summary="Post records to a sink",
        openapi_extra=describe(
            request=IngestBody,
            answer=IngestAnswer,
            has_sequence=True,
            errors=(
                "InvalidBody",
                "ResourceNotFound",
                "IncorrectState",
                "PayloadTooLarge",
                "ResourceThroughputExceeded",
                "ResourceLimitExceeded",
                "Unavailable",
            ),
        ),
    )
    async def take(caller: Caller, id: str, body: Annotated[bytes, Depends(raw_body)]) -> Response:
        verdicts = await ingest.take(caller, id, body)
        return Response(render_verdicts(verdicts), media_type="application/json")

    return router
