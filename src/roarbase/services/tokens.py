"""Making tokens: the id and access JWTs of a sign-in, and opaque refresh tokens."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from joserfc import jwt

from roarbase.model.users import User
from roarbase.services.clock import Clock
from roarbase.services.signing_keys import ALGORITHM, SigningKeys

__all__ = [
    "AUDIENCE",
    "PASSWORD_MARK",
    "TOKEN_USES",
    "IssuedTokens",
    "TokenIssuer",
    "digest_of",
    "new_refresh_token",
    "password_mark",
]

AUDIENCE = "roarbase"
TOKEN_USES = ("id", "access")
PASSWORD_MARK = "pwd"
"""The claim by which a token belongs to one password: another password, and it is refused."""
_REFRESH_TOKEN_BYTES = 32
_MARK_LENGTH = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedTokens:
    """What a sign-in or a refresh gives. Both JWTs open the planes."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int


class TokenIssuer:
    """Signs tokens with the newest key.

    Args:
        issuer: The service's public URL.
        lifetime_s: How long id and access tokens are valid.
    """

    def __init__(self, keys: SigningKeys, *, issuer: str, lifetime_s: int, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._lifetime_s = lifetime_s
        self._clock = clock

    def issue(self, user: User, *, signed_in_at: datetime, refresh_token: str) -> IssuedTokens:
        """The tokens of `user`, who gave his password at `signed_in_at`."""
        return IssuedTokens(
            id_token=self._sign(user, signed_in_at, "id"),
            access_token=self._sign(user, signed_in_at, "access"),
            refresh_token=refresh_token,
            expires_in_s=self._lifetime_s,
        )

    def _sign(self, user: User, signed_in_at: datetime, use: str) -> str:
        now = int(self._clock().timestamp())
        key = self._keys.newest
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": user.id,
            "email": user.email,
            "token_use": use,
            "org": user.organization_id,
            "role": user.role.value,
            PASSWORD_MARK: password_mark(user),
            "iat": now,
            "auth_time": int(signed_in_at.timestamp()),
            "exp": now + self._lifetime_s,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key)


def password_mark(user: User) -> str:
    """What tells one password of a user from the next. Nobody guesses a password by it: hashes have salt."""
    return hashlib.sha256(user.password_hash.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_LENGTH]


def new_refresh_token() -> str:
    """256 random bits in base64url."""
    return secrets.token_urlsafe(_REFRESH_TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What is kept of a refresh token. It is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
