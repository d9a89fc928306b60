"""The services wired together as `server/wiring.py` does, without HTTP, on one metastore."""

from collections.abc import Callable
from pathlib import Path

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.engine.port import Engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import MissingAuthenticationToken
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import shapes_for_memory
from roarbase.model.settings import Settings
from roarbase.model.users import Principal, Role
from roarbase.server.wiring import LoopDelivery
from roarbase.services.backups import Backups
from roarbase.services.clock import utc_now
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.feeds import Feeds
from roarbase.services.fetching import Fetching
from roarbase.services.fields import Fields
from roarbase.services.history import History
from roarbase.services.ingest import Ingest
from roarbase.services.lifecycle import Reconciler
from roarbase.services.places import AllowedPlaces
from roarbase.services.queries import Queries
from roarbase.services.restores import Restores
from roarbase.services.sinks import Sinks
from roarbase.services.tables import Tables
from roarbase.services.transfers import Transfers

__all__ = ["Here", "House", "Verifier", "caller"]


def caller(organization_id: str, email: str = "owner@example.com", role: Role = Role.USER) -> Principal:
    return Principal(user_id="u", organization_id=organization_id, email=email, role=role)


class House:
    """Services over a metastore and a folder. Nothing works off changes but `reconciler.reconcile`.

    Who awaits an ingest sets `delivery.loop` first.
    """

    def __init__(
        self,
        metastore: Metastore,
        folder: Path,
        settings: Settings | None = None,
        after_step: Callable[[str], None] = lambda _: None,
        machine_bytes: int = 16 * 2**30,
    ) -> None:
        settings = settings or Settings()
        shapes = shapes_for_memory(machine_bytes)
        store = DiskFileStore()
        self.delivery = LoopDelivery()

        def open_engine(directory: Path, memory_limit_bytes: int) -> Engine:
            return open_local_engine(directory, store, BitmapState, memory_limit_bytes, self.delivery)

        self.wakes = 0
        self.metastore = metastore
        self.engines = Engines(folder / "engines", open_engine)
        self.deployments = Deployments(
            metastore,
            self.engines,
            shapes=shapes,
            maximum_per_organization=settings.integer("deployments_per_organization"),
            clock=utc_now,
            wake=self._wake,
        )
        most_fields = settings.integer("fields_per_table")
        self.tables = Tables(metastore, self.engines, self.deployments, utc_now, maximum_fields=most_fields)
        self.fields = Fields(metastore, self.engines, self.deployments, maximum_per_table=most_fields)
        self.sinks = Sinks(metastore, self.engines, maximum_fields=most_fields, clock=utc_now, wake=self._wake)
        self.feeds = Feeds(self.sinks, self.engines)
        self.ingest = Ingest(self.feeds, self.engines, settings)
        places = AllowedPlaces(settings, folder)
        fetching = Fetching(places, settings)
        self.history = History(metastore.queries, most_per_user=settings.integer("query_history"))
        self.queries = Queries(
            self.deployments,
            self.tables,
            self.fields,
            self.engines,
            fetching,
            self.history.statements,
            settings,
        )
        self.transfers = Transfers(folder / "transfers", utc_now)
        self.backups = Backups(metastore, self.engines, self.deployments, places, self.transfers, utc_now)
        self.restores = Restores(
            metastore,
            self.engines,
            self.deployments,
            self.tables,
            self.feeds,
            places,
            self.transfers,
            utc_now,
            self._wake,
        )
        self.reconciler = Reconciler(
            metastore, self.engines, self.tables, shapes=shapes, clock=utc_now, after_step=after_step
        )

    def close(self) -> None:
        self.transfers.stop()
        self.engines.close_all()

    def _wake(self) -> None:
        self.wakes += 1


class Verifier:
    """Takes the organization's name for a token."""

    async def verify(self, header: str | None) -> Principal:
        if header is None:
            raise MissingAuthenticationToken("no token")
        return caller(header)


class Here:
    """Stands in for the event loop: what engines tell is told in the writer's thread."""

    def call_soon_threadsafe(self, call: Callable[..., None], *arguments: object) -> None:
        call(*arguments)
