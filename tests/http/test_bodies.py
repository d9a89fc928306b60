"""How a body becomes a value, and what is said of one that does not."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from roarbase.errors import InvalidBody, InvalidParameter, MissingParameter, RoarbaseError
from roarbase.planes import http
from tests.http.live import AppClient

GOOD = b'{"name": "a", "options": {"shape": "8GB"}}'


class Shape(msgspec.Struct, kw_only=True):
    shape: str


class Thing(msgspec.Struct, kw_only=True):
    name: str
    options: Shape
    sizes: list[int] = []


@pytest.fixture
def client(make_app: Callable[..., FastAPI]) -> AppClient:
    return AppClient(make_app())


CASES = [
    (b"", InvalidBody, "empty"),
    (b" \n", InvalidBody, "empty"),
    (b"{", InvalidBody, "not well-formed JSON"),
    (GOOD + b" x", InvalidBody, "not well-formed JSON"),
    (b"USERNAME=a&PASSWORD=b", InvalidBody, "not well-formed JSON"),
    (b"[]", InvalidBody, "expected object, got array"),
    (b"null", InvalidBody, "expected object, got null"),
    (b'"text"', InvalidBody, "expected object, got str"),
    (b"{}", MissingParameter, r"lacks \$\.name"),
    (b'{"name": "a", "options": {}}', MissingParameter, r"lacks \$\.options\.shape"),
    (b'{"name": 7, "options": {"shape": ""}}', InvalidParameter, r"\$\.name: expected str, got int"),
    (b'{"name": "a", "options": {"shape": null}}', InvalidParameter, r"\$\.options\.shape: expected str, got null"),
    (b'{"name": "a", "options": {"shape": ""}, "sizes": [1, "2"]}', InvalidParameter, r"\$\.sizes\[.*\]"),
    (b'{"name": "a", "options": {"shape": ""}, "sizes": [1e400]}', InvalidParameter, r"\$\.sizes\[.*\]"),
    (b'{"name": "\xff", "options": {"shape": ""}}', InvalidBody, "not well-formed JSON"),
    (b'{"name": "\\ud800", "options": {"shape": ""}}', InvalidBody, "not well-formed JSON"),
    (b'{"name": NaN}', InvalidBody, "not well-formed JSON"),
    (b'{"x": ' + b"[" * 200_000, InvalidBody, "JSON|deep"),
]


@pytest.mark.parametrize(("body", "kind", "said"), CASES, ids=[repr(case[0][:40]) for case in CASES])
def test_a_wrong_body_is_told_by_its_path(body: bytes, kind: type[RoarbaseError], said: str) -> None:
    """The code says what sort of wrong it is, the sentence where."""
    with pytest.raises(kind, match=said) as caught:
        http._decode(msgspec.json.Decoder(Thing), body)
    assert type(caught.value) is kind


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=3), st.lists, max_leaves=5) | st.binary()
)
def test_no_body_ends_in_a_bug(value: object) -> None:
    """Any bytes, any JSON: a value or one of three errors."""
    body = value if isinstance(value, bytes) else json.dumps({"name": value, "options": value}).encode()
    with contextlib.suppress(InvalidBody, InvalidParameter, MissingParameter):
        assert isinstance(http._decode(msgspec.json.Decoder(Thing), body), Thing)


CONTENT_TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "Content-Type: application/json",
    "tapplication/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/vnd.molecula.sql",
    "é",
    None,
]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_the_content_type_does_not_matter(client: AppClient, content_type: str | None) -> None:
    """Clients send JSON under every name there is, and under none."""
    headers = {} if content_type is None else {"Content-Type": content_type.encode("latin-1")}
    assert client.post("/things", content=GOOD, headers=headers).status_code == 201  # type: ignore[arg-type]


def test_a_large_body_is_decoded_too(client: AppClient) -> None:
    """Beyond the size that a thread decodes, nothing changes."""
    body = json.dumps({"name": "a" * 200_000, "options": {"shape": "8GB"}})
    assert len(client.post("/things", content=body).json()["name"]) == 200_000
    assert client.post("/things", content=body[:-1]).json()["code"] == "InvalidBody"


def test_unknown_members_are_refused_where_a_struct_says_so(client: AppClient) -> None:
    """The sentence names the member."""
    answer = client.post("/strict", content=b'{"nmae": "a"}')
    assert answer.json()["code"] == "InvalidParameter"
    assert "$.nmae" in answer.json()["message"]


def test_answers_are_pretty_and_keep_their_order(client: AppClient) -> None:
    """One member a line, as declared: shell scripts pick them by line."""
    text = client.post("/things", content=GOOD).text
    assert text.splitlines()[:4] == ["{", '  "name": "a",', '  "options": {', '    "shape": "8GB"']


def test_a_raw_body_is_the_bytes(client: AppClient) -> None:
    """Nothing is decoded, nothing lost, empty included."""
    assert client.post("/raw", content=b"\x00\xff" * 70_000).json() == {"size": 140_000}
    assert client.post("/raw").json() == {"size": 0}


def test_the_token_of_the_header_makes_the_principal(client: AppClient) -> None:
    """With the scheme or without it: the verifier sees the header as it is."""
    for header in ("good", "Bearer good"):
        assert client.get("/me", headers={"Authorization": header}).json() == {"user": "u-1"}


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "streamed"])
def test_a_body_longer_than_its_endpoint_needs_is_refused(make_app: Callable[..., FastAPI], is_announced: bool) -> None:
    """JSON for the control plane may have a megabyte, whatever the setting request_bytes allows to records."""
    client = AppClient(make_app())

    def post(size: int) -> httpx.Response:
        body = GOOD + b" " * (size - len(GOOD))

        async def parts() -> AsyncIterator[bytes]:
            for start in range(0, size, 2**16):
                yield body[start : start + 2**16]

        return client.request("POST", "/things", content=body if is_announced else parts())

    assert post(2**20).status_code == 201
    refused = post(2**20 + 1)
    assert (refused.status_code, refused.json()["code"]) == (413, "PayloadTooLarge")
    assert "1048576" in refused.json()["message"]
