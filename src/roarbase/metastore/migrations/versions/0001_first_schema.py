"""Organizations, users, refresh tokens, deployments, tables and sinks."""

import sqlalchemy as sa
from alembic import op

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_WORD = sa.String(32)


def upgrade() -> None:
    """Make everything: before this revision there is nothing."""
    _make_organizations_and_users()
    _make_refresh_tokens()
    _make_deployments_and_tables()
    _make_sinks()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=nullable)


def _make_organizations_and_users() -> None:
    op.create_table(
        "organizations",
        _text("id"),
        _text("name"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sa.UniqueConstraint("name", name="uq_organizations_name"),
    )
    op.create_table(
        "users",
        _text("id"),
        _text("organization_id"),
        _text("email"),
        _text("password_hash"),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_users_organization_id"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_organization_id", "users", ["organization_id"])


def _make_refresh_tokens() -> None:
    op.create_table(
        "refresh_families",
        _text("id"),
        _text("user_id"),
        _time("signed_in_at"),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_families"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_refresh_families_user_id"),
    )
    op.create_index("ix_refresh_families_user_id", "refresh_families", ["user_id"])
    op.create_index("ix_refresh_families_expires_at", "refresh_families", ["expires_at"])
    op.create_table(
        "refresh_tokens",
        _text("digest"),
        _text("family_id"),
        _time("expires_at"),
        _time("used_at", nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["family_id"], ["refresh_families.id"], name="fk_refresh_tokens_family_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_refresh_tokens_family_id", "refresh_tokens", ["family_id"])


def _make_deployments_and_tables() -> None:
    op.create_table(
        "deployments",
        _text("id"),
        _text("organization_id"),
        _text("name"),
        _text("shape"),
        sa.Column("status", _WORD, nullable=False),
        _text("owner"),
        _time("created_at"),
        _time("updated_at"),
        _text("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_deployments"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_deployments_organization_id"),
        sa.UniqueConstraint("organization_id", "name", name="uq_deployments_organization_id_name"),
    )
    op.create_table(
        "tables",
        _text("id"),
        _text("deployment_id"),
        _text("name"),
        _text("description"),
        _text("owner"),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tables"),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name="fk_tables_deployment_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_tables_deployment_id", "tables", ["deployment_id"])


def _make_sinks() -> None:
    op.create_table(
        "sinks",
        _text("id"),
        _text("organization_id"),
        _text("deployment_id"),
        _text("name"),
        _text("table"),
        _text("table_id"),
        sa.Column("status", _WORD, nullable=False),
        _text("owner"),
        _time("created_at"),
        _time("updated_at"),
        _text("declaration"),
        _text("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_sinks"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sinks_organization_id"),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployments.id"], name="fk_sinks_deployment_id"),
        sa.UniqueConstraint("deployment_id", "name", name="uq_sinks_deployment_id_name"),
    )
    op.create_index("ix_sinks_organization_id", "sinks", ["organization_id"])
    op.create_index("ix_sinks_table_id", "sinks", ["table_id"])
