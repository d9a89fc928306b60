"""Bring a metastore's schema up to date. The only module that loads Alembic.

`python -m roarbase.metastore.migrate` reads the URL from its standard input, where no list of
processes shows the password in it.
"""

import sys

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from roarbase.metastore.connections import Database

__all__ = ["alembic_config", "migrate"]

_LOCK = 0x524F4152
"""The key of the PostgreSQL advisory lock that migrations hold: "ROAR" in ASCII."""


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
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


if __name__ == "__main__":
    migrate(sys.stdin.read())
