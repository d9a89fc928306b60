"""Passwords at rest: argon2id.

A hash takes 64 MiB and about 0.15 s of one core. At most two are computed at a time, in threads of
their own, so that a flood of sign-ins leaves memory and cores to everything else.
"""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor

from pwdlib.hashers.argon2 import Argon2Hasher

from roarbase.model.passwords import MAXIMUM_LENGTH

__all__ = ["Passwords"]

_AT_A_TIME = 2


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
        if len(password) > MAXIMUM_LENGTH:
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
