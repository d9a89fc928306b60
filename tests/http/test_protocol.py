"""Connections that never become a request, or whose answer nobody reads."""

import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket

from roarbase.model.settings import Settings
from roarbase.server import protocol
from roarbase.server.tls import names_for, self_signed, server_context
from tests.http.live import Client, live

GET = b"GET /things HTTP/1.1\r\nHost: x\r\n"
MakeApp = Callable[..., FastAPI]


def test_headers_must_arrive_in_time(make_app: MakeApp) -> None:
    """One header a moment for ever is not a request."""
    with live(make_app(), Settings(), head_seconds=0.4) as port, Client(port) as client:
        client.send(GET)
        since = time.monotonic()
        client.socket.settimeout(0.05)
        while time.monotonic() - since < 5:
            client.send(b"X-More: 1\r\n")
            try:
                answer = client.answer()
                break
            except TimeoutError:
                continue
        assert (answer.status, answer.json()["code"]) == (408, "RequestTimeout")
        assert client.is_closed_within(3)


def test_a_connection_that_says_nothing_is_closed(make_app: MakeApp) -> None:
    """Its place is for others."""
    with live(make_app(), Settings(), head_seconds=0.3) as port, Client(port) as client:
        assert client.is_closed_within(3)


def test_a_waiting_connection_may_wait_longer_than_its_headers(make_app: MakeApp) -> None:
    """Between two requests the limit on idle connections holds, not the one on headers."""
    with live(make_app(), Settings(), head_seconds=0.3) as port, Client(port) as client:
        client.send(GET + b"\r\n")
        assert client.answer().status == 200
        time.sleep(0.8)
        client.send(GET + b"\r\n")
        assert client.answer().status == 200


def test_slow_headers_of_a_second_request_are_noticed(make_app: MakeApp) -> None:
    """The deadline begins anew with each request."""
    with live(make_app(), Settings(), head_seconds=0.3) as port, Client(port) as client:
        client.send(GET + b"\r\n")
        assert client.answer().status == 200
        client.send(GET)
        assert client.answer().status == 408


def test_a_body_has_its_own_deadline(make_app: MakeApp) -> None:
    """A long upload is not taken for slow headers."""
    with live(make_app(), Settings(), head_seconds=0.3) as port, Client(port) as client:
        client.send(b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        time.sleep(0.8)
        client.send(b"def")
        assert client.answer().json() == {"size": 6}


def test_a_socket_stays_open(make_app: MakeApp) -> None:
    """No further head is waited for on it."""
    app = make_app()

    @app.websocket("/console/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())

    with live(app, Settings(), head_seconds=0.3) as port, Client(port) as client:
        client.send(
            b"GET /console/echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert client.answer().status == 101
        assert not client.is_closed_within(1)
        client.socket.settimeout(10)
        client.send(b"\x81\x82\0\0\0\0hi")  # a frame of text, masked with zeros
        assert client.socket.recv(4096) == b"\x81\x02hi"


MALFORMED = [
    b"nonsense\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS spoken to a plain port
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /things HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
    b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /things HTTP/1.1\r\nX-A: a\x00b\r\n\r\n",
]


@pytest.mark.parametrize("data", MALFORMED, ids=[repr(data[:45]) for data in MALFORMED])
def test_malformed_http_is_answered(port: int, data: bytes) -> None:
    """400 in the shape of every other error, with a request id, and the connection ends."""
    with Client(port) as client:
        client.send(data)
        answer = client.answer()
        assert (answer.status, answer.json()["code"]) == (400, "BadRequest")
        assert answer.headers["x-request-id"]
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("method", [b"FOO", b"get", b"\x16\x03\x01\x02\x00"])
def test_a_method_that_is_none_is_told(port: int, method: bytes) -> None:
    """A method that HTTP has and the path does not take is 405; what is no method at all is named as the fault."""
    with Client(port) as client:
        client.send(method + b" /things HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = client.answer()
        assert (answer.status, answer.json()["code"]) == (400, "BadRequest")
        assert "method" in answer.json()["message"]
    with Client(port) as client:
        client.send(b"PROPFIND /things HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().status == 405


@pytest.mark.parametrize(
    ("target", "status"), [(b"http://x", 303), (b"HTTP://x:80?a=1", 303), (b"http://x/things", 200), (b"/things", 200)]
)
def test_a_target_with_its_host_is_read_as_its_path(port: int, target: bytes, status: int) -> None:
    """And one that ends with the host means the front page."""
    with Client(port) as client:
        client.send(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().status == status


def test_the_connection_ends_after_malformed_http(port: int) -> None:
    """What follows could be anything."""
    with Client(port) as client:
        client.send(MALFORMED[0])
        assert client.answer().status == 400
        client.send(GET + b"\r\n")
        assert client.is_closed_within(3)


@pytest.mark.parametrize("data", [b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_requests_without_a_path_are_refused(port: int, data: bytes) -> None:
    """They are HTTP, but nothing here answers them; no bug either."""
    with Client(port) as client:
        client.send(data)
        assert 400 <= client.answer().status < 500


@pytest.mark.parametrize(
    "data",
    [
        GET + b"X-Long: " + b"x" * 70_000 + b"\r\n\r\n",
        GET + b"X-Long: " + b"x" * 70_000,
        GET + b"".join(b"X-%d: %s\r\n" % (i, b"x" * 1000) for i in range(80)) + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["one long header", "one that does not end", "many headers", "a long path"],
)
def test_headers_are_bounded(port: int, data: bytes) -> None:
    """A request's line and headers fit into 64 KiB."""
    with Client(port) as client:
        client.send(data)
        answer = client.answer()
        assert (answer.status, answer.json()["code"]) == (400, "BadRequest")
        assert "too long" in answer.json()["message"]


def test_the_refusal_of_endless_headers_can_be_read(port: int) -> None:
    """Also by a client that looks only when it has sent all of them."""
    with Client(port) as client:
        client.send(GET + b"X-Long: " + b"x" * 5_000_000)
        time.sleep(0.2)
        client.send(b"x" * 100_000)
        assert client.answer().status == 400


def test_long_headers_below_the_bound_are_fine(port: int) -> None:
    """And so are many requests in a row, whose headers are longer together."""
    with Client(port) as client:
        for _ in range(3):
            client.send(GET + b"X-Long: " + b"x" * 60_000 + b"\r\n\r\n")
            assert client.answer().status == 200


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    """Three requests in one packet, three answers."""
    with Client(port) as client:
        client.send(b"".join(b"GET /things/%d HTTP/1.1\r\nHost: x\r\n\r\n" % i for i in range(3)))
        got = b""
        while got.count(b"number") < 3:
            got += client.socket.recv(65536)
        assert [got.index(b'"number": %d' % i) for i in range(3)] == sorted(
            got.index(b'"number": %d' % i) for i in range(3)
        )


@pytest.fixture
def tls_pair(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The two ends of a TLS connection."""
    server = server_context(*self_signed(tmp_path, names_for("localhost")))
    return server, ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("size", [200_000, 20_000_000], ids=["in the kernel", "in the process"])
def test_an_answer_that_is_not_read_is_given_up(
    make_app: MakeApp, tls_pair: tuple[ssl.SSLContext, ssl.SSLContext], is_tls: bool, size: int
) -> None:
    """The connection is cut, and the answer's memory is free again."""
    server_tls, client_tls = tls_pair if is_tls else (None, None)
    values = {"stalled_answer_seconds": 0.6}
    app = make_app(**values)
    with (
        live(app, Settings(values), tls=server_tls) as port,
        Client(port, client_tls, receive_buffer=4096) as client,
    ):
        client.send(b"GET /big?size=%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
        time.sleep(1.6)
        assert _received(client) < size


def test_a_kernel_that_does_not_tell_is_no_matter(
    make_app: MakeApp, tls_pair: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encrypted bytes that wait in the process are found without it."""
    monkeypatch.setattr(protocol, "_kernel_bytes", lambda _: 0)
    values = {"stalled_answer_seconds": 0.6}
    with (
        live(make_app(**values), Settings(values), tls=tls_pair[0]) as port,
        Client(port, tls_pair[1], receive_buffer=4096) as client,
    ):
        client.send(b"GET /big?size=20000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.6)
        assert _received(client) < 20_000_000


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_an_answer_that_is_read_slowly_arrives(
    make_app: MakeApp, tls_pair: tuple[ssl.SSLContext, ssl.SSLContext], is_tls: bool
) -> None:
    """Slow is not stalled: as long as bytes leave, the client may take its time."""
    server_tls, client_tls = tls_pair if is_tls else (None, None)
    values = {"stalled_answer_seconds": 0.8}
    size = 6_000_000
    with (
        live(make_app(**values), Settings(values), tls=server_tls) as port,
        Client(port, client_tls, receive_buffer=4096) as client,
    ):
        client.send(b"GET /big?size=%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % size)
        received, since = 0, time.monotonic()
        while time.monotonic() - since < 2.4:
            received += len(client.socket.recv(60_000))
            time.sleep(0.02)
        assert received + _received(client) > size


def _received(client: Client) -> int:
    """How many bytes still come before the connection ends."""
    received = 0
    try:
        while data := client.socket.recv(1 << 20):
            received += len(data)
    except (ConnectionError, ssl.SSLError):
        pass
    return received


def test_curl_over_tls_trusts_the_authority_for_every_name(make_app: MakeApp, tmp_path: Path) -> None:
    """The names of the planes, and the machine's own."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    tls = server_context(*self_signed(tmp_path, names_for("molecula.cloud")))
    with live(make_app(), Settings(), tls=tls) as port:
        for name in (
            "id.molecula.cloud",
            "api.molecula.cloud",
            "data.molecula.cloud",
            "localhost",
            "127.0.0.1",
            "[::1]",
        ):
            to = f"{name}:{port}:127.0.0.1:{port}"
            command = [curl, "-sS", "--noproxy", "*", "--cacert", str(tmp_path / "ca.pem"), "--connect-to", to]
            ran = subprocess.run(
                [*command, f"https://{name}:{port}/healthz"], capture_output=True, text=True, check=False, timeout=20
            )
            assert '"ok"' in ran.stdout, (name, ran.stderr)
