"""The OpenAPI document: what each endpoint reads and answers, from the same structs that do it.

A route says `openapi_extra=describe(answer=..., errors=(...))`. What it reads is found by itself
where its handler depends on `json_body(Type)`, and that it needs a token where it depends on `principal`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.responses import Response

from roarbase.planes.http import STATUS, pretty, principal
from roarbase.planes.sequences import MIN_SEQUENCE_HEADER, SEQUENCE_HEADER, min_sequence

__all__ = ["describe", "document", "router"]

_Json = dict[str, Any]

_OURS = "x-roarbase"  # where describe() leaves its notes; document() takes them out again
_CURL = "x-curl"
_REFERENCE = "#/components/schemas/{name}"
_NEEDS_TOKEN_ERRORS = ("MissingAuthenticationToken", "Unauthorized", "UserDeactivated", "Forbidden", "Unavailable")
_READS_BODY_ERRORS = (
    "InvalidBody",
    "InvalidParameter",
    "MissingParameter",
    "PayloadTooLarge",
    "RequestTimeout",
    "RateLimit",
)
_ERROR = {
    "type": "object",
    "title": "Error",
    "description": "Every error. `line` and `column` are there when a statement is wrong at a place.",
    "properties": {
        "code": {"type": "string", "enum": sorted(STATUS)},
        "message": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
    },
    "required": ["code", "message"],
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The IdToken of a sign-in, as `Authorization: Bearer <IdToken>` or alone.",
}
_SEQUENCE = {"type": "integer", "minimum": 0, "maximum": 2**64 - 1}
_SEQUENCE_SENTENCE = "The place in the deployment's log up to which all is on disk and visible, this write included."
_MIN_SEQUENCE = {
    "name": MIN_SEQUENCE_HEADER,
    "in": "header",
    "required": False,
    "description": f"The least that the answer must have seen: a {SEQUENCE_HEADER} of this deployment.",
    "schema": _SEQUENCE,
}

router = APIRouter()


@router.get("/openapi.json", include_in_schema=False)
async def openapi_json(request: Request) -> Response:
    """The document of this service."""
    return pretty(document(request.app))


def describe(
    *,
    request: Any = None,
    answer: Any = None,
    status: int = 200,
    errors: tuple[str, ...] = (),
    raw: str | bool = False,
    curl: str = "",
    has_sequence: bool = False,
) -> _Json:
    """What a route adds to the document, as its `openapi_extra`.

    Args:
        request: The type of the body, where the handler does not depend on `json_body` of it.
        answer: The type of the answer, None where there is no body.
        status: The status of success.
        errors: The codes that this endpoint answers with, besides those every endpoint has.
        raw: The body is read as it is: True, or its media type.
        curl: An example command.
        has_sequence: Its answer carries the header Roarbase-Seq.
    """
    unknown = sorted(set(errors) - set(STATUS))
    if unknown:
        raise ValueError(f"no error has the code {unknown[0]}")
    types = [t for t in (request, answer) if t is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    by_type = dict(zip(map(id, types), schemas, strict=True))
    notes: _Json = {"components": components, "errors": list(errors), "status": status, "has_sequence": has_sequence}
    if request is not None:
        notes["body"] = _body(by_type[id(request)])
    elif raw:
        media = raw if isinstance(raw, str) else "application/octet-stream"
        notes["body"] = _body({"type": "string", "description": "Read as it is."}, media)
    if answer is not None:
        notes["answer"] = by_type[id(answer)]
    return {_OURS: notes, **({_CURL: curl} if curl else {})}


def _body(schema: _Json, media: str = "application/json") -> _Json:
    return {"required": True, "content": {media: {"schema": schema}}}


def document(app: FastAPI) -> _Json:
    """The whole document, made once per set of routes."""
    made: tuple[int, _Json] | None = getattr(app.state, "openapi_document", None)
    routes = len(list(iter_route_contexts(app.routes)))
    if made is None or made[0] != routes:
        made = app.state.openapi_document = (routes, _document(app))
    return made[1]


def _document(app: FastAPI) -> _Json:
    whole: _Json = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    schemas = _Schemas()
    for path, method, dependant in _handlers(app):
        operation = whole["paths"].get(path, {}).get(method)
        if operation is not None:
            _complete(operation, dependant, schemas)
    whole["components"] = {"schemas": dict(sorted(schemas.by_name.items())), "securitySchemes": {"token": _TOKEN}}
    return whole


def _handlers(app: FastAPI) -> Iterator[tuple[str, str, Dependant]]:
    """Each path and method with what its handler depends on."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        for method in sorted(route.methods or ()):
            if dependant is not None:
                yield route.path_format or "", method.lower(), dependant


def _dependencies(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for inner in dependant.dependencies:
        if inner.call is not None:
            yield inner.call
        yield from _dependencies(inner)


def _complete(operation: _Json, dependant: Dependant, schemas: "_Schemas") -> None:
    """Replace what the framework guessed of an operation by what its route and handler say."""
    notes = operation.pop(_OURS, None) or describe()[_OURS]
    calls = list(_dependencies(dependant))
    body_type = next((call.body_type for call in calls if hasattr(call, "body_type")), None)
    if "body" not in notes and body_type is not None:
        more = describe(request=body_type)[_OURS]
        notes = {**notes, "body": more["body"], "components": {**more["components"], **notes["components"]}}
    notes = schemas.enter(notes)
    errors = list(notes["errors"])
    if principal in calls:
        operation["security"] = [{"token": []}]
        errors += _NEEDS_TOKEN_ERRORS
    if min_sequence in calls:
        operation.setdefault("parameters", []).append(_MIN_SEQUENCE)
    if "body" in notes:
        operation["requestBody"] = notes["body"]
        errors += _READS_BODY_ERRORS
    operation["responses"] = _responses(notes, errors)


def _responses(notes: _Json, errors: list[str]) -> _Json:
    success: _Json = {"description": "Done."}
    if "answer" in notes:
        success["content"] = {"application/json": {"schema": notes["answer"]}}
    if notes["has_sequence"]:
        success["headers"] = {SEQUENCE_HEADER: {"description": _SEQUENCE_SENTENCE, "schema": _SEQUENCE}}
    responses = {str(notes["status"]): success}
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(errors):
        by_status.setdefault(STATUS[code], []).append(code)
    error = {"application/json": {"schema": {"$ref": _REFERENCE.format(name="Error")}}}
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {"description": ", ".join(codes), "content": error}
    return responses


class _Schemas:
    """The schemas of all operations under one set of names.

    Structs of two API versions may share a name, and even their text while what they refer to differs.
    So schemas are compared with all their references filled in; another one of the same name gets a number.
    """

    def __init__(self) -> None:
        self.by_name: _Json = {"Error": _ERROR}
        self._filled: _Json = {"Error": _ERROR}

    def enter(self, notes: _Json) -> _Json:
        """Enter an operation's schemas; gives the operation's notes with the names they have here."""
        components: _Json = notes["components"]
        filled = {name: _filled_in(schema, components, (name,)) for name, schema in components.items()}
        names = {name: self._free(name, filled[name]) for name in components}
        renamed = {_REFERENCE.format(name=old): _REFERENCE.format(name=new) for old, new in names.items()}
        notes = _with_references(notes, renamed)
        for old, new in names.items():
            self.by_name[new] = notes["components"][old]
            self._filled[new] = filled[old]
        return notes

    def _free(self, name: str, filled: _Json) -> str:
        free, number = name, 2
        while self._filled.get(free, filled) != filled:
            free, number = f"{name}{number}", number + 1
        return free


def _filled_in(value: Any, components: _Json, above: tuple[str, ...]) -> Any:
    """A schema with what it refers to in place of each reference, but for one that leads back up."""
    if isinstance(value, dict):
        name = str(value.get("$ref", "")).rpartition("/")[2]
        if name in components and name not in above:
            return _filled_in(components[name], components, (*above, name))
        return {key: _filled_in(inner, components, above) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, components, above) for item in value]
    return value


def _with_references(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {k: renamed.get(v, v) if k == "$ref" else _with_references(v, renamed) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_references(item, renamed) for item in value]
    return value
