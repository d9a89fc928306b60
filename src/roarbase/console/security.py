"""What protects the pages: where scripts may come from, who may send forms, what cookies say.

The reasons of each exception stand in docs/decisions/0012-console.md.
"""

import base64
import hashlib
import hmac
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.types import Scope

__all__ = [
    "FormTokens",
    "content_policy",
    "cookies_of",
    "header",
    "is_from_here",
    "is_secure",
    "new_nonce",
    "security_headers",
    "with_nonce",
]

_SCRIPT = re.compile(rb"<script(?=[\s>])")


def header(scope: Scope, name: str) -> str:
    """A header of the request; empty where it is absent."""
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), "")


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of the request; none where they cannot be read."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header(scope, "cookie")).items()}
    except CookieError:
        return {}


def is_secure(scope: Scope, public_url: str) -> bool:
    """Whether the browser speaks TLS: with us, or with the proxy before us."""
    return scope["scheme"] in ("https", "wss") or public_url.startswith("https://")


def is_from_here(scope: Scope) -> bool:
    """Whether a request that changes something, or a socket, was made by a page of this very origin.

    Browsers send `Origin` with all of these; who sends none is no browser, and holds no cookie that it did not ask for.
    """
    origin, site = header(scope, "origin"), header(scope, "sec-fetch-site")
    if site and site not in ("same-origin", "none"):
        return False
    return not origin or urlsplit(origin).netloc.lower() == header(scope, "host").lower()


def new_nonce() -> str:
    """A value that names the scripts of one answer."""
    return base64.b64encode(secrets.token_bytes(18)).decode()


def with_nonce(html: bytes, nonce: str) -> bytes:
    """Name each script element. What users stored stands in the page with its `<` escaped, so none of it is one."""
    return _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', html)


def content_policy(nonce: str) -> str:
    """Scripts from here and by name; the rest from here."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def security_headers(nonce: str) -> dict[str, str]:
    """What each page of the console says to the browser."""
    return {
        "Content-Security-Policy": content_policy(nonce),
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
    }


class FormTokens:
    """Proves that a form was drawn for the browser that sends it: its token belongs to a cookie of that browser."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    @staticmethod
    def new_cookie() -> str:
        """A value for a browser that has none."""
        return secrets.token_urlsafe(24)

    def token(self, cookie: str) -> str:
        """What the form holds."""
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()

    def is_good(self, cookie: str, token: str) -> bool:
        """Whether a form was drawn for the browser with this cookie."""
        return bool(cookie) and hmac.compare_digest(self.token(cookie).encode(), token.encode())
