"""Organizations, users, roles and what each role may do."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from roarbase.errors import Forbidden

__all__ = ["PRIVILEGES", "Organization", "Principal", "Privilege", "Role", "User", "UserStatus"]


class Role(StrEnum):
    """The first user of an organization is its Administrator."""

    ADMINISTRATOR = "Administrator"
    USER = "User"


class UserStatus(StrEnum):
    """Users are never deleted, only deactivated."""

    ACTIVE = "Active"
    DEACTIVATED = "Deactivated"


class Privilege(StrEnum):
    """What can be allowed or refused."""

    READ_RESOURCES = "read deployments, tables and sinks"
    CHANGE_RESOURCES = "make, change and delete deployments, tables and sinks"
    INGEST = "post records to sinks"
    QUERY = "run queries"
    MANAGE_USERS = "invite, deactivate and change users"
    MANAGE_ORGANIZATION = "change the organization"


PRIVILEGES: dict[Role, frozenset[Privilege]] = {
    Role.ADMINISTRATOR: frozenset(Privilege),
    Role.USER: frozenset({Privilege.READ_RESOURCES, Privilege.CHANGE_RESOURCES, Privilege.INGEST, Privilege.QUERY}),
}
"""The privilege table: who may do what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """A customer: owns users and everything below."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A user at rest. `password_hash` is an argon2id string; e-mails compare lower-case."""

    id: str
    organization_id: str
    email: str
    password_hash: str = field(repr=False)
    role: Role
    status: UserStatus
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who makes a request, as proved by a token."""

    user_id: str
    organization_id: str
    email: str
    role: Role

    def require(self, privilege: Privilege) -> None:
        """Raise Forbidden unless the role holds the privilege."""
        if privilege not in PRIVILEGES[self.role]:
            raise Forbidden(f"the role {self.role} may not {privilege}", privilege=privilege)
