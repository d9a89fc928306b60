"""Clients that are too large, too slow or gone, over real sockets; each limit is met with a small value."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable

import pytest
from fastapi import FastAPI

from roarbase.errors import PayloadTooLarge
from roarbase.model.settings import Settings
from roarbase.planes import guards
from roarbase.planes.guards import BodyGuard, BodyLimits
from roarbase.planes.trail import Traffic
from tests.http.live import Client, live

MakeApp = Callable[..., FastAPI]


def post(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_a_body_that_announces_itself_too_large_is_refused_unread(make_app: MakeApp) -> None:
    """413 comes before the body, and arrives although the client goes on sending."""
    values = {"request_bytes": 1000}
    with live(make_app(**values), Settings(values)) as port, Client(port) as client:
        client.send(post("/raw", "Content-Length: 5000000"))
        answer = client.answer()
        assert (answer.status, answer.json()["code"]) == (413, "PayloadTooLarge")
        assert "1000 bytes" in answer.json()["message"]
        assert answer.headers["connection"] == "close"
        client.send(b"x" * 5_000_000)
        assert client.is_closed_within(5)


def test_the_whole_body_may_be_sent_before_the_refusal_is_read(make_app: MakeApp) -> None:
    """A client that looks for the answer only when it has sent everything finds it."""
    values = {"request_bytes": 1000}
    with live(make_app(**values), Settings(values)) as port, Client(port) as client:
        client.send(post("/raw", "Content-Length: 5000000") + b"x" * 5_000_000)
        assert client.answer().status == 413
        assert client.is_closed_within(5)


def test_a_streamed_body_is_refused_where_it_passes_the_limit(make_app: MakeApp) -> None:
    """Chunked bodies have no length to go by: their bytes are counted."""
    values = {"request_bytes": 1000}
    with live(make_app(**values), Settings(values)) as port, Client(port) as client:
        client.send(post("/raw", "Transfer-Encoding: chunked") + chunk(b"x" * 600))
        client.send(chunk(b"x" * 600))
        answer = client.answer()
        assert (answer.status, answer.json()["code"]) == (413, "PayloadTooLarge")
        client.send(chunk(b"x" * 600) + b"0\r\n\r\n")
        assert client.is_closed_within(5)


@pytest.mark.parametrize(("size", "status"), [(0, 200), (999, 200), (1000, 200), (1001, 413)])
def test_the_limit_itself_is_allowed(make_app: MakeApp, size: int, status: int) -> None:
    """By length and by chunks alike."""
    values = {"request_bytes": 1000}
    with live(make_app(**values), Settings(values)) as port:
        with Client(port) as client:
            client.send(post("/raw", f"Content-Length: {size}") + b"x" * size)
            assert client.answer().status == status
        with Client(port) as client:
            body = chunk(b"x" * size) if size else b""
            client.send(post("/raw", "Transfer-Encoding: chunked") + body + b"0\r\n\r\n")
            assert client.answer().status == status


def test_a_body_must_arrive_in_time(make_app: MakeApp) -> None:
    """A client that drips is told 408 when its time is over, however lively it drips."""
    values = {"body_seconds": 0.4}
    with live(make_app(**values), Settings(values)) as port, Client(port) as client:
        client.send(post("/raw", "Content-Length: 100"))
        since = time.monotonic()
        client.socket.settimeout(0.05)
        while time.monotonic() - since < 5:
            client.send(b"x")
            try:
                answer = client.answer()
                break
            except TimeoutError:
                continue
        assert (answer.status, answer.json()["code"]) == (408, "RequestTimeout")
        assert time.monotonic() - since < 4


def test_bodies_share_a_bounded_room(make_app: MakeApp) -> None:
    """Beyond it a request is told to come again; when the room is free it is taken."""
    values = {"buffered_bytes": 1000}
    app = make_app(**values)
    with live(app, Settings(values)) as port, Client(port) as first:
        first.send(post("/raw", "Content-Length: 800") + b"x" * 700)
        with Client(port) as second:
            while app.state.traffic.buffered_bytes < 700:
                time.sleep(0.01)
            second.send(post("/raw", "Content-Length: 400") + b"x" * 400)
            answer = second.answer()
            assert (answer.status, answer.json()["code"], answer.headers["retry-after"]) == (429, "RateLimit", "1")
        first.send(b"x" * 100)
        assert first.answer().json() == {"size": 800}
        with Client(port) as third:
            third.send(post("/raw", "Content-Length: 400") + b"x" * 400)
            assert third.answer().status == 200
    assert app.state.traffic.buffered_bytes == 0


def test_a_body_larger_than_the_whole_room_is_too_large(make_app: MakeApp) -> None:
    """Coming again would not help it."""
    values = {"buffered_bytes": 1000}
    with live(make_app(**values), Settings(values)) as port, Client(port) as client:
        client.send(post("/raw", "Content-Length: 1001"))
        assert client.answer().status == 413


def test_zero_is_no_limit(make_app: MakeApp) -> None:
    """Every limit of a body can be switched off."""
    values = {"request_bytes": 0, "buffered_bytes": 0, "body_seconds": 0}
    with live(make_app(**values), Settings(values)) as port, Client(port) as client:
        client.send(post("/raw", "Content-Length: 300000") + b"x" * 300_000)
        assert client.answer().json() == {"size": 300_000}


def test_an_answer_may_overtake_its_body(port: int) -> None:
    """Who has no token is told at once, in full, while the body is still on its way."""
    with Client(port) as client:
        client.send(post("/unread", "Content-Length: 3000000") + b"x" * 1000)
        assert client.answer().status == 401
        client.send(b"x" * 2_999_000)
        assert client.is_closed_within(5)


def test_a_small_unread_body_does_not_cost_the_connection(port: int) -> None:
    """It is read and dropped, and the next request uses the same connection."""
    with Client(port) as client:
        client.send(post("/unread", "Content-Length: 3"))
        client.send(b"abc")
        answer = client.answer()
        assert answer.status == 401
        assert "connection" not in answer.headers
        client.send(post("/raw", "Content-Length: 3") + b"abc")
        assert client.answer().json() == {"size": 3}


def test_a_client_that_leaves_is_forgotten(make_app: MakeApp) -> None:
    """Its bytes are given back, and nothing is logged as a bug."""
    app = make_app()
    with live(app, Settings()) as port:
        with Client(port) as client:
            client.send(post("/raw", "Content-Length: 1000") + b"x" * 10)
            while not app.state.traffic.buffered_bytes:
                time.sleep(0.01)
        while app.state.traffic.running:
            time.sleep(0.01)
        assert app.state.traffic.buffered_bytes == 0


def test_expect_100_continue_is_answered(make_app: MakeApp) -> None:
    """The client is asked for its body when the handler wants it, and is not where it is refused."""
    values = {"request_bytes": 1000}
    with live(make_app(**values), Settings(values)) as port:
        with Client(port) as client:
            client.send(post("/raw", "Content-Length: 3", "Expect: 100-continue"))
            assert client.socket.recv(65536).startswith(b"HTTP/1.1 100")
            client.send(b"abc")
            assert client.answer().json() == {"size": 3}
        with Client(port) as client:
            client.send(post("/raw", "Content-Length: 2000", "Expect: 100-continue"))
            assert client.answer().status == 413


def test_curl_is_told_of_a_body_that_is_too_large(make_app: MakeApp) -> None:
    """The commonest client prints the answer, by length, by chunks, and with Expect."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    values = {"request_bytes": 100_000}
    with live(make_app(**values), Settings(values)) as port:
        for extra in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect:"]):
            command = [curl, "-sS", "--max-time", "20", "-o", "-", "-w", "%{http_code}", "--data-binary", "@-", *extra]
            ran = subprocess.run(
                [*command, f"http://127.0.0.1:{port}/raw"], input=b"x" * 3_000_000, capture_output=True, check=True
            )
            assert b"PayloadTooLarge" in ran.stdout
            assert ran.stdout.endswith(b"413")


def test_the_refused_body_is_not_counted_as_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drained is thrown away: it takes no room from others."""
    monkeypatch.setattr(guards, "_LINGER_S", 0.2)
    traffic, held = Traffic(), []

    async def app(_: object, receive: Callable[[], object], __: object) -> None:
        while True:
            await receive()  # type: ignore[misc]

    async def receive() -> dict[str, object]:
        held.append(traffic.buffered_bytes)
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    async def send(message: object) -> None: ...

    async def go() -> None:
        guard = BodyGuard(app, limits=BodyLimits(request_bytes=30), traffic=traffic)  # type: ignore[arg-type]
        scope = {"type": "http", "headers": [(b"transfer-encoding", b"chunked")]}
        with pytest.raises(PayloadTooLarge):
            await guard(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(go())
    assert max(held) == 30
    assert traffic.buffered_bytes == 0
