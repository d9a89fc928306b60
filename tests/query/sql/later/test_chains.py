"""Flat chains of operators, however long, are worked out as if their operators nested."""

from collections.abc import Iterator
from random import Random

import pytest

from roarbase.engine.port import Engine
from roarbase.errors import RequestError
from roarbase.query.sql.later.binding import chains
from tests.query.sql.later.asking import ask, by_residue_alone, opened, shown

OPERANDS = ("a", "b", "d", "k", "3", "-2", "1.25", "0.5", "(a + 1)", "_id")
WHOLE = ("a", "b", "k", "3", "5", "(a + 1)", "_id")
KINDS = {
    "sums": ("+-", OPERANDS),
    "products": ("*/", (*OPERANDS, "1", "1.0", "1")),
    "bits": ("&|", WHOLE),
    "rests": ("%*", WHOLE),
}
LONG = {
    "a{}": " + 1",
    "g{}": " || 'y'",
    "d{}": " * 1.0",
    "a{} ": " / 1",
    "1{}": " - 1",
    "sum(a){}": " - count(*)",
    "case when a{} > 7 then 1 end": " + 1",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("chains") / "db") as engine:
        ask(engine, "create table t (_id id, a int, b int, d decimal(2), k id, g string)")
        ask(
            engine,
            "insert into t values (1, 1, -1, 1.5, 18446744073709551614, 'x'), "
            "(2, -9223372036854775808, 7, -0.01, 2, 'y'), "
            "(3, null, 0, 3, 4, null), (4, 9, 2, null, 1, 'z')",
        )
        yield engine


def _chain(random: Random, kind: str, length: int) -> str:
    signs, operands = KINDS[kind]
    return random.choice(operands) + "".join(
        f" {random.choice(signs)} {random.choice(operands)}" for _ in range(length)
    )


def _answers(engine: Engine, chain: str) -> list[list[str]]:
    """What each record gives, as it is and by DuckDB alone; of an error, only that it is one."""
    found = []
    for record in range(1, 5):
        statement = f"select {chain} from t where _id = {record}"
        found += [shown(ask(engine, statement)), _by_residue(engine, statement)]
    return [["!"] if answer[0].startswith("!") else answer for answer in found]


def _by_residue(engine: Engine, statement: str) -> list[str]:
    try:
        return shown(by_residue_alone(engine, statement))
    except RequestError as error:
        return shown(error)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_as_if_nested(engine: Engine, kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, types and errors are those of the operators one inside of the other."""
    chain = _chain(Random(seed), kind, (3, 8, 20, 40)[seed])
    nested = _answers(engine, chain)
    monkeypatch.setattr(chains, "_MOST_NESTED", 1)
    assert _answers(engine, chain) == nested


@pytest.mark.parametrize(("expression", "more"), LONG.items())
def test_thousands_of_terms(engine: Engine, expression: str, more: str) -> None:
    """They are read, worked out, and explained."""
    long = expression.format(more * 3000)
    for statement in (f"select {long} from t where _id = 4", f"explain select {long} from t where _id = 4"):
        assert not isinstance(ask(engine, statement), RequestError)


def test_a_wrong_term_has_its_place(engine: Engine) -> None:
    """An error in a long chain points to its operator."""
    answer = shown(ask(engine, f"select a{' + 1' * 3000} + g from t"))
    assert answer == ["! [1:12010] operator '+' incompatible with type 'string'"]


def test_a_number_beyond_all_ranges(engine: Engine) -> None:
    """It is refused in words, not by what works the chain out."""
    (answer,) = shown(ask(engine, f"select d{' * 1000' * 400} from t where _id = 1"))
    assert answer.endswith("out of range")


@pytest.mark.parametrize("statement", ["select a / 1" + " / b" * 90, "select " + "9 % (3 + " * 30 + "a" + ")" * 30])
def test_divisions_inside_of_each_other(engine: Engine, statement: str) -> None:
    """Each has its arguments twice in the text for DuckDB, which stays short all the same."""
    assert not isinstance(ask(engine, f"{statement} from t where _id = 4"), RequestError)


@pytest.mark.parametrize("more", [" is null", " = true"])
def test_too_deep(engine: Engine, more: str) -> None:
    """What does nest says how deep it may, and where it is deeper."""
    (answer,) = shown(ask(engine, f"select a is null{more * 300} from t"))
    assert "more than 250 operators" in answer
    assert not answer.startswith("! [1:1]")
