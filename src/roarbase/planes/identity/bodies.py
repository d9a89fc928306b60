"""What the token endpoint reads and answers. None of these values is shown when printed: they are secrets.

The members are spelled as in AWS Cognito's InitiateAuth, which the service of 2022 stood upon.
Source: spec/cloud-api §1.
"""

from typing import Any

from msgspec import Struct, field

__all__ = [
    "AuthenticationResult",
    "ChangePassword",
    "Credentials",
    "OpenIdConfiguration",
    "SignInAnswer",
    "SignInRequest",
]


class _Secret(Struct, kw_only=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Credentials(_Secret, kw_only=True):
    """An e-mail and a password, or a refresh token."""

    username: str | None = field(name="USERNAME", default=None)
    password: str | None = field(name="PASSWORD", default=None)
    refresh_token: str | None = field(name="REFRESH_TOKEN", default=None)


class SignInRequest(Credentials, kw_only=True):
    """Credentials, either directly or as Cognito's clients wrap them."""

    short_refresh_token: str | None = field(name="RefreshToken", default=None)
    auth_flow: str | None = field(name="AuthFlow", default=None)
    auth_parameters: Credentials | None = field(name="AuthParameters", default=None)


class ChangePassword(_Secret, kw_only=True):
    """The present password, and the one that shall be."""

    current_password: str
    new_password: str


class AuthenticationResult(_Secret, kw_only=True):
    """The tokens. The seed's grep line finds IdToken because another string member follows on its own line."""

    access_token: str = field(name="AccessToken")
    expires_in: int = field(name="ExpiresIn")
    id_token: str = field(name="IdToken")
    refresh_token: str = field(name="RefreshToken")
    token_type: str = field(name="TokenType", default="Bearer")


class SignInAnswer(_Secret, kw_only=True):
    """The tokens where clients look for them."""

    authentication_result: AuthenticationResult = field(name="AuthenticationResult")
    challenge_parameters: dict[str, Any] = field(name="ChallengeParameters", default_factory=dict)


class OpenIdConfiguration(Struct, kw_only=True):
    """What OpenID Connect Discovery says of this issuer."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    response_types_supported: tuple[str, ...] = ("token",)
    subject_types_supported: tuple[str, ...] = ("public",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    grant_types_supported: tuple[str, ...] = ("password", "refresh_token")
    claims_supported: tuple[str, ...] = (
        "iss",
        "aud",
        "sub",
        "email",
        "token_use",
        "org",
        "role",
        "iat",
        "auth_time",
        "exp",
        "pwd",
    )
