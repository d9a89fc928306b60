"""Passwords: the rules for new ones, and argon2id for those at rest.

A hash takes 64 MiB and about 0.15 s of one core. At most two are computed at a time, in threads of
their own, so that a flood of sign-ins leaves memory and cores to everything else.
"""

import asyncio
import base64
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pwdlib.hashers.argon2 import Argon2Hasher

from roarbase.errors import InvalidParameter

__all__ = ["PASSWORD_RULES", "Passwords", "check_password"]

_MINIMUM_LENGTH = 8
_MAXIMUM_LENGTH = 1024
_AT_A_TIME = 2

PASSWORD_RULES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (f"at least {_MINIMUM_LENGTH} characters", lambda password: len(password) >= _MINIMUM_LENGTH),
    (f"at most {_MAXIMUM_LENGTH} characters", lambda password: len(password) <= _MAXIMUM_LENGTH),
    ("an upper-case letter", lambda password: any(c.isupper() for c in password)),
    ("a digit", lambda password: any(c.isdigit() for c in password)),
    ("a special character", lambda password: any(not c.isalnum() and not c.isspace() for c in password)),
)
"""What a new password needs, and how it is found. Source: the 2022 sign-up form."""


def check_password(password: str) -> None:
    """Raise InvalidParameter if a new password breaks a rule; the sentence names each broken one.

    >>> check_password("Correct-h0rse")
    """
    missing = [rule for rule, is_kept in PASSWORD_RULES if not is_kept(password)]
    if missing:
        raise InvalidParameter(f"the password needs {', '.join(missing)}")


class Passwords:
    """Hashes and verifies. The costs are arguments for the sake of tests."""

    def __init__(self, *, memory_kib: int = 64 * 1024, passes: int = 3) -> None:
        self._hasher = Argon2Hasher(memory_cost=memory_kib, time_cost=passes, parallelism=1)
        self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="argon2")
        # What is compared when there is no such user: random, of the same cost, right for no password.
        salt, digest = (base64.b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (16, 32))
        self._decoy = f"$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${digest}"

    async def hash(self, password: str) -> str:
        """The argon2id string to keep of a password."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._hasher.hash, _bytes(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is right. Without a hash it takes as long, and is not."""
        if len(password) > _MAXIMUM_LENGTH:
            # No rule allows it, so it is wrong, and finding so must not cost more than another guess.
            password, password_hash = "", None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._verify, password, password_hash or self._decoy)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _verify(self, password: str, password_hash: str) -> bool:
        return self._hasher.verify(_bytes(password), password_hash)


def _bytes(password: str) -> bytes:
    # A terminal in another encoding gives half characters: they are hashed as they are.
    return password.encode("utf-8", "surrogatepass")
