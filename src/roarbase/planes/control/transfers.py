"""/v1/deployments/{id}/action/backup and /action/restore, and the same of databases in v2."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from roarbase.errors import InvalidParameter
from roarbase.planes.control.bodies import StartBackup, StartRestore, TransferAnswer, spell, spelled
from roarbase.planes.control.render import transfer_answer
from roarbase.planes.faces import Face
from roarbase.planes.http import FAIR_SHARE, Caller, json_body, pretty
from roarbase.planes.openapi import describe
from roarbase.services.backups import Backups
from roarbase.services.restores import Restores

__all__ = ["transfers_router"]

_ERRORS = ("InvalidParameter", "Forbidden", "ResourceNotFound", "IncorrectState", "Unavailable")


def transfers_router(face: Face, backups: Backups, restores: Restores) -> APIRouter:
    """Backups and restores, in one face."""
    router = APIRouter(
        prefix=f"/{face.version}/{face.nouns}/{{id}}/action", tags=[face.nouns], dependencies=[FAIR_SHARE]
    )
    answer_type = spelled(face, TransferAnswer)

    @router.put(
        "/backup",
        summary=f"Back up a {face.noun}",
        status_code=202,
        openapi_extra=describe(request=StartBackup, answer=answer_type, status=202, errors=_ERRORS),
    )
    def start_backup(
        caller: Caller, id: str, body: Annotated[StartBackup, Depends(json_body(StartBackup))]
    ) -> Response:
        return pretty(spell(face, transfer_answer(backups.start(caller, id, body.url))), status=202)

    @router.get(
        "/backup",
        summary="How the last backup went",
        openapi_extra=describe(answer=answer_type, errors=("ResourceNotFound",)),
    )
    def get_backup(caller: Caller, id: str) -> Response:
        return pretty(spell(face, transfer_answer(backups.get(caller, id))))

    @router.put(
        "/restore",
        summary=f"Replace what a {face.noun} holds by a backup",
        status_code=202,
        openapi_extra=describe(
            request=StartRestore, answer=answer_type, status=202, errors=(*_ERRORS, "ResourceLimitExceeded")
        ),
    )
    def start_restore(
        caller: Caller, id: str, body: Annotated[StartRestore, Depends(json_body(StartRestore))]
    ) -> Response:
        _check_type(body)
        return pretty(spell(face, transfer_answer(restores.start(caller, id, body.url))), status=202)

    @router.get(
        "/restore",
        summary="How the last restore went",
        openapi_extra=describe(answer=answer_type, errors=("ResourceNotFound",)),
    )
    def get_restore(caller: Caller, id: str) -> Response:
        return pretty(spell(face, transfer_answer(restores.get(caller, id))))

    return router


def _check_type(body: StartRestore) -> None:
    """The URL says what it is; a type that says otherwise is an error in one of them."""
    scheme = body.url.partition("://")[0] if "://" in body.url else "folder"
    known = {"folder": ("folder", "file"), "file": ("folder", "file"), "https": ("http", "https")}
    if body.source_type not in ("", *known.get(scheme, (scheme,))):
        raise InvalidParameter(
            f"source_type {body.source_type!r:.40} and the url, which begins with {scheme!r:.20}, do not agree; "
            "source_type may be left out",
            parameter="$.source_type",
        )
