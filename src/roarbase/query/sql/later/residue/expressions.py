"""Typed expressions as text of DuckDB."""

from collections.abc import Callable, Sequence
from typing import Any

from roarbase.model.vectors import text_of_vector
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.converting import converted
from roarbase.query.sql.later.failing import can_fail, split
from roarbase.query.sql.later.operations import OPERATIONS
from roarbase.query.sql.later.operations.operation import Operation, failure
from roarbase.query.sql.later.residue.called import Called, duck_type
from roarbase.query.sql.later.tree import (
    Aggregated,
    Apply,
    Case,
    Column,
    Convert,
    Expr,
    ExprIn,
    InSelected,
    IsNothing,
    Literal,
    Order,
    Picked,
    Selected,
    Windowed,
)

__all__ = ["ExpressionPrinter"]

_WIDE = (Kind.ID, Kind.DECIMAL, Kind.TIMESTAMP)
_BY_PLACE = ("row_number", "ntile", "lag", "lead", "first_value", "last_value")
_LONGEST_QUERY = 2**20
"""Letters of a query in an expression: `corr` has its arguments ten times over, and what is in them is in others."""
_SETTLED = {"AND": ("NOT ", "false"), "OR": ("", "true")}
"""What stands before that which settles it, and what it is then."""
_MOST_GUARDS = 4
"""So deep in front of each other, as each has all of its arguments twice but the last."""
_MOST_REPEATED = 1_000
"""Characters of arguments that a text has twice: where each has its own twice, and so on, they would be without end."""
_ARITHMETIC = ("+", "-", "*", "/", "%", "negate", "complement", "&", "|", "rescale")


class ExpressionPrinter:
    """Prints expressions, and notes which columns and functions they need.

    Args:
        print_query: Prints a query that stands in an expression.

    Attributes:
        called: The functions of ours that are called, by name.
        used: The places of the columns that are read, by source.
        flat: Columns whose members come one by one, by source and place.
        ties: What tells the rows of the query apart, where the order of a window does not.
    """

    def __init__(self, print_query: Callable[[Selected], str]) -> None:
        self._print_query = print_query
        self.called: dict[str, Called] = {}
        self.used: dict[int, set[int]] = {}
        self.flat: set[tuple[int, int]] = set()
        self.ties: tuple[Expr, ...] = ()
        self._is_whole = False
        self._guards = 0

    def print(self, expression: Expr) -> str:
        """The text: one word, or something in parentheses."""
        return _PRINTERS[type(expression)](self, expression)

    def print_whole(self, expression: Expr) -> str:
        """The text in WHERE, which chooses records: there, flattened columns are still whole sets."""
        before, self._is_whole = self._is_whole, True
        text = self.print(expression)
        self._is_whole = before
        return text

    def call(self, called: Called, arguments: Sequence[str]) -> str:
        """A call of one of our functions."""
        self.called[called.name] = called
        given = (f"CAST({text} AS {kind})" for text, kind in zip(arguments, called.takes, strict=True))
        return f"{called.name}({', '.join(given)})"

    # ---- leaves ------------------------------------------------------------------------------

    def _literal(self, node: Literal) -> str:
        return _literal_text(node.value, node.type)

    def _column(self, node: Column) -> str:
        self.used.setdefault(node.source, set()).add(node.place)
        is_whole = self._is_whole and (node.source, node.place) in self.flat
        return f"s{node.source}.{'w' if is_whole else 'c'}{node.place}"

    # ---- operations --------------------------------------------------------------------------

    def _apply(self, node: Apply) -> str:
        if node.operation == "coalesce" and self._guards < _MOST_GUARDS and any(map(can_fail, node.arguments[1:])):
            return self._guarded(node)
        if node.operation in _SETTLED and (text := self._asked_last_or_none(node)) is not None:
            return text
        operation = OPERATIONS[node.operation]
        texts = [self.print(argument) for argument in node.arguments]
        if node.operation in _ARITHMETIC:
            # An int may be 128 bits wide here: that of a function of ours is.
            text = self._arithmetic(node, operation, texts)
            return f"CAST({text} AS BIGINT)" if node.type.kind == Kind.INT else text
        if operation.text is not None:
            return operation.text(texts)
        return self._called(node, operation, texts)

    def _arithmetic(self, node: Apply, operation: Operation, texts: list[str]) -> str:
        if operation.text is None or (operation.repeats and sum(map(len, texts)) > _MOST_REPEATED):
            return self._called(node, operation, texts)
        kinds = [node.type, *(argument.type for argument in node.arguments)]
        if any(kind.kind in _WIDE for kind in kinds):
            texts = [f"CAST({text} AS HUGEINT)" for text in texts]
        return operation.text(texts)

    def _called(self, node: Apply, operation: Operation, texts: list[str]) -> str:
        """A call of the plain function."""
        if operation.takes_list:
            return self._called_with_list(operation, *texts)
        takes = tuple(duck_type(argument.type) for argument in node.arguments)
        called = Called(
            what=node.operation,
            plain=operation.plain,
            takes=takes,
            gives="BIGINT" if operation.of_vectors is not None else duck_type(node.type),
            is_strict=operation.is_strict,
            of_vectors=operation.of_vectors,
        )
        return self.call(called, texts)

    def _called_with_list(self, operation: Operation, first: str, *others: str) -> str:
        """A call of the plain function, all arguments but the first as one list."""
        called = Called(
            what=operation.name,
            plain=lambda given, values: operation.plain(given, *values),
            takes=("VARCHAR", "HUGEINT[]"),
            gives="HUGEINT",
            is_strict=operation.is_strict,
        )
        return self.call(called, [first, f"[{', '.join(f'CAST({text} AS HUGEINT)' for text in others)}]"])

    def _asked_last_or_none(self, node: Apply) -> str | None:
        """AND or OR, of which what can fail is asked where the others do not settle it; None if nothing can."""
        safe, failing = split(node.arguments)
        if not safe or not failing:
            return None
        word, (negation, settled) = node.operation, _SETTLED[node.operation]
        first = f"({f' {word} '.join(map(self.print, safe))})"
        others = f" {word} ".join(map(self.print, failing))
        return f"(CASE WHEN {negation}{first} THEN {settled} ELSE ({first} {word} {others}) END)"

    def _guarded(self, node: Apply) -> str:
        """A coalesce of what can fail, where only CASE leaves out what nobody asks for: DuckDB works out constants in
        a coalesce, and what stands in it twice, for every row."""
        *firsts, last = node.arguments
        self._guards += 1
        texts = [self.print(argument) for argument in firsts]
        self._guards -= 1
        return (
            f"(CASE {' '.join(f'WHEN {text} IS NOT NULL THEN {text}' for text in texts)} ELSE {self.print(last)} END)"
        )

    def _convert(self, node: Convert) -> str:
        given, wanted, text = node.operand.type, node.type, self.print(node.operand)
        if duck_type(given) == duck_type(wanted) and given.scale == wanted.scale and wanted.kind == given.kind:
            return text
        if wanted.kind == Kind.BOOL and given.is_number:
            return f"({text} <> 0)"
        if wanted.kind in (Kind.IDSET, Kind.STRINGSET):
            return text
        called = Called(
            what=f"{given.kind}({given.scale}) as {wanted.kind}({wanted.scale})",
            plain=_conversion(given, wanted),
            takes=(duck_type(given),),
            gives=duck_type(wanted),
        )
        return self.call(called, [text])

    def _case(self, node: Case) -> str:
        branches = " ".join(f"WHEN {self.print(b.condition)} THEN {self.print(b.value)}" for b in node.branches)
        return f"(CASE {branches} ELSE {self.print(node.otherwise)} END)"

    def _in(self, node: ExprIn) -> str:
        operand, items = self.print(node.operand), [self.print(item) for item in node.items]
        return f"({operand} {'NOT IN' if node.is_negated else 'IN'} ({', '.join(items)}))"

    def _in_query(self, node: InSelected) -> str:
        word = "NOT IN" if node.is_negated else "IN"
        return f"({self.print(node.operand)} {word} ({self._within(node.query)}))"

    def _picked(self, node: Picked) -> str:
        query = self._within(node.query)
        return f"(EXISTS ({query}))" if node.is_asked else f"({query})"

    def _within(self, query: Selected) -> str:
        before, self._is_whole = self._is_whole, False
        text = self._print_query(query)
        self._is_whole = before
        if len(text) > _LONGEST_QUERY:
            raise failure("queries in aggregates in queries come to more than can be written out")
        return text

    def _is_nothing(self, node: IsNothing) -> str:
        return f"({self.print(node.operand)} IS {'NOT ' if node.is_negated else ''}NULL)"

    # ---- aggregates --------------------------------------------------------------------------

    def _aggregate(self, node: Aggregated, over: str = "") -> str:
        texts = [self.print(argument) for argument in node.arguments]
        return _AGGREGATES[node.function](self, node, texts, over)

    def _plain_aggregate(self, node: Aggregated, texts: list[str], over: str) -> str:
        return f"{node.function}({'DISTINCT ' if node.is_distinct else ''}{texts[0] if texts else '*'}){over}"

    def _average(self, node: Aggregated, texts: list[str], over: str) -> str:
        word = "DISTINCT " if node.is_distinct else ""
        factor = 10 ** (node.type.scale - min(node.arguments[0].type.scale, node.type.scale))
        divisor = 10 ** max(node.arguments[0].type.scale - node.type.scale, 0)
        total = f"CAST(sum({word}{texts[0]}){over} AS HUGEINT) * {factor}"
        count = f"count({word}{texts[0]}){over}"
        return f"(CASE WHEN {count} = 0 THEN NULL ELSE ({total}) // (CAST({count} AS HUGEINT) * {divisor}) END)"

    def _variance(self, node: Aggregated, texts: list[str], over: str) -> str:
        x = f"CAST({texts[0]} AS HUGEINT)"
        unit = str(10 ** node.arguments[0].type.scale)
        called = _statistic("variance", 4)
        found = self.call(called, [f"count({x}){over}", f"sum({x}){over}", f"sum({x} * {x}){over}", unit])
        return f"(CASE WHEN count({x}){over} = 0 THEN NULL ELSE {found} END)"

    def _correlation(self, _: Aggregated, texts: list[str], over: str) -> str:
        x, y = (f"CAST({text} AS HUGEINT)" for text in texts)
        both = f"FILTER (WHERE {x} IS NOT NULL AND {y} IS NOT NULL){over}"
        sums = [f"sum({part}) {both}" for part in (x, y, f"{x} * {x}", f"{y} * {y}", f"{x} * {y}")]
        return self.call(_statistic("correlation", 6), [f"count(*) {both}", *sums])

    def _percentile(self, node: Aggregated, texts: list[str], over: str) -> str:
        nth = node.arguments[1]
        values = f"list({texts[0]}) FILTER (WHERE {texts[0]} IS NOT NULL){over}"
        called = Called(
            what="percentile",
            plain=OPERATIONS["percentile of"].plain,
            takes=("HUGEINT[]", "HUGEINT", "HUGEINT"),
            gives="HUGEINT",
        )
        return self.call(called, [values, texts[1], str(10**nth.type.scale)])

    # ---- windows -----------------------------------------------------------------------------

    def _windowed(self, node: Windowed) -> str:
        parts = [f"PARTITION BY {', '.join(map(self.print, node.partition))}"] if node.partition else []
        order = node.order
        if isinstance(node.value, Apply) and node.value.operation in _BY_PLACE:
            order = (*order, *(Order(tie, False, True) for tie in self.ties))
        terms = ", ".join(self._window_term(term) for term in order)
        parts += [f"ORDER BY {terms}"] if terms else []
        parts += [node.frame] if node.frame else []
        over = f" OVER ({' '.join(parts)})"
        if isinstance(node.value, Aggregated):
            return f"({self._aggregate(node.value, over)})"
        assert isinstance(node.value, Apply)
        texts = ", ".join(map(self.print, node.value.arguments))
        return f"({node.value.operation}({texts}){over})"

    def _window_term(self, term: Order) -> str:
        assert term.value is not None
        direction = "DESC" if term.is_descending else "ASC"
        return f"{self.print(term.value)} {direction} NULLS {'FIRST' if term.are_nulls_first else 'LAST'}"


def _statistic(name: str, count: int) -> Called:
    operation = OPERATIONS[name]
    return Called(
        what=name,
        plain=operation.plain,
        takes=("HUGEINT",) * count,
        gives="HUGEINT",
        is_strict=operation.is_strict,
    )


def _conversion(given: SqlType, wanted: SqlType) -> Callable[[Any], Any]:
    return lambda value: converted(value, given, wanted)


def _literal_text(value: Any, kind: SqlType) -> str:
    """A value as DuckDB reads it."""
    if value is None:
        if kind.kind == Kind.NULL:
            return "NULL"
        return f"CAST(NULL AS {duck_type(kind)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if kind.kind == Kind.VECTOR:
        return f"CAST('{text_of_vector(value)}' AS {duck_type(kind)})"
    if isinstance(value, tuple):
        items = ", ".join(_quoted(item) if isinstance(item, str) else str(item) for item in value)
        return f"CAST([{items}] AS {duck_type(kind)})"
    return f"CAST({value} AS {'BIGINT' if kind.kind == Kind.INT and -(2**63) <= value < 2**63 else 'HUGEINT'})"


def _quoted(text: str) -> str:
    # A zero character would end the text for DuckDB.
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return parts[0] if len(parts) == 1 else f"({' || chr(0) || '.join(parts)})"


_AGGREGATES: dict[str, Callable[[ExpressionPrinter, Aggregated, list[str], str], str]] = {
    "count": ExpressionPrinter._plain_aggregate,
    "sum": ExpressionPrinter._plain_aggregate,
    "min": ExpressionPrinter._plain_aggregate,
    "max": ExpressionPrinter._plain_aggregate,
    "avg": ExpressionPrinter._average,
    "var": ExpressionPrinter._variance,
    "corr": ExpressionPrinter._correlation,
    "percentile": ExpressionPrinter._percentile,
}

_PRINTERS: dict[type, Callable[[ExpressionPrinter, Any], str]] = {
    Literal: ExpressionPrinter._literal,
    Column: ExpressionPrinter._column,
    Apply: ExpressionPrinter._apply,
    Convert: ExpressionPrinter._convert,
    Case: ExpressionPrinter._case,
    ExprIn: ExpressionPrinter._in,
    InSelected: ExpressionPrinter._in_query,
    Picked: ExpressionPrinter._picked,
    IsNothing: ExpressionPrinter._is_nothing,
    Aggregated: ExpressionPrinter._aggregate,
    Windowed: ExpressionPrinter._windowed,
}
