"""What the editor knows is what the languages take."""

from roarbase.console.vocabulary import PQL_CALLS, SQL_FUNCTIONS, SQL_TYPES, SQL_WORDS
from roarbase.query.pql.calls import CALLS
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.binding.aggregates import AGGREGATES
from roarbase.query.sql.later.binding.functions.table import FUNCTIONS
from roarbase.query.sql.later.binding.kinds_of import VARCHAR
from roarbase.query.sql.later.binding.windows import WINDOW_FUNCTIONS
from roarbase.query.sql.later.words import RESERVED


def test_functions_and_words() -> None:
    """No function is missing, and none too many; every reserved word is known."""
    assert sorted(SQL_FUNCTIONS) == sorted({*FUNCTIONS, *AGGREGATES, *WINDOW_FUNCTIONS})
    assert {word.lower() for word in RESERVED} <= set(SQL_WORDS)
    assert set(SQL_TYPES) <= {VARCHAR, *map(str, Kind)}


def test_calls() -> None:
    """Each has the arguments that its signature has."""
    named = {call.name: tuple(p.name for p in call.parameters if not p.place) for call in CALLS}
    assert named == PQL_CALLS
