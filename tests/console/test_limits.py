"""The limit of the page in statements that have none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.console.limits import with_limit
from roarbase.console.statements import Statement
from roarbase.query.pql.parser import parse


def sql(text: str) -> str:
    return with_limit(Statement(text=text, language="sql"), 7).text


def pql(text: str) -> str:
    return with_limit(Statement(text=text, language="pql"), 7).text


@pytest.mark.parametrize(
    ("text", "is_limited"),
    [
        ("select a from t", True),
        ("SELECT a from t where b = 'limit 5'", True),
        ("select `limit` from t", True),
        ("select a from t LIMIT 5", False),
        ("select top(5) a from t", False),
        ("select a from t offset 5", False),
        ("show tables", False),
        ("select a from t -- limit", True),
        ("select a /* limit 5 */ from t", True),
        ("with x as (select a from t limit 5) select a from x", True),
        ("select a from t where b in (select top(5) b from u)", True),
        ("select a from t union select a from u limit 5", False),
        ("insert into t values (1)", False),
        ("create view v as select a from t", False),
        ("explain select a from t", False),
        ("", False),
    ],
)
def test_only_a_select_without_a_limit_gets_one(text: str, is_limited: bool) -> None:
    """Words in quotes and comments are none, and those in brackets bound other things."""
    assert (sql(text) == f"{text}\nlimit 7") is is_limited
    assert (sql(text) == text) is not is_limited


@pytest.mark.parametrize(
    ("text", "limited"),
    [
        ("[t]All()", "[t]Limit(All(), limit=7)"),
        ("[t]All(limit=3)", "[t]All(limit=3)"),
        ("[t]Limit(All(), limit=3)", "[t]Limit(All(), limit=3)"),
        ("[t]Limit(All(), offset=3)", "[t]Limit(All(), offset=3, limit=7)"),
        ("[t]Row(a='), limit=(')", "[t]Limit(Row(a='), limit=('), limit=7)"),
        ('[t] Row(a="x\\"(") Count(All())', '[t] Limit(Row(a="x\\"("), limit=7) Count(All())'),
        ("[t]rows(a)\nROWS(b, limit=1)", "[t]rows(a, limit=7)\nROWS(b, limit=1)"),
        ("[t]GroupBy(Rows(a), Rows(b, limit=2))", "[t]GroupBy(Rows(a), Rows(b, limit=2), limit=7)"),
        ("[t]TopK(a) TopN(a, n=2) TopN(a, ids=[1])", "[t]TopK(a, k=7) TopN(a, n=2) TopN(a, ids=[1])"),
        ("[t]Extract(All(), Rows(a))", "[t]Extract(Limit(All(), limit=7), Rows(a))"),
        ("[t]Options(Row(a=1), shards=[0])", "[t]Options(Limit(Row(a=1), limit=7), shards=[0])"),
        ("[t]Set(1, a=2)", "[t]Set(1, a=2)"),
        ("[t]Row(a=1", "[t]Row(a=1"),
        ("[t]", "[t]"),
        ("[t]Rows()", "[t]Rows()"),
    ],
)
def test_calls_that_can_be_long(text: str, limited: str) -> None:
    """Records are limited from outside, others by an argument; those that have one stay, and so does what is broken."""
    assert pql(text) == limited


@settings(max_examples=60, deadline=None)
@given(calls=st.lists(st.sampled_from(["All()", "Row(a = 1)", "Rows(a)", "Count(All())", "TopK(a)"]), min_size=1))
def test_what_is_put_in_can_be_read(calls: list[str]) -> None:
    """It is PQL as before, and each character of the user's is where the places say."""
    text = "[t]" + " ".join(calls)
    limited = with_limit(Statement(text=text, language="pql"), 7)
    assert len(parse(limited.text, start=3)) == len(calls)
    own = ""
    for place, character in enumerate(limited.text):
        if not any(start <= place < start + length for start, length in limited.put_in):
            assert limited.place_before(1, place + 1) == len(own)
            own += character
    assert own == text


def test_places_of_errors() -> None:
    """A place behind what was put in is told in the user's own text, on whichever line it is."""
    text = "[t]Row(a=1)\nUnion(Row(b=2), Row(c=3))"
    limited = with_limit(Statement(text=text, language="pql"), 7)
    line, column = 2, limited.text.split("\n")[1].index("Row(c") + 1
    assert limited.place_before(line, column) == text.index("Row(c")
    assert limited.place_before(1, 1) == 0
