"""Reading PQL: what is printed reads back, what is broken ends in an error that says where, in linear time."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.errors import StatementError
from roarbase.query.pql import compile_pql, parse
from roarbase.query.pql.parser import MAXIMUM_CALLS
from roarbase.query.pql.tree import Argument, Between, Call, Item, Value, Variable
from tests.query.pql.schema import SCHEMA

PLACED = ("Rows", "TopK", "Range", "Sum")
WRITES = ("Set", "Clear")
call_names = st.one_of(
    st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True).filter(lambda name: name not in WRITES),
    st.sampled_from(PLACED),
)
field_names = st.from_regex(r"[A-Za-z$Θ][A-Za-z0-9Θ_-]{0,8}", fullmatch=True)
integers = st.integers(-(2**63), 2**63 - 1)
decimals = st.decimals(-(10**12), 10**12, places=6, allow_nan=False)
strings = st.one_of(st.text(max_size=12), st.sampled_from(["null", "2022-06-30T12:00", "\\", "\n\t\"'", "4x", "-1"]))
plain: st.SearchStrategy[Item] = st.one_of(
    integers, decimals, strings, st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True).map(Variable)
)
bounds = st.one_of(integers, decimals, strings)
betweens = st.builds(Between, bounds, bounds, st.booleans(), st.booleans())


def arguments(items: st.SearchStrategy[Item]) -> st.SearchStrategy[tuple[Argument, ...]]:
    """Named arguments, each name once. In a list, constants are recognized in front of a comma only."""
    lists = st.tuples(st.lists(st.one_of(items, st.sampled_from([None, True, False])), max_size=2), items)
    values: st.SearchStrategy[Value] = st.one_of(
        items, st.sampled_from([None, True, False]), lists.map(lambda pair: (*pair[0], pair[1]))
    )
    comparisons = st.builds(
        Argument, field_names, values, st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">=", "><"])
    )
    chains = st.builds(Argument, field_names, betweens, st.just("><"))
    return st.lists(st.one_of(comparisons, chains), max_size=3).map(
        lambda found: tuple({a.name: a for a in found}.values())
    )


leaves = st.builds(Call, call_names, st.just(()), arguments(plain))
calls = st.recursive(
    leaves,
    lambda inner: st.builds(
        Call, call_names, st.lists(inner, max_size=2).map(tuple), arguments(st.one_of(plain, inner))
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(calls, max_size=2))
def test_what_is_printed_reads_back(trees: list[Call]) -> None:
    """Calls printed as PQL are read as the same calls."""
    assert parse("\n".join(map(str, trees))) == tuple(trees)


def test_the_placed_arguments_of_writes_read_back() -> None:
    """The record and the time of Set print where they stand."""
    text = 'Set("a", f=1, 2022-06-30T12:00) Clear(7, f=1)'
    (set_, clear) = parse(text)
    assert [(a.name, a.value) for a in set_.arguments] == [
        ("_col", "a"),
        ("f", 1),
        ("_timestamp", "2022-06-30T12:00"),
    ]
    assert parse(f"{set_}{clear}") == (set_, clear)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is sent, there are calls or a StatementError with a place inside the text."""
    _read(text)
    _read(f"[birds]{text}")


STATEMENTS = (
    "[birds]GroupBy(Rows(kind, limit=3), Rows(eggs), filter=Row(1 < eggs <= 5), aggregate=Sum(grams), sort='sum')",
    "[birds]Count(Union(Row(kind=\"a\\n\"), Row(heard > '2022-06-30T12:00:00Z'), Row(seen=a, from=2022-06-01T00:00)))",
    "[people]Extract(ConstRow(columns=[ann, \"bob\"]), Rows(likes)) Rows(likes, in=[a, 'b'])",
    "[birds]Row(grams >< [-1.5, .5]) TopN(kind, Row(tame=true), n=2) Set(1, rings=2, 2022-06-01T00:00)",
)
pieces = st.one_of(
    st.sampled_from(list("()[],=<>\"'\\$.-_ \n\t\r;:09aZé")),
    st.sampled_from(
        ["null", "true", "Row(", "All()", "field=", "><", "2022-06-30T12:00", "99999999999999999999", "1.5"]
    ),
)


@settings(deadline=None)
@given(st.sampled_from(STATEMENTS), st.lists(st.tuples(st.integers(0, 150), st.integers(0, 5), pieces), max_size=4))
def test_a_damaged_statement_is_read_or_refused(text: str, damages: list[tuple[int, int, str]]) -> None:
    """A statement with pieces cut out and put in compiles, or ends in a StatementError."""
    for start, length, piece in damages:
        text = text[:start] + piece + text[start + length :]
    _read(text)


def _read(text: str) -> None:
    try:
        compile_pql(text, SCHEMA)
    except StatementError as error:
        _check_place(text, error)


def _check_place(text: str, error: StatementError) -> None:
    lines = text.split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert len(error.message) < 1000


@pytest.mark.parametrize("nesting", [1, 2, 7, 100])
@pytest.mark.parametrize("template", ["Not({})", "Union(All(), {})", "Limit({}, limit=1)"])
def test_calls_nest_as_deep_as_allowed(nesting: int, template: str) -> None:
    """The allowed depth compiles; one more is refused at the call that goes too deep."""
    text = "All()"
    for _ in range(nesting - 1):
        text = template.format(text)
    assert len(compile_pql(f"[birds]{text}", SCHEMA, nesting=nesting)) == 1
    with pytest.raises(StatementError, match=f"deeper than {nesting} levels"):
        compile_pql(f"[birds]{template.format(text)}", SCHEMA, nesting=nesting)


def test_arguments_nest_as_deep_as_calls() -> None:
    """Calls as values of arguments count as levels."""
    text = "Row(kind=a)"
    for _ in range(98):
        text = f"GroupBy(Rows(kind), filter={text})"
    with pytest.raises(StatementError, match="GroupBy needs records here"):
        compile_pql(f"[birds]{text}", SCHEMA)
    with pytest.raises(StatementError, match="deeper than 50 levels"):
        compile_pql(f"[birds]{text}", SCHEMA, nesting=50)


@pytest.mark.parametrize("opening", ["Not(", "TopK(kind, filter=", "Row(kind=["])
def test_a_limit_beyond_the_stack_is_no_crash(opening: str) -> None:
    """With nesting all but unlimited, what the interpreter cannot hold is a StatementError."""
    with pytest.raises(StatementError):
        compile_pql(f"[birds]{opening * 100_000}", SCHEMA, nesting=10**9)


MILLION = 10**6
LARGE = {
    "digits": f"Row(rings={'1' * MILLION})",
    "zeros": f"Row(rings={'0' * MILLION})",
    "decimal": f"Row(grams=1.{'1' * MILLION})",
    "whole part": f"Row(grams={'1' * MILLION}.5)",
    "record": f"Set({'1' * MILLION}, rings=1)",
    "string": f'Row(kind="{"x" * MILLION}")',
    "open string": f'Row(kind="{"x" * MILLION}',
    "escapes": f'Row(kind="{chr(92) * MILLION}")',
    "open escapes": f'Row(kind="{chr(92) * MILLION}',
    "name": "a" * MILLION,
    "field": f"Row({'a' * MILLION}=1)",
    "word": f"Row(rings={'a' * MILLION})",
    "space": f"Row(kind{' ' * MILLION}",
    "space behind a word": f"Row(kind=a{' ' * MILLION}b)",
    "lines": "\n" * MILLION + "!",
    "brackets": "[" * MILLION,
    "opened": "Not(" * 250_000,
    "list": f"Rows(rings, in=[{'1, ' * 300_000}1])",
    "inputs": f"Union({'All(), ' * 140_000})",
    "calls": "All()" * 200_000,
    "arguments": f"Row({', '.join(f'a{i}=1' for i in range(100_000))})",
}


@pytest.mark.parametrize("name", LARGE)
def test_a_megabyte_takes_linear_time(name: str) -> None:
    """A statement of a megabyte is read or refused in the time that its length takes."""
    begun = time.perf_counter()
    _read(f"[birds]{LARGE[name]}")
    # Linear reading takes a second or two at worst; anything quadratic takes minutes.
    assert time.perf_counter() - begun < 20


def test_numbers_are_exact() -> None:
    """Integers keep 64 bits and decimals 19 digits; further fraction digits are dropped."""
    (call,) = parse("Row(a=-9223372036854775808, b=1234567890.12345678901234, c=000.5, d=-.0000000000000000000009)")
    assert [a.value for a in call.arguments] == [
        -(2**63),
        Decimal("1234567890.123456789"),
        Decimal("0.5"),
        Decimal(0),
    ]


def test_a_statement_has_a_limited_number_of_calls() -> None:
    """The allowed number reads; one more is refused where it begins, before the rest is read."""
    text = "All()\n" * MAXIMUM_CALLS
    assert len(parse(text)) == MAXIMUM_CALLS
    with pytest.raises(StatementError, match="at most 10,000 calls") as caught:
        parse(f"{text}All() and no PQL")
    assert (caught.value.line, caught.value.column) == (MAXIMUM_CALLS + 1, 1)


def test_calls_inside_one_another_count_too() -> None:
    """A union of too many rows is refused, in however many calls it stands."""
    inside = ",".join(["Row(a=1)"] * (MAXIMUM_CALLS - 1))
    assert len(parse(f"Union({inside})")) == 1
    with pytest.raises(StatementError, match="at most 10,000 calls"):
        parse(f"Union({inside}, Rows(a))")


def test_half_a_character_is_no_text() -> None:
    """What could not be written to the log is refused before anything is done."""
    with pytest.raises(StatementError, match="half of one") as caught:
        compile_pql('[birds]All()\n Set(1, kind="☮\ud800")', SCHEMA)
    assert (caught.value.line, caught.value.column) == (2, 16)
    assert compile_pql('[birds]Row(kind="☮🐦")', SCHEMA)
