"""Tokens as the identity plane answers them."""

from fastapi import Response

from roarbase.planes.http import pretty
from roarbase.planes.identity.bodies import AuthenticationResult, SignInAnswer
from roarbase.services.tokens import IssuedTokens

__all__ = ["tokens_answer"]

_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def tokens_answer(tokens: IssuedTokens) -> Response:
    """An answer that nobody keeps on the way."""
    body = SignInAnswer(
        authentication_result=AuthenticationResult(
            access_token=tokens.access_token,
            expires_in=tokens.expires_in_s,
            id_token=tokens.id_token,
            refresh_token=tokens.refresh_token,
        )
    )
    return pretty(body, headers=_NOT_KEPT)
