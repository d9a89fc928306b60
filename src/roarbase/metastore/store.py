"""The metastore: one object that holds a repository per noun.

Calls are synchronous and thread-safe; services make them in worker threads.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from roarbase.errors import OperatorError
from roarbase.metastore.connections import Database
from roarbase.metastore.deployments import DeploymentRepository
from roarbase.metastore.making import REVISION_TABLE, make
from roarbase.metastore.organizations import OrganizationRepository
from roarbase.metastore.queries import QueryRepository
from roarbase.metastore.refresh_tokens import RefreshTokenRepository
from roarbase.metastore.schema import REVISIONS
from roarbase.metastore.sinks import SinkRepository
from roarbase.metastore.tables import TableRepository
from roarbase.metastore.users import UserRepository

__all__ = ["Metastore", "sqlite_url"]


def sqlite_url(data_dir: Path) -> str:
    """The URL of the metastore that lives in a data directory.

    >>> sqlite_url(Path("/var/lib/roarbase"))
    'sqlite:////var/lib/roarbase/metastore.sqlite'
    """
    return f"sqlite:///{data_dir / 'metastore.sqlite'}"


class Metastore:
    """Everything that the service remembers outside its engines."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self.organizations = OrganizationRepository(self._database)
        self.users = UserRepository(self._database)
        self.refresh_tokens = RefreshTokenRepository(self._database)
        self.deployments = DeploymentRepository(self._database)
        self.tables = TableRepository(self._database)
        self.sinks = SinkRepository(self._database)
        self.queries = QueryRepository(self._database)

    @classmethod
    def open(cls, url: str, migrate: Callable[[str], object]) -> "Metastore":
        """The metastore at `url`, its schema made or brought up to date if need be.

        Args:
            url: `sqlite:///path` or `postgresql://user:password@host/name`.
            migrate: `roarbase.metastore.migrate.migrate`, called with the URL if the schema is an older
                one. The service passes a function that loads the module only then.

        Raises:
            InvalidSetting: The URL names no database that the metastore can live in.
            OperatorError: The database cannot be reached, or a newer Roarbase has written it.
        """
        metastore = cls(url)
        try:
            revision = metastore._known_revision()
            if revision is None:
                make(metastore._database)
                revision = metastore._known_revision()
            if revision != REVISIONS[-1]:
                migrate(url)
        except BaseException:
            metastore.close()
            raise
        return metastore

    def is_current(self) -> bool:
        """Whether the schema is the one this version works with: one query.

        Raises:
            OperatorError: The database cannot be reached, or a newer Roarbase has written it.
        """
        return self._known_revision() == REVISIONS[-1]

    def close(self) -> None:
        self._database.close()

    def _known_revision(self) -> str | None:
        """The schema's revision; None where there is none yet."""
        revision = self._revision()
        if revision is not None and revision not in REVISIONS:
            raise OperatorError(
                f"the metastore {self._database.place} has schema {revision!r} of a newer Roarbase; this version knows "
                f"schemas up to {REVISIONS[-1]!r}: start the newer version, or restore a backup"
            )
        return revision

    def _revision(self, *, may_have_come_meanwhile: bool = True) -> str | None:
        engine = self._database.engine
        try:
            with engine.connect() as connection:
                revision: str | None = connection.scalar(text(f"SELECT version_num FROM {REVISION_TABLE}"))
                return revision
        except DatabaseError as error:
            try:
                is_empty = not inspect(engine).has_table(REVISION_TABLE)
            except SQLAlchemyError:
                is_empty = False
            if is_empty:
                return None
            if may_have_come_meanwhile:  # another service is migrating: the table came between the two looks
                return self._revision(may_have_come_meanwhile=False)
            reason = str(error.orig).partition("\n")[0]
            raise OperatorError(f"the metastore {self._database.place} cannot be read: {reason}") from error
