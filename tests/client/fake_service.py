"""A stand-in for the service: it remembers what it was asked and answers what it is told to."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

__all__ = ["FakeService", "Request"]


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    body: object
    authorization: str
    min_sequence: str | None = None


@dataclass
class FakeService:
    """Signs one user in and answers every other request with `answers`, first come first served.

    `refused` tokens get 401; a sign-in gives `token-1`, `token-2` and so on.
    """

    expires_in: int = 3600
    answers: list[httpx.Response | Exception] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)
    sign_ins: list[dict[str, str]] = field(default_factory=list)
    refuses_refresh: bool = False

    def transport(self) -> httpx.MockTransport:
        handler: Callable[[httpx.Request], httpx.Response] = self._handle
        return httpx.MockTransport(handler)

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        """Line up an answer."""
        content = b"" if body is None else json.dumps(body).encode()
        self.answers.append(httpx.Response(status, content=content, headers=headers))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        if request.method == "POST" and request.url.path == "/":
            return self._sign_in(body)
        authorization = request.headers.get("Authorization", "")
        path = request.url.raw_path.decode()
        least = request.headers.get("Roarbase-Min-Seq")
        self.requests.append(Request(request.method, path, body, authorization, least))
        if authorization.removeprefix("Bearer ") in self.refused:
            return httpx.Response(401, json={"code": "Unauthorized", "message": "the token has expired"})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _sign_in(self, body: dict[str, str]) -> httpx.Response:
        self.sign_ins.append(body)
        if body.get("PASSWORD") == "wrong" or ("REFRESH_TOKEN" in body and self.refuses_refresh):
            return httpx.Response(401, json={"code": "Unauthorized", "message": "wrong user or password"})
        n = len(self.sign_ins)
        tokens = {"IdToken": f"token-{n}", "RefreshToken": f"refresh-{n}", "ExpiresIn": self.expires_in}
        return httpx.Response(200, json={"AuthenticationResult": tokens})
