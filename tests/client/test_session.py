"""Signing in, renewing tokens, sending and failing."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from roarbase import errors
from roarbase.client import Client
from tests.client.fake_service import FakeService

NOTHING = {"resources": []}


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with connected(service) as client:
        yield client


def connected(
    service: FakeService, *, email: str = "me@example.com", password: str = "secret", token: str = ""
) -> Client:
    return Client("http://service", email=email, password=password, token=token, transport=service.transport())


def tokens_used(service: FakeService) -> list[str]:
    return [r.authorization.removeprefix("Bearer ") for r in service.requests]


def test_signs_in_once(service: FakeService, client: Client) -> None:
    """The first request signs in; the next ones use the same token."""
    service.answer(200, NOTHING)
    service.answer(200, NOTHING)
    client.deployments.list()
    client.sinks.list()
    assert service.sign_ins == [{"USERNAME": "me@example.com", "PASSWORD": "secret"}]
    assert tokens_used(service) == ["token-1", "token-1"]


def test_a_wrong_password_is_told(service: FakeService) -> None:
    """A refused sign-in raises the service's own error, and nothing else is sent."""
    with connected(service, password="wrong") as client, pytest.raises(errors.Unauthorized, match="wrong user") as told:
        client.deployments.list()
    assert told.value.values["status"] == 401
    assert service.requests == []


def test_a_given_token_is_used_as_it_is(service: FakeService) -> None:
    """With a token of the caller's own nobody signs in, even if the service refuses it."""
    service.refused = {"mine"}
    with connected(service, token="mine") as client, pytest.raises(errors.Unauthorized):
        client.deployments.list()
    assert service.sign_ins == []
    assert tokens_used(service) == ["mine"]


def test_renews_before_the_end(service: FakeService, client: Client) -> None:
    """A token in its last minute is renewed with the refresh token before the request goes out."""
    service.expires_in = 59
    service.answer(200, NOTHING)
    service.answer(200, NOTHING)
    client.deployments.list()
    client.deployments.list()
    assert service.sign_ins[1:] == [{"REFRESH_TOKEN": "refresh-1"}]
    assert tokens_used(service) == ["token-1", "token-2"]


def test_renews_when_refused(service: FakeService, client: Client) -> None:
    """A token the service no longer takes is renewed and the request sent once more."""
    service.refused = {"token-1"}
    service.answer(200, NOTHING)
    client.deployments.list()
    assert tokens_used(service) == ["token-1", "token-2"]


def test_gives_up_when_the_new_token_is_refused_too(service: FakeService, client: Client) -> None:
    """A request is sent at most twice."""
    service.refused = {"token-1", "token-2", "token-3"}
    with pytest.raises(errors.Unauthorized, match="expired"):
        client.deployments.list()
    assert tokens_used(service) == ["token-1", "token-2"]


def test_signs_in_again_when_the_refresh_is_refused(service: FakeService, client: Client) -> None:
    """A refresh token that has ended is replaced by a sign-in with the password."""
    service.refused = {"token-1"}
    service.refuses_refresh = True
    service.answer(200, NOTHING)
    client.deployments.list()
    assert [sorted(s) for s in service.sign_ins] == [
        ["PASSWORD", "USERNAME"],
        ["REFRESH_TOKEN"],
        ["PASSWORD", "USERNAME"],
    ]
    assert tokens_used(service) == ["token-1", "token-3"]


def test_threads_share_one_sign_in(service: FakeService, client: Client) -> None:
    """Many threads at once sign in once."""
    for _ in range(8):
        service.answer(200, NOTHING)
    threads = [threading.Thread(target=client.deployments.list) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.sign_ins) == 1
    assert tokens_used(service) == ["token-1"] * 8


def test_token_signs_in(service: FakeService, client: Client) -> None:
    """The token can be had for other tools, and is the one that requests use."""
    service.answer(200, NOTHING)
    assert client.token() == "token-1"
    client.deployments.list()
    assert client.token() == "token-1"
    assert tokens_used(service) == ["token-1"]


def test_token_of_a_wrong_password(service: FakeService) -> None:
    """Asking for the token with a wrong password raises."""
    with connected(service, password="wrong") as client, pytest.raises(errors.Unauthorized):
        client.token()


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (404, {"code": "ResourceNotFound", "message": "no such sink"}, errors.ResourceNotFound, "no such sink"),
        (409, {"code": "ResourceAlreadyExists", "message": "taken"}, errors.ResourceAlreadyExists, "taken"),
        (409, {"code": "IncorrectState", "message": "in use"}, errors.IncorrectState, "in use"),
        (400, {"code": "BadRequest", "message": "odd"}, errors.BadRequest, "odd"),
        (401, {"code": "UserDeactivated", "message": "gone"}, errors.UserDeactivated, "gone"),
        (403, {"code": "Forbidden", "message": "no"}, errors.Forbidden, "no"),
        (501, {"code": "NotImplemented", "message": "later"}, errors.NotImplementedYet, "later"),
        (500, {"code": "InternalError", "message": "internal error"}, errors.InternalError, "internal error"),
        (418, {"code": "Teapot", "message": "short and stout"}, errors.RequestError, "short and stout"),
        (599, {"code": "Unheard", "message": "of"}, errors.ServiceError, "of"),
        (502, None, errors.ServiceError, "HTTP 502"),
        (400, ["not", "an", "object"], errors.RequestError, "HTTP 400"),
        (404, {"detail": "Not Found"}, errors.RequestError, "HTTP 404"),
    ],
)
def test_an_error_answer_becomes_its_exception(
    service: FakeService, status: int, body: object, kind: type[Exception], message: str
) -> None:
    """The code picks the class, the message and the status come along."""
    service.answer(status, body)
    with connected(service, token="mine") as client, pytest.raises(kind, match=message) as told:
        client.deployments.get("7f")
    assert type(told.value) is kind
    assert told.value.status == status


def test_a_statement_error_has_its_place(service: FakeService, client: Client) -> None:
    """Line and column of a parse error arrive as attributes."""
    service.answer(400, {"code": "BadRequest", "message": "expected a name", "line": 2, "column": 14})
    with pytest.raises(errors.StatementError, match="expected a name") as told:
        client.query("7f", "sql", "select\n*")
    assert (told.value.line, told.value.column) == (2, 14)


def test_retry_after_is_told(service: FakeService, client: Client) -> None:
    """A throttled caller learns when the next try is heard."""
    service.answer(429, {"code": "RateLimit", "message": "slow down"}, **{"Retry-After": "7"})
    with pytest.raises(errors.RateLimit) as told:
        client.deployments.list()
    assert told.value.retry_after_s == 7


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("too slow")])
def test_no_answer_is_unavailable(service: FakeService, client: Client, failure: Exception) -> None:
    """A service that does not answer raises Unavailable, with what was asked."""
    service.answers.append(failure)
    with pytest.raises(errors.Unavailable, match="GET /v1/deployments"):
        client.deployments.list()


@pytest.mark.parametrize("content", [b"<html>", b"[1]"])
def test_an_answer_that_is_no_object_is_refused(service: FakeService, client: Client, content: bytes) -> None:
    """Something else than the service on that port is told apart from an answer."""
    service.answers.append(httpx.Response(200, content=content))
    with pytest.raises(errors.InternalError):
        client.deployments.list()


def test_a_sign_in_without_tokens_is_refused() -> None:
    """A 200 that holds no tokens raises instead of going on with none."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"hello": "world"}))
    client = Client("http://service", email="a", password="b", transport=transport)
    with client, pytest.raises(errors.InternalError, match="tokens"):
        client.deployments.list()


def test_names_cannot_leave_their_place_in_the_path(service: FakeService, client: Client) -> None:
    """Slashes and question marks in ids and names are quoted."""
    service.answer(202)
    client.tables.delete("a/b", "x?y=1#z")
    assert service.requests[0].path == "/v1/tables/a%2Fb/x%3Fy%3D1%23z"


def test_records_may_hold_python_values(service: FakeService, client: Client) -> None:
    """Decimals are sent as exact text, times in RFC 3339, sets as arrays."""
    service.answer(200, {"success_count": 1, "error_count": 0, "records": [{"status": "success"}]})
    moment = datetime(2022, 6, 1, 12, tzinfo=UTC)
    client.ingest("s", [{"d": Decimal("1E+2"), "t": moment, "s": frozenset({3}), "n": None, "i": 2**64 - 2}])
    value = {"d": "100", "t": "2022-06-01T12:00:00+00:00", "s": [3], "n": None, "i": 2**64 - 2}
    assert service.requests[0].body == {"records": [{"value": value}]}


def test_a_value_without_a_json_form_is_refused(service: FakeService, client: Client) -> None:
    """A record holding something else raises before anything is sent."""
    with pytest.raises(TypeError, match="cannot hold a complex"):
        client.ingest("s", [{"z": 1j}])
    assert service.requests == []
