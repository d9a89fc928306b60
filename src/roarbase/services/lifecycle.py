"""The reconciler: brings every deployment and sink from the state it is in to the state it should be in.

Each resource in a passing state (CREATING, DELETING) has a tuple of steps. Every step may be done
twice, so a process that ends between any two of them simply begins again at the first.

A step may wait long, for a disk or behind an organization's own writes. So each organization with
something to do has a worker thread to itself: nobody's deployment waits for somebody else's.
"""

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from roarbase.errors import RequestError, RoarbaseError, ServiceError
from roarbase.ingest.compatibility import missing_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.metastore.store import Metastore
from roarbase.model.changes import CreateField, DecideKeys
from roarbase.model.deployments import Deployment, DeploymentStatus, Shape
from roarbase.model.sinks import Sink, SinkStatus
from roarbase.services.clock import Clock
from roarbase.services.engines import Engines
from roarbase.services.expected import settle_reference
from roarbase.services.tables import Tables

__all__ = ["Reconciler"]

_R = TypeVar("_R", Deployment, Sink)

_RETRY_S = 1.0
_WORKERS = 8
_OUR_FAULT = "the service could not do its part; its log says why"
_log = structlog.get_logger(__name__)


class Reconciler:
    """Works in threads of its own once started; `reconcile` alone does one pass.

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
        self._busy: set[str] = set()  # the organizations that have a worker now
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Say that there is work."""
        self._work.set()

    def resume(self) -> None:
        """At start: open the engines of the running deployments.

        Raises:
            OperatorError: One of them cannot be opened, or is not there.
        """
        for deployment in self._metastore.deployments.find_in_status(DeploymentStatus.RUNNING):
            self._engines.open(deployment.id, self._memory_of(deployment), makes_it=False)
            self._tables.follow(deployment.id)

    def start(self) -> None:
        """Work off what a stopped process left, and from then on what comes."""
        self._work.set()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the resources in hand and end the threads."""
        self._stopping = True
        self._work.set()
        if self._thread is not None:
            self._thread.join()

    def reconcile(self, organization_id: str | None = None) -> bool:
        """One pass over what is in a passing state, of one organization or of all.

        Returns:
            False if something has to be tried again.
        """
        steps = [partial(self._reconcile_sink, sink) for sink in self._passing_sinks(organization_id)]
        steps += [partial(self._reconcile_deployment, each) for each in self._passing(organization_id)]
        outcomes = [step() for step in steps if not self._stopping]
        return all(outcomes)

    def _run(self) -> None:
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="reconciler") as workers:
            while not self._stopping:
                is_behind = self._hand_out(workers)
                # Nothing wakes us when a full disk or a lost database is back: until all is done, look now and then.
                self._work.wait(_RETRY_S if is_behind else None)
                self._work.clear()

    def _hand_out(self, workers: ThreadPoolExecutor) -> bool:
        """Give each organization with something to do a worker. Returns whether there may be work left."""
        try:
            waiting = {sink.organization_id for sink in self._passing_sinks()}
            waiting |= {deployment.organization_id for deployment in self._passing()}
        except Exception as error:
            is_bug = not isinstance(error, RoarbaseError)
            _log.warning("the reconciler cannot see what there is to do", error=str(error), exc_info=is_bug)
            return True
        for organization_id in sorted(waiting - self._busy):
            self._busy.add(organization_id)
            workers.submit(self._work_off, organization_id)
        return bool(waiting)

    def _work_off(self, organization_id: str) -> None:
        is_done = False
        try:
            is_done = self.reconcile(organization_id)
        except Exception:
            _log.exception("the reconciler could not finish a pass", organization_id=organization_id)
        self._busy.discard(organization_id)
        if is_done:
            self._work.set()  # something may have come while it was busy

    def _passing(self, organization_id: str | None = None) -> list[Deployment]:
        found = self._metastore.deployments.find_in_status(DeploymentStatus.CREATING, DeploymentStatus.DELETING)
        return [each for each in found if organization_id in (None, each.organization_id)]

    def _passing_sinks(self, organization_id: str | None = None) -> list[Sink]:
        found = self._metastore.sinks.find_in_status(SinkStatus.CREATING, SinkStatus.DELETING)
        return [each for each in found if organization_id in (None, each.organization_id)]

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
        self._engines.open(deployment.id, self._memory_of(deployment))

    def _memory_of(self, deployment: Deployment) -> int:
        return self._memory.get(deployment.shape, self._largest)

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
            settle_reference(engine, spec)
            engine.change(CreateField(table=table.id, field_id=str(uuid.uuid4()), spec=spec))

    def _say_sink_running(self, sink: Sink) -> None:
        self._metastore.sinks.set_status(sink.id, SinkStatus.RUNNING, at=self._clock())

    def _say_sink_failed(self, sink: Sink, reason: str) -> None:
        self._metastore.sinks.set_status(sink.id, SinkStatus.FAILED, at=self._clock(), reason=reason)

    def _forget_sink(self, sink: Sink) -> None:
        self._metastore.sinks.remove(sink.id)

    # ---- any resource --------------------------------------------------------------------------

    def _walk(self, resource: _R, steps: tuple[Callable[[_R], object], ...], fail: Callable[[_R, str], None]) -> bool:
        """Take the steps in order. A service error is tried again later; any other error is final.

        The reason of a failure is shown to the user, so it is told only where he can act.
        """
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
                fail(resource, error.message if isinstance(error, RequestError) else _OUR_FAULT)
                return True
            except Exception:
                # A bug in one resource must not keep those after it waiting.
                _log.exception("a resource failed", step=name, id=resource.id)
                fail(resource, _OUR_FAULT)
                return True
            self._after_step(name)
        return True
