"""Whatever comes as a statement is answered or refused with a place; nothing else happens."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.errors import BadRequest, StatementError
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import compile_later_sql
from tests.query.sql.schema import SCHEMA

EXAMPLES = int(os.environ.get("ROARBASE_STATEMENTS", "80"))
CATALOG = Catalog(schema=SCHEMA)

_WORD_TEXTS = (
    "select from where group by having order limit offset distinct top ( ) , . ; * + - / % || & | << >> ! [ ] { } = != "
    "< > <= >= and or not in like between is null true false case when then else end cast as int decimal string idset "
    "insert into values create table view alter drop delete show columns tables with union all except intersect join "
    "left on flowers species colors petals width wild _id count sum avg setcontains rangeq upper len 1 0 -1 1.5 1e3 "
    "'a' '2022-06-30' \"x\" `y` @0 x'z' current_timestamp exists flatten if min max asc desc nulls first"
)
_WORDS = _WORD_TEXTS.split()

_texts = st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)
_starts = st.sampled_from(
    ["select ", "select * from flowers where ", "insert into flowers values (", "create table t (", ""]
)


def _is_answered(text: str) -> None:
    try:
        compile_later_sql(text, CATALOG)
    except BadRequest as error:
        refused = error
    else:
        return
    place = f"{refused.line}:{refused.column}" if isinstance(refused, StatementError) else "0:0"
    assert place in refused.message, text


@given(start=_starts, text=_texts)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES <= 80)
def test_words_in_any_order(start: str, text: str) -> None:
    """Words of the language in any order are read, or refused with their place."""
    _is_answered(start + text)


@given(text=st.text(max_size=60))
@settings(max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES <= 80)
def test_any_text(text: str) -> None:
    """Any text is refused with its place."""
    _is_answered(text)


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 5000 + "1" + ")" * 5000,
        "select " + "-" * 1 + " -" * 5000 + "1",
        "select " + "not " * 5000 + "true",
        "select * from " + "(select * from " * 5000 + "flowers" + ")" * 5000,
        "select case " + "when true then case " * 3000 + "1" + " end" * 3000,
        "select " + "[" * 5000,
        "select 1" + " is null" * 20_000,
        "select 1" + " union select 1" * 5000,
        "select 1 from flowers" + " join flowers on true" * 3000,
    ],
    ids=range(9),
)
def test_depth(text: str) -> None:
    """A statement that nests deep is refused, and the process lives."""
    with pytest.raises((StatementError, BadRequest)):
        compile_later_sql(text, CATALOG)


@pytest.mark.parametrize(
    "outer",
    [
        "case {} when 1 then 2 when 2 then 3 end",
        "case when {} between 1 and 3 then 1 else 2 end",
        "case when {} in (1, 2, 3) then 1 else 2 end",
        "case when {} not in (petals, 1) then 1 else 2 end",
    ],
)
def test_operands_are_not_repeated_without_end(outer: str) -> None:
    """Each value is compared with the operand anew: of some in each other, there is an end."""
    inner = "petals"
    for _ in range(30):
        inner = outer.format(inner)
    with pytest.raises(StatementError, match="an operand is too long to be compared with each of"):
        compile_later_sql(f"select {inner} from flowers", CATALOG)


def test_queries_are_not_repeated_without_end() -> None:
    """An aggregate that is worked out of several sums has its argument in each."""
    inner = "petals"
    for _ in range(30):
        inner = f"(select corr(petals, {inner}) from flowers)"
    with pytest.raises(BadRequest, match="more than can be written out"):
        compile_later_sql(f"select {inner} from flowers", CATALOG)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "select 1 from flowers where " + " and ".join(["exists (select 1 from flowers)"] * 26),
            "more than 25 queries",
        ),
        ("select petals" + " + petals" * 5001 + " from flowers", "more than 5000 operators"),
        ("select 1 from " + ", ".join(f"flowers f{n}" for n in range(501)), "more than 500 tables"),
    ],
    ids=range(3),
)
def test_amounts(text: str, message: str) -> None:
    """What takes DuckDB minutes or gigabytes is refused."""
    with pytest.raises(StatementError, match=message):
        compile_later_sql(text, CATALOG)


def test_lists_are_looked_up() -> None:
    """Of literals, some within each other do not grow."""
    inner = "petals"
    for _ in range(30):
        inner = f"case when {inner} in (1, 2, 3, 4, 5) then 1 else 2 end"
    assert compile_later_sql(f"select {inner} from flowers", CATALOG)


def test_long_chains_are_fine() -> None:
    """Thousands of terms side by side are no nesting."""
    terms = " or ".join(f"petals = {number}" for number in range(5000))
    assert compile_later_sql(f"select _id from flowers where {terms}", CATALOG)
    sums = " + ".join(f"petals * {number}" for number in range(5000))
    assert compile_later_sql(f"select {sums} from flowers", CATALOG)
    items = ", ".join(map(str, range(20_000)))
    assert compile_later_sql(f"select _id from flowers where petals in ({items})", CATALOG)
