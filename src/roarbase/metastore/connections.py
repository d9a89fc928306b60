"""The pool of connections to the metastore's database, and what a broken constraint means.

Everything dialect-specific stands here. Callers use `reading` and `writing`, one transaction each.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from roarbase.errors import (
    InvalidParameter,
    InvalidSetting,
    RelatedResourceNotFound,
    ResourceAlreadyExists,
    Unavailable,
)

__all__ = ["Database", "is_storable", "refuse_taken", "require_storable"]

_BUSY_TIMEOUT_S = 10
"""How long a writer waits for another: the service and the command line share a SQLite file."""

_CONNECT_TIMEOUT_S = 10
_SQLITE = "sqlite:///"
_SCHEMA_LOCK = 0x524F4152
"""The key of the PostgreSQL advisory lock that changes of the schema hold: "ROAR" in ASCII."""


class Database:
    """A database by its URL: `sqlite:///path` or `postgresql://user:password@host/name`. Thread-safe.

    Raises:
        InvalidSetting: The URL names no database that the metastore can live in.
    """

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.place = parsed.database or "" if self.is_sqlite else f"{parsed.database} on {parsed.host or 'localhost'}"
        self.engine = _sqlite_engine(parsed) if self.is_sqlite else _postgresql_engine(parsed)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing.

        Raises:
            Unavailable: The database does not answer.
        """
        with _answered(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, and undone by an exception.

        Raises:
            Unavailable: The database does not answer, is full, or was busy too long.
        """
        with _answered(), self.engine.connect().execution_options(is_write=True) as connection, connection.begin():
            yield connection

    def keep_others_from_schema(self, connection: Connection) -> None:
        """Until a transaction that writes ends, no other one changes the schema."""
        if not self.is_sqlite:  # there it is the only one that writes anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def refuse_taken(message: str, **values: object) -> Iterator[None]:
    """Turn a broken uniqueness constraint into ResourceAlreadyExists with this message."""
    try:
        yield
    except IntegrityError as error:
        if _is_uniqueness(error):
            raise ResourceAlreadyExists(message, **values) from None
        raise RelatedResourceNotFound("what this belongs to does not exist (any more)") from None


def is_storable(text: str) -> bool:
    """PostgreSQL has no NUL in texts and neither database has lone surrogates: such an id names nothing."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def require_storable(thing: str, text: str) -> None:
    """Raise InvalidParameter if `text` cannot be stored in every metastore."""
    if not is_storable(text):
        raise InvalidParameter(f"the {thing} contains a character that cannot be stored (NUL or half a character)")


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable("the metastore does not answer; try again later") from error
    except DataError:
        # PostgreSQL refuses NUL in an id where SQLite finds nothing: `is_storable` keeps most of them away.
        raise InvalidParameter("a name or id contains a character that cannot be stored") from None


def _is_uniqueness(error: IntegrityError) -> bool:
    if getattr(error.orig, "sqlstate", None) == "23505":
        return True
    return getattr(error.orig, "sqlite_errorname", "") in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def _parse(url: str) -> URL:
    if url.startswith(_SQLITE) and url not in (_SQLITE, f"{_SQLITE}:memory:"):
        # Taken as it stands: a directory may have ?, % and # in its name.
        return URL.create("sqlite", database=url.removeprefix(_SQLITE))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The URL may hold a password: it is not repeated.
        raise InvalidSetting("setting metastore_url: this is not a database URL", setting="metastore_url") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        raise InvalidSetting("setting metastore_url: name a file, sqlite:///path", setting="metastore_url")
    if parsed.drivername != "postgresql+psycopg":
        raise InvalidSetting(
            f"setting metastore_url: {parsed.drivername!r} is not supported; use sqlite:///path or postgresql://...",
            setting="metastore_url",
        )
    return parsed


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=_CONNECT_TIMEOUT_S,
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "application_name": "roarbase",
            # A server that has vanished from the network closes no connection: without these, a request
            # on one of them would wait for the kernel's patience, a quarter of an hour.
            "tcp_user_timeout": _CONNECT_TIMEOUT_S * 1000,
            "keepalives_idle": 30,
        },
    )


def _sqlite_engine(url: URL) -> Engine:
    _make_private(Path(url.database or ""))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    # SQLite gives its log and index files the mode of the database file.
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise InvalidSetting(
            f"the metastore's file {path} cannot be opened: {error.strerror}", setting="metastore_url"
        ) from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # sqlite3 would begin transactions on its own, and not before DDL: `_begin_sqlite` does it.
    connection.isolation_level = None
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        # Not a database after all: the pool drops such a connection without closing it.
        connection.close()
        raise


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail at once when another has written
    # in between; one that takes the write lock at its beginning waits for its turn.
    is_write = connection.get_execution_options().get("is_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
