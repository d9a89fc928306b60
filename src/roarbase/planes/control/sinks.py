"""/v1/sinks and /v2/sinks: making, showing and deleting them. Records go to the data plane."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from msgspec import UNSET

from roarbase.errors import MissingParameter
from roarbase.model.sinks import Sink
from roarbase.planes.control.bodies import Accepted, CreateSink, SinkAnswer, listing, spell, spelled
from roarbase.planes.control.render import sink_answer
from roarbase.planes.faces import Face
from roarbase.planes.http import FAIR_SHARE, Caller, json_body, pretty
from roarbase.planes.openapi import describe
from roarbase.services.sinks import Sinks

__all__ = ["sinks_router"]


def sinks_router(face: Face, sinks: Sinks, *, data_origin: str) -> APIRouter:
    """The sinks of the caller's organization, in one face."""
    router = APIRouter(prefix=f"/{face.version}/sinks", tags=["sinks"], dependencies=[FAIR_SHARE])
    answer_type = spelled(face, SinkAnswer)

    def answer(sink: Sink) -> object:
        return spell(face, sink_answer(face, sink, data_origin))

    @router.post(
        "",
        summary="Make a sink, or with dry_run=true only check whether it could be made",
        status_code=201,
        openapi_extra=describe(
            request=CreateSink,
            answer=answer_type,
            status=201,
            errors=(
                "InvalidParameter",
                "MissingParameter",
                "RelatedResourceNotFound",
                "ResourceAlreadyExists",
                "IncorrectState",
            ),
        ),
    )
    def create(
        caller: Caller, body: Annotated[CreateSink, Depends(json_body(CreateSink))], dry_run: bool = False
    ) -> Response:
        first, second = body.sink_details.deployment_id, body.sink_details.database_id
        deployment_id = first if first is not UNSET else second
        if deployment_id is UNSET:
            raise MissingParameter(f"the body needs the {face.noun}'s id - at `$.sink_details.{face.noun}_id`")
        act = sinks.check if dry_run else sinks.create
        made = act(
            caller,
            name=body.name,
            deployment_id=deployment_id,
            table=body.sink_details.table,
            declaration=body.schema,
        )
        if isinstance(made, Sink):
            return pretty(answer(made), status=201)
        return pretty({"dry_run": True, "name": body.name, "schema": made})

    @router.get("", summary="List sinks", openapi_extra=describe(answer=listing(answer_type)))
    def find(caller: Caller) -> Response:
        return pretty({"resources": [answer(s) for s in sinks.find(caller)]})

    @router.get("/{id}", summary="One sink", openapi_extra=describe(answer=answer_type, errors=("ResourceNotFound",)))
    def get(caller: Caller, id: str) -> Response:
        return pretty(answer(sinks.get(caller, id)))

    @router.delete(
        "/{id}",
        summary="Delete a sink; its table stays",
        status_code=202,
        openapi_extra=describe(answer=Accepted, status=202, errors=("ResourceNotFound",)),
    )
    def delete(caller: Caller, id: str) -> Response:
        sinks.delete(caller, id)
        return pretty(Accepted(), status=202)

    return router
