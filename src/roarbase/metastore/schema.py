"""The tables of the metastore as they stand now, and the revisions that led to them.

A change here needs a new file in `migrations/versions` and its revision at the end of `REVISIONS`;
a test compares the migrated databases with this page.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from roarbase.metastore.columns import JsonText, UtcDateTime
from roarbase.model.deployments import DeploymentStatus
from roarbase.model.queries import QueryStatus
from roarbase.model.sinks import SinkStatus
from roarbase.model.users import Role, UserStatus

__all__ = [
    "REVISIONS",
    "deployments",
    "metadata",
    "organizations",
    "queries",
    "refresh_families",
    "refresh_tokens",
    "sinks",
    "tables",
    "users",
]

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision this version knows, oldest first; the last one is the schema below."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _words(kind: type[StrEnum]) -> Enum:
    # Kept as words in a column wide enough for words to come: a new status needs no migration.
    return Enum(
        kind, native_enum=False, length=32, values_callable=lambda members: [member.value for member in members]
    )


organizations = Table(
    "organizations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", _words(Role), nullable=False),
    Column("status", _words(UserStatus), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

refresh_families = Table(
    "refresh_families",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("signed_in_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("revoked_at", UtcDateTime),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("family_id", Text, ForeignKey("refresh_families.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("shape", Text, nullable=False),
    Column("status", _words(DeploymentStatus), nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    UniqueConstraint("organization_id", "name"),
)

# Names are not unique here: the engine decides them, and a row may lag behind it for a moment.
# Nor are ids alone: a deployment restored from another's backup has tables of the same uuids.
tables = Table(
    "tables",
    metadata,
    Column("id", Text),
    Column("deployment_id", Text, ForeignKey("deployments.id", ondelete="CASCADE"), index=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("deployment_id", "id"),
)

# `table_id` refers to the engine's table, which is the truth, and not to a row of `tables`.
sinks = Table(
    "sinks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("deployment_id", Text, ForeignKey("deployments.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("table", Text, nullable=False),
    Column("table_id", Text, nullable=False),
    Column("status", _words(SinkStatus), nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("declaration", JsonText, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("deployment_id", "name"),
    Index(None, "organization_id"),
    Index(None, "table_id"),
)

# Numbers follow the order in which statements ended. A deployment may go, what was asked of it stays.
queries = Table(
    "queries",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("deployment_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("is_whole", Boolean, nullable=False),
    Column("status", _words(QueryStatus), nullable=False),
    Column("error", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Index(None, "user_id", "number"),
)
