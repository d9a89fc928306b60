"""What an argument can hold, as validation checks it and errors and documentation say it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from roarbase.query.pql.tree import Call, Value, Variable

__all__ = [
    "ANY",
    "BOOL",
    "CONDITION",
    "FIELD",
    "HUNDREDTHS",
    "INTEGER",
    "NATURAL",
    "PERCENT",
    "RECORD",
    "RECORDS",
    "ROW",
    "ROWS",
    "SHARDS",
    "TABLE",
    "TEXT",
    "TIME",
    "Kind",
    "call_of",
    "is_integer",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: `words` complete the sentence "... must be ..."."""

    words: str
    fits: Callable[[Value], bool]


def is_integer(value: object) -> bool:
    """An integer, and not true or false, which Python counts as integers."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_natural(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_percent(value: Value) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and 0 <= value <= 100


def _is_row(value: object) -> bool:
    return isinstance(value, (int, str))


def _is_record(value: object) -> bool:
    return is_integer(value) or isinstance(value, str)


def _is_list_of(fits: Callable[[object], bool]) -> Callable[[Value], bool]:
    return lambda value: isinstance(value, tuple) and all(map(fits, value))


ANY = Kind("anything", lambda value: not isinstance(value, Variable))
FIELD = Kind("the name of a field", _is_text)
NATURAL = Kind("a whole number, 0 or more", _is_natural)
HUNDREDTHS = Kind("a whole number from 0 to 100", lambda value: _is_natural(value) and _is_percent(value))
INTEGER = Kind("a whole number", is_integer)
PERCENT = Kind("a number between 0 and 100", _is_percent)
RECORD = Kind("a record: an id, or a key", _is_record)
RECORDS = Kind("a list of records: ids, or keys", _is_list_of(_is_record))
ROW = Kind("a row: an id, a key, or true or false", _is_row)
ROWS = Kind("a list of rows: ids, or keys", _is_list_of(_is_row))
SHARDS = Kind("a list of unsigned integers", lambda value: isinstance(value, tuple) and all(map(_is_natural, value)))
TABLE = Kind("the name of a table", _is_text)
TEXT = Kind("a string", _is_text)
TIME = Kind("a time such as 2022-06-30T12:00, '2022-06' or Unix seconds", _is_record)
BOOL = Kind("true or false", lambda value: isinstance(value, bool))
CONDITION = Kind("a condition such as Condition(count > 10)", lambda value: isinstance(value, Call))


def call_of(words: str) -> Kind:
    """A call; `words` say which ones are taken. The call that takes it checks that."""
    return Kind(words, lambda value: isinstance(value, Call))
