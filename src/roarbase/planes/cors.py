"""Pages of other origins: which may call the API, and what they may read of its answers.

Tokens travel in a header, never in a cookie, so an origin that is not listed gains nothing by
asking: its browser simply does not show it the answer.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Cors"]

_KEPT_S = 600  # how long a browser may remember a preflight
_READABLE = b"X-Request-Id, Retry-After, Roarbase-Seq"


class Cors:
    """Answers preflights, and marks answers to origins that are listed. `*` lists them all."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        self.app = app
        self.origins = {origin.rstrip("/").lower() for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin")
        if scope["type"] != "http" or not self.origins or origin is None:
            await self.app(scope, receive, send)
            return
        granted = self._granted(origin)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await send({"type": "http.response.start", "status": 204, "headers": [*granted, *_preflight(headers)]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def marking(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *granted]}
            await send(message)

        await self.app(scope, receive, marking)

    def _granted(self, origin: bytes) -> list[tuple[bytes, bytes]]:
        vary = (b"vary", b"Origin")  # caches must not show one origin's answer to another
        if "*" not in self.origins and origin.decode("latin-1").lower() not in self.origins:
            return [vary]
        return [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _READABLE), vary]


def _preflight(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", headers.get(b"access-control-request-headers", b"authorization")),
        (b"access-control-max-age", str(_KEPT_S).encode()),
    ]
