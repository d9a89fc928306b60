"""Checking tokens: who makes a request.

The signature of a token is checked once and remembered until the token expires. The user behind it
is read again when what is known of him is a second old: so a deactivation, or another password, by another
process takes effect within a second, and a request costs neither cryptography nor a database. A user who is refused
is read again sooner: he may just have been let in again.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from joserfc import jwt
from joserfc.errors import JoseError

from roarbase.errors import MissingAuthenticationToken, Unauthorized, UserDeactivated
from roarbase.model.users import Principal, User, UserStatus
from roarbase.services.clock import Clock
from roarbase.services.signing_keys import ALGORITHM, SigningKeys
from roarbase.services.tokens import AUDIENCE, PASSWORD_MARK, TOKEN_USES, password_mark

__all__ = ["TokenVerifier"]

_FRESH_S = 1.0
_REFUSED_S = 0.05
_MAXIMUM_TOKEN_LENGTH = 8192
_REMEMBERED_TOKENS = 10_000
_REMEMBERED_USERS = 10_000
_INVALID = "the token is not valid: sign in again"

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature and claims were found right."""

    user_id: str
    expires_at_s: float
    password_mark: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What a user was when last read, by `time.monotonic()`. `principal` is None unless he is active."""

    principal: Principal | None
    is_deactivated: bool
    password_mark: str
    read_at_s: float


class TokenVerifier:
    """Verifies tokens; belongs to one event loop.

    Args:
        keys: The keys that may have signed.
        read_user: `users.get_or_none` of the metastore; called in a worker thread.
        issuer: The `iss` that tokens must have.
    """

    def __init__(
        self,
        keys: SigningKeys,
        read_user: Callable[[str], User | None],
        *,
        issuer: str,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._read_user = read_user
        self._clock = clock
        self._monotonic = monotonic
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock().timestamp()),
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
            token_use={"essential": True, "values": list(TOKEN_USES)},
        )
        self._verified: dict[bytes, _Verified] = {}
        self._known: dict[str, _Known] = {}
        self._reading: dict[str, asyncio.Task[_Known]] = {}

    async def verify(self, header: str | None) -> Principal:
        """Who sent this Authorization header: `Bearer <token>`, or the token alone.

        Raises:
            MissingAuthenticationToken: There is none.
            Unauthorized: It is expired, not ours, of a password that was changed, or of a user who is no more.
            UserDeactivated: Its user has been deactivated.
        """
        token = _token_in(header)
        digest = hashlib.sha256(token).digest()
        verified = self._verified.get(digest)
        if verified is None or verified.expires_at_s <= self._clock().timestamp():
            verified = self._check(token)
            _remember(self._verified, digest, verified, _REMEMBERED_TOKENS)
        known = await self._know(verified)
        if known.principal is not None and known.password_mark == verified.password_mark:
            return known.principal
        if known.is_deactivated:
            raise UserDeactivated("this account has been deactivated by an administrator")
        raise Unauthorized(_INVALID)

    def _check(self, token: bytes) -> _Verified:
        if len(token) > _MAXIMUM_TOKEN_LENGTH:
            raise Unauthorized(_INVALID)
        try:
            claims = jwt.decode(token, self._keys.key_set, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError):
            # Why it is wrong would help a forger only; the chain is cut to keep the token out of logs.
            raise Unauthorized(_INVALID) from None
        return _Verified(claims["sub"], claims["exp"], str(claims.get(PASSWORD_MARK, "")))

    async def _know(self, verified: _Verified) -> _Known:
        """What the user of a token is, at most a second old, or a twentieth if he would be refused for it."""
        now_s = self._monotonic()
        known = self._known.get(verified.user_id)
        if known is None or now_s - known.read_at_s >= (_REFUSED_S if known.principal is None else _FRESH_S):
            known = await self._read(verified.user_id)
        while known.password_mark != verified.password_mark and known.read_at_s < now_s:
            # The token may be newer than what is known, even than a read that was under way: it came with the change.
            known = await self._read(verified.user_id)
        return known

    async def _read(self, user_id: str) -> _Known:
        """Read the user once, however many requests ask for him at the moment."""
        task = self._reading.get(user_id)
        if task is None or task.done():
            task = self._reading[user_id] = asyncio.create_task(self._read_now(user_id))
            task.add_done_callback(lambda _: self._reading.pop(user_id, None))
        # A request that is cancelled must not take the answer away from the others.
        return await asyncio.shield(task)

    async def _read_now(self, user_id: str) -> _Known:
        began_s = self._monotonic()
        user = await asyncio.to_thread(self._read_user, user_id)
        known = _Known(
            principal=_principal(user) if user is not None and user.status == UserStatus.ACTIVE else None,
            is_deactivated=user is not None and user.status == UserStatus.DEACTIVATED,
            password_mark="" if user is None else password_mark(user),
            read_at_s=began_s,
        )
        _remember(self._known, user_id, known, _REMEMBERED_USERS)
        return known


def _principal(user: User) -> Principal:
    return Principal(user_id=user.id, organization_id=user.organization_id, email=user.email, role=user.role)


def _token_in(header: str | None) -> bytes:
    word, _, rest = (header or "").strip().partition(" ")
    token = rest.strip() if word.lower() == "bearer" else word
    if not token:
        raise MissingAuthenticationToken(
            "no token came with the request; send the header Authorization: Bearer <token>"
        )
    if rest and word.lower() != "bearer":
        raise Unauthorized("only Bearer tokens are taken; send the header Authorization: Bearer <token>")
    return token.encode("utf-8", "surrogatepass")


def _remember(memory: dict[_K, _V], key: _K, value: _V, most: int) -> None:
    """Put an entry at the end; the one longest unrenewed makes room for it."""
    memory.pop(key, None)
    if len(memory) >= most:
        del memory[next(iter(memory))]
    memory[key] = value
