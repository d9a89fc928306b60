"""Columns as CREATE TABLE and ALTER TABLE define them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from roarbase.errors import RequestError
from roarbase.model.field_definitions import read_field
from roarbase.model.fields import FieldSpec
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import read_column_type, read_type
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.reading.expressions import read_type_name
from roarbase.query.sql.later.words import NUMBER_TOKEN, WORD_TOKEN, Words
from roarbase.query.sql.names import RECORD_ID

__all__ = ["CONSTRAINTS", "check_first", "read_definition", "read_definitions"]

_ROWS = (Kind.ID, Kind.STRING, Kind.IDSET, Kind.STRINGSET)
_TIMED = (Kind.IDSETQ, Kind.STRINGSETQ)
_BOUNDED = (Kind.INT, Kind.DECIMAL)

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.ID: {"type": "mutex", "keys": False},
    Kind.STRING: {"type": "mutex", "keys": True},
    Kind.IDSET: {"type": "set", "keys": False},
    Kind.STRINGSET: {"type": "set", "keys": True},
    Kind.IDSETQ: {"type": "time", "keys": False},
    Kind.STRINGSETQ: {"type": "time", "keys": True},
    Kind.BOOL: {"type": "bool"},
    Kind.INT: {"type": "int"},
    Kind.TIMESTAMP: {"type": "timestamp"},
}

_Options = dict[str, Any]


def read_definitions(binding: Binding, words: Words) -> tuple[bool, tuple[FieldSpec, ...]]:
    """The columns of CREATE TABLE in parentheses: whether records have keys, and the fields.

    Raises:
        StatementError: `_id` is missing, a name comes twice, or a column cannot be so.
    """
    words.expect("(")
    is_keyed: bool | None = None
    fields: dict[str, FieldSpec] = {}
    while not words.take(")"):
        at = words.offset
        if words.take("_ID"):
            if is_keyed is not None:
                raise binding.error(at, "duplicate column '_id'")
            is_keyed = _read_record_type(binding, words)
        else:
            spec = read_definition(binding, words)
            if spec.name in fields:
                raise binding.error(at, f"duplicate column '{spec.name}'")
            fields[spec.name] = spec
        words.take(",")
    if is_keyed is None:
        raise binding.error(0, "_id column must be specified")
    return is_keyed, tuple(fields.values())


def _read_record_type(binding: Binding, words: Words) -> bool:
    at = words.offset
    kind = read_type(binding, read_type_name(words)).kind
    if kind not in (Kind.ID, Kind.STRING):
        raise binding.error(at, "_id column must be specified with type ID or STRING")
    if words.word in CONSTRAINTS:
        raise binding.error(words.offset, "_id column must be specified with no constraints")
    return kind == Kind.STRING


def read_definition(binding: Binding, words: Words) -> FieldSpec:
    """A column: name, type, constraints.

    Raises:
        StatementError: The type is not known, or a constraint is not for it.
    """
    name_token = words.take_name("a column")
    at, name = name_token.start, name_token.text.lower()
    if name == RECORD_ID:
        raise binding.error(at, "the column '_id' is there already")
    kind, length = read_column_type(binding, read_type_name(words))
    options = _options_of(kind, length)
    known: set[str] = set()
    while words.word in CONSTRAINTS:
        check_first(binding, words, known)
        _read_constraint(binding, words, kind, options)
    if kind.kind in _TIMED and "timeQuantum" not in options:
        options["timeQuantum"] = "YMDH"
    _check_bounds(binding, at, kind, options)
    try:
        return read_field(name, options)
    except RequestError as error:
        raise binding.error(at, f"column '{name}': {error.message}") from None


def _options_of(kind: SqlType, length: int) -> _Options:
    if kind.kind == Kind.DECIMAL:
        return {"type": "decimal", "scale": kind.scale}
    if kind.kind == Kind.VECTOR:
        return {"type": "mutex", "keys": True, "dimensions": kind.scale}
    return {**_TYPES[kind.kind], **({"length": length} if length else {})}


def _check_bounds(binding: Binding, at: int, kind: SqlType, options: _Options) -> None:
    low, high = options.get("min"), options.get("max")
    if low is not None and high is not None and low > high:
        raise binding.error(at, f"{kind.kind} field min cannot be greater than max")


# ---- constraints -----------------------------------------------------------------------------


def check_first(binding: Binding, words: Words, known: set[str]) -> None:
    """Note the next word, or raise: it was read before, and may stand once."""
    if words.word in known:
        raise binding.error(words.offset, f"'{words.word}' is given twice")
    known.add(words.word)


def _read_constraint(binding: Binding, words: Words, kind: SqlType, options: _Options) -> None:
    at, word = words.offset, words.next().text.upper()
    kinds, read = CONSTRAINTS[word]
    if kind.kind not in kinds:
        raise binding.error(at, f"'{word}' constraint cannot be applied to a column of type '{kind}'")
    read(binding, words, options)


def _number(words: Words) -> int | Decimal:
    is_negative = words.take("-")
    if words.kind != NUMBER_TOKEN:
        raise words.source.error(words.offset, "integer literal expected")
    token = words.next()
    number = words.whole(token) if token.text.isdigit() else Decimal(token.text)
    return -number if is_negative else number


def _read_least(_: Binding, words: Words, options: _Options) -> None:
    options["min"] = _number(words)


def _read_most(_: Binding, words: Words, options: _Options) -> None:
    options["max"] = _number(words)


def _read_unit(binding: Binding, words: Words, options: _Options) -> None:
    at = words.offset
    given = words.take_string()
    unit = given.lower()
    if unit not in ("s", "ms", "us", "µs", "ns"):
        raise binding.error(at, f"'{given}' is not a valid time unit: s, ms, us or ns")
    options["timeUnit"] = "us" if unit == "µs" else unit


def _read_epoch(_: Binding, words: Words, options: _Options) -> None:
    options["epoch"] = words.take_string()


def _read_quantum(binding: Binding, words: Words, options: _Options) -> None:
    at = words.offset
    quantum = words.take_string().upper()
    if not quantum or quantum not in "YMDH":
        raise binding.error(at, f"'{quantum}' is not a valid time quantum: some of Y, M, D, H in this order")
    options["timeQuantum"] = quantum


def _read_ttl(_: Binding, words: Words, options: _Options) -> None:
    ttl = words.take_string()
    if ttl != "0s":
        options["ttl"] = ttl


def _read_cache(binding: Binding, words: Words, options: _Options) -> None:
    at = words.offset
    kind = words.next().text.lower() if words.kind == WORD_TOKEN else words.take_string().lower()
    if kind not in ("ranked", "lru", "none"):
        raise binding.error(at, f"expected RANKED, LRU or NONE, found {kind}")
    options["cacheType"] = kind
    if words.take("SIZE"):
        options["cacheSize"] = words.take_integer()


_Read = Callable[[Binding, Words, _Options], None]

CONSTRAINTS: dict[str, tuple[tuple[Kind, ...], _Read]] = {
    "MIN": (_BOUNDED, _read_least),
    "MAX": (_BOUNDED, _read_most),
    "TIMEUNIT": ((Kind.TIMESTAMP,), _read_unit),
    "EPOCH": ((Kind.TIMESTAMP,), _read_epoch),
    "TIMEQUANTUM": (_TIMED, _read_quantum),
    "TTL": (_TIMED, _read_ttl),
    "CACHETYPE": (_ROWS, _read_cache),
}
"""Constraints by their words: the kinds of columns that take them, and how they are read."""
