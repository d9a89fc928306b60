"""`POST /v2/users/current/password`: another password for oneself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from roarbase.planes.http import Caller, client_address, json_body
from roarbase.planes.identity.bodies import ChangePassword, SignInAnswer
from roarbase.planes.identity.tokens import tokens_answer
from roarbase.planes.openapi import describe
from roarbase.services.password_change import PasswordChange

__all__ = ["password_router"]

_read_body = json_body(ChangePassword, most_bytes=2**16)


def password_router(password_change: PasswordChange) -> APIRouter:
    """The endpoint. It answers with the tokens that the caller goes on with."""
    router = APIRouter(prefix="/v2/users/current", tags=["identity"])

    @router.post(
        "/password",
        summary="Change one's own password",
        openapi_extra=describe(
            request=ChangePassword,
            answer=SignInAnswer,
            errors=("InvalidParameter", "Forbidden", "IncorrectState", "RateLimit"),
        ),
    )
    async def change(
        request: Request, caller: Caller, body: Annotated[ChangePassword, Depends(_read_body)]
    ) -> Response:
        tokens = await password_change.change(
            caller, current=body.current_password, new=body.new_password, address=client_address(request)
        )
        return tokens_answer(tokens)

    return router
