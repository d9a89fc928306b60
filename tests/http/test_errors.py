"""What a caller is told when something is wrong."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI

from roarbase import errors
from roarbase.errors import BadRequest, MethodNotAllowed, OperatorError, RoarbaseError
from roarbase.planes.http import STATUS, error_answer
from tests.http.live import AppClient


def tree(top: type[RoarbaseError]) -> Iterator[type[RoarbaseError]]:
    yield top
    for each in top.__subclasses__():
        yield from tree(each)


@pytest.fixture
def client(make_app: Callable[..., FastAPI]) -> AppClient:
    return AppClient(make_app())


def test_every_code_of_the_tree_has_a_status() -> None:
    """An error that can be raised can be answered, and the table holds nothing else."""
    codes = {each.code for each in tree(RoarbaseError) if each.__module__ == errors.__name__}
    assert codes == set(STATUS)


def test_the_statuses_are_errors() -> None:
    """Client errors are 4xx, the service's own are 5xx."""
    own = {each.code for each in tree(errors.ServiceError)}
    assert all((STATUS[code] >= 500) == (code in own) and 400 <= STATUS[code] < 600 for code in STATUS)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "ResourceNotFound"),
        ("POST", "/nothing/here/", 404, "ResourceNotFound"),
        ("DELETE", "/things", 405, "MethodNotAllowed"),
        ("OPTIONS", "/things", 405, "MethodNotAllowed"),
        ("GET", "/things?limit=ten", 400, "InvalidParameter"),
        ("GET", "/things/ten", 400, "InvalidParameter"),
        ("GET", "/big", 400, "MissingParameter"),
        ("GET", "/me", 401, "MissingAuthenticationToken"),
        ("GET", "/fails/forbidden", 403, "Forbidden"),
        ("GET", "/fails/surrogate", 403, "Forbidden"),
        ("GET", "/fails/statement", 400, "BadRequest"),
        ("GET", "/fails/rate", 429, "RateLimit"),
        ("GET", "/fails/bug", 500, "InternalError"),
        ("GET", "/fails/internal", 500, "InternalError"),
        ("GET", "/readyz", 503, "Unavailable"),
    ],
)
def test_errors_are_code_and_message(client: AppClient, method: str, path: str, status: int, code: str) -> None:
    """Whatever goes wrong, the body is an object of code and message, with a request id beside it."""
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert isinstance(answer.json()["message"], str)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]


def test_a_bug_is_told_as_two_words(client: AppClient) -> None:
    """The caller has nothing of the traceback."""
    assert client.get("/fails/bug").json() == {"code": "InternalError", "message": "internal error"}


@pytest.mark.parametrize("error", [errors.InternalError("file 7 is gone"), OperatorError("/var/lib is full")])
def test_the_services_own_faults_are_not_told(error: RoarbaseError) -> None:
    """Sentences for the operator do not reach the caller."""
    assert b"internal error" in error_answer(error).body
    assert b"7" not in error_answer(error).body
    assert b"var" not in error_answer(error).body


def test_a_statement_error_has_its_place(client: AppClient) -> None:
    """Line and column stand beside code and message."""
    expected = {"code": "BadRequest", "message": "unexpected )", "line": 2, "column": 7}
    assert client.get("/fails/statement").json() == expected


def test_a_rate_limit_says_when(client: AppClient) -> None:
    """Retry-After is in whole seconds, rounded up."""
    assert client.get("/fails/rate").headers["retry-after"] == "3"


def test_a_401_says_how(client: AppClient) -> None:
    """WWW-Authenticate names the scheme."""
    assert client.get("/me").headers["www-authenticate"] == "Bearer"
    assert client.get("/me", headers={"Authorization": "Bearer bad"}).headers["www-authenticate"] == "Bearer"


def test_allow_lists_the_methods_of_all_routes_of_a_path(client: AppClient) -> None:
    """GET and POST of one path stand in different routes, and both are told."""
    assert client.put("/things").headers["allow"] == "GET, POST, HEAD"
    assert client.get("/raw").headers["allow"] == "POST"
    assert client.post("/things/7").headers["allow"] == "GET, HEAD"


def test_allow_can_be_given_by_the_error() -> None:
    """Whoever raises MethodNotAllowed names the methods."""
    assert error_answer(MethodNotAllowed("no", allow=("GET", "PUT"))).headers["allow"] == "GET, PUT"


def test_an_answer_repeats_no_megabytes() -> None:
    """A sentence that quotes what was sent is cut."""
    assert len(error_answer(BadRequest("no language is called " + "x" * 10_000_000)).body) < 10_000


@pytest.mark.parametrize("path", ["/things", "/things/", "/things//", "/things/7/", "/healthz/"])
def test_trailing_slashes_are_accepted(client: AppClient, path: str) -> None:
    """No redirect: a client would lose its body on the way."""
    assert client.get(path).status_code == 200


def test_head_answers_as_get_without_a_body(client: AppClient) -> None:
    """HEAD is there wherever GET is."""
    assert client.head("/things").status_code == 200
    assert client.head("/raw").status_code == 405


def test_an_address_with_percents_and_nulls_is_only_unknown(client: AppClient) -> None:
    """No path ends in a bug."""
    for path in ("/%00", "/%ff%fe", "/things/%0a", "/" + "a" * 5000, "/things/" + "9" * 5000):
        assert client.get(path).status_code in (400, 404)
