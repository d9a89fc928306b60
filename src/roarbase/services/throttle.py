"""What slows guessing down: windows of failed sign-ins per account and network, and one line per network.

The key is the pair of account and network, so nobody can lock out somebody who signs in from elsewhere.
"""

import asyncio
import hashlib
import ipaddress
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from roarbase.errors import InvalidSetting, RateLimit

__all__ = ["SignInThrottle", "Turns", "network_of"]

_REMEMBERED_PAIRS = 4096
_LONGEST_LINE = 32
_MOST_LINES = 256


def network_of(address: str) -> str:
    """The part of an address that one customer of a provider holds: all of IPv4, half of IPv6.

    >>> network_of("192.0.2.7"), network_of("2001:db8:0:1:ffff::7")
    ('192.0.2.7', '2001:db8:0:1::')
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False).network_address)


class SignInThrottle:
    """Counts sign-ins before their outcome is known, and forgives them when it is good.

    Args:
        tries: Windows such as "5/10 seconds"; all of them hold at once.

    Raises:
        InvalidSetting: A window cannot be read.
    """

    def __init__(self, tries: Sequence[str]) -> None:
        self._windows = [_window(text) for text in tries]
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        # The storage never drops a key by itself: this list, oldest first, bounds it.
        self._pairs: dict[tuple[str, str], None] = {}

    def check(self, account: str, network: str) -> None:
        """Raise RateLimit, with `retry_after_s`, if a window is full."""
        pair = _pair(account, network)
        full = [window for window in self._windows if not self._limiter.test(window, *pair)]
        if full:
            wait_s = max(self._limiter.get_window_stats(window, *pair).reset_time for window in full) - time.time()
            retry_after_s = max(1, math.ceil(wait_s))
            raise RateLimit(f"too many failed sign-ins: try again in {retry_after_s} s", retry_after_s=retry_after_s)

    def count(self, account: str, network: str) -> None:
        """Count an attempt in every window, or raise RateLimit and count it in none."""
        self.check(account, network)
        pair = _pair(account, network)
        self._pairs.pop(pair, None)
        if len(self._pairs) >= _REMEMBERED_PAIRS:
            self._forget(next(iter(self._pairs)))
        self._pairs[pair] = None
        for window in self._windows:
            self._limiter.hit(window, *pair)

    def forgive(self, account: str, network: str) -> None:
        """Forget the attempts of this account and network: the password was right."""
        self._forget(_pair(account, network))

    def _forget(self, pair: tuple[str, str]) -> None:
        self._pairs.pop(pair, None)
        for window in self._windows:
            key = window.key_for(*pair)
            # The storage's own thread looks at the key under this lock, and fails if it vanishes meanwhile.
            with self._storage.locks[key]:
                self._storage.clear(key)


def _pair(account: str, network: str) -> tuple[str, str]:
    # A digest: accounts are whatever was sent, of any length.
    return hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest(), network


def _window(text: str) -> RateLimitItem:
    try:
        window = parse(text)
        if window.amount < 1:  # nobody could sign in
            raise ValueError(text)
    except ValueError:
        raise InvalidSetting(
            f"setting sign_in_tries: {text!r} is not a window such as '5/10 seconds'", setting="sign_in_tries"
        ) from None
    return window


@dataclass(slots=True)
class _Line:
    length: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Turns:
    """One at a time per network, so that a flood from one leaves room for the rest."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, network: str) -> AsyncIterator[None]:
        """Wait for this network's turn.

        Raises:
            RateLimit: Too many wait already.
        """
        line = self._lines.get(network, _Line())
        if line.length >= _LONGEST_LINE or (not line.length and len(self._lines) >= _MOST_LINES):
            raise RateLimit("too many sign-ins at once: try again in a few seconds", retry_after_s=3)
        self._lines[network] = line
        line.length += 1
        try:
            async with line.lock:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[network]
