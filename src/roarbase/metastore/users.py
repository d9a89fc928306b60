"""Users at rest. Two rules need a transaction and therefore stand here:
the first user of an organization is its Administrator, and one active Administrator always remains.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from roarbase.errors import IncorrectState, RelatedResourceNotFound
from roarbase.metastore.connections import Database, is_storable, refuse_taken, require_storable
from roarbase.metastore.rows import values_of
from roarbase.metastore.schema import organizations, refresh_families, users
from roarbase.model.users import Role, User, UserStatus

__all__ = ["UserRepository"]


class UserRepository:
    """Users, their e-mails unique over all organizations whatever the case of their letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: User) -> User:
        """Store a user and return it as stored: e-mail in lower case, the first one an Administrator.

        Raises:
            ResourceAlreadyExists: The e-mail is taken, in this organization or another.
            RelatedResourceNotFound: There is no such organization.
        """
        require_storable("e-mail", user.email)
        user = replace(user, email=user.email.lower())
        taken = refuse_taken(f"there is a user with the e-mail {user.email!r} already", email=user.email)
        with self._database.writing() as connection, taken:
            _lock_organization(connection, user.organization_id)
            if not _count(connection, users.c.organization_id == user.organization_id):
                user = replace(user, role=Role.ADMINISTRATOR)
            connection.execute(insert(users).values(values_of(user)))
        return user

    def get_or_none(self, user_id: str) -> User | None:
        return self._one_or_none(users.c.id == user_id, user_id)

    def get_by_email_or_none(self, email: str) -> User | None:
        return self._one_or_none(users.c.email == email.lower(), email)

    def find(self, organization_id: str) -> list[User]:
        """The users of an organization, oldest first."""
        with self._database.reading() as connection:
            chosen = select(users).where(users.c.organization_id == organization_id)
            rows = connection.execute(chosen.order_by(users.c.created_at, users.c.id))
            return [User(**row._mapping) for row in rows]

    def is_empty(self) -> bool:
        """No organization has a user."""
        with self._database.reading() as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is None

    def set_status(self, user_id: str, status: UserStatus, *, at: datetime) -> bool:
        """Activate or deactivate. False if there is no such user.

        Raises:
            IncorrectState: It is the last active Administrator of the organization.
        """
        return self._change(user_id, at, status=status)

    def set_role(self, user_id: str, role: Role, *, at: datetime) -> bool:
        """Give another role. False if there is no such user.

        Raises:
            IncorrectState: It is the last active Administrator of the organization.
        """
        return self._change(user_id, at, role=role)

    def set_password_hash(self, user_id: str, password_hash: str, *, at: datetime) -> bool:
        """Replace the password. False if there is no such user."""
        return self._change(user_id, at, password_hash=password_hash)

    def change_password(self, user: User, password_hash: str, *, at: datetime) -> bool:
        """Replace the password of a user and revoke his refresh tokens, all or nothing.

        Returns:
            False, and nothing is changed, if his password or status is no longer what it was when `user` was read.
        """
        with self._database.writing() as connection:
            row = connection.execute(select(users).where(users.c.id == user.id).with_for_update()).one_or_none()
            if row is None or (row.password_hash, row.status) != (user.password_hash, UserStatus.ACTIVE):
                return False
            changed = update(users).where(users.c.id == user.id)
            connection.execute(changed.values(updated_at=at, password_hash=password_hash))
            living = (refresh_families.c.user_id == user.id) & refresh_families.c.revoked_at.is_(None)
            connection.execute(update(refresh_families).where(living).values(revoked_at=at))
            return True

    def _one_or_none(self, condition: ColumnElement[bool], value: str) -> User | None:
        if not is_storable(value):
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(condition)).one_or_none()
            return None if row is None else User(**row._mapping)

    def _change(self, user_id: str, at: datetime, **members: UserStatus | Role | str) -> bool:
        if not is_storable(user_id):
            return False
        with self._database.writing() as connection:
            organization_id = connection.scalar(select(users.c.organization_id).where(users.c.id == user_id))
            if organization_id is None:
                return False
            # Held until the end: two administrators who deactivate each other come one after the other.
            _lock_organization(connection, organization_id)
            before = _count(connection, _active_administrators(organization_id))
            connection.execute(update(users).where(users.c.id == user_id).values(updated_at=at, **members))
            if before and not _count(connection, _active_administrators(organization_id)):
                raise IncorrectState(
                    "this is the last active administrator of the organization; make another one first"
                )
            return True


def _lock_organization(connection: Connection, organization_id: str) -> None:
    row = connection.execute(select(organizations.c.id).where(organizations.c.id == organization_id).with_for_update())
    if row.first() is None:
        raise RelatedResourceNotFound(f"there is no organization {organization_id!r}")


def _active_administrators(organization_id: str) -> ColumnElement[bool]:
    return (
        (users.c.organization_id == organization_id)
        & (users.c.role == Role.ADMINISTRATOR)
        & (users.c.status == UserStatus.ACTIVE)
    )


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(users).where(condition)) or 0
