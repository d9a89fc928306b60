"""Backups of deployments that go on serving."""

from typing import Any

from roarbase.backup.index import Source
from roarbase.backup.making import check_target, make_backup
from roarbase.backup.places import place_of
from roarbase.backup.target import Target
from roarbase.errors import InvalidParameter, ResourceNotFound
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment
from roarbase.model.transfers import Transfer, TransferKind
from roarbase.model.users import Principal, Privilege
from roarbase.services.clock import Clock
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.places import AllowedPlaces
from roarbase.services.transfers import Transfers, Work

__all__ = ["Backups"]


class Backups:
    """Use cases of backups."""

    def __init__(
        self,
        metastore: Metastore,
        engines: Engines,
        deployments: Deployments,
        places: AllowedPlaces,
        transfers: Transfers,
        clock: Clock,
    ) -> None:
        self._metastore = metastore
        self._engines = engines
        self._deployments = deployments
        self._places = places
        self._transfers = transfers
        self._clock = clock

    def start(self, caller: Principal, deployment_id: str, place: str) -> Transfer:
        """Begin a backup. The place is asked before this returns.

        Raises:
            InvalidParameter: There is no such place, or the store refuses the service.
            Forbidden: The service may not use it.
            IncorrectState: The deployment is not RUNNING, or being backed up already; or another's backup is there.
            Unavailable: The place cannot be reached.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        deployment = self._deployments.get_running(caller, deployment_id)
        self._transfers.check_idle(deployment_id)
        if not place_of(place).can_be_written:
            raise InvalidParameter("backups are made to a folder or a bucket; from a web server they are only fetched")
        target = self._places.open(place)
        source = self._source(deployment)
        check_target(target, source)
        return self._transfers.begin(deployment_id, TransferKind.BACKUP, target.text, self._work(target, source))

    def get(self, caller: Principal, deployment_id: str) -> Transfer:
        """The last backup, which may be in progress.

        Raises:
            ResourceNotFound: There was none, or there is no such deployment.
        """
        caller.require(Privilege.READ_RESOURCES)
        deployment = self._deployments.get(caller, deployment_id)
        found = self._transfers.latest_or_none(deployment_id, TransferKind.BACKUP)
        if found is None:
            raise ResourceNotFound(f"the deployment {deployment.name!r} was never backed up")
        return found

    def _source(self, deployment: Deployment) -> Source:
        organization = self._metastore.organizations.get_or_none(deployment.organization_id)
        return Source(
            deployment=deployment.id,
            name=deployment.name,
            organization=organization.name if organization else "",
            memory_bytes=self._engines.get(deployment.id).memory_bytes(),
        )

    def _work(self, target: Target, source: Source) -> Work:
        def work(tell: Any) -> dict[str, Any]:
            with self._engines.get(source.deployment).holding(lambda: not self._transfers.is_stopping) as held:
                tell(files=len(held.files), sequence=held.sequence)
                made = make_backup(
                    target, held, source, self._clock(), lambda done, files: tell(done_files=done, files=files)
                )
            return {
                "sent_files": made.sent_files,
                "sent_bytes": made.sent_bytes,
                "size_bytes": made.index.size_bytes,
                "done_files": len(made.index.files),
            }

        return work
