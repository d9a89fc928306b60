"""NiceGUI, set up: its one app of this process, our pages in it, nothing of it written down."""

import contextlib
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import app as gui
from nicegui import core, ui
from starlette.types import ASGIApp

from roarbase import __version__
from roarbase.console.frame import Page, Wiring
from roarbase.console.page_table import PAGES

__all__ = ["start_gui", "stop_gui"]

_STATIC = Path(__file__).parent / "static"
_RECONNECT_S = 30.0
"""For so long a page whose connection broke is kept, with what was typed into it."""

_HEAD = (
    f'<link rel="stylesheet" href="/console/static/console.css?{__version__}">'
    f'<script src="/console/static/console.js?{__version__}" defer></script>'
)

_running: list[AbstractAsyncContextManager[object]] = []


async def start_gui(wiring: Wiring) -> ASGIApp:
    """The app that draws the pages; its background tasks run in the loop that calls this."""
    if not gui.config.has_run_config:
        _configure()
    for path, build in PAGES:
        ui.page(path, title="Roarbase", dark=None, language="en-US")(_builder(build, wiring))
    lifespan = gui.router.lifespan_context(gui)
    await lifespan.__aenter__()
    _running.append(lifespan)
    return gui


async def stop_gui() -> None:
    """End its background tasks."""
    while _running:
        with contextlib.suppress(Exception):
            await _running.pop().__aexit__(None, None, None)


def _configure() -> None:
    """Once per process: no scripts from style frameworks, sockets only, no message at start."""
    ui.run_with(
        FastAPI(),  # mounted there and asked directly: `site` decides what reaches it
        title="Roarbase",
        favicon=_STATIC / "icon.svg",
        dark=None,
        tailwind=False,
        gzip_middleware_factory=None,
        reconnect_timeout=_RECONNECT_S,
        binding_refresh_interval=None,
        message_history_length=200,
        show_welcome_message=False,
    )
    gui.colors(primary="#1c5d86", secondary="#4a5a66", accent="#1c5d86", positive="#1e6e3c", negative="#b3261e")
    core.app.config.socket_io_js_transports = ["websocket"]
    gui.add_static_files("/static", _STATIC)
    ui.add_head_html(_HEAD, shared=True)
    logging.getLogger("nicegui").setLevel(logging.WARNING)


def _builder(build: Callable[[Page], None], wiring: Wiring) -> Callable[[Request], None]:
    """A page's function as NiceGUI calls it."""

    def draw(request: Request) -> None:
        build(Page.of(request, wiring))

    return draw
