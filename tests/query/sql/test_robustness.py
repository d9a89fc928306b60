"""Whatever the text, the answer is a program or a StatementError; never another exception, never a crash."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.plan import Extract, NumberIn, Union
from roarbase.errors import StatementError
from roarbase.query.program import AskData, Program
from roarbase.query.sql import compile_sql
from roarbase.query.sql.guards import MAXIMUM_TOKENS
from tests.query.sql.schema import SCHEMA
from tests.query.sql.test_cases import ALL

WORDS = """
select from where group by order having limit offset and or not in is null like between as asc desc nulls first last
distinct all any union except intersect join left inner cross on using with case when then else end exists values over
show tables fields columns drop table if true false flowers width petals species colors wild _id f count sum min max
avg upper ( ) , . * = != <> < <= > >= + - / % ; 'x' "y" `width` 1 2.5 1e3 -- /* */ [ ] { } @ : ? # $ ! | || & ^ ~ \\
' " `
"""
PIECES = (*WORDS.split(), "\n", "\t", "\0")


def attempt(text: str, *, nesting: int = 100) -> Program | StatementError:
    """Compile, and check an error for what callers rely on."""
    try:
        return compile_sql(text, SCHEMA, nesting=nesting)
    except StatementError as error:
        answer = error
    assert 1 <= answer.line <= text.count("\n") + 1
    assert 1 <= answer.column <= len(text) + 1
    answer.message.encode()  # a half surrogate could not be sent
    assert len(answer.message) < 500
    return answer


@given(text=st.text())
def test_any_text(text: str) -> None:
    """Arbitrary characters are answered."""
    attempt(text)


@given(text=st.text())
def test_any_text_in_a_statement(text: str) -> None:
    """Arbitrary characters in the middle of a statement are answered."""
    attempt(f"select width from flowers where {text}")


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25), separator=st.sampled_from((" ", " ", "")))
def test_any_words(pieces: list[str], separator: str) -> None:
    """Words of the language in any order are answered."""
    attempt("select " + separator.join(pieces))


@given(case=st.sampled_from(ALL), seed=st.integers(0, 2**32))
def test_mutated_statements(case: tuple[str, str, list[str]], seed: int) -> None:
    """A statement with words lost, doubled, swapped or replaced is answered."""
    chance = random.Random(seed)
    words = case[1].split(" ")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(words))
        other = chance.choice([*words, *PIECES])
        words[at : at + 1] = chance.choice([[], [other], [words[at], other], [words[at], words[at]]])
        words = words or [""]
    attempt(" ".join(words))


@pytest.mark.parametrize("depth", [1, 99, 100])
@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("not ", ""), ("(not ", ")")])
def test_nesting_up_to_the_setting_is_read(depth: int, before: str, after: str) -> None:
    """Brackets and prefixes nest as deep as the setting says."""
    levels = depth // 2 if before == "(not " else depth
    assert not isinstance(
        attempt(f"select _id from flowers where {before * levels}wild{after * levels}"), StatementError
    )


@pytest.mark.parametrize("depth", [101, 10_000])
@pytest.mark.parametrize(
    ("start", "before", "middle", "after"),
    [
        ("select _id from flowers where ", "(", "wild", ")"),
        ("select _id from flowers where ", "not ", "wild", ""),
        ("select _id from flowers where ", "not(", "wild", ")"),
        ("select _id from flowers where petals = ", "- ", "1", ""),
        ("select ", "f(", "width", ")"),
        ("select ", "case when wild then ", "1", " end"),
        ("select * from ", "(", "flowers", ")"),
        ("select * from ", "(select * from ", "flowers", ")"),
        ("select * from flowers ", "join flowers ", "", ""),
        ("select * from flowers ", "union select 1 ", "", ""),
        ("select ", "distinct ", "width from flowers", ""),
        ("select * from flowers where ", "exists ", "wild", ""),
        ("select * from flowers ", "with ", "x", ""),
        ("", "(", "", ""),
    ],
)
def test_nesting_beyond_the_setting_is_refused(depth: int, start: str, before: str, middle: str, after: str) -> None:
    """What would exhaust the stack of a recursive parser is refused before it is parsed."""
    assert isinstance(attempt(start + before * depth + middle + after * depth), StatementError)


def test_a_stack_that_ends_is_a_refusal() -> None:
    """With a setting beyond what the interpreter's stack holds, deep nesting is refused all the same."""
    answer = attempt("select _id from flowers where " + "(wild and " * 3000 + "wild" + ")" * 3000, nesting=10_000)
    assert isinstance(answer, StatementError)
    assert "nests deeper" in answer.message


@pytest.mark.parametrize("word", ["or", "and"])
def test_long_chains_are_read(word: str) -> None:
    """Thousands of terms joined by one word are a loop, not a recursion."""
    terms = f" {word} ".join(f"petals {'=' if word == 'or' else '!='} {n}" for n in range(5_000))
    answer = attempt(f"select _id from flowers where {terms}")
    assert not isinstance(answer, StatementError)
    assert isinstance(answer[0], AskData)
    assert str(NumberIn("petals", tuple(range(5_000)))) in str(answer[0].plan)


def test_long_chains_of_different_terms_are_one_union() -> None:
    """Terms that cannot be joined stand side by side."""
    answer = attempt("select _id from flowers where " + " or ".join(f"petals > {n}" for n in range(3_000)))
    assert not isinstance(answer, StatementError)
    assert isinstance(answer[0], AskData)
    assert isinstance(answer[0].plan, Extract)
    assert isinstance(answer[0].plan.input, Union)
    assert len(answer[0].plan.input.inputs) == 3_000


@pytest.mark.parametrize(
    "text",
    [
        "select petals" + " = 1" * 10_000,
        "select _id from flowers where petals" + " = 1" * 10_000,
        "select _id from flowers where petals = 1" + " + 1" * 10_000,
        "select _id from flowers where petals" + " is null" * 10_000,
        "select a" + ".a" * 10_000 + " from flowers",
        "select " + "a" * 2**20 + " from flowers",
        "select * from " + "a" * 2**20,
        "select _id from flowers where petals = " + "1" * 2**20,
        "select _id from flowers where petals > 1e" + "9" * 30,
        "select _id from flowers where species = '" + "''" * 2**19,
        "select '" + "/*" * 2**18,
        "select '" + "/* " * 2**18,
        "select " + "/* " * 2**17 + "'",
        "select " + "''" * 2**18 + "'",
        "; " * 2**18,
        "\0" * 2**20,
        "select _id from flowers where petals in (" + "1," * (MAXIMUM_TOKENS // 2) + "1)",
        "select \ud800 from flowers",
        "select _id from flowers where species = '\udfff'",
    ],
    ids=range(19),
)
def test_long_and_strange_statements_are_refused(text: str) -> None:
    """A megabyte of anything is refused with a sentence."""
    assert isinstance(attempt(text), StatementError)


def test_long_strings_are_read() -> None:
    """A string of a megabyte is a string."""
    answer = attempt("select _id from flowers where species = '" + "x" * 2**20 + "'")
    assert not isinstance(answer, StatementError)
