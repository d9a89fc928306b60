"""/v1/tables and /v2/tables."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from roarbase.model.tables import TableView
from roarbase.planes.control.bodies import (
    Accepted,
    CreateTable,
    DescribeTable,
    TableAnswer,
    listing,
    spell,
    spelled,
)
from roarbase.planes.control.render import table_answer
from roarbase.planes.faces import Face
from roarbase.planes.http import FAIR_SHARE, Caller, json_body, pretty
from roarbase.planes.openapi import describe
from roarbase.services.tables import Tables

__all__ = ["tables_router"]


def tables_router(face: Face, tables: Tables) -> APIRouter:
    """The tables of a deployment, in one face."""
    router = APIRouter(prefix=f"/{face.version}/tables", tags=["tables"], dependencies=[FAIR_SHARE])
    answer_type = spelled(face, TableAnswer)

    def answer(table: TableView) -> object:
        return spell(face, table_answer(table))

    @router.post(
        "/{deployment_id}",
        summary="Make a table",
        status_code=201,
        openapi_extra=describe(
            request=CreateTable,
            answer=answer_type,
            status=201,
            has_sequence=True,
            errors=("InvalidParameter", "ResourceNotFound", "ResourceAlreadyExists", "IncorrectState"),
        ),
    )
    def create(
        caller: Caller, deployment_id: str, body: Annotated[CreateTable, Depends(json_body(CreateTable))]
    ) -> Response:
        keys = body.options.keys if body.options else None
        table = tables.create(caller, deployment_id, name=body.name, description=body.description or "", is_keyed=keys)
        return pretty(answer(table), status=201)

    @router.get(
        "/{deployment_id}",
        summary="List tables",
        openapi_extra=describe(answer=listing(answer_type), errors=("ResourceNotFound", "IncorrectState")),
    )
    def find(caller: Caller, deployment_id: str) -> Response:
        return pretty({"resources": [answer(t) for t in tables.find(caller, deployment_id)]})

    @router.get(
        "/{deployment_id}/{name}",
        summary="One table with its fields",
        openapi_extra=describe(answer=answer_type, errors=("ResourceNotFound", "IncorrectState")),
    )
    def get(caller: Caller, deployment_id: str, name: str) -> Response:
        return pretty(answer(tables.get(caller, deployment_id, name)))

    @router.put(
        "/{deployment_id}/{name}",
        summary="Change a table's description",
        openapi_extra=describe(
            request=DescribeTable, answer=answer_type, errors=("ResourceNotFound", "IncorrectState")
        ),
    )
    def change(
        caller: Caller,
        deployment_id: str,
        name: str,
        body: Annotated[DescribeTable, Depends(json_body(DescribeTable))],
    ) -> Response:
        return pretty(answer(tables.describe(caller, deployment_id, name, body.description)))

    @router.delete(
        "/{deployment_id}/{name}",
        summary="Drop a table with its records",
        status_code=202,
        openapi_extra=describe(
            answer=Accepted, status=202, has_sequence=True, errors=("ResourceNotFound", "IncorrectState")
        ),
    )
    def drop(caller: Caller, deployment_id: str, name: str) -> Response:
        tables.drop(caller, deployment_id, name)
        return pretty(Accepted(), status=202)

    return router
