"""The frame every HTTP answer stands in: codes to statuses, errors to bodies, bodies to values.

A handler declares `Annotated[CreateTable, Depends(json_body(CreateTable))]`, calls one service and
returns `pretty(...)`. Whatever it raises becomes `{"code", "message"}` here, and only here.
The content type of a request is never looked at: what counts is whether the bytes are JSON.
"""

import asyncio
import ipaddress
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Annotated, TypeVar

import msgspec
import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roarbase.errors import (
    BadRequest,
    InternalError,
    InvalidBody,
    InvalidParameter,
    MethodNotAllowed,
    MissingParameter,
    PayloadTooLarge,
    ResourceNotFound,
    RoarbaseError,
    StatementError,
    Unavailable,
)
from roarbase.model.option_values import as_number
from roarbase.model.users import Principal

__all__ = [
    "FAIR_SHARE",
    "STATUS",
    "Caller",
    "client_address",
    "error_answer",
    "fair_share",
    "install_errors",
    "json_body",
    "pretty",
    "principal",
    "raw_body",
]

STATUS: Mapping[str, int] = {
    "BadRequest": 400,
    "InvalidParameter": 400,
    "MissingParameter": 400,
    "InvalidBody": 400,
    "ResourceLimitExceeded": 400,
    "ResourceThroughputExceeded": 400,
    "RelatedResourceNotFound": 400,
    "MissingAuthenticationToken": 401,
    "Unauthorized": 401,
    "UserDeactivated": 401,
    "Forbidden": 403,
    "ResourceNotFound": 404,
    "MethodNotAllowed": 405,
    "RequestTimeout": 408,
    "ResourceAlreadyExists": 409,
    "IncorrectState": 409,
    "PayloadTooLarge": 413,
    "Unprocessable": 422,
    "RateLimit": 429,
    "InternalError": 500,
    "NotImplemented": 501,
    "Unavailable": 503,
}
"""The one table from codes to HTTP statuses."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MOST_SAID = 8_000
_DECODE_IN_THREAD_BYTES = 64 * 1024  # decoding more than this would hold up every other request
_AT_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<member>[^`]*)`")
_UNKNOWN = re.compile(r"unknown field `(?P<member>[^`]*)`")

_encoder = msgspec.json.Encoder(decimal_format="number")

_T = TypeVar("_T")
_log = structlog.get_logger("roarbase.http")


def pretty(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in indented JSON, members in the order they are declared: clients read it line by line.

    Args:
        value: Anything msgspec encodes: structs, dicts, lists, datetimes; a Decimal becomes a number, exactly.
        status: The HTTP status.
        headers: Further headers.
    """
    text = msgspec.json.format(_encoder.encode(value), indent=2)
    return Response(text, status_code=status, headers=headers, media_type="application/json")


def error_answer(error: RoarbaseError) -> Response:
    """What a caller is told of an error: its code, its sentence, and the headers that go with it.

    Of an error that is the service's own fault (an InternalError, a code without a status) it is told two words.
    """
    status = STATUS.get(error.code, 500)
    message = "internal error" if status == 500 else error.message
    if len(message) > _MOST_SAID:  # it repeats what was sent, which may be megabytes
        message = f"{message[:_MOST_SAID]}..."
    # A lone surrogate out of a client's text cannot be encoded; the answer must not fail over it.
    body: dict[str, object] = {"code": error.code, "message": message.encode("utf-8", "replace").decode()}
    if isinstance(error, StatementError):
        body |= {"line": error.line, "column": error.column}
    return pretty(body, status, _error_headers(error, status))


def _error_headers(error: RoarbaseError, status: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    wait_s = error.values.get("retry_after_s")
    if isinstance(wait_s, int | float):
        headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        allow = error.values.get("allow", ())
        headers["Allow"] = ", ".join(map(str, allow)) if isinstance(allow, list | tuple | set) else str(allow)
    return headers


def install_errors(app: FastAPI) -> None:
    """Make every error of this app `{"code", "message"}`: ours, the framework's, and bugs.

    Installed before the guards, which stand around it.
    """
    app.add_exception_handler(RoarbaseError, _answer_roarbase)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_parameter)
    app.add_middleware(_LastResort)


async def _answer_roarbase(_: Request, error: Exception) -> Response:
    assert isinstance(error, RoarbaseError)
    status = STATUS.get(error.code, 500)
    if status == 500:
        _log.error("internal error", exc_info=error)
    if status == 503:  # the caller is told to come again, the operator why
        # A database's error has the statement with its values around the reason: only the reason is logged.
        cause = getattr(error.__cause__, "orig", error.__cause__)
        _log.warning("unavailable", reason=error.message, cause=str(cause or ""))
    return error_answer(error)


async def _answer_framework(request: Request, error: Exception) -> Response:
    """The framework's own refusals: an unknown path, a wrong method, whatever else it finds."""
    assert isinstance(error, HTTPException)
    path = request.scope["path"][:200]
    if error.status_code == 404:
        return error_answer(ResourceNotFound(f"there is nothing at {path}"))
    if error.status_code == 405:
        allow = _allowed_methods(request)
        sentence = f"{path} does not take {request.method}; it takes {', '.join(allow)}"
        return error_answer(MethodNotAllowed(sentence, allow=allow))
    if error.status_code >= 500:
        _log.error("internal error", exc_info=error)
        return error_answer(InternalError("internal error"))
    return error_answer(BadRequest(str(error.detail)))


def _allowed_methods(request: Request) -> list[str]:
    """Every method some route takes at this path: a refusing route knows only its own."""
    scope = {key: request.scope[key] for key in ("type", "path", "root_path", "headers") if key in request.scope}
    routes = request.app.router.routes
    allowed = [
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return [*allowed, "HEAD"] if "GET" in allowed else allowed


async def _answer_parameter(_: Request, error: Exception) -> Response:
    """A path or query parameter that is not of its declared kind."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place, name = str(first["loc"][0]), str(first["loc"][-1])
    if first["type"] == "missing":
        return error_answer(MissingParameter(f"the {place} parameter {name!r} is missing", parameter=name))
    return error_answer(InvalidParameter(f"the {place} parameter {name!r}: {first['msg']}", parameter=name))


class _LastResort:
    """Catches what nobody expected: logged whole, answered as "internal error"."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            _log.debug("the client left before its request was complete")
        except asyncio.CancelledError:
            if started:
                raise
            # The service stops and has waited long enough. Nobody can tell how far the work had come.
            sentence = "the service stopped before this request was finished; it may have taken effect"
            await error_answer(Unavailable(sentence))(scope, receive, send)
        except Exception:
            _log.exception("internal error", method=scope.get("method"), path=scope.get("path"))
            if started:
                raise  # half an answer is out: only a broken connection tells the client
            await error_answer(InternalError("internal error"))(scope, receive, send)


async def raw_body(request: Request) -> bytes:
    """The whole body as it came, within the limits that the guards keep."""
    return await request.body()


def json_body(
    kind: type[_T], *, most_bytes: int = 2**20, keeps_fractions: bool = False
) -> Callable[[Request], Awaitable[_T]]:
    """A FastAPI dependency that reads the body as JSON into `kind`, whatever its content type says.

    The OpenAPI document finds `kind` by the dependency's attribute `body_type`.

    Args:
        most_bytes: The most that an endpoint of this kind has use for; 0 leaves it to the guards. What
            nobody needs is not taken in: room for bodies is shared, and a large one may be stored.
        keeps_fractions: Where `kind` leaves it open what a value is, a number with a fraction or an exponent
            becomes a Decimal instead of a float.

    Raises:
        InvalidBody: The body is not JSON, or not of the outermost kind.
        MissingParameter: A member is absent; the sentence has its JSON path.
        InvalidParameter: A member is of the wrong kind; the sentence has its JSON path.
        PayloadTooLarge: It is longer than `most_bytes`.
    """
    decoder = msgspec.json.Decoder(kind, float_hook=as_number if keeps_fractions else None)

    async def read(request: Request) -> _T:
        body = await _short_body(request, most_bytes) if most_bytes else await raw_body(request)
        if len(body) > _DECODE_IN_THREAD_BYTES:
            return await asyncio.to_thread(_decode, decoder, body)
        return _decode(decoder, body)

    read.body_type = kind  # type: ignore[attr-defined]
    return read


async def _short_body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            sentence = f"the body is larger than {most_bytes} bytes, the most that is taken here"
            raise PayloadTooLarge(sentence, limit_bytes=most_bytes)
    return bytes(body)


def _decode(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    if not body.strip():
        raise InvalidBody("the body is empty where a JSON object is expected")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _wrong_member(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidBody(f"the body is not well-formed JSON: {error}") from None
    except RecursionError:
        raise InvalidBody("the body nests too deeply") from None


def _wrong_member(text: str) -> RoarbaseError:
    """The error for a body that is JSON but not what the endpoint reads."""
    found = _AT_PATH.match(text)
    assert found is not None
    what, path = found["what"].replace("`", ""), found["path"] or "$"
    if missing := _MISSING.search(text):
        member = f"{path}.{missing['member']}"
        return MissingParameter(f"the body lacks {member}", parameter=member)
    if unknown := _UNKNOWN.search(text):
        member = f"{path}.{unknown['member']}"
        return InvalidParameter(f"the body has {member}, which is not known here", parameter=member)
    if path == "$":
        return InvalidBody(f"the body is not what is read here: {what[:1].lower()}{what[1:]}")
    return InvalidParameter(f"{path}: {what[:1].lower()}{what[1:]}", parameter=path)


async def principal(request: Request) -> Principal:
    """Who makes the request, by its Authorization header: a FastAPI dependency.

    Raises:
        AuthenticationError: No token, an invalid one, or one of a deactivated user.
    """
    who: Principal = await request.app.state.verifier.verify(request.headers.get("authorization"))
    request.state.user_id = who.user_id  # for the access log
    return who


Caller = Annotated[Principal, Depends(principal)]
"""A handler's parameter of this type is who makes the request; without a valid token it is not called."""


async def fair_share(request: Request, caller: Caller) -> AsyncIterator[None]:
    """Hold one of the threads that the caller's organization may have: for routers whose handlers wait in them."""
    async with request.app.state.shares.share(caller.organization_id):
        yield


FAIR_SHARE = Depends(fair_share, scope="function")
"""Given back when the handler is through, before its answer goes out: a slow reader holds no thread."""


def client_address(request: Request) -> str:
    """The address a request comes from.

    The peer of the connection, unless that is a trusted proxy: then the right-most entry of
    X-Forwarded-For that is not one. What stands further left was written by the client.
    """
    address = request.client.host if request.client else ""
    hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    while hops and _is_trusted(address, request.app.state.trusted_proxies):
        hop = _parsed(hops.pop())
        if hop is None:
            break
        address = str(hop)
    return address


def _is_trusted(address: str, proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in proxies)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address out of `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; None where there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket that listens on :: sees IPv4 clients as ::ffff:1.2.3.4.
    return getattr(address, "ipv4_mapped", None) or address
