"""Nouns to store, with what a test does not care about filled in."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment, DeploymentStatus
from roarbase.model.sinks import Sink, SinkStatus
from roarbase.model.tables import TableRecord
from roarbase.model.users import Organization, Role, User, UserStatus

__all__ = ["NOON", "a_deployment", "a_sink", "a_table", "a_user", "after", "an_organization", "new_id"]

NOON = datetime(2022, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)


def after(**how_long: float) -> datetime:
    """So much after NOON."""
    return NOON + timedelta(**how_long)


def new_id() -> str:
    return str(uuid.uuid4())


def an_organization(metastore: Metastore, name: str = "acme") -> str:
    """Store an organization; its id."""
    organization = Organization(id=new_id(), name=name, created_at=NOON)
    metastore.organizations.add(organization)
    return organization.id


def a_user(organization_id: str, email: str = "ada@example.com", **members: Any) -> User:
    user: dict[str, Any] = {
        "id": new_id(),
        "organization_id": organization_id,
        "email": email,
        "password_hash": "$argon2id$...",
        "role": Role.USER,
        "status": UserStatus.ACTIVE,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return User(**(user | members))


def a_deployment(organization_id: str, name: str = "iris", **members: Any) -> Deployment:
    deployment: dict[str, Any] = {
        "id": new_id(),
        "organization_id": organization_id,
        "name": name,
        "shape": "8GB",
        "status": DeploymentStatus.CREATING,
        "owner": "ada@example.com",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Deployment(**(deployment | members))


def a_table(deployment_id: str, name: str = "flowers", **members: Any) -> TableRecord:
    table: dict[str, Any] = {
        "id": new_id(),
        "deployment_id": deployment_id,
        "name": name,
        "description": "",
        "owner": "ada@example.com",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return TableRecord(**(table | members))


def a_sink(deployment: Deployment, name: str = "flow", **members: Any) -> Sink:
    sink: dict[str, Any] = {
        "id": new_id(),
        "organization_id": deployment.organization_id,
        "deployment_id": deployment.id,
        "name": name,
        "table": "flowers",
        "table_id": new_id(),
        "status": SinkStatus.CREATING,
        "owner": "ada@example.com",
        "created_at": NOON,
        "updated_at": NOON,
        "declaration": {"id_field": "id", "definition": []},
    }
    return Sink(**(sink | members))
