"""/v1/deployments, /v2/databases and the shapes they come in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from msgspec import UNSET

from roarbase.errors import MissingParameter
from roarbase.model.deployments import Deployment
from roarbase.planes.control.bodies import (
    Accepted,
    ChangeDeployment,
    CreateDeployment,
    DeploymentAnswer,
    ShapesAnswer,
    listing,
    spell,
    spelled,
)
from roarbase.planes.control.render import deployment_answer, shapes_answer
from roarbase.planes.faces import Face
from roarbase.planes.http import FAIR_SHARE, Caller, json_body, pretty
from roarbase.planes.openapi import describe
from roarbase.services.deployments import Deployments

__all__ = ["deployments_router"]


def deployments_router(face: Face, deployments: Deployments) -> APIRouter:
    """The deployments of the caller's organization, in one face."""
    router = APIRouter(prefix=f"/{face.version}", tags=[face.nouns], dependencies=[FAIR_SHARE])
    answer_type = spelled(face, DeploymentAnswer)
    one, many = f"/{face.nouns}/{{id}}", f"/{face.nouns}"

    def answer(deployment: Deployment) -> object:
        return spell(face, deployment_answer(deployment))

    @router.get(
        f"/service-properties/{face.noun}:shapes",
        summary="The shapes that may be used",
        openapi_extra=describe(answer=ShapesAnswer),
    )
    def list_shapes(caller: Caller) -> Response:
        return pretty(shapes_answer(face, deployments.shapes(caller)))

    @router.post(
        many,
        summary=f"Make a {face.noun}",
        status_code=201,
        openapi_extra=describe(
            request=CreateDeployment,
            answer=answer_type,
            status=201,
            errors=("InvalidParameter", "ResourceAlreadyExists", "ResourceLimitExceeded"),
        ),
    )
    def create(caller: Caller, body: Annotated[CreateDeployment, Depends(json_body(CreateDeployment))]) -> Response:
        shape = _shape_or_none(body)
        if shape is None:
            raise MissingParameter(f"the body needs {face.noun}_options with a shape - at `$.{face.noun}_options`")
        return pretty(answer(deployments.create(caller, name=body.name, shape=shape)), status=201)

    @router.get(many, summary=f"List {face.nouns}", openapi_extra=describe(answer=listing(answer_type)))
    def find(caller: Caller) -> Response:
        return pretty({"resources": [answer(d) for d in deployments.find(caller)]})

    @router.get(
        one, summary=f"One {face.noun}", openapi_extra=describe(answer=answer_type, errors=("ResourceNotFound",))
    )
    def get(caller: Caller, id: str) -> Response:
        return pretty(answer(deployments.get(caller, id)))

    @router.put(
        one,
        summary=f"Rename a {face.noun}",
        openapi_extra=describe(
            request=ChangeDeployment,
            answer=answer_type,
            errors=("InvalidParameter", "ResourceNotFound", "ResourceAlreadyExists", "IncorrectState"),
        ),
    )
    def change(
        caller: Caller, id: str, body: Annotated[ChangeDeployment, Depends(json_body(ChangeDeployment))]
    ) -> Response:
        name = None if body.name is UNSET else body.name
        return pretty(answer(deployments.change(caller, id, name=name, shape=_shape_or_none(body))))

    @router.delete(
        one,
        summary=f"Delete an empty {face.noun}",
        status_code=202,
        openapi_extra=describe(answer=Accepted, status=202, errors=("ResourceNotFound", "IncorrectState")),
    )
    def delete(caller: Caller, id: str) -> Response:
        deployments.delete(caller, id)
        return pretty(Accepted(), status=202)

    return router


def _shape_or_none(body: CreateDeployment | ChangeDeployment) -> str | None:
    """The shape that a body names, in either spelling of its options."""
    options = body.deployment_options or body.database_options
    return options.shape if options else None
