"""Sinks at rest."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update

from roarbase.metastore.connections import Database, is_storable, refuse_taken, require_storable
from roarbase.metastore.rows import values_of
from roarbase.metastore.schema import sinks
from roarbase.model.sinks import Sink, SinkStatus

__all__ = ["SinkRepository"]


class SinkRepository:
    """Sinks, their names unique in the deployment whatever their state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, sink: Sink) -> None:
        """Store a new sink.

        Raises:
            ResourceAlreadyExists: The deployment has one of that name.
            RelatedResourceNotFound: There is no such deployment.
        """
        require_storable("sink's name", sink.name)
        taken = refuse_taken(f"there is a sink named {sink.name!r} in the deployment already", name=sink.name)
        with self._database.writing() as connection, taken:
            connection.execute(insert(sinks).values(values_of(sink)))

    def get_or_none(self, organization_id: str, sink_id: str) -> Sink | None:
        """The sink if it is that organization's."""
        if not is_storable(sink_id):
            return None
        found = self._find((sinks.c.organization_id == organization_id) & (sinks.c.id == sink_id))
        return found[0] if found else None

    def find(self, organization_id: str) -> list[Sink]:
        """The sinks of an organization, oldest first."""
        return self._find(sinks.c.organization_id == organization_id)

    def find_in_deployment(self, deployment_id: str) -> list[Sink]:
        """The sinks of a deployment, in whatever state, oldest first."""
        return self._find(sinks.c.deployment_id == deployment_id)

    def find_of_table(self, deployment_id: str, table_id: str) -> list[Sink]:
        """The sinks that feed a table, in whatever state, oldest first."""
        return self._find((sinks.c.deployment_id == deployment_id) & (sinks.c.table_id == table_id))

    def find_in_status(self, *statuses: SinkStatus) -> list[Sink]:
        """The sinks of all organizations in one of these states, oldest first."""
        return self._find(sinks.c.status.in_(statuses))

    def set_status(
        self,
        sink_id: str,
        status: SinkStatus,
        *,
        at: datetime,
        reason: str = "",
        only_from: Collection[SinkStatus] = tuple(SinkStatus),
    ) -> bool:
        """Change the state, if it is one of `only_from`. Returns whether it was changed."""
        with self._database.writing() as connection:
            chosen = (sinks.c.id == sink_id) & sinks.c.status.in_(only_from)
            change = update(sinks).where(chosen).values(status=status, updated_at=at, reason=reason)
            return connection.execute(change).rowcount > 0

    def remove(self, sink_id: str) -> None:
        """Forget a sink; one that is gone is no error."""
        with self._database.writing() as connection:
            connection.execute(delete(sinks).where(sinks.c.id == sink_id))

    def _find(self, condition: ColumnElement[bool]) -> list[Sink]:
        with self._database.reading() as connection:
            rows = connection.execute(select(sinks).where(condition).order_by(sinks.c.created_at, sinks.c.id))
            return [Sink(**row._mapping) for row in rows]
