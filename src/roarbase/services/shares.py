"""Fair shares: however much one organization asks at once, the others are served.

Blocking work runs in a limited number of threads. Whoever waits for a slow disk or a long queue holds one
of them; without shares, forty requests of one organization would hold all of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

__all__ = ["Shares"]


class Shares:
    """Lets so many requests of each organization work at once; the next ones wait, first come first served."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._by_organization: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def share(self, organization_id: str) -> AsyncIterator[None]:
        """Work within the organization's share."""
        # Whoever works or waits holds the semaphore; with the last of them it goes.
        turns = self._by_organization.setdefault(organization_id, asyncio.Semaphore(self._at_once))
        async with turns:
            yield
