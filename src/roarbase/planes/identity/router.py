"""`POST /` for tokens, and the two documents with which others check them.

Every request form in use is read: the two of the tutorials, the two refresh forms, and Cognito's own.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from roarbase.errors import InvalidParameter, MissingParameter, Unprocessable
from roarbase.planes.http import client_address, json_body, pretty
from roarbase.planes.identity.bodies import Credentials, OpenIdConfiguration, SignInAnswer, SignInRequest
from roarbase.planes.identity.tokens import tokens_answer
from roarbase.planes.openapi import describe
from roarbase.services.sign_in import SignIn
from roarbase.services.signing_keys import SigningKeys

__all__ = ["identity_router"]

_PASSWORD_FLOW = "USER_PASSWORD_AUTH"
_REFRESH_FLOWS = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"
# Anybody may send one: it must not take the room that others' bodies need.
_read_body = json_body(SignInRequest, most_bytes=2**16)
_KEPT_A_WHILE = {"Cache-Control": "public, max-age=300"}


def identity_router(sign_in: SignIn, keys: SigningKeys, *, public_url: str) -> APIRouter:
    """The endpoints of the identity plane.

    Args:
        public_url: The service's origin, which is the `iss` of its tokens.
    """
    router = APIRouter(tags=["identity"])

    @router.post(
        "/",
        summary="Sign in, or refresh tokens",
        openapi_extra=describe(
            answer=SignInAnswer, errors=("Unauthorized", "UserDeactivated", "Unprocessable", "RateLimit", "Unavailable")
        ),
    )
    async def issue(request: Request, body: Annotated[SignInRequest, Depends(_read_body)]) -> Response:
        _check_target(request.headers.get("x-amz-target"))
        given = _credentials(body)
        if given.refresh_token is not None:
            tokens = await sign_in.with_refresh_token(given.refresh_token)
        else:
            email, password = given.username or "", given.password or ""
            tokens = await sign_in.with_password(email, password, address=client_address(request))
        return tokens_answer(tokens)

    @router.get(
        "/.well-known/jwks.json",
        summary="The keys that sign tokens",
        openapi_extra=describe(answer=dict[str, list[dict[str, Any]]]),
    )
    def jwks() -> Response:
        return pretty(keys.document(), headers=_KEPT_A_WHILE)

    @router.get(
        "/.well-known/openid-configuration",
        summary="Where tokens come from and how they are signed",
        openapi_extra=describe(answer=OpenIdConfiguration),
    )
    def configuration() -> Response:
        origin = public_url.rstrip("/")
        document = OpenIdConfiguration(
            issuer=public_url, token_endpoint=f"{origin}/", jwks_uri=f"{origin}/.well-known/jwks.json"
        )
        return pretty(document, headers=_KEPT_A_WHILE)

    return router


def _check_target(target: str | None) -> None:
    if target is not None and target.rpartition(".")[2] != "InitiateAuth":
        raise InvalidParameter(f"the header X-Amz-Target must be {_TARGET}, or absent")


def _credentials(body: SignInRequest) -> Credentials:
    """What the request signs in with: a refresh token alone, or a user name with a password.

    Raises:
        MissingParameter: A part is absent or empty.
        InvalidParameter: The AuthFlow is not one of those read here.
        Unprocessable: There are both kinds, and no AuthFlow says which is meant.
    """
    inner = body.auth_parameters or Credentials()
    refresh_token = body.refresh_token or body.short_refresh_token or inner.refresh_token
    username, password = body.username or inner.username, body.password or inner.password
    if body.auth_flow not in (None, _PASSWORD_FLOW, *_REFRESH_FLOWS):
        flows = ", ".join((_PASSWORD_FLOW, *_REFRESH_FLOWS))
        raise InvalidParameter(f"$.AuthFlow: {body.auth_flow[:60]!r} is not one of {flows}")
    if body.auth_flow is None and refresh_token and (username or password):
        raise Unprocessable("the body has both a password and a refresh token; send one of them")
    if body.auth_flow in _REFRESH_FLOWS or (body.auth_flow is None and refresh_token):
        return Credentials(refresh_token=_present("REFRESH_TOKEN", refresh_token))
    return Credentials(username=_present("USERNAME", username), password=_present("PASSWORD", password))


def _present(member: str, value: str | None) -> str:
    if not value:
        raise MissingParameter(f"the body lacks $.{member}", parameter=member)
    return value
