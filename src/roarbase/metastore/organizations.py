"""Organizations at rest."""

import uuid
from datetime import datetime

from sqlalchemy import insert, select

from roarbase.errors import ResourceAlreadyExists
from roarbase.metastore.connections import Database, is_storable, refuse_taken, require_storable
from roarbase.metastore.rows import values_of
from roarbase.metastore.schema import organizations
from roarbase.model.users import Organization

__all__ = ["OrganizationRepository"]


class OrganizationRepository:
    """Organizations, their names unique."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, organization: Organization) -> None:
        """Raise ResourceAlreadyExists if the name is taken."""
        require_storable("organization's name", organization.name)
        taken = refuse_taken(f"there is an organization named {organization.name!r} already", name=organization.name)
        with self._database.writing() as connection, taken:
            connection.execute(insert(organizations).values(values_of(organization)))

    def get_or_none(self, organization_id: str) -> Organization | None:
        return self._one_or_none("id", organization_id)

    def get_by_name_or_none(self, name: str) -> Organization | None:
        return self._one_or_none("name", name)

    def get_or_add(self, name: str, *, at: datetime) -> Organization:
        """The organization of that name, made if absent; two callers at once get the same one."""
        existing = self.get_by_name_or_none(name)
        if existing is not None:
            return existing
        made = Organization(id=str(uuid.uuid4()), name=name, created_at=at)
        try:
            self.add(made)
        except ResourceAlreadyExists:
            return self.get_by_name_or_none(name) or made
        return made

    def find(self) -> list[Organization]:
        """All of them, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(organizations).order_by(organizations.c.name))
            return [Organization(**row._mapping) for row in rows]

    def _one_or_none(self, column: str, value: str) -> Organization | None:
        if not is_storable(value):
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(organizations).where(organizations.c[column] == value)).one_or_none()
            return None if row is None else Organization(**row._mapping)
