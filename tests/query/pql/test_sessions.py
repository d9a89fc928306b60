"""Random sessions in PQL are answered as the plain model answers them.

ROARBASE_QUERIES says how many calls all tests of this file together ask; `make prove-pql` takes 100,000.
"""

import os
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.query.pql.asking import Asking, asking
from tests.query.pql.sessions import Asked, Session, rendered

QUERIES = int(os.environ.get("ROARBASE_QUERIES", "1200"))
STATEMENTS = 12
MOST_CALLS = 8


def statement(session: Session, number: int) -> list[Asked]:
    """Calls for one statement: first most of them write, then most ask."""
    random = session._random
    chance = 0.9 if number < 3 else 0.3
    count = random.randint(1, MOST_CALLS)
    return [session.change() if random.random() < chance else session.question() for _ in range(count)]


def ask(session: Session, tables: Asking) -> Iterator[int]:
    """Run a session; gives how many calls each statement had."""
    for number in range(STATEMENTS):
        calls = statement(session, number)
        text = "[t]" + session._space().join(call.text for call in calls)
        found = tables.results(text)
        assert len(found) == len(calls), text
        for call, result in zip(calls, found, strict=True):
            assert rendered(result) == rendered(call.answer()), f"{call.text!r} of {text!r}"
        yield len(calls)
    assert tables.state.verify() == []


@settings(
    deadline=None,
    max_examples=max(10, QUERIES // (STATEMENTS * (MOST_CALLS + 1) // 2)),
    suppress_health_check=[*HealthCheck],
)
@given(st.integers(0, 2**32 - 1))
def test_sessions_are_answered_as_the_model_answers(seed: int) -> None:
    """Whatever is written and asked in PQL, over whatever fields, is answered as dictionaries and loops answer it."""
    session = Session(seed)
    with asking(*session.tables) as tables:
        assert sum(ask(session, tables)) >= STATEMENTS
