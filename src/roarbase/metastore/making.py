"""The whole schema in a database that holds nothing yet, in one transaction.

It gives what all migrations give, without Alembic, whose loading takes most of a second of every first start.
"""

from sqlalchemy import Column, MetaData, String, Table, insert, inspect

from roarbase.errors import OperatorError, Unavailable
from roarbase.metastore.connections import Database
from roarbase.metastore.schema import REVISIONS, metadata

__all__ = ["REVISION_TABLE", "make"]

REVISION_TABLE = "alembic_version"
"""Where Alembic keeps the revision of a database; its name and its column are Alembic's."""

_revision = Table(REVISION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def make(database: Database) -> None:
    """Make the schema; of two services that start at once the second finds nothing left to do.

    Raises:
        OperatorError: The database has such tables already, is full, or does not answer.
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
    except Unavailable as error:
        reason = str(getattr(error.__cause__, "orig", error.message)).partition("\n")[0]
        raise OperatorError(f"the metastore {database.place} could not be made: {reason}") from error
