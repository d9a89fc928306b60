"""Is the process there, and can it take traffic: two questions of whoever runs it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from roarbase.errors import Unavailable
from roarbase.planes.http import pretty
from roarbase.planes.openapi import describe

__all__ = ["router"]

router = APIRouter(tags=["service"])


@router.get("/healthz", summary="Is the process there", openapi_extra=describe(answer=dict[str, str]))
async def healthz() -> Response:
    """200 as soon as the process serves, also while it still loads its data."""
    return pretty({"status": "ok"})


@router.get(
    "/readyz",
    summary="Can it take traffic",
    openapi_extra=describe(answer=dict[str, str], errors=("Unavailable",)),
)
async def readyz(request: Request) -> Response:
    """200 when requests are answered, 503 while the service starts or stops."""
    ready = request.app.state.ready
    if not (ready() if callable(ready) else ready):
        raise Unavailable("the service is starting or stopping", retry_after_s=1)
    return pretty({"status": "ready"})
