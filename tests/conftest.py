"""What holds for every test: fixtures of the metastores, whose PostgreSQL cluster is started once for all, and that no
example fails for being slow, which on a busy machine any can be, and how many examples there are."""

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
from tests.support.samples import sample

__all__ = [
    "metastore",
    "metastore_url",
    "migrated_postgres",
    "migrated_sqlite",
    "postgres_cluster",
    "postgres_url",
    "require_postgres_binaries",
]

settings.register_profile("untimed", deadline=None, max_examples=sample(15))
settings.load_profile("untimed")
