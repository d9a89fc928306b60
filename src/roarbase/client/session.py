"""One signed-in user talking to one service.

`TokenAuth` puts the id token on each request: it signs in before the first, renews the token a minute
before it ends, and does so at once if the service refuses it. `Session` sends JSON and reads JSON.
"""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import TracebackType
from urllib.parse import quote

import httpx

from roarbase.client.failures import failure_of
from roarbase.errors import InternalError, Unavailable

__all__ = ["Reply", "Session", "TokenAuth", "path_of"]

_RENEW_BEFORE_S = 60.0
_SEQUENCE, _MIN_SEQUENCE = "Roarbase-Seq", "Roarbase-Min-Seq"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The object that was answered, and the sequence number that came with it; 0 where none did."""

    body: dict[str, object]
    sequence: int


def path_of(*parts: str) -> str:
    """A v1 path; parts are quoted, so that a name with a slash in it cannot reach another resource.

    >>> path_of("tables", "7f", "a/b")
    '/v1/tables/7f/a%2Fb'
    """
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


class TokenAuth(httpx.Auth):
    """Signs requests with an id token: one that is given, or one had for e-mail and password."""

    requires_response_body = True

    def __init__(self, base_url: str, *, email: str = "", password: str = "", token: str = "") -> None:
        self._url = base_url.rstrip("/") + "/"
        self._credentials = {"USERNAME": email, "PASSWORD": password}
        self._token = token
        self._refresh_token = ""
        self._renew_at = float("inf") if token else 0.0
        self._is_fixed = bool(token)
        self._lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send `request` with a valid token; once more with a new one if the service refuses it."""
        with self._lock:
            if time.monotonic() >= self._renew_at:
                yield from self._renew()
            token = self._token
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED or self._is_fixed:
            return
        with self._lock:
            if self._token == token:
                yield from self._renew()
            request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def token(self, http: httpx.Client) -> str:
        """The token in force, had over `http` if there is none yet."""
        with self._lock:
            if time.monotonic() >= self._renew_at:
                flow = self._renew()
                request = next(flow)
                with contextlib.suppress(StopIteration):
                    while True:
                        request = flow.send(http.send(request, auth=None))
            return self._token

    def _renew(self) -> Generator[httpx.Request, httpx.Response, None]:
        if self._refresh_token:
            response = yield httpx.Request("POST", self._url, json={"REFRESH_TOKEN": self._refresh_token})
            self._refresh_token = ""
            if response.is_success:
                return self._take(response)
        response = yield httpx.Request("POST", self._url, json=self._credentials)
        if not response.is_success:
            raise failure_of(response)
        return self._take(response)

    def _take(self, response: httpx.Response) -> None:
        try:
            tokens = response.json()["AuthenticationResult"]
            self._token, self._refresh_token = tokens["IdToken"], tokens["RefreshToken"]
            self._renew_at = time.monotonic() + float(tokens["ExpiresIn"]) - _RENEW_BEFORE_S
        except (KeyError, TypeError, ValueError) as error:
            raise InternalError(f"{self._url} did not answer the sign-in with tokens: {error!r}") from error


class Session:
    """Requests of one user to one service.

    Args:
        verify: True checks certificates against the system's authorities, a path against those in
            that PEM file, a context as it says, False does not check.
        transport: Another way to send, for tests; None takes the network.
        uses_proxies: Whether the proxy variables of the environment are followed.
    """

    def __init__(
        self,
        base_url: str,
        auth: TokenAuth,
        *,
        verify: bool | str | ssl.SSLContext = True,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        uses_proxies: bool = True,
    ) -> None:
        self._auth = auth
        self._http = httpx.Client(
            base_url=base_url,
            auth=auth,
            verify=ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify,
            timeout=timeout_s,
            transport=transport,
            trust_env=uses_proxies,
        )

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def token(self) -> str:
        """The id token in force, after a sign-in if there has been none.

        Raises:
            Unauthorized: The e-mail or the password is wrong.
        """
        try:
            return self._auth.token(self._http)
        except httpx.HTTPError as error:
            raise Unavailable(f"no answer from {self._http.base_url}: {error}") from error

    def send(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """As `exchange`, and return the object that is answered."""
        return self.exchange(method, path, body).body

    def exchange(self, method: str, path: str, body: object = None, *, min_sequence: int = 0) -> Reply:
        """Send one request, `body` as JSON unless None.

        Args:
            min_sequence: The answer must have seen what was written up to this sequence number.

        Raises:
            RoarbaseError: What the service refused, under its code.
            Unavailable: No answer came.
        """
        headers = {} if body is None else {"Content-Type": "application/json"}
        if min_sequence:
            headers[_MIN_SEQUENCE] = str(min_sequence)
        content = None if body is None else json.dumps(body, default=_as_text)
        try:
            response = self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(f"{method} {path}: no answer from {self._http.base_url}: {error}") from error
        if not response.is_success:
            raise failure_of(response)
        return Reply(body=_object_of(response), sequence=_sequence_of(response))


def _object_of(response: httpx.Response) -> dict[str, object]:
    if not response.content:
        return {}
    try:
        body = response.json()
    except ValueError as error:
        raise InternalError(f"{response.request.url} did not answer JSON") from error
    if not isinstance(body, dict):
        raise InternalError(f"{response.request.url} answered {type(body).__name__} where an object is expected")
    return body


def _sequence_of(response: httpx.Response) -> int:
    text = response.headers.get(_SEQUENCE, "")
    return int(text) if text.isdecimal() else 0


def _as_text(value: object) -> object:
    """Values JSON has no word for: decimals as exact text, times in RFC 3339, sets as arrays."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"a record cannot hold a {type(value).__name__}")
