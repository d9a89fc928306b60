"""Deployments at rest."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from roarbase.errors import IncorrectState, ResourceLimitExceeded
from roarbase.metastore.connections import Database, is_storable, refuse_taken, require_storable
from roarbase.metastore.known import Known
from roarbase.metastore.rows import values_of
from roarbase.metastore.schema import deployments, organizations
from roarbase.model.deployments import Deployment, DeploymentStatus

__all__ = ["DeploymentRepository"]

_ONE = select(deployments).where(
    deployments.c.organization_id == bindparam("organization"), deployments.c.id == bindparam("deployment")
)
"""Made once: it is asked again and again."""


class DeploymentRepository:
    """Deployments, their names unique in the organization whatever their state."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: Known[tuple[str, str], Deployment] = Known()

    def add(self, deployment: Deployment, *, at_most: int = 0) -> None:
        """Store a new deployment.

        Args:
            at_most: How many the organization may have, this one included; 0 is no limit.

        Raises:
            ResourceAlreadyExists: The organization has one of that name.
            ResourceLimitExceeded: It has as many as it may have.
            RelatedResourceNotFound: There is no such organization.
        """
        require_storable("deployment's name", deployment.name)
        require_storable("description", deployment.description)
        with self._writing() as connection, _refuse_taken(deployment.name):
            if at_most:
                _check_limit(connection, deployment.organization_id, at_most)
            connection.execute(insert(deployments).values(values_of(deployment)))

    def get_or_none(self, organization_id: str, deployment_id: str) -> Deployment | None:
        """The deployment if it is that organization's. What another process changed of it is seen within a second."""
        if not is_storable(deployment_id):
            return None
        key = organization_id, deployment_id
        return self._known.get_or_none(key, partial(self._read_or_none, *key))

    def find(self, organization_id: str) -> list[Deployment]:
        """The deployments of an organization, oldest first."""
        with self._database.reading() as connection:
            chosen = select(deployments).where(deployments.c.organization_id == organization_id)
            rows = connection.execute(chosen.order_by(deployments.c.created_at, deployments.c.id))
            return [Deployment(**row._mapping) for row in rows]

    def count(self, organization_id: str) -> int:
        """How many deployments an organization has, in whatever state."""
        with self._database.reading() as connection:
            return _count(connection, organization_id)

    def find_in_status(self, *statuses: DeploymentStatus) -> list[Deployment]:
        """The deployments of all organizations in one of these states, oldest first."""
        with self._database.reading() as connection:
            chosen = select(deployments).where(deployments.c.status.in_(statuses))
            rows = connection.execute(chosen.order_by(deployments.c.created_at, deployments.c.id))
            return [Deployment(**row._mapping) for row in rows]

    def set_status(
        self,
        deployment_id: str,
        status: DeploymentStatus,
        *,
        at: datetime,
        reason: str = "",
        only_from: Collection[DeploymentStatus] = tuple(DeploymentStatus),
    ) -> bool:
        """Change the state, if it is one of `only_from`. Returns whether it was changed."""
        with self._writing() as connection:
            chosen = (deployments.c.id == deployment_id) & deployments.c.status.in_(only_from)
            change = update(deployments).where(chosen).values(status=status, updated_at=at, reason=reason)
            return connection.execute(change).rowcount > 0

    def rename(self, deployment_id: str, name: str, *, at: datetime) -> bool:
        """Give another name. Returns whether there is such a deployment.

        Raises:
            ResourceAlreadyExists: The organization has another one of that name.
        """
        require_storable("deployment's name", name)
        with self._writing() as connection, _refuse_taken(name):
            change = update(deployments).where(deployments.c.id == deployment_id).values(name=name, updated_at=at)
            return connection.execute(change).rowcount > 0

    def reshape(self, deployment_id: str, shape: str, *, at: datetime) -> bool:
        """Give another shape. Returns whether there is such a deployment."""
        with self._writing() as connection:
            change = update(deployments).where(deployments.c.id == deployment_id).values(shape=shape, updated_at=at)
            return connection.execute(change).rowcount > 0

    def remove(self, deployment_id: str) -> None:
        """Forget a deployment and the words about its tables; one that is gone is no error.

        Raises:
            IncorrectState: It has sinks.
        """
        with self._writing() as connection:
            try:
                connection.execute(delete(deployments).where(deployments.c.id == deployment_id))
            except IntegrityError:
                raise IncorrectState(f"the deployment {deployment_id!r} still has sinks") from None

    def _read_or_none(self, organization_id: str, deployment_id: str) -> Deployment | None:
        with self._database.reading() as connection:
            row = connection.execute(_ONE, {"organization": organization_id, "deployment": deployment_id}).one_or_none()
            return None if row is None else Deployment(**row._mapping)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction; whatever comes of it, what was read before it is not told any more."""
        try:
            with self._database.writing() as connection:
                yield connection
        finally:
            self._known.forget()


def _count(connection: Connection, organization_id: str) -> int:
    chosen = select(func.count()).where(deployments.c.organization_id == organization_id)
    return connection.scalar(chosen) or 0


def _check_limit(connection: Connection, organization_id: str, at_most: int) -> None:
    # Locked until the end of the transaction: of two that come at once, the second counts the first.
    connection.execute(select(organizations.c.id).where(organizations.c.id == organization_id).with_for_update())
    if _count(connection, organization_id) >= at_most:
        raise ResourceLimitExceeded(
            f"the limit of {at_most} deployments has been reached (setting deployments_per_organization)",
            limit=at_most,
        )


def _refuse_taken(name: str) -> AbstractContextManager[None]:
    return refuse_taken(f"there is a deployment named {name!r} already", name=name)
