"""Whatever the grammar allows is answered by all ways alike, explained and written as Arrow; or refused."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given

from roarbase.engine.port import Engine
from roarbase.errors import BadRequest, RequestError
from roarbase.model.results import Result
from roarbase.query.arrow_answers import stream_of
from tests.query.sql.later.amounts import amount
from tests.query.sql.later.asking import ask, by_residue_alone, opened, shown
from tests.query.sql.later.grammar import TABLES, statements


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("grammar") / "db") as made:
        for statement in TABLES:
            answer = ask(made, statement)
            assert not isinstance(answer, RequestError), answer
        yield made


@pytest.mark.usefixtures("part")
@given(statement=statements())
@amount
def test_every_way_agrees(engine: Engine, statement: str) -> None:
    """Bitmaps and DuckDB together answer as DuckDB alone."""
    fast, explained, plain = ask(engine, statement), ask(engine, f"explain {statement}"), _alone(engine, statement)
    refused = [isinstance(answer, RequestError) for answer in (fast, explained, plain)]
    assert len({*refused}) == 1, [fast, explained, plain]
    if isinstance(fast, RequestError) or isinstance(plain, RequestError):
        return
    with suppress(BadRequest):  # a number may be larger than the columns of Arrow hold
        [*stream_of(fast.table())]
    found, alone = shown(fast), shown(plain)
    if statement.rfind("order by") <= statement.rfind(")"):  # only a query within has an order
        found, alone = [*found[:1], *sorted(found[1:])], [*alone[:1], *sorted(alone[1:])]
    assert found == alone, statement


def _alone(engine: Engine, statement: str) -> Result | RequestError:
    try:
        return by_residue_alone(engine, statement)
    except RequestError as error:
        return error
