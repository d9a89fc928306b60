"""RANGEQ: conditions of WHERE on when something was stamped. They choose records, and narrow what is shown of them."""

from collections.abc import Iterable

from msgspec.structs import replace

from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.binding.functions.function import check_count
from roarbase.query.sql.later.binding.scope import Binding, Scope
from roarbase.query.sql.later.converting import moment_of_text
from roarbase.query.sql.later.syntax import Binary, Call, Constant, Expression, Now, Reference
from roarbase.query.sql.later.tree import During, JoinedSource, Rows, TableRows

__all__ = ["split_ranges", "with_ranges"]

_NS = 10**9


def split_ranges(where: Expression | None) -> tuple[list[Call], Expression | None]:
    """The calls of RANGEQ that stand in WHERE by themselves or between ANDs, and what else stands there."""
    ranges: list[Call] = []
    rest: list[Expression] = []
    for term in _terms(where):
        if isinstance(term, Call) and term.name == "rangeq":
            ranges.append(term)
        else:
            rest.append(term)
    if not ranges:
        return [], where
    left = rest[0] if rest else None
    for term in rest[1:]:
        assert left is not None
        left = Binary(term.at, "AND", left, term)
    return ranges, left


def _terms(where: Expression | None) -> Iterable[Expression]:
    if where is None:
        return []
    terms: list[Expression] = []
    while isinstance(where, Binary) and where.operator == "AND":
        terms.append(where.right)
        where = where.left
    return reversed([*terms, where])


def with_ranges(binding: Binding, rows: Rows, scope: Scope, ranges: list[Call]) -> Rows:
    """The rows, their tables narrowed.

    Raises:
        StatementError: A call does not name a column with times of a table here, or its ends are none.
    """
    for call in ranges:
        check_count(binding, call, 3, 3)
        node = call.arguments[0]
        if not isinstance(node, Reference):
            raise binding.error(node.at, "column reference expected")
        column = scope.find(node)
        if column.type.kind not in (Kind.IDSETQ, Kind.STRINGSETQ):
            raise binding.error(node.at, "time quantum expression expected")
        start, stop = (_seconds(binding, end) for end in call.arguments[1:])
        if start is None and stop is None:
            raise binding.error(call.at, "calling rangeq() 'from' and 'to' parameters cannot both be null")
        changed = _narrowed(rows, column.source, During(column.place, start, stop))
        if changed == rows:
            raise binding.error(call.at, "calling rangeq() usage invalid: its column is of no table here")
        rows = changed
    return rows


def _narrowed(rows: Rows, number: int, during: During) -> Rows:
    match rows:
        case JoinedSource():
            left, right = (_narrowed(side, number, during) for side in (rows.left, rows.right))
            return replace(rows, left=left, right=right)
        case TableRows() if rows.number == number:
            return replace(rows, during=(*rows.during, during))
    return rows


def _seconds(binding: Binding, node: Expression) -> int | None:
    """A moment in seconds: a string, a number of seconds, or the current moment. Null is an open end."""
    if isinstance(node, Now):
        binding.momentary.append("the time of day")
        return binding.now_ns // _NS
    value = node.value if isinstance(node, Constant) else False
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        raise binding.error(node.at, "timestamp literal expected")
    ns = moment_of_text(value)
    if ns is None:
        raise binding.error(node.at, f"unable to convert '{value[:60]}' to type 'timestamp'")
    return ns // _NS
