"""/v1/tables/{id}/{table}/fields and /v2/tables/{id}/{table}/fields."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from roarbase.planes.control.bodies import Accepted, listing
from roarbase.planes.control.field_bodies import CreateField, DescribedField, FieldAnswer
from roarbase.planes.control.render import field_answer
from roarbase.planes.faces import Face
from roarbase.planes.http import FAIR_SHARE, Caller, json_body, pretty
from roarbase.planes.openapi import describe
from roarbase.services.fields import Fields

__all__ = ["fields_router"]

_Body = Annotated[CreateField, Depends(json_body(CreateField, keeps_fractions=True))]


def fields_router(face: Face, fields: Fields) -> APIRouter:
    """The fields of a table, in one face."""
    prefix = f"/{face.version}/tables/{{deployment_id}}/{{table}}/fields"
    router = APIRouter(prefix=prefix, tags=["fields"], dependencies=[FAIR_SHARE])

    @router.get(
        "",
        summary="List a table's fields",
        openapi_extra=describe(answer=listing(FieldAnswer), errors=("ResourceNotFound", "IncorrectState")),
    )
    def find(caller: Caller, deployment_id: str, table: str) -> Response:
        return pretty({"resources": [field_answer(f) for f in fields.find(caller, deployment_id, table)]})

    @router.get(
        "/{field}",
        summary="One field",
        openapi_extra=describe(answer=FieldAnswer, errors=("ResourceNotFound", "IncorrectState")),
    )
    def get(caller: Caller, deployment_id: str, table: str, field: str) -> Response:
        return pretty(field_answer(fields.get(caller, deployment_id, table, field)))

    @router.post(
        "/{field}",
        summary="Make a field",
        status_code=201,
        openapi_extra=describe(
            request=DescribedField,
            answer=FieldAnswer,
            status=201,
            has_sequence=True,
            errors=(
                "RelatedResourceNotFound",
                "ResourceNotFound",
                "ResourceAlreadyExists",
                "ResourceLimitExceeded",
                "IncorrectState",
            ),
        ),
    )
    def create(caller: Caller, deployment_id: str, table: str, field: str, body: _Body) -> Response:
        spec = fields.create(caller, deployment_id, table, name=field, options=body.options)
        return pretty(field_answer(spec), status=201)

    @router.delete(
        "/{field}",
        summary="Drop a field with its values",
        status_code=202,
        openapi_extra=describe(
            answer=Accepted,
            status=202,
            has_sequence=True,
            errors=("InvalidParameter", "ResourceNotFound", "IncorrectState"),
        ),
    )
    def drop(caller: Caller, deployment_id: str, table: str, field: str) -> Response:
        fields.drop(caller, deployment_id, table, field)
        return pretty(Accepted(), status=202)

    return router
