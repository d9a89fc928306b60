"""`/docs`: the OpenAPI document as a page to read. No scripts, and nothing from anywhere else."""

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from roarbase.planes.openapi import document
from roarbase.planes.pages import PAGE_HEADERS, page

__all__ = ["docs_html", "router"]

_Json = dict[str, Any]

router = APIRouter()


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """The page."""
    return HTMLResponse(docs_html(document(request.app)), headers=PAGE_HEADERS)


def docs_html(whole: _Json) -> str:
    """The page for an OpenAPI document."""
    info = whole["info"]
    operations = [
        (path, method, operation) for path, methods in whole["paths"].items() for method, operation in methods.items()
    ]
    schemas = whole.get("components", {}).get("schemas", {})
    parts = [
        f"<header><h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{_text(info.get('description', ''))}</p>",
        '<p>The same as a document for programs: <a href="/openapi.json">/openapi.json</a>.</p></header>',
        '<nav aria-label="Contents"><h2>Endpoints</h2><ul>',
        *(_contents_line(*operation) for operation in operations),
        "</ul></nav><main>",
        *(_operation(*operation) for operation in operations),
        '<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>',
        *(_schema(name, schema) for name, schema in schemas.items()),
        "</section></main>",
    ]
    return page(f"{info['title']} API", "\n".join(parts))


def _anchor(path: str, method: str) -> str:
    return escape(f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '') or 'root'}")


def _heading(path: str, method: str) -> str:
    return f"<code><b>{escape(method.upper())}</b> {escape(path)}</code>"


def _contents_line(path: str, method: str, operation: _Json) -> str:
    summary = escape(operation.get("summary", ""))
    return f'<li><a href="#{_anchor(path, method)}">{_heading(path, method)}</a> {summary}</li>'


def _operation(path: str, method: str, operation: _Json) -> str:
    anchor = _anchor(path, method)
    token = "" if operation.get("security") else '<p class="quiet">Needs no token.</p>'
    parts = [
        f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{_heading(path, method)}</h2>',
        f"<p><b>{escape(operation.get('summary', ''))}.</b> {_text(operation.get('description', ''))}</p>{token}",
        *_parameters(operation.get("parameters", [])),
        *_body(operation.get("requestBody")),
        *_answers(operation["responses"]),
    ]
    if curl := operation.get("x-curl"):
        parts.append(f"<h3>Example</h3><pre>{escape(curl)}</pre>")
    return "\n".join([*parts, "</section>"])


def _parameters(parameters: list[_Json]) -> Iterator[str]:
    if not parameters:
        return
    yield "<h3>Parameters</h3><dl>"
    for parameter in parameters:
        need = "" if parameter.get("required") else ", may be absent"
        yield (
            f"<dt><code>{escape(parameter['name'])}</code></dt><dd>{_type(parameter.get('schema', {}))}, "
            f"in the {escape(parameter['in'])}{need}. {_text(parameter.get('description', ''))}</dd>"
        )
    yield "</dl>"


def _body(body: _Json | None) -> Iterator[str]:
    for media, content in (body or {}).get("content", {}).items():
        kind = "" if media == "application/json" else f" ({escape(media)})"
        yield f"<h3>Request body</h3><p>{_type(content['schema'])}{kind}</p>"


def _answers(responses: _Json) -> Iterator[str]:
    yield "<h3>Answers</h3><dl>"
    for status, response in responses.items():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        shown = f" {_type(schema)}" if schema and int(status) < 400 else ""
        yield f"<dt>{escape(status)}</dt><dd>{escape(response['description'])}{shown}</dd>"
    yield "</dl>"


def _schema(name: str, schema: _Json) -> str:
    required = set(schema.get("required", ()))
    parts = [f'<h3 id="schema-{escape(name)}"><code>{escape(name)}</code></h3>']
    parts.append(f"<p>{_text(schema.get('description', ''))}</p>")
    members = schema.get("properties", {})
    if not members:
        return "\n".join([*parts, f"<p>{_type(schema)}</p>"])
    for member, inner in members.items():
        need = "" if member in required else ", may be absent"
        parts.append(f"<dt><code>{escape(member)}</code></dt><dd>{_type(inner)}{need}</dd>")
    return "\n".join([*parts[:2], "<dl>", *parts[2:], "</dl>"])


def _type(schema: _Json) -> str:
    """A schema in words, with links to the named ones."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}"><code>{name}</code></a>'
    if "anyOf" in schema:
        return " or ".join(_type(inner) for inner in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(str(schema.get("format") or schema.get("type") or "anything"))


def _text(text: str) -> str:
    """A docstring as HTML: its first paragraph, `code` in backticks kept."""
    pieces = escape(text.split("\n\n")[0]).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
