"""Sequence numbers noted while a request is served: by its own writes, and by nobody else's."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from roarbase.errors import IncorrectState, RoarbaseError, StatementError
from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.services.sequences import note_sequence, noting
from tests.services.test_limits import Ready, body
from tests.services.test_resources import ANN


@pytest.fixture
def ready(metastore: Metastore, tmp_path: Path) -> Iterator[Ready]:
    ready = Ready(metastore, tmp_path)
    yield ready
    ready.house.engines.close_all()


def test_requests_at_once_note_their_own_numbers(ready: Ready) -> None:
    """However their writes share a commit group, each has the number of its own."""

    async def take(first: int) -> int | None:
        with noting() as noted:
            await ready.house.ingest.take(ANN, ready.sink_id, body(range(first, first + 2)))
        return noted.sequence

    async def take_all() -> list[int | None]:
        ready.house.delivery.loop = asyncio.get_running_loop()
        return list(await asyncio.gather(*(take(10 * i + 1) for i in range(50))))

    before = ready.house.engines.get(ready.deployment_id).sequence()
    assert sorted(filter(None, asyncio.run(take_all()))) == list(range(before + 1, before + 51))


def test_a_thread_notes_for_its_request(ready: Ready) -> None:
    """The number goes with the context into the threads where requests wait."""

    async def create() -> int | None:
        with noting() as noted:
            await asyncio.to_thread(ready.house.tables.create, ANN, ready.deployment_id, name="more")
        return noted.sequence

    assert asyncio.run(create()) == ready.house.engines.get(ready.deployment_id).sequence()


def test_outside_of_a_request_nothing_is_noted() -> None:
    """Background work writes too; a request that follows has nothing of it."""
    note_sequence(7)
    with noting() as noted:
        pass
    note_sequence(8)
    assert noted.sequence is None


@pytest.mark.parametrize("statement", ["[people]Count(", "[nobody]Count(All())"])
def test_a_statement_that_is_refused_saw_nothing(ready: Ready, statement: str) -> None:
    """An error says no number."""
    with noting() as noted, pytest.raises(StatementError):
        ready.ask("pql", statement)
    assert noted.sequence is None


def test_a_query_sees_at_least_what_it_asks_for(ready: Ready) -> None:
    """The schema too: a table that was just made is found. Beyond the end of the log is an error."""
    house = ready.house
    with noting() as made:
        house.tables.create(ANN, ready.deployment_id, name="fresh")
    assert made.sequence is not None
    with noting() as seen:
        house.queries.run(
            ANN,
            ready.deployment_id,
            language="pql",
            statement="[fresh]Count(All())",
            min_sequence=made.sequence,
        )
    assert seen.sequence == made.sequence
    with pytest.raises(IncorrectState):
        house.queries.run(
            ANN,
            ready.deployment_id,
            language="pql",
            statement="[fresh]Count(All())",
            min_sequence=made.sequence + 1,
        )


def test_the_wait_has_a_bound() -> None:
    """The setting is five seconds unless told otherwise, and an hour at most: nobody waits for ever."""
    assert Settings().seconds("sequence_wait_seconds") == 5
    assert Settings({"sequence_wait_seconds": 0}).seconds("sequence_wait_seconds") == 0
    with pytest.raises(RoarbaseError, match="3600"):
        Settings({"sequence_wait_seconds": 3601})
