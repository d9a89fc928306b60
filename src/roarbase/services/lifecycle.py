"""The reconciler: brings every deployment and sink from the state it is in to the state it should be in.

Each resource in a passing state (CREATING, DELETING) has a tuple of steps. Every step may be done
twice, so a process that ends between any two of them simply begins again at the first.
"""

import threading
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from roarbase.errors import RoarbaseError, ServiceError
from roarbase.ingest.compatibility import missing_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.metastore.store import Metastore
from roarbase.model.changes import CreateField, DecideKeys
from roarbase.model.deployments import Deployment, DeploymentStatus, Shape
from roarbase.model.sinks import Sink, SinkStatus
from roarbase.services.clock import Clock
from roarbase.services.engines import Engines
from roarbase.services.tables import Tables

__all__ = ["Reconciler"]

_R = TypeVar("_R", Deployment, Sink)

_RETRY_S = 1.0
_log = structlog.get_logger(__name__)


class Reconciler:
    """Works in a thread of its own once started; `reconcile` alone does one pass.

    `after_step` is called with a step's name when it is done: tests end the process there.
    """

    def __init__(
        self,
        metastore: Metastore,
        engines: Engines,
        tables: Tables,
        *,
        shapes: Sequence[Shape],
        clock: Clock,
        after_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._metastore = metastore
        self._engines = engines
        self._tables = tables
        self._memory = {shape.name: shape.memory_bytes for shape in shapes}
        self._largest = max(self._memory.values())
        self._clock = clock
        self._after_step = after_step
        self._work = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Say that there is work."""
        self._work.set()

    def resume(self) -> None:
        """At start: open the engines of the running deployments, before requests are taken."""
        for deployment in self._metastore.deployments.find_in_status(DeploymentStatus.RUNNING):
            self._open_engine(deployment)
            self._tables.follow(deployment.id)

    def start(self) -> None:
        """Work off what a stopped process left, and from then on what comes."""
        self._work.set()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the resource in hand and end the thread."""
        self._stopping = True
        self._work.set()
        if self._thread is not None:
            self._thread.join()

    def reconcile(self) -> bool:
        """One pass over everything in a passing state. False if something has to be tried again."""
        return all(
            [*map(self._reconcile_sink, self._passing_sinks()), *map(self._reconcile_deployment, self._passing())]
        )

    def _run(self) -> None:
        while not self._stopping:
            self._work.wait()
            self._work.clear()
            if not self._stopping and not self._reconcile_safely():
                # A full disk or a lost database may come back: look again in a while.
                threading.Timer(_RETRY_S, self.wake).start()

    def _reconcile_safely(self) -> bool:
        try:
            return self.reconcile()
        except Exception:
            _log.exception("the reconciler could not finish a pass")
            return False

    def _passing(self) -> list[Deployment]:
        return self._metastore.deployments.find_in_status(DeploymentStatus.CREATING, DeploymentStatus.DELETING)

    def _passing_sinks(self) -> list[Sink]:
        return self._metastore.sinks.find_in_status(SinkStatus.CREATING, SinkStatus.DELETING)

    # ---- deployments ---------------------------------------------------------------------------

    def _reconcile_deployment(self, seen: Deployment) -> bool:
        with self._engines.exclusively(seen.id):
            deployment = self._metastore.deployments.get_or_none(seen.organization_id, seen.id)
            if deployment is None:
                return True
            steps: dict[DeploymentStatus, tuple[Callable[[Deployment], object], ...]] = {
                DeploymentStatus.CREATING: (self._open_engine, self._say_running),
                DeploymentStatus.DELETING: (
                    self._close_engine,
                    self._remove_engine,
                    self._forget_tables,
                    self._forget_deployment,
                ),
            }
            return self._walk(deployment, steps.get(deployment.status, ()), self._say_failed)

    def _open_engine(self, deployment: Deployment) -> None:
        self._engines.open(deployment.id, self._memory.get(deployment.shape, self._largest))

    def _say_running(self, deployment: Deployment) -> None:
        self._metastore.deployments.set_status(deployment.id, DeploymentStatus.RUNNING, at=self._clock())

    def _say_failed(self, deployment: Deployment, reason: str) -> None:
        self._metastore.deployments.set_status(deployment.id, DeploymentStatus.FAILED, at=self._clock(), reason=reason)

    def _close_engine(self, deployment: Deployment) -> None:
        self._engines.close(deployment.id)

    def _remove_engine(self, deployment: Deployment) -> None:
        self._engines.remove(deployment.id)

    def _forget_tables(self, deployment: Deployment) -> None:
        self._metastore.tables.remove_of_deployment(deployment.id)

    def _forget_deployment(self, deployment: Deployment) -> None:
        self._metastore.deployments.remove(deployment.id)

    # ---- sinks ---------------------------------------------------------------------------------

    def _reconcile_sink(self, seen: Sink) -> bool:
        with self._engines.exclusively(seen.deployment_id):
            sink = self._metastore.sinks.get_or_none(seen.organization_id, seen.id)
            if sink is None:
                return True
            steps: dict[SinkStatus, tuple[Callable[[Sink], object], ...]] = {
                SinkStatus.CREATING: (self._decide_keys, self._create_fields, self._say_sink_running),
                SinkStatus.DELETING: (self._forget_sink,),
            }
            return self._walk(sink, steps.get(sink.status, ()), self._say_sink_failed)

    def _decide_keys(self, sink: Sink) -> None:
        schema = read_declaration(sink.declaration)
        engine = self._engines.get(sink.deployment_id)
        engine.change(DecideKeys(table=sink.table_id, is_keyed=schema.is_keyed))

    def _create_fields(self, sink: Sink) -> None:
        engine = self._engines.get(sink.deployment_id)
        table = engine.schema().get_table(sink.table)
        for spec in missing_fields(read_declaration(sink.declaration), table):
            engine.change(CreateField(table=table.id, field_id=str(uuid.uuid4()), spec=spec))

    def _say_sink_running(self, sink: Sink) -> None:
        self._metastore.sinks.set_status(sink.id, SinkStatus.RUNNING, at=self._clock())

    def _say_sink_failed(self, sink: Sink, reason: str) -> None:
        self._metastore.sinks.set_status(sink.id, SinkStatus.FAILED, at=self._clock(), reason=reason)

    def _forget_sink(self, sink: Sink) -> None:
        self._metastore.sinks.remove(sink.id)

    # ---- any resource --------------------------------------------------------------------------

    def _walk(self, resource: _R, steps: tuple[Callable[[_R], object], ...], fail: Callable[[_R, str], None]) -> bool:
        """Take the steps in order. A service error is tried again later; any other error is final."""
        for step in steps:
            name = step.__name__.strip("_")
            try:
                step(resource)
            except (ServiceError, OSError) as error:
                _log.warning(
                    "a step of the reconciler has to be tried again", step=name, id=resource.id, error=str(error)
                )
                return False
            except RoarbaseError as error:
                _log.error("a resource failed", step=name, id=resource.id, error=error.message)
                fail(resource, error.message)
                return True
            self._after_step(name)
        return True
