"""`serve`: from settings to a process that answers, and back to nothing left behind.

    settings ─► socket bound ─► service built ─► serving (/healthz) ─► started (/readyz) ─► signal ─► drained ─► stopped

A signal stops accepting, lets running requests finish, stops the service, and the process exits 0;
a second signal ends it at once, which the log on disk is made for.
"""

import asyncio
import importlib
import math
import os
import socket
import ssl
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

import structlog
import uvicorn
from fastapi import FastAPI

from roarbase.errors import AddressInUse, OperatorError
from roarbase.model.settings import Settings
from roarbase.server.collector import paused_collector
from roarbase.server.data_dir import held, make_data_dir
from roarbase.server.left_out import leave_out
from roarbase.server.logs import set_up_logs
from roarbase.server.origins import public_origin
from roarbase.server.protocol import protocol_with
from roarbase.server.sockets import bind, local_host
from roarbase.server.tls import names_for, pinned_context, self_signed, server_context

__all__ = ["RunnableService", "Running", "serve", "uvicorn_config"]

_HEAD_SECONDS = 15.0
_HEAD_BYTES = 64 * 1024
_KEEP_ALIVE_SECONDS = 65  # above the 60 s after which common proxies drop an idle connection
_EXIT_FAILED, _EXIT_PORT_TAKEN, _EXIT_AT_ONCE = 1, 3, 130

_log = structlog.get_logger("roarbase.server")


class RunnableService(Protocol):
    """What `serve` runs: an app, and what must be alive behind it."""

    @property
    def app(self) -> FastAPI:
        """The HTTP face; it answers from the first moment, also before `start` is through."""

    @property
    def ready(self) -> bool:
        """Whether requests can be served now."""

    async def start(self) -> None:
        """Open what is at rest and begin background work."""

    async def stop(self) -> None:
        """End background work and close what is open; also after a `start` that failed half-way."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A service that is ready, as `on_ready` sees it.

    Args:
        address: The origin by which this machine reaches it, such as http://127.0.0.1:8080.
        public_url: The origin that users are told.
        trust: What a client on this machine checks the service's certificate with; None where it speaks plain HTTP.
        settings: The values in force, `port` the one really bound.
        stop: Ends the service as a signal does; takes the exit code. May be called from any thread.
        is_stopping: Whether it was told to end, by `stop` or by a signal: whoever asks it for something now fails.
    """

    address: str
    public_url: str
    trust: ssl.SSLContext | None
    settings: Settings
    stop: Callable[[int], None]
    is_stopping: Callable[[], bool] = lambda: False


def serve(
    settings: Settings,
    *,
    on_ready: Callable[[Running], None] | None = None,
    build: Callable[[Settings], RunnableService] | None = None,
) -> int:
    """Run the service until a signal.

    Args:
        settings: As `load_settings` gives them.
        on_ready: Called once when requests can be served, in a thread of its own; if it raises, the
            service stops with exit code 1. Without it, the address is printed.
        build: Makes the service; `server.wiring.build` if not given.

    Returns:
        The exit code: 0 after a signal, 1 where it cannot start, 3 where the port is taken.
    """
    set_up_logs(settings.text("log_format"))
    try:
        sockets = bind(settings.text("host"), settings.integer("port"))
        settings = settings.replaced(port=sockets[0].getsockname()[1])
        try:
            with held(make_data_dir(settings)):
                tls = _tls(settings)
                with paused_collector():
                    service = (build or _load_build())(settings)
                return _Run(settings, service, tls, on_ready).run(sockets)
        finally:
            for each in sockets:
                each.close()
    except (OperatorError, OSError) as error:  # an OSError: descriptors, memory or a disk that ran out somewhere
        return _failed(error)
    except KeyboardInterrupt:
        return _EXIT_AT_ONCE


def _load_build() -> Callable[[Settings], RunnableService]:
    """The composition root, loaded late: a taken port is told before numpy and SQLAlchemy are there."""
    leave_out("pandas")
    build: Callable[[Settings], RunnableService] = importlib.import_module("roarbase.server.wiring").build
    return build


def _failed(error: OperatorError | OSError) -> int:
    sentence = error.message if isinstance(error, OperatorError) else f"the service cannot start or go on: {error}"
    print(f"roarbase: {sentence}", file=sys.stderr, flush=True)
    return _EXIT_PORT_TAKEN if isinstance(error, AddressInUse) else _EXIT_FAILED


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.flag("tls_self_signed"):
        names = names_for(settings.text("domain"))
        return server_context(*self_signed(_tls_folder(settings), names))
    if settings.text("tls_cert"):
        return server_context(Path(settings.text("tls_cert")), Path(settings.text("tls_key")))
    return None


def _trust(settings: Settings) -> ssl.SSLContext | None:
    if settings.flag("tls_self_signed"):
        return ssl.create_default_context(cafile=_tls_folder(settings) / "ca.pem")
    if settings.text("tls_cert"):
        return pinned_context(Path(settings.text("tls_cert")))
    return None


def _tls_folder(settings: Settings) -> Path:
    return Path(settings.text("data_dir")) / "tls"


class _Server(uvicorn.Server):
    """uvicorn's server with our meaning of signals: the first one stops, the second ends."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of signal handlers
        # uvicorn would raise the signal again when done, and the exit code would not be 0.
        if self.should_exit:
            os._exit(_EXIT_AT_ONCE)
        self.should_exit = True


class _Run:
    """One run, from the bound sockets to the exit code."""

    def __init__(
        self,
        settings: Settings,
        service: RunnableService,
        tls: ssl.SSLContext | None,
        on_ready: Callable[[Running], None] | None,
    ) -> None:
        self.settings = settings
        self.service = service
        self.on_ready = on_ready
        self.exit_code = 0
        self.server = _Server(uvicorn_config(settings, service.app, tls))

    def run(self, sockets: list[socket.socket]) -> int:
        """Serve in an event loop of its own."""
        with asyncio.Runner() as runner:
            runner.run(self._serve(sockets))
        return self.exit_code

    async def _serve(self, sockets: list[socket.socket]) -> None:
        self.service.app.state.ready = lambda: self.service.ready and not self.server.should_exit
        serving = asyncio.create_task(self.server.serve(sockets))
        starting = asyncio.create_task(self._start())
        await asyncio.wait({serving, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await asyncio.wait({serving})
        starting.cancel()
        await asyncio.wait({starting})
        self._say_what_was_cut_off()
        await self.service.stop()
        serving.result()  # raises what the server failed of

    async def _start(self) -> None:
        """Start the service behind the app, then say so; whatever fails ends the process."""
        try:
            await self.service.start()
        except (OperatorError, OSError) as error:
            self.stop(_failed(error))
        except Exception:
            _log.exception("the service could not start")
            self.stop(_EXIT_FAILED)
        else:
            self._announce()

    def _announce(self) -> None:
        running = self._running()
        if self.on_ready is None:
            print(f"Roarbase is ready at {running.public_url} (console: {running.public_url}/console)", flush=True)
        else:
            threading.Thread(target=self._call_on_ready, args=(running,), daemon=True, name="on-ready").start()

    def _running(self) -> Running:
        settings = self.settings
        is_tls = settings.flag("tls_self_signed") or bool(settings.text("tls_cert"))
        host = local_host(settings.text("host"))
        return Running(
            address=f"{'https' if is_tls else 'http'}://{host}:{settings.integer('port')}",
            public_url=public_origin(settings),
            trust=_trust(settings),
            settings=settings,
            stop=self.stop,
            is_stopping=lambda: self.server.should_exit,
        )

    def _call_on_ready(self, running: Running) -> None:
        assert self.on_ready is not None
        try:
            self.on_ready(running)
        except Exception:
            traceback.print_exc()
            self.stop(_EXIT_FAILED)

    def _say_what_was_cut_off(self) -> None:
        traffic = getattr(self.service.app.state, "traffic", None)
        if traffic is not None and traffic.running:
            _log.warning("requests did not finish in time and were cut off", requests=traffic.running)

    def stop(self, exit_code: int = 0) -> None:
        """End the run as the first signal does. May be called from any thread."""
        self.exit_code = self.exit_code or exit_code
        self.server.should_exit = True


def uvicorn_config(
    settings: Settings, app: FastAPI, tls: ssl.SSLContext | None = None, *, head_seconds: float = _HEAD_SECONDS
) -> uvicorn.Config:
    """How uvicorn serves an app: on our protocol, without what we do ourselves."""
    protocol = protocol_with(
        head_seconds=head_seconds, head_bytes=_HEAD_BYTES, stalled_seconds=settings.seconds("stalled_answer_seconds")
    )
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        loop="asyncio",
        interface="asgi3",
        lifespan="off",  # the service starts while /healthz answers already
        log_config=None,
        access_log=False,  # ours is written by planes/trail.py
        proxy_headers=False,  # ours are read by planes/http.py
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.seconds("stop_seconds")),
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )
