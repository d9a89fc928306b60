"""The console as one ASGI app below `/console`.

    request ─► sign-in page | static files | a page of the table, for who is signed in | 404
    socket  ─► the page's events, from this origin and for who is signed in

NiceGUI draws the pages; here stands what it leaves open: who may come in, and what browsers are told.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roarbase.console.api import Api
from roarbase.console.frame import Wiring
from roarbase.console.gui import start_gui, stop_gui
from roarbase.console.origins import Origins
from roarbase.console.page_table import PAGES
from roarbase.console.security import (
    cookies_of,
    is_from_here,
    new_nonce,
    security_headers,
    with_nonce,
)
from roarbase.console.session import ConsoleSession, Sessions
from roarbase.console.sign_in import BASE, SESSION_COOKIE, SignInPage, plain_page
from roarbase.console.theme import with_theme

__all__ = ["ConsoleSite", "open_site"]

_ASSETS = ("/_nicegui/", "/static/", "/favicon.ico")
_UPLOADS = "/_nicegui/client/"
_SOCKET = "/_nicegui_ws/"
_KEPT = "public, max-age=31536000, immutable"


async def open_site(app: ASGIApp, *, public_url: str, origins: Mapping[str, str]) -> "ConsoleSite":
    """The console of a service, ready for requests.

    Args:
        app: The service itself, whose API the console calls.
        public_url: Its origin.
        origins: Those of its planes, by `id`, `api` and `data`.
    """
    sessions = Sessions(Api(app, public_url))
    gui = await start_gui(Wiring(origins=Origins.of(origins)))
    return ConsoleSite(gui, sessions, public_url)


class ConsoleSite:
    """See the module."""

    def __init__(self, gui: ASGIApp, sessions: Sessions, public_url: str) -> None:
        self._gui = gui
        self._assets = GZipMiddleware(gui, minimum_size=1000)
        self._sessions = sessions
        self._sign_in = SignInPage(sessions, public_url)
        self._pages = [compile_path(path)[0] for path, _ in PAGES]

    async def stop(self) -> None:
        """End what runs behind the pages."""
        await stop_gui()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        below = scope["path"].removeprefix(BASE).rstrip("/") or "/"
        scope = _mounted(scope, below)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, below)
        elif below.startswith(_UPLOADS):
            await self._upload(scope, receive, send)
        elif below.startswith(_ASSETS):
            await self._assets(scope, receive, _keeping(send) if below.startswith("/static/") else send)
        else:
            await self._page(scope, receive, send, below)

    async def _page(self, scope: Scope, receive: Receive, send: Send, below: str) -> None:
        """What browsers show, with the headers that protect it."""
        guarded = _Guarded(send, new_nonce(), cookies_of(scope).get("roarbase_theme", ""))
        if below == "/sign-in":
            await (await self._sign_in(Request(scope, receive)))(scope, receive, guarded)
            return
        if not any(page.fullmatch(below) for page in self._pages) or scope["method"] != "GET":
            await _nothing_here()(scope, receive, guarded)
            return
        session = self._session(scope)
        if session is None:
            await _to_sign_in(scope)(scope, receive, guarded)
            return
        scope["state"] = {**scope.get("state", {}), "console": session}
        await self._gui(scope, receive, guarded)

    async def _socket(self, scope: Scope, receive: Receive, send: Send, below: str) -> None:
        if below.startswith(_SOCKET) and is_from_here(scope) and self._session(scope) is not None:
            await self._gui({**scope, "path": scope["path"].rstrip("/") + "/"}, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_from_here(scope) and self._session(scope) is not None:
            await self._gui(scope, receive, send)
        else:
            await Response("Sign in first.", 403, media_type="text/plain")(scope, receive, send)

    def _session(self, scope: Scope) -> ConsoleSession | None:
        return self._sessions.get_or_none(cookies_of(scope).get(SESSION_COOKIE, ""))


def _mounted(scope: Scope, below: str) -> MutableMapping[str, Any]:
    """The scope as an app below BASE sees it. A prefix that a client claims is not believed."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"x-forwarded-prefix"]
    return {**scope, "root_path": BASE, "path": BASE + below, "headers": headers}


def _nothing_here() -> Response:
    body = f"""<main class="sign-in"><p class="brand" aria-hidden="true">Roarbase</p><h1>Nothing here</h1>
<p>There is no page of the console at this address.</p><p><a href="{BASE}">Go to the console</a></p></main>"""
    return HTMLResponse(plain_page("Nothing here", body), status_code=404)


def _to_sign_in(scope: Scope) -> Response:
    asked = scope["path"].rstrip("/") + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    destination = "" if asked == BASE else f"?next={quote(asked, safe='/')}"
    response = RedirectResponse(f"{BASE}/sign-in{destination}", status_code=303)
    response.delete_cookie(SESSION_COOKIE, path=BASE)
    return response


def _keeping(send: Send) -> Send:
    """Our own files carry their version in their address."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = _KEPT
        await send(message)

    return sending


class _Guarded:
    """Sends an answer on with security headers; a page waits for its end, is themed, and its scripts are named."""

    def __init__(self, send: Send, nonce: str, theme: str) -> None:
        self._send, self._nonce, self._theme = send, nonce, theme
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(security_headers(self._nonce))
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False) or self._start is None:
            return
        headers = MutableHeaders(scope=self._start)
        if headers.get("content-type", "").startswith("text/html"):
            self._body = with_theme(with_nonce(self._body, self._nonce), self._theme)
            headers["content-length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})
