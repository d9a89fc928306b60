"""What holds for every test: fixtures of the metastores, whose PostgreSQL cluster is started once for all, and that no
example fails for being slow, which on a busy machine any can be."""

from hypothesis import settings

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

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
