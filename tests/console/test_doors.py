"""Who gets in, and what browsers are told: the console over plain HTTP, without a browser."""

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.process import EMAIL, PASSWORD, ServiceProcess


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("doors") / "data", "--tls-self-signed", scheme="https") as running:
        yield running


@pytest.fixture
def visitor(service: ServiceProcess) -> Iterator[httpx.Client]:
    """A browser's cookies and nothing else of it."""
    with httpx.Client(base_url=service.url, verify=False, timeout=60, trust_env=False) as client:
        yield client


def form_of(visitor: httpx.Client, path: str = "/console/sign-in") -> dict[str, str]:
    page = visitor.get(path).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return {**hidden, "email": EMAIL, "password": PASSWORD}


def sign_in(visitor: httpx.Client) -> httpx.Response:
    return visitor.post("/console/sign-in", data=form_of(visitor))


def test_nothing_is_loaded_before_somebody_comes(service: ServiceProcess) -> None:
    """A service whose console nobody opened has neither NiceGUI nor sockets in its memory. Stands first for that."""
    assert service.process is not None
    maps = Path(f"/proc/{service.process.pid}/maps").read_text(encoding="utf-8")
    assert "multidict" not in maps
    assert service.resident_mb() < 280
    httpx.get(f"{service.url}/console/sign-in", verify=False, timeout=60)
    assert "multidict" in Path(f"/proc/{service.process.pid}/maps").read_text(encoding="utf-8")


def test_strangers_are_led_to_the_sign_in(visitor: httpx.Client) -> None:
    """And back to where they wanted to go; to the console only."""
    answer = visitor.get("/console/help?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in?next=/console/help%3Fx%3D1")
    form = form_of(visitor, answer.headers["location"])
    assert visitor.post("/console/sign-in", data=form).headers["location"] == "/console/help?x=1"
    for elsewhere in ("https://example.com/console", "//example.com", "/console/../v1", "/consoles", "/console/\\x"):
        landed = visitor.post("/console/sign-in", data={**form, "next": elsewhere}).headers["location"]
        assert landed in ("/console", "/console/../v1")


def test_cookies(visitor: httpx.Client, service: ServiceProcess) -> None:
    """Not for scripts, not without TLS, not from other sites; and no token in them or on disk."""
    answer = sign_in(visitor)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("roarbase_console=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/console"} <= set(cookie.split("; "))
    value = visitor.cookies["roarbase_console"]
    assert "eyJ" not in value
    kept = [path for path in service.data_dir.rglob("*") if path.is_file() and "engines" not in path.parts]
    assert not [path for path in kept if value.encode() in path.read_bytes()]
    assert value not in service.log_text()


def test_each_sign_in_has_a_value_of_its_own(visitor: httpx.Client) -> None:
    """What somebody put into the browser before is not taken over."""
    visitor.cookies.set("roarbase_console", "chosen", path="/console")
    assert "roarbase_console=chosen" not in sign_in(visitor).headers["set-cookie"]


def test_forms_of_others_are_refused(visitor: httpx.Client) -> None:
    """Without the cookie it was drawn with, from another origin, or with a made-up token."""
    form = form_of(visitor)
    assert visitor.post("/console/sign-in", data={**form, "form": "0" * 64}).status_code == 403
    assert visitor.post("/console/sign-in", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    crossing = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.post("/console/sign-in", data=form, headers=crossing).status_code == 403
    visitor.cookies.clear()
    assert visitor.post("/console/sign-in", data=form).status_code == 403


def test_wrong_credentials_are_told_in_words(visitor: httpx.Client) -> None:
    """The e-mail stays, as text; the password does not."""
    form = form_of(visitor) | {"email": '"><script>alert(1)</script>@x', "password": "no-such-word"}
    answer = visitor.post("/console/sign-in", data=form)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "<script" not in answer.text
    assert "no-such-word" not in answer.text
    assert visitor.post("/console/sign-in", data={**form, "password": ""}).status_code == 400
    assert visitor.post("/console/sign-in", content=b"x" * 100_000).status_code == 413
    assert visitor.post("/console/sign-in", content=b"\xff\xfe%%%=").status_code == 403


def test_scripts_need_the_name_of_the_answer(visitor: httpx.Client) -> None:
    """Each script element carries it, another one each time; and no page may be framed."""
    sign_in(visitor)
    pages = [visitor.get("/console") for _ in range(2)]
    nonces = set()
    for page in pages:
        policy = page.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        assert nonce
        nonces.add(nonce[1])
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert len(scripts) > 3
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert page.headers["cache-control"] == "no-store"
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert len(nonces) == 2


@pytest.mark.parametrize("path", ["", "/deployments", "/deployments/7f", "/sources/7f", "/tables/7f/iris"])
def test_pages_say_that_they_load(visitor: httpx.Client, path: str) -> None:
    """What comes first, before anything was asked, is no empty page."""
    sign_in(visitor)
    assert '"Loading"' in visitor.get(f"/console{path}").text


def test_unknown_addresses(visitor: httpx.Client) -> None:
    """Below the console they are a page that says so; of the API they stay JSON."""
    answer = visitor.get("/console/no-such-page")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert visitor.get("/v1/no-such-thing").json()["code"] == "ResourceNotFound"
    assert visitor.get("/consoles").json()["code"] == "ResourceNotFound"
    assert visitor.post("/console").status_code == 404
    assert visitor.put("/console/sign-in").status_code == 405


def test_uploads_need_a_session(visitor: httpx.Client) -> None:
    """Nobody sends files who is not signed in, or from a page of another origin."""
    path = "/console/_nicegui/client/x/upload/1"
    assert visitor.post(path, files={"f": b"x"}).status_code == 403
    sign_in(visitor)
    assert visitor.post(path, files={"f": b"x"}, headers={"Origin": "https://evil.example"}).status_code == 403


def handshake(service: ServiceProcess, cookie: str, origin: str, path: str) -> bytes:
    """The first line that answers an upgrade to a socket."""
    request = (
        f"GET {path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"Origin: {origin}\r\nCookie: roarbase_console={cookie}\r\n\r\n"
    )
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=20) as raw,
        context.wrap_socket(raw) as wrapped,
    ):
        wrapped.sendall(request.encode())
        return wrapped.recv(4096).split(b"\r\n")[0]


def test_sockets_need_a_session_and_this_origin(visitor: httpx.Client, service: ServiceProcess) -> None:
    """Neither a stranger nor a page of another site is let in; other paths have no sockets at all."""
    path = "/console/_nicegui_ws/socket.io/"
    sign_in(visitor)
    cookie = visitor.cookies["roarbase_console"]
    assert b"101" in handshake(service, cookie, service.url, path)
    assert b"403" in handshake(service, "", service.url, path)
    assert b"403" in handshake(service, cookie, "https://evil.example", path)
    assert b"403" in handshake(service, cookie, service.url, "/console/help")
    assert b"101" not in handshake(service, cookie, service.url, "/v1/deployments")
