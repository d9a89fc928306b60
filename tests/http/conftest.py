"""A small app in the real frame: every kind of handler that the planes have."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
import pytest
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response

from roarbase.errors import (
    Forbidden,
    InternalError,
    MissingAuthenticationToken,
    RateLimit,
    StatementError,
    Unauthorized,
)
from roarbase.model.settings import Settings
from roarbase.model.users import Principal, Role
from roarbase.planes.app import new_app
from roarbase.planes.http import client_address, json_body, pretty, principal, raw_body
from roarbase.planes.openapi import describe
from tests.http.live import live


class Options(msgspec.Struct, kw_only=True):
    shape: str


class Create(msgspec.Struct, kw_only=True):
    name: str
    options: Options
    count: int | None = None
    more: dict[str, Any] = {}


class Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str = ""


router = APIRouter()


@router.post("/things", openapi_extra=describe(answer=Create, status=201, errors=("ResourceAlreadyExists",)))
async def create(body: Annotated[Create, Depends(json_body(Create))]) -> Response:
    """Make a thing."""
    return pretty(body, 201)


@router.get("/things")
async def find(limit: int = 10) -> Response:
    return pretty({"limit": limit})


@router.get("/things/{number}")
async def get(number: int) -> Response:
    return pretty({"number": number})


@router.post("/strict")
async def strict(body: Annotated[Strict, Depends(json_body(Strict))]) -> Response:
    return pretty(body)


@router.post("/raw", openapi_extra=describe(raw="text/plain", curl="curl --data-raw 'x < y' /raw"))
async def raw(body: Annotated[bytes, Depends(raw_body)]) -> Response:
    return pretty({"size": len(body)})


@router.get("/me", openapi_extra=describe(answer=dict[str, str]))
async def me(who: Annotated[Principal, Depends(principal)]) -> Response:
    return pretty({"user": who.user_id})


@router.post("/unread")
async def unread(who: Annotated[Principal, Depends(principal)]) -> Response:
    """A handler that never reads its body."""
    return pretty({"user": who.user_id})


@router.get("/address")
async def address(request: Request) -> Response:
    return pretty({"address": client_address(request)})


@router.get("/fails/{how}")
async def fails(how: str) -> Response:
    """Every way to fail."""
    raise FAILURES[how]


@router.get("/big")
async def big(size: int) -> Response:
    return Response(b"x" * size)


FAILURES: dict[str, Exception] = {
    "bug": ZeroDivisionError("the password is hunter2"),
    "internal": InternalError("table 7 of /var/lib is gone"),
    "statement": StatementError("unexpected )", line=2, column=7),
    "rate": RateLimit("slower", retry_after_s=2.2),
    "forbidden": Forbidden("not you"),
    "surrogate": Forbidden("no \ud800 here"),
}


class Verifier:
    """Knows one token."""

    async def verify(self, header: str | None) -> Principal:
        if header is None:
            raise MissingAuthenticationToken("no token")
        if header.removeprefix("Bearer ") != "good":
            raise Unauthorized("not a token of ours")
        return Principal(user_id="u-1", organization_id="o-1", email="a@example.com", role=Role.USER)


@pytest.fixture(autouse=True)
def _quiet_logs() -> Iterator[None]:
    """Without a set-up, structlog draws each traceback with all its variables, which takes seconds."""
    with structlog.testing.capture_logs():
        yield


def _make(**values: object) -> FastAPI:
    app = new_app(Settings(values))
    app.state.verifier = Verifier()
    app.include_router(router)
    return app


@pytest.fixture
def make_app() -> Callable[..., FastAPI]:
    """Makes the app under some settings."""
    return _make


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """The app on a socket, under the default settings, for all tests that ask no others."""
    with live(_make(), Settings()) as port:
        yield port
