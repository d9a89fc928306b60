"""Words about tables are kept by deployment: a backup restored beside its original brings tables of the same uuids."""

from alembic import op

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the deployment a part of the key."""
    with op.batch_alter_table("tables") as tables:
        tables.drop_constraint("pk_tables", type_="primary")
        tables.create_primary_key("pk_tables", ["deployment_id", "id"])
