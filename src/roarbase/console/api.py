"""The API as the console calls it: over httpx into the very app that serves everybody else."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from starlette.types import ASGIApp

from roarbase.client.failures import failure_of
from roarbase.console.origins import Origins
from roarbase.errors import InternalError

__all__ = ["Api", "Call", "Peer", "Reply", "Tokens", "path_of"]

_TIMEOUT_S = 120.0  # above the longest statement that settings usually allow


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Whose browser it is: passed on, so that sign-ins are throttled by the address they come from."""

    address: tuple[str, int] = ("127.0.0.1", 0)
    forwarded_for: str = ""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a sign-in gave. Never shown, never written down."""

    id_token: str
    refresh_token: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Tokens":
        """Those of an answer of the identity plane."""
        result = body["AuthenticationResult"]
        return cls(id_token=result["IdToken"], refresh_token=result["RefreshToken"])

    def __repr__(self) -> str:
        return "Tokens(...)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What was answered, and how."""

    status: int
    body: dict[str, Any]
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was made, for showing it to the user."""

    method: str
    path: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()

    def curl(self, origins: Origins) -> str:
        """The same request for a shell; the token stands as a variable."""
        origin = origins.serving(self.method, self.path)
        lines = [
            f"curl --request {self.method} {_shell(origin + self.path)}",
            '--header "Authorization: Bearer $TOKEN"',
        ]
        lines += [f"--header {_shell(f'{name}: {value}')}" for name, value in self.headers]
        if self.body is not None:
            text = self.body if isinstance(self.body, str) else json.dumps(self.body, indent=2, ensure_ascii=False)
            lines.append(f"--data-raw {_shell(text)}")
        return " \\\n  ".join(lines)


def path_of(*parts: str) -> str:
    """A path; parts are quoted, so that a name with a slash in it cannot reach another resource.

    >>> path_of("v1", "tables", "7f", "a/b")
    '/v1/tables/7f/a%2Fb'
    """
    return "/" + "/".join(quote(part, safe="") for part in parts)


class Api:
    """Requests into the app.

    Args:
        app: The whole service, its guards included.
        origin: Under which name it is asked.
    """

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._origin = origin

    async def sign_in(self, email: str, password: str, peer: Peer) -> Tokens:
        """Tokens for an e-mail and a password.

        Raises:
            RoarbaseError: As the token endpoint refuses: Unauthorized, UserDeactivated, RateLimit.
        """
        body = {"USERNAME": email, "PASSWORD": password}
        return Tokens.of((await self.exchange("POST", "/", body, peer=peer)).body)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """New tokens for old ones.

        Raises:
            RoarbaseError: The refresh token is not good any more.
        """
        return Tokens.of((await self.exchange("POST", "/", {"REFRESH_TOKEN": tokens.refresh_token})).body)

    async def exchange(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        peer: Peer | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request; `body` goes as JSON, or as it is where it is text.

        Raises:
            RoarbaseError: What the service refused, under its code.
        """
        peer = peer or Peer()
        headers = {**_headers(token, peer), **(headers or {})}
        content = body if isinstance(body, str | None) else json.dumps(body)
        began = time.perf_counter()
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=peer.address)
        async with httpx.AsyncClient(transport=transport, base_url=self._origin, timeout=_TIMEOUT_S) as http:
            response = await http.request(method, path, content=content, headers=headers)
        if not response.is_success:
            raise failure_of(response)
        return Reply(status=response.status_code, body=_object(response), elapsed_s=time.perf_counter() - began)

    async def fetch(self, call: Call, *, token: str, peer: Peer) -> bytes:
        """The answer of a call as it comes, for who reads it beside the event loop.

        Raises:
            RoarbaseError: What the service refused, under its code.
        """
        content = call.body if isinstance(call.body, str | None) else json.dumps(call.body)
        headers = {**_headers(token, peer), **dict(call.headers)}
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=peer.address)
        async with httpx.AsyncClient(transport=transport, base_url=self._origin, timeout=_TIMEOUT_S) as http:
            response = await http.request(call.method, call.path, content=content, headers=headers)
        if not response.is_success:
            raise failure_of(response)
        return response.content


def _headers(token: str, peer: Peer) -> Mapping[str, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return headers | ({"X-Forwarded-For": peer.forwarded_for} if peer.forwarded_for else {})


def _object(response: httpx.Response) -> dict[str, Any]:
    if not response.content:
        return {}
    body = response.json()
    if not isinstance(body, dict):
        raise InternalError(f"{response.request.url.path} answered {type(body).__name__} where an object is expected")
    return body


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
