"""The door of the console: behind it is nothing until somebody knocks.

A service whose console nobody opens loads neither NiceGUI nor what it needs: 20 MB and most of a second.
"""

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol, cast

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["ConsoleDoor"]


class _Site(Protocol):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
    async def stop(self) -> None: ...


class ConsoleDoor:
    """Opens the console with the first request to it, and passes requests on.

    Args:
        app: The service, whose API the console calls.
        public_url: Its origin.
        origins: Those of its planes, which the commands that it shows name.
        data_dir: What NiceGUI wants to keep would go below it; the console gives it nothing.
    """

    def __init__(self, app: ASGIApp, *, public_url: str, origins: Mapping[str, str], data_dir: Path) -> None:
        self._app, self._public_url, self._origins = app, public_url, origins
        self._folder = data_dir / "console"
        self._opening = asyncio.Lock()
        self._site: _Site | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site = self._site or await self._open()
        await site(scope, receive, send)

    async def stop(self) -> None:
        """Close it, if it was opened."""
        if self._site is not None:
            await self._site.stop()

    async def _open(self) -> _Site:
        async with self._opening:
            if self._site is None:
                open_site = await asyncio.to_thread(self._load)
                self._site = await open_site(self._app, public_url=self._public_url, origins=self._origins)
            return self._site

    def _load(self) -> Callable[..., Awaitable[_Site]]:
        """In a thread: others are served meanwhile."""
        os.environ["NICEGUI_STORAGE_PATH"] = str(
            self._folder
        )  # read once, by the import; the default is where one stands
        return cast("Callable[..., Awaitable[_Site]]", importlib.import_module("roarbase.console.site").open_site)
