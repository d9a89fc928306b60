"""The composition root: the only place that chooses concrete classes.

Read from top to bottom, `build` shows the running system: what is at rest, who works on it,
and the planes through which it is reached.
"""

import asyncio
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from fastapi import FastAPI

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.choose import ChosenKernels
from roarbase.engine.local import open_local_engine
from roarbase.engine.port import Engine
from roarbase.engine.snapshots.policy import SnapshotPolicy
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.view_expiry import ViewExpiry
from roarbase.errors import OperatorError
from roarbase.metastore.store import Metastore, sqlite_url
from roarbase.model.deployments import shapes_for_memory
from roarbase.model.settings import Settings
from roarbase.planes.app import new_app
from roarbase.planes.console import ConsoleRoute
from roarbase.planes.control.deployments import deployments_router
from roarbase.planes.control.fields import fields_router
from roarbase.planes.control.sinks import sinks_router
from roarbase.planes.control.tables import tables_router
from roarbase.planes.control.transfers import transfers_router
from roarbase.planes.data.history import history_router
from roarbase.planes.data.ingest import ingest_router
from roarbase.planes.data.pql import pql_router
from roarbase.planes.data.query import query_router
from roarbase.planes.data.running import StatementRunner
from roarbase.planes.data.sql import sql_router
from roarbase.planes.faces import FACES
from roarbase.planes.identity.password import password_router
from roarbase.planes.identity.router import identity_router
from roarbase.server.console import ConsoleDoor
from roarbase.server.machine import memory_bytes
from roarbase.server.origins import plane_origin, public_origin
from roarbase.services.backups import Backups
from roarbase.services.clock import utc_now
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.feeds import Feeds
from roarbase.services.fetching import Fetching
from roarbase.services.fields import Fields
from roarbase.services.first_admin import ensure_first_admin
from roarbase.services.history import History
from roarbase.services.ingest import Ingest
from roarbase.services.lifecycle import Reconciler
from roarbase.services.password_change import PasswordChange
from roarbase.services.passwords import Passwords
from roarbase.services.places import AllowedPlaces
from roarbase.services.queries import Queries
from roarbase.services.restores import Restores
from roarbase.services.sign_in import SignIn
from roarbase.services.signing_keys import SigningKeys
from roarbase.services.sinks import Sinks
from roarbase.services.tables import Tables
from roarbase.services.tokens import TokenIssuer
from roarbase.services.transfers import Transfers
from roarbase.services.users import Users
from roarbase.services.verifier import TokenVerifier

__all__ = ["LoopDelivery", "Service", "build"]

_log = structlog.get_logger("roarbase.server")


@dataclass
class LoopDelivery:
    """Carries the answers of engines to the event loop: one wake-up per commit group."""

    loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, answers: list[Callable[[], None]]) -> None:
        assert self.loop is not None, "engines are opened after the loop runs"
        self.loop.call_soon_threadsafe(self._call, answers)

    @staticmethod
    def _call(answers: list[Callable[[], None]]) -> None:
        for answer in answers:
            answer()


@dataclass(kw_only=True)
class Service:
    """The running system: the app, and what must be alive behind it."""

    app: FastAPI
    data_dir: Path
    metastore: Metastore
    kernels: ChosenKernels
    passwords: Passwords
    users: Users
    engines: Engines
    reconciler: Reconciler
    transfers: Transfers
    restores: Restores
    view_expiry: ViewExpiry
    history: History
    delivery: LoopDelivery
    console: ConsoleDoor
    ready: bool = field(default=False)

    async def start(self) -> None:
        """Make the first administrator, open the engines, and begin to reconcile."""
        self.delivery.loop = asyncio.get_running_loop()
        self.kernels.start()
        credentials = await ensure_first_admin(self.metastore, self.users, self.data_dir, os.environ)
        if credentials is not None:
            print(f"The first administrator's password is in {credentials}", flush=True)
        await asyncio.to_thread(self.restores.settle)
        await asyncio.to_thread(self.reconciler.resume)
        self.reconciler.start()
        self.view_expiry.start()
        self.history.start()
        self.ready = True

    async def stop(self) -> None:
        """End background work and close everything; also after a `start` that failed half-way."""
        self.ready = False
        await self.console.stop()
        await asyncio.to_thread(self.view_expiry.stop)
        await asyncio.to_thread(self.transfers.stop)
        await asyncio.to_thread(self.history.stop)
        await asyncio.to_thread(self.reconciler.stop)
        await asyncio.to_thread(self.engines.close_all)
        self.kernels.close()
        self.passwords.close()
        self.metastore.close()


def _migrate(url: str) -> None:
    """Migrate in a process of its own: alembic would stay in this one, at a cost of 10 MB."""
    command = [sys.executable, "-m", "roarbase.metastore.migrate"]
    done = subprocess.run(command, input=url, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise OperatorError(f"the metastore could not be brought up to date: {last}")


def _load_entries(directory: Path | None, *, compile_here: bool) -> Entries | None:
    """`kernels.load.load_entries`, whose module is loaded only now: numba comes with it."""
    found: Entries | None = importlib.import_module("roarbase.engine.kernels.load").load_entries(
        directory, compile_here=compile_here
    )
    return found


def build(settings: Settings) -> Service:
    """Everything, connected and at rest; `start` brings it to life.

    Raises:
        OperatorError: Something at rest (metastore, keys) cannot be used.
    """
    data_dir = Path(settings.text("data_dir"))
    public_url = public_origin(settings)

    # What is at rest
    metastore = Metastore.open(settings.text("metastore_url") or sqlite_url(data_dir), _migrate)
    keys = SigningKeys.open(data_dir / "keys")
    store, delivery = DiskFileStore(), LoopDelivery()
    kernel_cache = settings.text("kernel_cache_dir")
    kernels = ChosenKernels(Path(kernel_cache).expanduser() if kernel_cache else data_dir / "cache", _load_entries)

    policy = SnapshotPolicy(
        log_bytes=settings.integer("snapshot_log_bytes"), interval_s=settings.seconds("snapshot_seconds")
    )

    def open_engine(directory: Path, memory_limit_bytes: int) -> Engine:
        return open_local_engine(
            directory, store, lambda: BitmapState(kernels=kernels), memory_limit_bytes, delivery, policy
        )

    # Who may
    passwords = Passwords()
    users = Users(metastore, passwords, utc_now)
    issuer = TokenIssuer(keys, issuer=public_url, lifetime_s=settings.integer("access_token_seconds"), clock=utc_now)
    sign_in = SignIn(metastore, passwords, issuer, settings=settings, clock=utc_now)
    password_change = PasswordChange(metastore, passwords, sign_in, utc_now)
    verifier = TokenVerifier(keys, metastore.users.get_or_none, issuer=public_url, clock=utc_now)

    # Who works
    shapes = shapes_for_memory(memory_bytes())
    engines = Engines(data_dir / "engines", open_engine)
    deployments = Deployments(
        metastore,
        engines,
        shapes=shapes,
        maximum_per_organization=settings.integer("deployments_per_organization"),
        clock=utc_now,
        wake=lambda: reconciler.wake(),
    )
    most_fields = settings.integer("fields_per_table")
    tables = Tables(metastore, engines, deployments, utc_now, maximum_fields=most_fields)
    fields = Fields(metastore, engines, deployments, maximum_per_table=most_fields)
    sinks = Sinks(metastore, engines, maximum_fields=most_fields, clock=utc_now, wake=lambda: reconciler.wake())
    reconciler = Reconciler(metastore, engines, tables, shapes=shapes, clock=utc_now)
    view_expiry = ViewExpiry(engines.all_open, interval_s=settings.seconds("view_expiry_seconds"), clock=utc_now)
    feeds = Feeds(sinks, engines)
    ingest = Ingest(feeds, engines, settings)
    places = AllowedPlaces(settings, data_dir)
    history = History(metastore.queries, most_per_user=settings.integer("query_history"))
    queries = Queries(deployments, tables, fields, engines, Fetching(places, settings), history.statements, settings)
    runner = StatementRunner(answer_bytes=settings.integer("answer_bytes"))
    transfers = Transfers(data_dir / "transfers", utc_now)
    backups = Backups(metastore, engines, deployments, places, transfers, utc_now)
    restores = Restores(
        metastore, engines, deployments, tables, feeds, places, transfers, utc_now, lambda: reconciler.wake()
    )

    # How it is reached
    origins = {plane: plane_origin(settings, plane) for plane in ("id", "api", "data")}
    app = new_app(settings, origins)
    app.state.verifier = verifier
    for face in FACES:  # routes are tried in their order: first what is asked thousands of times a second
        app.include_router(ingest_router(face, ingest))
        app.include_router(sql_router(face, queries, runner, kernels.rows_text))
        app.include_router(pql_router(face, queries, runner))
        app.include_router(query_router(face, queries, runner, kernels.rows_text))
    app.include_router(identity_router(sign_in, keys, public_url=public_url))
    app.include_router(password_router(password_change))
    for face in FACES:
        app.include_router(deployments_router(face, deployments))
        app.include_router(transfers_router(face, backups, restores))
        app.include_router(tables_router(face, tables))
        app.include_router(fields_router(face, fields))
        app.include_router(sinks_router(face, sinks, data_origin=origins["data"]))
        app.include_router(history_router(face, history))
    console = ConsoleDoor(app, public_url=public_url, origins=origins, data_dir=data_dir)
    app.router.routes.append(ConsoleRoute(console))
    return Service(
        app=app,
        data_dir=data_dir,
        metastore=metastore,
        kernels=kernels,
        passwords=passwords,
        users=users,
        engines=engines,
        reconciler=reconciler,
        transfers=transfers,
        restores=restores,
        view_expiry=view_expiry,
        history=history,
        delivery=delivery,
        console=console,
    )
