"""A statement is answered the same whichever way it runs: by bitmaps, by DuckDB alone, and in plain Python."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from msgspec.structs import replace

from roarbase.engine.port import Engine
from roarbase.errors import BadRequest, RequestError
from roarbase.query.sql.later.binding.queries import bind_query
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.evaluating import evaluate
from roarbase.query.sql.later.operations import OPERATIONS
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.tree import Apply, Case, Expr, Literal, Query
from roarbase.query.sql.later.words import read_words
from roarbase.query.sql.source import Source
from tests.query.sql.later.amounts import amount
from tests.query.sql.later.asking import ask, by_residue_alone, opened, shown
from tests.query.sql.later.generated import ROWS, TABLE, conditions, queries, values


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A table with nulls, negative numbers, large ids, and moments before 1970."""
    with opened(tmp_path_factory.mktemp("agreement") / "db") as made:
        for statement in (TABLE, ROWS):
            assert not isinstance(ask(made, statement), RequestError)
        yield made


def _residue(engine: Engine, statement: str) -> list[str]:
    try:
        return shown(by_residue_alone(engine, statement))
    except RequestError as error:
        return [f"! {error.message}"]


@pytest.mark.usefixtures("part")
@given(statement=queries)
@example(
    "select count(*), sum(t.i) from t join t x on t.i = x._id "
    "where (not ((! i) < (- (7 >> j))) or not (-2 not between j and j))"
)
@example("select count(*), min(t.d) from t left join t x on t.k = x._id where not (not ('a' = 'ab' and i = (i % i)))")
@example("select _id from t where i / j > 0 and j != 0 and 7 >> j > 0 and j > 0")
@example("select count(*) from t, t x where t._id = x._id and t.i / (x.j - 2) > 5 and x.j > 2")
@amount
def test_rewrites_keep_the_answer(engine: Engine, statement: str) -> None:
    """What bitmaps answer, in part or whole, DuckDB answers alone."""
    fast, plain = shown(ask(engine, statement)), _residue(engine, statement)
    if "order by" not in statement:
        fast, plain = [*fast[:1], *sorted(fast[1:])], [*plain[:1], *sorted(plain[1:])]
    if fast[0].startswith("!") and plain[0].startswith("!"):
        return  # both fail; which of several errors is seen first is nobody's promise
    assert fast == plain, statement


@pytest.mark.usefixtures("part")
@given(expression=values)
@example("coalesce(_id, (- (0 << -2)))")
@example("(case when b then i else (null + (i >> i)) end)")
@example("coalesce(coalesce(i, (i << i)), (i << i))")
@example("coalesce(_id, coalesce(_id, coalesce(_id, coalesce(_id, coalesce(_id, coalesce(_id, (1 << -2)))))))")
@amount
def test_values_agree(engine: Engine, expression: str) -> None:
    """DuckDB works out what plain Python does, record by record."""
    _compare(engine, expression)


@pytest.mark.usefixtures("part")
@given(expression=conditions)
@example("(setcontains(tags, 'a') and null = (- (i / i)))")
@amount
def test_conditions_agree(engine: Engine, expression: str) -> None:
    """A condition is true, false or null for the same records."""
    _compare(engine, expression)


def _compare(engine: Engine, expression: str) -> None:
    statement = f"select {expression} as x from t order by _id"
    try:
        query = _bound(engine, statement)
    except RequestError:
        return  # the generator does not know all types
    duck = _residue(engine, statement)
    try:
        plain = [evaluate(query.outputs[0].value, row) for row in _records(engine)]
    except BadRequest:
        if not duck[0].startswith("!"):
            # A null makes an operation null: whether what stands beside it fails, DuckDB need not find out.
            assert _cells(engine, statement) == [_leniently(query.outputs[0].value, row) for row in _records(engine)]
        return
    if duck[0].startswith("!"):
        # DuckDB works out intermediate numbers of 128 bits, and of 64 in ints; it may not be asked for more.
        assert "range" in duck[0], (expression, duck, plain)
        return
    assert _cells(engine, statement) == plain, expression


def _cells(engine: Engine, statement: str) -> list[object]:
    return [*by_residue_alone(engine, statement).table().columns[0].cells]


def _leniently(value: Expr, row: dict[int, Any]) -> object:
    """The value of an expression, where an error beside a null is none."""
    if isinstance(value, Case):
        chosen = next((b.value for b in value.branches if _leniently(b.condition, row) is True), value.otherwise)
        return _leniently(chosen, row)
    if not isinstance(value, Apply):
        return evaluate(value, row)
    is_strict = OPERATIONS[value.operation].is_strict
    failed: BadRequest | None = None
    parts: list[Expr] = []
    for part in value.arguments:
        try:
            found = _leniently(part, row)
        except BadRequest as error:
            failed = error
            parts.append(part)  # an `and` or a `case` may pass over it
        else:
            if found is None and is_strict:
                return None
            parts.append(Literal(part.type, found))  # type: ignore[arg-type]
    if failed is not None and is_strict:
        raise failed
    return evaluate(replace(value, arguments=tuple(parts)), row)


def _bound(engine: Engine, statement: str) -> Query:
    binding = Binding(text=Source(statement), catalog=Catalog(schema=engine.schema()), now_ns=0)
    query = bind_query(binding, QueryReader(read_words(binding.text, 100)).read())
    assert isinstance(query, Query)
    return query


def _records(engine: Engine) -> list[dict[int, Any]]:
    """The values of each record by the place of their column, the members of sets in order."""
    columns = by_residue_alone(engine, "select * from t order by _id").table().columns
    return [dict(enumerate(row)) for row in zip(*(column.cells for column in columns), strict=True)]


def test_it_is_locked(engine: Engine) -> None:
    """Texts go to DuckDB as literals only: quotes, zeros and its own words in them do nothing."""
    for text in ("'; drop table t0; --", "a\0b", "⟦[0:0] x⟧", "s0.c1", "\\'", "$$"):
        quoted = "'" + text.replace("'", "''") + "'"
        answer = shown(ask(engine, f"select _id, {quoted} || s as x from t where _id = 1"))
        assert answer == ["_id:id, x:string", f"1 | {text}a"], text


def test_many_at_once(engine: Engine) -> None:
    """Statements run side by side, each with its own inputs."""
    found: list[list[str]] = []

    def run(number: int) -> None:
        statement = f"select _id, i + {number} as x from t where _id = 1"
        found.extend(shown(ask(engine, statement)) for _ in range(5))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([["_id:id, x:int", f"1 | {1 + number}"] for number in range(8)] * 5)
