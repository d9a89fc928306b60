"""What the metastore keeps of tables: description and owner, by the engine's table uuid."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update

from roarbase.metastore.connections import Database, is_storable, refuse_taken, require_storable
from roarbase.metastore.rows import values_of
from roarbase.metastore.schema import tables
from roarbase.model.tables import TableRecord

__all__ = ["TableRepository"]


class TableRepository:
    """The words around tables. They follow the engines, which are the truth."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, table: TableRecord) -> None:
        """Store the words about a table.

        Raises:
            ResourceAlreadyExists: They are stored already.
            RelatedResourceNotFound: There is no such deployment.
            InvalidParameter: The description cannot be stored.
        """
        require_storable("description", table.description)
        taken = refuse_taken(f"the table {table.name!r} ({table.id}) is recorded already", name=table.name)
        with self._database.writing() as connection, taken:
            connection.execute(insert(tables).values(values_of(table)))

    def get_or_none(self, deployment_id: str, table_id: str) -> TableRecord | None:
        if not is_storable(table_id):
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(tables).where(_is(deployment_id, table_id))).one_or_none()
            return None if row is None else TableRecord(**row._mapping)

    def find(self, deployment_id: str) -> list[TableRecord]:
        """The tables of a deployment, oldest first."""
        with self._database.reading() as connection:
            chosen = select(tables).where(tables.c.deployment_id == deployment_id)
            rows = connection.execute(chosen.order_by(tables.c.created_at, tables.c.id))
            return [TableRecord(**row._mapping) for row in rows]

    def set_description(self, deployment_id: str, table_id: str, description: str, *, at: datetime) -> bool:
        """Replace the description. Returns whether there is such a table."""
        require_storable("description", description)
        with self._database.writing() as connection:
            chosen = update(tables).where(_is(deployment_id, table_id))
            change = chosen.values(description=description, updated_at=at)
            return connection.execute(change).rowcount > 0

    def remove(self, deployment_id: str, table_id: str) -> None:
        """Forget a table; one that is gone is no error."""
        with self._database.writing() as connection:
            connection.execute(delete(tables).where(_is(deployment_id, table_id)))

    def remove_of_deployment(self, deployment_id: str) -> None:
        """Forget all tables of a deployment."""
        with self._database.writing() as connection:
            connection.execute(delete(tables).where(tables.c.deployment_id == deployment_id))


def _is(deployment_id: str, table_id: str) -> ColumnElement[bool]:
    return (tables.c.deployment_id == deployment_id) & (tables.c.id == table_id)
