"""Bring a metastore's schema up to date. The only module that loads Alembic.

`python -m roarbase.metastore.migrate` reads the URL from its standard input, where no list of
processes shows the password in it.
"""

import sys

from alembic import command
from alembic.config import Config

from roarbase.metastore.connections import Database

__all__ = ["alembic_config", "migrate"]


def alembic_config() -> Config:
    """The configuration that an alembic.ini would hold."""
    config = Config()
    config.set_main_option("script_location", "roarbase.metastore:migrations")
    config.set_main_option("path_separator", "os")
    return config


def migrate(url: str) -> None:
    """Make the schema, or bring it up to date, in one transaction.

    Two services that start at once are safe: the second waits, and finds nothing left to do.
    """
    database = Database(url)
    try:
        with database.writing() as connection:
            database.keep_others_from_schema(connection)
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


if __name__ == "__main__":
    migrate(sys.stdin.read())
