"""Signing in: an e-mail and a password, or a refresh token, for a set of tokens."""

import asyncio
from datetime import datetime, timedelta

from roarbase.errors import Unauthorized, Unavailable, UserDeactivated
from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.model.users import User, UserStatus
from roarbase.services.clock import Clock
from roarbase.services.passwords import Passwords
from roarbase.services.throttle import SignInThrottle, Turns, network_of
from roarbase.services.tokens import IssuedTokens, TokenIssuer, digest_of, new_refresh_token

__all__ = ["SignIn"]

_WRONG = "wrong user name or password"
_DEACTIVATED = "this account has been deactivated by an administrator"


class SignIn:
    """The two ways to tokens, and the steps of the first. Belongs to one event loop."""

    def __init__(
        self, metastore: Metastore, passwords: Passwords, issuer: TokenIssuer, *, settings: Settings, clock: Clock
    ) -> None:
        self._users = metastore.users
        self._refresh_tokens = metastore.refresh_tokens
        self._passwords = passwords
        self._issuer = issuer
        self._refresh_lifetime = timedelta(seconds=settings.integer("refresh_token_seconds"))
        self._grace = timedelta(seconds=settings.integer("refresh_grace_seconds"))
        self._throttle = SignInThrottle(settings.texts("sign_in_tries"))
        self._turns = Turns()
        self._clock = clock

    async def with_password(self, email: str, password: str, *, address: str) -> IssuedTokens:
        """Tokens for a user, who begins a family of refresh tokens.

        Args:
            email: In any case of letters.
            address: The client's, for slowing down those who guess.

        Raises:
            Unauthorized: No such user, or not his password: the same text after the same time.
            UserDeactivated: The password is right.
            RateLimit: Too many wrong passwords for this account from this network.
            Unavailable: There is no user at all: the service starts for the first time, and makes one.
        """
        user = await self.prove(email, password, address=address)
        if user.status != UserStatus.ACTIVE:
            raise UserDeactivated(_DEACTIVATED)
        return await self.begin(user)

    async def prove(self, email: str, password: str, *, address: str) -> User:
        """The user whose password this is; who guesses is slowed down.

        Raises:
            Unauthorized: No such user, or not his password.
            RateLimit, Unavailable: As `with_password`.
        """
        account, network = email.lower(), network_of(address)
        self._throttle.check(account, network)
        async with self._turns.turn(network):
            # Counted before the password is looked at: guesses sent all at once count all.
            self._throttle.count(account, network)
            user = await asyncio.to_thread(self._users.get_by_email_or_none, account)
            is_right = await self._passwords.verify(password, user.password_hash if user else None)
            if user is None and await asyncio.to_thread(self._users.is_empty):
                self._throttle.forgive(account, network)
                raise Unavailable("nobody can sign in yet: the service is starting", retry_after_s=1)
            if user is None or not is_right:
                raise Unauthorized(_WRONG)
            self._throttle.forgive(account, network)
            return user

    async def begin(self, user: User) -> IssuedTokens:
        """Tokens for a user who has just proved his password; they begin a family of refresh tokens.

        Raises:
            Unauthorized: The password was changed meanwhile.
        """
        return await asyncio.to_thread(self._begin, user)

    async def with_refresh_token(self, token: str) -> IssuedTokens:
        """Tokens for the holder of a refresh token, with its successor.

        Raises:
            Unauthorized: It is unknown, expired, revoked, or was used up some time ago.
            UserDeactivated: Its user has been deactivated.
        """
        return await asyncio.to_thread(self._rotate, token)

    def _begin(self, user: User) -> IssuedTokens:
        now, token = self._clock(), new_refresh_token()
        if not self._refresh_tokens.begin(user, digest_of(token), at=now, expires_at=self._expiry(now)):
            raise Unauthorized(_WRONG)  # the password was changed while it was being checked
        return self._issuer.issue(user, signed_in_at=now, refresh_token=token)

    def _rotate(self, token: str) -> IssuedTokens:
        now, successor = self._clock(), new_refresh_token()
        rotation = self._refresh_tokens.rotate(
            digest_of(token), digest_of(successor), at=now, expires_at=self._expiry(now), grace=self._grace
        )
        if rotation is None:
            raise Unauthorized("the refresh token is not valid: sign in again")
        if rotation.user.status != UserStatus.ACTIVE:
            raise UserDeactivated(_DEACTIVATED)
        return self._issuer.issue(rotation.user, signed_in_at=rotation.signed_in_at, refresh_token=successor)

    def _expiry(self, now: datetime) -> datetime:
        return now + self._refresh_lifetime
