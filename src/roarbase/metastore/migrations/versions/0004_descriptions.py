"""Deployments have a description: what CREATE DATABASE gives as their comment."""

import sqlalchemy as sa
from alembic import op

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; those that are there have none.

    Not in a batch: SQLite would make the table anew, and dropping the old one takes the words about its tables along.
    """
    op.add_column("deployments", sa.Column("description", sa.Text(), nullable=False, server_default=""))
