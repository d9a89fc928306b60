"""Conditions mean what three-valued logic says, record by record."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.plan import Extract
from roarbase.query.program import AskData
from roarbase.query.sql import compile_sql
from tests.query.sql.naive import Record, compared, negated, records_of
from tests.query.sql.schema import SCHEMA

OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
NUMBERS = ("-1.005", "-1", "0", "0.5", "1", "1.00", "1.01", "1.019", "2", "99999999999999999999", "-1e30")
SPECIES = ("setosa", "virginica", "it's", "")
COLORS = ("red", "blue", "green")

records = st.dictionaries(
    st.integers(0, 6),
    st.fixed_dictionaries(
        {},
        optional={
            "petals": st.integers(-2, 3),
            "width": st.integers(-102, 202),
            "wild": st.booleans(),
            "species": st.sampled_from(SPECIES),
            "colors": st.sets(st.sampled_from(COLORS), min_size=1).map(lambda c: tuple(sorted(c))),
        },
    ),
    max_size=7,
)


def _number(name: str, id_: int, record: Record) -> Fraction | None:
    if name == "_id":
        return Fraction(id_)
    value = record.get(name)
    return Fraction(int(str(value)), 100 if name == "width" else 1) if value is not None else None


class Comparison:
    """A field compared with a number, as text and as a function of a record."""

    def __init__(self, field: str, operator: str, number: str | None, is_mirrored: bool) -> None:
        self.field, self.operator, self.is_mirrored = field, operator, is_mirrored
        self.number = number
        right = "null" if number is None else number
        self.text = f"{right} {operator} {field}" if is_mirrored else f"{field} {operator} {right}"

    def truth(self, id_: int, record: Record) -> bool | None:
        left, right = _number(self.field, id_, record), Fraction(self.number) if self.number is not None else None
        return compared(right, self.operator, left) if self.is_mirrored else compared(left, self.operator, right)


class Between:
    """A field between two numbers."""

    def __init__(self, field: str, low: str, high: str) -> None:
        self.field, self.low, self.high = field, low, high
        self.text = f"{field} between {low} and {high}"

    def truth(self, id_: int, record: Record) -> bool | None:
        value = _number(self.field, id_, record)
        return None if value is None else Fraction(self.low) <= value <= Fraction(self.high)


class NumberList:
    """A field in a list of numbers, of which some may be null."""

    def __init__(self, field: str, numbers: list[str]) -> None:
        self.field, self.numbers = field, numbers
        self.text = f"{field} in ({', '.join(numbers)})"

    def truth(self, id_: int, record: Record) -> bool | None:
        value = _number(self.field, id_, record)
        known = [Fraction(n) for n in self.numbers if n != "null"]
        if value is None:
            return None
        return True if value in known else None if "null" in self.numbers else False


class Membership:
    """A field of strings that is, or a set that holds, one of some strings."""

    def __init__(self, field: str, strings: list[str]) -> None:
        self.field, self.strings = field, strings
        quoted = [f"'{s.replace(chr(39), chr(39) * 2)}'" for s in strings]
        self.text = f"{field} in ({', '.join(quoted)})" if len(quoted) > 1 else f"{field} = {quoted[0]}"

    def truth(self, _: int, record: Record) -> bool | None:
        value = record.get(self.field)
        if value is None:
            return None
        return any(s in value if isinstance(value, tuple) else s == value for s in self.strings)


class Wild:
    """A bool that stands alone."""

    text = "wild"

    def truth(self, _: int, record: Record) -> bool | None:
        value = record.get("wild")
        return None if value is None else bool(value)


class Missing:
    """IS NULL."""

    def __init__(self, field: str, is_negated: bool) -> None:
        self.field, self.is_negated = field, is_negated
        self.text = f"{field} is {'not ' if is_negated else ''}null"

    def truth(self, _: int, record: Record) -> bool | None:
        return (record.get(self.field) is None and self.field != "_id") != self.is_negated


class Negation:
    def __init__(self, inner: "Node") -> None:
        self.inner = inner
        self.text = f"not ({inner.text})"

    def truth(self, id_: int, record: Record) -> bool | None:
        return negated(self.inner.truth(id_, record))


class Several:
    """Terms joined by AND or OR."""

    def __init__(self, word: str, inner: list["Node"]) -> None:
        self.word, self.inner = word, inner
        self.text = f" {word} ".join(f"({node.text})" for node in inner)

    def truth(self, id_: int, record: Record) -> bool | None:
        truths = [node.truth(id_, record) for node in self.inner]
        decides = self.word == "or"
        return decides if decides in truths else None if None in truths else not decides


Node = Comparison | Between | NumberList | Membership | Wild | Missing | Negation | Several

numeric = st.sampled_from(("petals", "width", "_id"))
leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Comparison, numeric, st.sampled_from(OPERATORS), st.sampled_from((*NUMBERS, None)), st.booleans()),
    st.builds(Between, numeric, st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)),
    st.builds(NumberList, numeric, st.lists(st.sampled_from((*NUMBERS, "null")), min_size=1, max_size=4)),
    st.builds(Membership, st.just("species"), st.lists(st.sampled_from(SPECIES), min_size=1, max_size=3)),
    st.builds(Membership, st.just("colors"), st.lists(st.sampled_from(COLORS), min_size=1, max_size=3)),
    st.just(Wild()),
    st.builds(Missing, st.sampled_from(("petals", "wild", "colors", "_id")), st.booleans()),
)
conditions: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.builds(Several, st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=4)),
    ),
    max_leaves=8,
)


@given(condition=conditions, data=records)
def test_where_keeps_the_records_for_which_it_is_true(condition: Node, data: dict[int, Record]) -> None:
    """A record is kept where three-valued logic says true: not where it says false or unknown."""
    (step,) = compile_sql(f"select _id from flowers where {condition.text}", SCHEMA)
    assert isinstance(step, AskData)
    assert isinstance(step.plan, Extract)
    expected = {id_ for id_, record in data.items() if condition.truth(id_, record) is True}
    assert records_of(step.plan.input, data) == expected
