"""Statements of users at rest, on both databases."""

from dataclasses import replace

import pytest

from roarbase.errors import RelatedResourceNotFound
from roarbase.metastore.store import Metastore
from roarbase.model.queries import QueryRecord, QueryStatus
from tests.metastore.nouns import NOON, a_user, an_organization, new_id


@pytest.fixture
def user_id(metastore: Metastore) -> str:
    return metastore.users.add(a_user(an_organization(metastore))).id


def a_query(user_id: str, statement: str = "[t]Count(All())") -> QueryRecord:
    return QueryRecord(
        id=new_id(),
        user_id=user_id,
        deployment_id="d",
        language="pql",
        statement=statement,
        is_whole=True,
        status=QueryStatus.COMPLETED,
        error="",
        rows=2**40,
        started_at=NOON,
        duration_us=2**40,
    )


def statements_of(metastore: Metastore, user_id: str, before: int | None = None) -> list[str]:
    with metastore.queries.reading(user_id, before=before) as found:
        return [record.statement for _, record in found]


def test_what_was_added_is_read(metastore: Metastore, user_id: str) -> None:
    """They come back as they were stored, the last added first, and only to their user."""
    other = metastore.users.add(a_user(an_organization(metastore, "umbrella"), "bob@example.com")).id
    added = [a_query(user_id, text) for text in ("a", "ü🌺\n'; --", "x" * 10_000)]
    metastore.queries.add([*added, a_query(other, "of another")], most_per_user=10)
    with metastore.queries.reading(user_id) as found:
        assert [record for _, record in found] == added[::-1]
    assert statements_of(metastore, other) == ["of another"]
    assert statements_of(metastore, "nobody") == []
    assert statements_of(metastore, "\0") == []


def test_the_oldest_are_forgotten(metastore: Metastore, user_id: str) -> None:
    """Of each user so many stay, however they come; pages go on where they ended."""
    other = metastore.users.add(a_user(an_organization(metastore, "umbrella"), "bob@example.com")).id
    metastore.queries.add([a_query(other, "other")], most_per_user=3)
    metastore.queries.add([a_query(user_id, str(number)) for number in range(5)], most_per_user=3)
    metastore.queries.add([a_query(user_id, "5")], most_per_user=3)
    assert statements_of(metastore, user_id) == ["5", "4", "3"]
    with metastore.queries.reading(user_id) as found:
        first = next(found)[0]
    assert statements_of(metastore, user_id, before=first) == ["4", "3"]
    assert statements_of(metastore, other) == ["other"]
    metastore.queries.remove_of_user(user_id)
    assert statements_of(metastore, user_id) == []
    assert statements_of(metastore, other) == ["other"]


def test_nobody(metastore: Metastore, user_id: str) -> None:
    """A statement of a user that there is not is refused, and so are those beside it."""
    with pytest.raises(RelatedResourceNotFound):
        metastore.queries.add([a_query(user_id), replace(a_query(user_id), user_id="nobody")], most_per_user=3)
    assert statements_of(metastore, user_id) == []
