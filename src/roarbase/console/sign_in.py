"""Signing in: a plain page and its form, for cookies can only be set by an answer, not over a socket."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from roarbase.console.api import Peer
from roarbase.console.security import FormTokens, cookies_of, header, is_from_here, is_secure
from roarbase.console.session import Sessions
from roarbase.errors import PayloadTooLarge, RoarbaseError

__all__ = ["BASE", "SESSION_COOKIE", "SignInPage", "plain_page"]

BASE = "/console"
SESSION_COOKIE = "roarbase_console"
_FORM_COOKIE = "roarbase_console_form"
_MOST_BYTES = 16 * 1024

_STALE = "This page was open for too long, or came from elsewhere. Please sign in again."


class SignInPage:
    """`GET` draws the form, `POST` takes it."""

    def __init__(self, sessions: Sessions, public_url: str) -> None:
        self._sessions = sessions
        self._public_url = public_url
        self._forms = FormTokens()

    async def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._take(request)
        if request.method != "GET":
            return Response("This page is read with GET and sent with POST.", 405, {"Allow": "GET, POST"})
        return self._draw(request, destination=request.query_params.get("next", ""))

    def _draw(
        self, request: Request, *, destination: str, email: str = "", complaint: str = "", status: int = 200
    ) -> Response:
        """The form; with a new cookie where the browser brings none."""
        cookie = cookies_of(request.scope).get(_FORM_COOKIE, "")
        fresh = FormTokens.new_cookie() if len(cookie) < 20 else cookie
        body = _form(self._forms.token(fresh), _local(destination), email, complaint)
        response = HTMLResponse(plain_page("Sign in", body), status_code=status)
        if fresh != cookie:
            self._set(response, request, _FORM_COOKIE, fresh, path=f"{BASE}/sign-in")
        return response

    async def _take(self, request: Request) -> Response:
        form = await _read_form(request)
        destination, email = _local(form.get("next", "")), form.get("email", "").strip()
        cookie = cookies_of(request.scope).get(_FORM_COOKIE, "")
        if not is_from_here(request.scope) or not self._forms.is_good(cookie, form.get("form", "")):
            return self._draw(request, destination=destination, email=email, complaint=_STALE, status=403)
        if not email or not form.get("password"):
            complaint = "Please fill in both the e-mail and the password."
            return self._draw(request, destination=destination, email=email, complaint=complaint, status=400)
        try:
            session = await self._sessions.open(email, form["password"], _peer(request))
        except RoarbaseError as error:
            status = error.values.get("status")
            return self._draw(
                request,
                destination=destination,
                email=email,
                complaint=_sentence(error.message),
                status=status if isinstance(status, int) else 503,
            )
        response = RedirectResponse(destination, status_code=303)
        self._set(response, request, SESSION_COOKIE, session.id, path=BASE)
        return response

    def _set(self, response: Response, request: Request, name: str, value: str, *, path: str) -> None:
        secure = is_secure(request.scope, self._public_url)
        response.set_cookie(name, value, path=path, httponly=True, secure=secure, samesite="lax")


async def _read_form(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise PayloadTooLarge(f"a sign-in has {_MOST_BYTES} bytes at most", limit_bytes=_MOST_BYTES)
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _peer(request: Request) -> Peer:
    address = (request.client.host, request.client.port) if request.client else Peer().address
    return Peer(address=address, forwarded_for=header(request.scope, "x-forwarded-for"))


def _local(destination: str) -> str:
    """Where to go after the sign-in: a page of the console and nowhere else."""
    is_page = destination == BASE or destination.startswith((f"{BASE}/", f"{BASE}?"))
    if not is_page or "\\" in destination or not destination.isprintable() or "/sign-in" in destination:
        return BASE
    return destination


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _form(token: str, destination: str, email: str, complaint: str) -> str:
    alert = f'<p class="notice notice--error" role="alert" id="complaint">{escape(complaint)}</p>' if complaint else ""
    marks = ' aria-invalid="true" aria-describedby="complaint"' if complaint else ""
    focus_email, focus_password = ("", " autofocus") if email else (" autofocus", "")
    return f"""<main class="sign-in">
<p class="brand" aria-hidden="true">Roarbase</p>
<h1>Sign in</h1>
{alert}
<form method="post" action="{BASE}/sign-in">
<input type="hidden" name="form" value="{escape(token)}">
<input type="hidden" name="next" value="{escape(destination)}">
<label for="email">E-mail</label>
<input id="email" name="email" type="text" inputmode="email" autocapitalize="none" autocomplete="username" required
 value="{escape(email)}"{marks}{focus_email}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{marks}{focus_password}>
<button type="submit">Sign in</button>
</form>
<p class="quiet">The first administrator's password is in <code>first-admin.json</code> in the data directory.
<br>The same without a browser: <a href="/docs">the API</a>.</p>
</main>"""


def plain_page(title: str, body: str) -> str:
    """A page without scripts, in the console's look. `body` is HTML already, `title` is text."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)} · Roarbase</title>\n<link rel="icon" href="{BASE}/static/icon.svg">\n'
        f'<link rel="stylesheet" href="{BASE}/static/console.css">\n'
        f'</head>\n<body class="plain">\n{body}\n</body>\n</html>\n'
    )
