"""A fresh metastore on each database: a test that takes `metastore` runs on SQLite and on PostgreSQL.

A conftest.py imports the fixtures by their names and lists them in its `__all__`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from roarbase.metastore.connections import Database
from roarbase.metastore.migrate import migrate
from roarbase.metastore.schema import REVISIONS, metadata
from roarbase.metastore.store import Metastore, sqlite_url
from tests.support.postgres import PostgresCluster, postgres_cluster, postgres_url, require_postgres

__all__ = [
    "metastore",
    "metastore_url",
    "migrated_postgres",
    "migrated_sqlite",
    "postgres_cluster",
    "postgres_url",
    "require_postgres_binaries",
]


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: PostgresCluster) -> str:
    """The URL of a migrated database, which the tests use one after the other: faster than one for each."""
    url = postgres_cluster.create_database()
    migrate(url)
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to make copies of."""
    home = tmp_path_factory.mktemp("migrated")
    migrate(sqlite_url(home))
    return home / "metastore.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def metastore_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty metastore whose schema is current."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path)
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("migrated_postgres")
    _empty(url)
    return url


def _empty(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": REVISIONS[-1]})
    database.close()


@pytest.fixture
def metastore(metastore_url: str) -> Iterator[Metastore]:
    opened = Metastore(metastore_url)
    yield opened
    opened.close()


@pytest.fixture
def require_postgres_binaries() -> Path:
    """The directory of PostgreSQL's programs, for a test that starts a cluster of its own."""
    return require_postgres()
