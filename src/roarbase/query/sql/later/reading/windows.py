"""OVER (...): partition, order, frame."""

from collections.abc import Callable

from roarbase.query.sql.later.syntax import Call, Expression, OrderTerm, Over
from roarbase.query.sql.later.words import Words

__all__ = ["read_over"]

_UNITS = ("ROWS", "RANGE")


def read_over(
    words: Words, call: Call, read: Callable[[], Expression], read_order: Callable[[], tuple[OrderTerm, ...]]
) -> Over:
    """The window behind a call; the word OVER comes next."""
    at = words.expect("OVER")
    words.expect("(")
    partition: list[Expression] = []
    if words.take("PARTITION"):
        words.expect("BY")
        partition.append(read())
        while words.take(","):
            partition.append(read())
    order = read_order() if words.word == "ORDER" else ()
    frame = _read_frame(words) if words.word in _UNITS else ""
    words.expect(")")
    return Over(at, call, tuple(partition), order, frame)


def _read_frame(words: Words) -> str:
    unit = words.next().text.upper()
    if not words.take("BETWEEN"):
        return f"{unit} {_read_bound(words, unit)}"
    first = _read_bound(words, unit)
    words.expect("AND")
    return f"{unit} BETWEEN {first} AND {_read_bound(words, unit)}"


def _read_bound(words: Words, unit: str) -> str:
    if words.take("CURRENT"):
        words.expect("ROW")
        return "CURRENT ROW"
    if words.take("UNBOUNDED"):
        return f"UNBOUNDED {_read_side(words)}"
    at = words.offset
    count = words.take_integer()
    if unit != "ROWS" or count < 0 or count >= 2**31:
        raise words.source.error(at, f"a frame of {unit} cannot begin or end {count} rows away")
    return f"{count} {_read_side(words)}"


def _read_side(words: Words) -> str:
    if words.take("PRECEDING"):
        return "PRECEDING"
    words.expect("FOLLOWING")
    return "FOLLOWING"
