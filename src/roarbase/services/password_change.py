"""Changing one's own password: the present one is asked for again, and every other session ends."""

import asyncio
from dataclasses import replace

from roarbase.errors import Forbidden, IncorrectState, InvalidParameter, Unauthorized
from roarbase.metastore.store import Metastore
from roarbase.model.passwords import check_password
from roarbase.model.users import Principal
from roarbase.services.clock import Clock
from roarbase.services.passwords import Passwords
from roarbase.services.sign_in import SignIn
from roarbase.services.tokens import IssuedTokens

__all__ = ["PasswordChange"]


class PasswordChange:
    """The use case. Who guesses the present password here is slowed down as at the sign-in, by the same counts."""

    def __init__(self, metastore: Metastore, passwords: Passwords, sign_in: SignIn, clock: Clock) -> None:
        self._users = metastore.users
        self._passwords = passwords
        self._sign_in = sign_in
        self._clock = clock

    async def change(self, caller: Principal, *, current: str, new: str, address: str) -> IssuedTokens:
        """Give the caller another password, and tokens that belong to it.

        All tokens had before are refused: refresh tokens at once, the others within a second, in every process.

        Args:
            address: The client's, for slowing down those who guess.

        Raises:
            InvalidParameter: The new password breaks a rule, or is the present one.
            Forbidden: The present password is wrong. Not Unauthorized, since the token is good: to sign in again
                would not help.
            RateLimit: Too many wrong passwords.
            IncorrectState: The password was changed meanwhile.
        """
        check_password(new)
        if new == current:
            raise InvalidParameter("the new password is the present one: choose another")
        try:
            user = await self._sign_in.prove(caller.email, current, address=address)
        except Unauthorized:
            raise Forbidden("the present password is wrong") from None
        password_hash = await self._passwords.hash(new)
        if not await asyncio.to_thread(self._users.change_password, user, password_hash, at=self._clock()):
            raise IncorrectState("the password was changed by somebody else meanwhile: nothing was done")
        return await self._sign_in.begin(replace(user, password_hash=password_hash))
