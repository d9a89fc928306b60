"""Request ids, the access log, and pages of other origins."""

from collections.abc import Callable

import pytest
import structlog
from fastapi import FastAPI

from roarbase.errors import Unavailable
from tests.http.live import AppClient


@pytest.fixture
def client(make_app: Callable[..., FastAPI]) -> AppClient:
    return AppClient(make_app())


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd8448eb211c80319c", "A.b-c_9", "x" * 128])
def test_a_well_formed_request_id_is_kept(client: AppClient, given: str) -> None:
    """The caller finds his own id in the answer."""
    assert client.get("/things", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "a\tb"])
def test_another_request_id_is_replaced(client: AppClient, given: str) -> None:
    """What is not an id does not reach the log."""
    assert client.get("/things", headers={"X-Request-Id": given}).headers["x-request-id"] != given


def test_request_ids_differ(client: AppClient) -> None:
    """Each request has its own."""
    assert len({client.get("/things").headers["x-request-id"] for _ in range(20)}) == 20


def test_a_request_is_one_line_in_the_log(client: AppClient) -> None:
    """It says who asked what and how it went, and no secret: no query, header, body or token."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        client.get("/me?token=hunter2", headers={"Authorization": "good", "X-Request-Id": "r-1"})
    (line,) = lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": "/me",
        "status": 200,
        "bytes": 19,
        "request_id": "r-1",
        "user_id": "u-1",
    }


def test_probes_are_logged_at_debug(client: AppClient) -> None:
    """They come every few seconds, for ever."""
    with structlog.testing.capture_logs() as lines:
        client.get("/healthz")
    assert [line["log_level"] for line in lines] == ["debug"]


def test_a_path_cannot_write_into_the_log(client: AppClient) -> None:
    """Line breaks stay percent-encoded."""
    with structlog.testing.capture_logs() as lines:
        client.get("/a%0Afake%20line")
    assert "\n" not in lines[0]["path"]


def test_a_bug_is_logged_with_its_request(client: AppClient) -> None:
    """The error's line and the access line have one request id."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        client.get("/fails/bug", headers={"X-Request-Id": "r-2"})
    assert [(line["event"], line["request_id"]) for line in lines] == [("internal error", "r-2"), ("request", "r-2")]
    assert lines[0]["exc_info"]


def test_what_is_unavailable_is_logged_with_its_reason(make_app: Callable[..., FastAPI]) -> None:
    """The caller is told to come again; the operator why. Of a database's error its reason only: it repeats values."""

    class DatabaseError(Exception):
        orig = OSError("database or disk is full")

    app = make_app()

    @app.get("/full")
    async def full() -> None:
        raise Unavailable("come again") from DatabaseError("INSERT .. 'hunter2'")

    with structlog.testing.capture_logs() as lines:
        assert AppClient(app).get("/full").json()["message"] == "come again"
    assert (lines[0]["event"], lines[0]["reason"]) == ("unavailable", "come again")
    assert lines[0]["cause"] == "database or disk is full"
    assert "hunter2" not in str(lines)


def test_running_requests_are_counted(make_app: Callable[..., FastAPI]) -> None:
    """One while a request runs, none after it, whatever became of it."""
    app = make_app()
    seen = []

    @app.get("/counted")
    async def counted() -> None:
        seen.append(app.state.traffic.running)
        raise ZeroDivisionError

    AppClient(app).get("/counted")
    assert seen == [1]
    assert (app.state.traffic.running, app.state.traffic.buffered_bytes) == (0, 0)


PAGE, OTHER = "https://app.example.com", "https://evil.example.com"


def test_origins_that_are_listed_may_read(make_app: Callable[..., FastAPI]) -> None:
    """Answers and errors alike are marked for them, and for nobody else."""
    client = AppClient(make_app(cors_origins=PAGE))
    for path in ("/things", "/nothing", "/fails/bug"):
        assert client.get(path, headers={"Origin": PAGE}).headers["access-control-allow-origin"] == PAGE
        refused = client.get(path, headers={"Origin": OTHER})
        assert "access-control-allow-origin" not in refused.headers
        assert refused.headers["vary"] == "Origin"
        assert "access-control-allow-origin" not in client.get(path).headers


def test_without_the_setting_no_origin_is_named(client: AppClient) -> None:
    """The default lets no other page read anything."""
    assert "access-control-allow-origin" not in client.get("/things", headers={"Origin": PAGE}).headers


def test_a_preflight_is_answered_for_listed_origins(make_app: Callable[..., FastAPI]) -> None:
    """It needs no token, and lists what may be sent."""
    client = AppClient(make_app(cors_origins=PAGE))
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    granted = client.options("/me", headers={"Origin": PAGE, **asked})
    assert granted.status_code == 204
    assert granted.headers["access-control-allow-origin"] == PAGE
    assert granted.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "POST" in granted.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in client.options("/me", headers={"Origin": OTHER, **asked}).headers


def test_a_star_lists_every_origin(make_app: Callable[..., FastAPI]) -> None:
    """The origin is named back, so that caches keep them apart."""
    client = AppClient(make_app(cors_origins="*"))
    assert client.get("/things", headers={"Origin": OTHER}).headers["access-control-allow-origin"] == OTHER
