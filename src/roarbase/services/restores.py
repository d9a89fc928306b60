"""Restores: what a deployment holds is replaced by what a backup has, wholly or not at all.

    RUNNING ─► RESTORING: nothing is written, questions are answered ─► fetched beside the data, and checked
            ─► put in place of it, opened ─► RUNNING; then what was there before goes

The deployment's status in the metastore decides. While it says RESTORING, whatever fails, and the next start too, puts
back what was there before.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from roarbase.backup.archive import unpacked
from roarbase.backup.fetching import fetch_backup
from roarbase.backup.index import Index, get_index
from roarbase.backup.target import Target
from roarbase.backup.web import WebFile
from roarbase.engine.port import Engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.storage.manifest import read_manifest_or_none
from roarbase.errors import (
    Forbidden,
    IncorrectState,
    ResourceLimitExceeded,
    ResourceNotFound,
    RoarbaseError,
    Unavailable,
)
from roarbase.ingest.compatibility import contradictions
from roarbase.ingest.declaration import read_declaration
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment, DeploymentStatus
from roarbase.model.fields import TableSpec
from roarbase.model.sinks import Sink, SinkStatus
from roarbase.model.transfers import Transfer, TransferKind
from roarbase.model.users import Principal, Privilege
from roarbase.services.clock import Clock
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.feeds import Feeds
from roarbase.services.places import AllowedPlaces
from roarbase.services.tables import Tables
from roarbase.services.transfers import Transfers, Work

__all__ = ["Restores"]

_RETRY_S = 1.0
_ARCHIVE_PER_MEMORY = 2
"""So many times the memory of a deployment an archive may have, unpacked: the files of one that is full take less."""

_NOBODY = ""
"""The organization of backups that `roarbase.open` made."""

_log = structlog.get_logger(__name__)


def _index_or_none(source: Target | WebFile) -> Index | None:
    """The index of a backup; None: it is in an archive, which is there, and is not read yet."""
    if isinstance(source, WebFile):
        source.check()
        return None
    return get_index(source)


class Restores:
    """Use cases of restores. `wake` tells the reconciler that sinks have to be seen to."""

    def __init__(
        self,
        metastore: Metastore,
        engines: Engines,
        deployments: Deployments,
        tables: Tables,
        feeds: Feeds,
        places: AllowedPlaces,
        transfers: Transfers,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._metastore = metastore
        self._engines = engines
        self._deployments = deployments
        self._tables = tables
        self._feeds = feeds
        self._places = places
        self._transfers = transfers
        self._clock = clock
        self._wake = wake

    def start(self, caller: Principal, deployment_id: str, place: str) -> Transfer:
        """Begin to replace all tables of a deployment by those of a backup.

        Its index is read before this returns; of an archive it is only asked whether it is there.

        Raises:
            InvalidParameter: There is no backup at that place, or the store refuses the service.
            Forbidden: The service may not use the place, or the backup is another organization's.
            IncorrectState: The deployment is not RUNNING, or being backed up; or sinks stand in the way, and are named.
            ResourceLimitExceeded: The deployment's shape is too small for it.
            Unavailable: The place cannot be reached.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        self._deployments.get_running(caller, deployment_id)
        self._transfers.check_idle(deployment_id)
        source = self._places.open_source(place)
        index = _index_or_none(source)
        with self._deployments.changing(caller, deployment_id) as deployment:
            if index is not None:
                self._check(deployment, index)
            return self._transfers.begin(
                deployment_id,
                TransferKind.RESTORE,
                source.text,
                self._work(deployment, source),
                before=lambda: self._say_restoring(deployment),
            )

    def get(self, caller: Principal, deployment_id: str) -> Transfer:
        """The last restore, which may be in progress.

        Raises:
            ResourceNotFound: There was none, or there is no such deployment.
        """
        caller.require(Privilege.READ_RESOURCES)
        deployment = self._deployments.get(caller, deployment_id)
        found = self._transfers.latest_or_none(deployment_id, TransferKind.RESTORE)
        if found is None:
            raise ResourceNotFound(f"nothing was ever restored into the deployment {deployment.name!r}")
        return found

    def settle(self) -> None:
        """At start, before any engine is opened: put back what was there before restores that were cut short."""
        for deployment in self._metastore.deployments.find_in_status(DeploymentStatus.RESTORING):
            self._engines.put_back(deployment.id)
            self._say(deployment, DeploymentStatus.RUNNING)
        self._engines.remove_leftovers()
        known = self._metastore.deployments.find_in_status(*DeploymentStatus)
        self._transfers.forget_all_but({deployment.id for deployment in known})

    # ---- what stands in the way ------------------------------------------------------------

    def _check(self, deployment: Deployment, index: Index) -> None:
        self._check_owner(deployment, index)
        self._check_size(deployment, index.source.memory_bytes)
        self._check_sinks(deployment, index.tables)

    def _check_owner(self, deployment: Deployment, index: Index) -> None:
        """Who may name a place must not read there what belongs to others."""
        own = self._metastore.organizations.get_or_none(deployment.organization_id)
        if own is None or index.source.organization not in (_NOBODY, own.name):
            raise Forbidden(
                "the backup is of another organization; `roarbase restore --into` makes a directory of it, "
                "for whoever can read the place"
            )

    def _check_size(self, deployment: Deployment, memory_bytes: int) -> None:
        limit_bytes = self._deployments.memory_limit(deployment)
        if memory_bytes > limit_bytes:
            raise ResourceLimitExceeded(
                f"the backup takes {memory_bytes} bytes of memory; the shape {deployment.shape} has {limit_bytes}",
                limit_bytes=limit_bytes,
                memory_bytes=memory_bytes,
            )

    def _check_sinks(self, deployment: Deployment, tables: dict[str, str]) -> None:
        """Sinks feed tables by uuid, and they stay: each needs its table in the backup."""
        sinks = self._metastore.sinks.find_in_deployment(deployment.id)
        passing = [s.told for s in sinks if s.status in (SinkStatus.CREATING, SinkStatus.DELETING)]
        if passing:
            raise IncorrectState(f"sinks are being made or deleted; wait: {', '.join(passing)}", blocking=passing)
        lost = [f"{s.told} (of table {s.table!r})" for s in sinks if s.table_id not in tables]
        if lost:
            raise IncorrectState(
                f"the backup does not have the tables that these sinks feed; delete them first: {', '.join(lost)}",
                blocking=lost,
            )

    def _check_schemas(self, sinks: list[Sink], specs: dict[str, TableSpec]) -> None:
        """The backup may be older than a sink, and its table have other fields."""
        for sink in sinks:
            found = contradictions(read_declaration(sink.declaration), specs[sink.table_id])
            if found:
                raise IncorrectState(
                    f"the sink {sink.name!r} does not fit the table {sink.table!r} of the backup; delete it first: "
                    f"{'; '.join(found)}",
                    differences=found,
                )

    # ---- in the background -------------------------------------------------------------------

    def _work(self, deployment: Deployment, source: Target | WebFile) -> Work:
        def work(tell: Any) -> dict[str, Any]:
            try:
                files = self._fetch(deployment, source, tell)
                self._replace(deployment)
            except BaseException:
                self._engines.remove_leftovers(deployment.id)
                self._engines.resume(deployment.id)
                self._say_running(deployment, tell)
                raise
            self._follow(deployment)
            return {"done_files": files}

        return work

    def _fetch(self, deployment: Deployment, source: Target | WebFile, tell: Any) -> int:
        """Have the backup beside the data, checked; how many files it has."""
        store, staged = DiskFileStore(), self._engines.staging(deployment.id)
        most_bytes = _ARCHIVE_PER_MEMORY * self._deployments.memory_limit(deployment)
        with unpacked(source, self._engines.archive_room(deployment.id), most_bytes, tell) as target:
            index = get_index(target)
            self._check(deployment, index)
            tell(files=len(index.files), size_bytes=index.size_bytes, sequence=index.sequence)
            fetch_backup(target, index, store, staged, lambda done, files: tell(done_files=done, files=files))
        self._check_staged(deployment, store, staged)
        return len(index.files)

    def _check_staged(self, deployment: Deployment, store: DiskFileStore, staged: Path) -> None:
        found = read_manifest_or_none(store, staged)
        assert found is not None
        specs = {
            row.id: TableSpec(
                id=row.id, name=row.name, is_keyed=row.is_keyed, fields={f.spec.name: f.spec for f in row.fields}
            )
            for row in found[1].tables
        }
        self._check_schemas(self._metastore.sinks.find_in_deployment(deployment.id), specs)

    def _replace(self, deployment: Deployment) -> None:
        def accept(engine: Engine) -> None:
            self._check_size(deployment, engine.memory_bytes())
            self._say(deployment, DeploymentStatus.RUNNING)  # from here on it is restored, whatever happens

        self._engines.replace(deployment.id, self._deployments.memory_limit(deployment), accept)

    def _follow(self, deployment: Deployment) -> None:
        """Have everything around the tables agree with them; the next start does the same."""
        try:
            with self._engines.exclusively(deployment.id):
                self._tables.follow(deployment.id)
                for sink in self._metastore.sinks.find_in_deployment(deployment.id):
                    self._feeds.forget(sink.id)
                    if sink.status == SinkStatus.RUNNING:  # fields that are younger than the backup are made again
                        self._metastore.sinks.set_status(sink.id, SinkStatus.CREATING, at=self._clock())
        except RoarbaseError as error:
            _log.warning("what is around restored tables has to be seen to", id=deployment.id, error=str(error))
        self._wake()

    def _say_restoring(self, deployment: Deployment) -> None:
        self._say(deployment, DeploymentStatus.RESTORING)
        self._engines.suspend(
            deployment.id,
            IncorrectState(
                f"the deployment {deployment.name!r} is RESTORING: nothing can be written until that has ended",
                status=DeploymentStatus.RESTORING,
            ),
        )

    def _say_running(self, deployment: Deployment, tell: Any) -> None:
        """Say so, however long the metastore is away; a stop of the service leaves it to the next start."""
        while True:
            try:
                return self._say(deployment, DeploymentStatus.RUNNING)
            except Unavailable:
                time.sleep(_RETRY_S)
                tell()

    def _say(self, deployment: Deployment, status: DeploymentStatus) -> None:
        self._metastore.deployments.set_status(deployment.id, status, at=self._clock())
