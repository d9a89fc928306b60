"""The document, and the pages drawn from it."""

import html.parser
import json
from collections.abc import Callable
from typing import Annotated

import msgspec
import pytest
from fastapi import Depends, FastAPI
from starlette.responses import Response

from roarbase.planes.http import STATUS, json_body
from roarbase.planes.openapi import describe, document
from tests.http.live import AppClient


@pytest.fixture
def app(make_app: Callable[..., FastAPI]) -> FastAPI:
    return make_app()


def test_a_body_is_found_by_its_dependency(app: FastAPI) -> None:
    """No route repeats what its handler says."""
    operation = document(app)["paths"]["/things"]["post"]
    assert operation["requestBody"]["required"] is True
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Create"}
    assert operation["responses"]["201"]["content"]["application/json"]["schema"] == schema
    members = document(app)["components"]["schemas"]["Create"]
    assert members["required"] == ["name", "options"]
    assert members["properties"]["options"] == {"$ref": "#/components/schemas/Options"}


def test_errors_are_told_by_status(app: FastAPI) -> None:
    """Those a route names, those every body can meet, and those every token can meet."""
    things, me = (document(app)["paths"][path] for path in ("/things", "/me"))
    assert things["post"]["responses"]["409"]["description"] == "ResourceAlreadyExists"
    assert "InvalidBody" in things["post"]["responses"]["400"]["description"]
    assert "401" not in things["post"]["responses"]
    assert "Unauthorized" in me["get"]["responses"]["401"]["description"]


def test_a_token_is_found_by_its_dependency(app: FastAPI) -> None:
    """Handlers that depend on the principal need one; others do not."""
    paths = document(app)["paths"]
    assert paths["/me"]["get"]["security"] == [{"token": []}]
    assert "security" not in paths["/things"]["get"]
    assert document(app)["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_a_raw_body_has_its_media_type(app: FastAPI) -> None:
    """It is bytes, not JSON."""
    assert list(document(app)["paths"]["/raw"]["post"]["requestBody"]["content"]) == ["text/plain"]


def test_parameters_are_there(app: FastAPI) -> None:
    """As the handlers declare them."""
    assert document(app)["paths"]["/things"]["get"]["parameters"][0]["name"] == "limit"
    assert document(app)["paths"]["/things/{number}"]["get"]["parameters"][0]["in"] == "path"


def test_nothing_of_the_frameworks_own_is_left(app: FastAPI) -> None:
    """No 422, no schemas of another validation system, none of our notes."""
    text = json.dumps(document(app))
    assert "HTTPValidationError" not in text
    assert "x-roarbase" not in text


def test_every_reference_leads_somewhere(app: FastAPI) -> None:
    """The document is whole."""
    whole = document(app)

    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    names = {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    assert references(whole) <= names
    assert len(names) >= 4


def test_two_structs_of_one_name_are_kept_apart(app: FastAPI) -> None:
    """Both API versions may call theirs the same."""
    inner = [msgspec.defstruct("Inner", [(name, str)]) for name in ("old", "new")]
    outer = [msgspec.defstruct("Outer", [("inner", each)]) for each in inner]
    for number, kind in enumerate(outer):

        async def handler(body: Annotated[object, Depends(json_body(kind))]) -> Response:
            raise NotImplementedError

        app.post(f"/v{number}", openapi_extra=describe(answer=kind))(handler)
    schemas = document(app)["components"]["schemas"]
    found = []
    for number in range(2):
        operation = document(app)["paths"][f"/v{number}"]["post"]
        body, answer = operation["requestBody"], operation["responses"]["200"]
        assert body["content"] == answer["content"]
        reference = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        inner_reference = schemas[reference]["properties"]["inner"]["$ref"].rpartition("/")[2]
        found.append(list(schemas[inner_reference]["properties"]))
    assert found == [["old"], ["new"]]


def test_an_unknown_code_is_refused_when_the_route_is_made() -> None:
    """A typing mistake does not reach the document."""
    with pytest.raises(ValueError, match="NotFound"):
        describe(errors=("NotFound",))


def test_the_document_is_served(app: FastAPI) -> None:
    """With every code in the schema of errors."""
    served = AppClient(app).get("/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert set(served["components"]["schemas"]["Error"]["properties"]["code"]["enum"]) == set(STATUS)


VOID = {"meta", "br", "link", "img", "input", "hr"}


class Checker(html.parser.HTMLParser):
    """Reads a page: its tags must match, its anchors must lead somewhere, nothing may be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
            assert name not in ("src", "style")
            assert not name.startswith("on")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    assert {link[1:] for link in checker.links if link.startswith("#")} <= set(checker.ids)
    assert {link for link in checker.links if not link.startswith("#")} <= {"/docs", "/openapi.json"}
    assert not checker.seen & {"script", "img", "link", "iframe", "form"}
    assert {"main", "h1", "title"} <= checker.seen
    return checker


def test_the_docs_are_a_whole_page_without_scripts(app: FastAPI) -> None:
    """Tags match, links lead to what is there, every endpoint and schema has its place."""
    answer = AppClient(app).get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    ids = set(check(answer.text).ids)
    assert {"post-things", "get-things-number", "schema-Create", "schema-Error"} <= ids


def test_what_the_document_says_is_text(app: FastAPI) -> None:
    """An example with angle brackets is shown, not obeyed."""
    assert "curl --data-raw &#x27;x &lt; y&#x27; /raw" in AppClient(app).get("/docs").text


def test_a_browser_at_the_origin_is_led_to_the_console(make_app: Callable[..., FastAPI]) -> None:
    """GET only: POST there is the token endpoint."""
    answer = AppClient(make_app()).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert AppClient(make_app()).post("/").status_code == 405


def test_health_answers_before_readiness(app: FastAPI) -> None:
    """A flag or a callable says when traffic may come."""
    client = AppClient(app)
    assert client.get("/healthz").json() == {"status": "ok"}
    for ready, status in ((False, 503), (True, 200), (lambda: False, 503), (lambda: True, 200)):
        app.state.ready = ready
        assert client.get("/readyz").status_code == status
