"""The whole schema in a database that holds nothing yet, in one transaction.

It gives what all migrations give, without Alembic, whose loading takes most of a second of every first start.
"""

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect
from sqlalchemy.exc import SQLAlchemyError

from roarbase.errors import OperatorError, Unavailable
from roarbase.metastore.connections import Database
from roarbase.metastore.schema import REVISIONS, metadata

__all__ = ["REVISION_TABLE", "make"]

REVISION_TABLE = "alembic_version"
"""Where Alembic keeps the revision of a database; its name and its column are Alembic's."""

_revision = Table(
    REVISION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def make(database: Database) -> None:
    """Make the schema, unless a revision has been noted meanwhile, or tables were made and dropped by migrations.

    Raises:
        OperatorError: The database has such tables already, allows it not, is full, or does not answer.
    """
    try:
        with database.writing() as connection:
            database.keep_others_from_schema(connection)
            there = inspect(connection).get_table_names()
            if REVISION_TABLE in there:
                return
            if taken := sorted({*there} & {*metadata.tables}):
                raise OperatorError(f"the metastore {database.place} has tables of another program: {', '.join(taken)}")
            metadata.create_all(connection, checkfirst=False)
            _revision.create(connection)
            connection.execute(insert(_revision).values(version_num=REVISIONS[-1]))
    except (Unavailable, SQLAlchemyError) as error:
        cause = error.__cause__ if isinstance(error, Unavailable) else error
        reason = str(getattr(cause, "orig", cause)).partition("\n")[0]
        raise OperatorError(f"the metastore {database.place} could not be made: {reason}") from error
