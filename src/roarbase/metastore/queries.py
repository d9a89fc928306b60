"""Statements that users ran, the last of each user."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Row, delete, insert, select

from roarbase.metastore.connections import Database, is_storable, refuse_taken
from roarbase.metastore.rows import values_of
from roarbase.metastore.schema import queries
from roarbase.model.queries import QueryRecord

__all__ = ["QueryRepository"]

_READ_AT_ONCE = 200


class QueryRepository:
    """Statements of users, numbered in the order in which they are added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, records: Sequence[QueryRecord], *, most_per_user: int) -> None:
        """Store some, and forget the oldest of their users beyond so many of each.

        Raises:
            RelatedResourceNotFound: One is of a user that there is not.
        """
        with self._database.writing() as connection, refuse_taken("one of these queries is stored already"):
            connection.execute(insert(queries), [values_of(record) for record in records])
            for user_id in {record.user_id for record in records}:
                numbers = select(queries.c.number).where(queries.c.user_id == user_id)
                oldest_kept = numbers.order_by(queries.c.number.desc()).offset(most_per_user).limit(1)
                newest_lost = connection.scalar(oldest_kept)
                if newest_lost is not None:
                    lost = (queries.c.user_id == user_id) & (queries.c.number <= newest_lost)
                    connection.execute(delete(queries).where(lost))

    @contextmanager
    def reading(self, user_id: str, *, before: int | None = None) -> Iterator[Iterator[tuple[int, QueryRecord]]]:
        """The statements of a user with their numbers, the newest first, read as far as somebody goes through them.

        Args:
            before: Only those with smaller numbers.
        """
        chosen = select(queries).where(queries.c.user_id == user_id).order_by(queries.c.number.desc())
        if before is not None:
            chosen = chosen.where(queries.c.number < before)
        if not is_storable(user_id):
            yield iter(())
            return
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=_READ_AT_ONCE).execute(chosen)
            yield map(_numbered, rows)
            rows.close()

    def remove_of_user(self, user_id: str) -> None:
        """Forget all that a user ran."""
        with self._database.writing() as connection:
            connection.execute(delete(queries).where(queries.c.user_id == user_id))


def _numbered(row: Row[tuple[object, ...]]) -> tuple[int, QueryRecord]:
    members = dict(row._mapping)
    return members.pop("number"), QueryRecord(**members)
