"""Fixtures for every test: the metastores, whose PostgreSQL cluster is started once for all."""

from tests.support.metastores import (
    metastore,
    metastore_url,
    migrated_postgres,
    migrated_sqlite,
    postgres_cluster,
    postgres_url,
    require_postgres_binaries,
)

__all__ = [
    "metastore",
    "metastore_url",
    "migrated_postgres",
    "migrated_sqlite",
    "postgres_cluster",
    "postgres_url",
    "require_postgres_binaries",
]
