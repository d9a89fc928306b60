"""Where the console stands in the app: `/console` and all below, and the way there from `/`.

The console itself is another program's worth of code, which the composition root opens when it is first asked for.
"""

from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["ConsoleRoute", "router"]

_BASE = "/console"

router = APIRouter()


@router.get("/", include_in_schema=False)
async def front() -> Response:
    """A browser at the origin is led to the console; `POST /` is the token endpoint."""
    return RedirectResponse(_BASE, status_code=303)


class ConsoleRoute(BaseRoute):
    """Leads requests and sockets at `/console` and below to an app, and no others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this is one of them."""
        path: Any = scope.get("path", "")
        is_ours = scope["type"] in ("http", "websocket") and (path == _BASE or path.startswith(f"{_BASE}/"))
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        await self._app(scope, receive, send)
