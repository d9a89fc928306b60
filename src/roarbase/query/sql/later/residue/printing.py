"""Typed queries as text of DuckDB, and what they read.

Sources are called s0, s1, … and their columns c0, c1, …: no name of a user's is in the text.
"""

from dataclasses import dataclass

from roarbase.query.sql.later.failing import split_failing
from roarbase.query.sql.later.residue.called import Called
from roarbase.query.sql.later.residue.expressions import ExpressionPrinter
from roarbase.query.sql.later.settling import record_ids
from roarbase.query.sql.later.tree import (
    Combined,
    Expr,
    GivenRows,
    JoinedSource,
    Order,
    Query,
    QueryRows,
    Rows,
    Selected,
    TableRows,
)
from roarbase.query.sql.later.walking import leaves_of

__all__ = ["Input", "Printed", "print_query"]

_JOINS = {"INNER": "JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN"}


@dataclass(frozen=True, slots=True)
class Input:
    """Rows that DuckDB reads under the name `t<number>`, and the places of their columns that it needs."""

    rows: TableRows | GivenRows
    places: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"t{self.rows.number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """A query for DuckDB."""

    text: str
    inputs: tuple[Input, ...]
    called: tuple[Called, ...]


def print_query(query: Selected) -> Printed:
    """The text of a query."""
    printer = _QueryPrinter()
    text = printer.print(query)
    inputs = tuple(
        Input(rows, tuple(sorted(printer.expressions.used.get(number, set()))))
        for number, rows in printer.leaves.items()
    )
    return Printed(text=text, inputs=inputs, called=tuple(printer.expressions.called.values()))


class _QueryPrinter:
    def __init__(self) -> None:
        self.expressions = ExpressionPrinter(self.print)
        self.leaves: dict[int, TableRows | GivenRows] = {}  # once, however often the text has them

    def print(self, query: Selected) -> str:
        before = self.expressions.ties
        text = self._combined(query) if isinstance(query, Combined) else self._one(query)
        self.expressions.ties = before
        return text

    def _one(self, query: Query) -> str:
        expression = self.expressions.print
        self.expressions.ties = query.keys if query.is_grouped else record_ids(query.source)
        outputs = ", ".join(f"{expression(output.value)} AS c{place}" for place, output in enumerate(query.outputs))
        parts = [f"SELECT {'DISTINCT ' if query.is_distinct else ''}{outputs}"]
        if query.source is not None:
            parts.append(f"FROM {self._rows(query.source)}")
        if query.where is not None:
            parts.append(f"WHERE {self._where(query.where, query.source)}")
        if query.keys:
            parts.append(f"GROUP BY {', '.join(map(expression, query.keys))}")
        if query.having is not None:
            parts.append(f"HAVING {expression(query.having)}")
        return " ".join([*parts, *self._end(query, [output.value for output in query.outputs])])

    def _where(self, condition: Expr, source: Rows | None) -> str:
        """The condition; what can fail is asked of those rows only that all joins and all other terms have chosen.

        CASE keeps DuckDB from asking it earlier, and the name of every source keeps it above the joins.
        """
        safe, failing = split_failing(condition)
        terms = [*map(self.expressions.print_whole, safe)]
        if failing:
            numbers = [leaf.number for leaf in leaves_of(source) if not isinstance(leaf, JoinedSource)]
            reached = [self._is_there(number) for number in numbers] if len(numbers) > 1 else []
            first = " AND ".join([*terms, *reached]) or "true"
            then = " AND ".join(map(self.expressions.print_whole, failing))
            terms.append(f"(CASE WHEN {first} THEN {then} ELSE false END)")
        return " AND ".join(terms)

    def _is_there(self, number: int) -> str:
        """True, of the rows of a source."""
        self.expressions.used.setdefault(number, set()).add(0)
        return f"(s{number}.c0 IS NULL OR true)"

    def _combined(self, query: Combined) -> str:
        word = f"{query.operator}{' ALL' if query.is_all else ''}"
        parts = [f"({self.print(query.left)}) {word} ({self.print(query.right)})"]
        return " ".join([*parts, *self._end(query, [])])

    def _end(self, query: Selected, values: list[Expr]) -> list[str]:
        parts: list[str] = []
        if query.order:
            parts.append(f"ORDER BY {', '.join(self._term(term, values) for term in query.order)}")
        if query.limit is not None:
            parts.append(f"LIMIT {query.limit}")
        if query.offset:
            parts.append(f"OFFSET {query.offset}")
        return parts

    def _term(self, term: Order, values: list[Expr]) -> str:
        if term.value is None:
            text = str(term.place + 1)
        elif term.value in values:
            text = str(values.index(term.value) + 1)
        else:
            text = self.expressions.print(term.value)
        direction = "DESC" if term.is_descending else "ASC"
        return f"{text} {direction} NULLS {'FIRST' if term.are_nulls_first else 'LAST'}"

    # ---- FROM --------------------------------------------------------------------------------

    def _rows(self, rows: Rows) -> str:
        match rows:
            case JoinedSource(kind, left, right, condition):
                if condition is None:
                    return f"({self._rows(left)} CROSS JOIN {self._rows(right)})"
                sides = self._rows(left), self._rows(right)
                return f"({sides[0]} {_JOINS[kind]} {sides[1]} ON {self.expressions.print(condition)})"
            case QueryRows(number=number, query=query):
                return f"({self.print(query)}) AS s{number}"
            case TableRows():
                self.leaves[rows.number] = rows
                return self._flattened(rows)
            case GivenRows():
                self.leaves[rows.number] = rows
                return f"t{rows.number} AS s{rows.number}"

    def _flattened(self, rows: TableRows) -> str:
        text = f"t{rows.number}"
        for flat in rows.flat:
            self.expressions.used.setdefault(rows.number, set()).add(flat.place)
            self.expressions.flat.add((rows.number, flat.place))
            column, whole = f"c{flat.place}", f"w{flat.place}"
            each = f"unnest(list_transform({column}, lambda m: [m]))"
            text = f"(SELECT * REPLACE ({each} AS {column}), {column} AS {whole} FROM {text})"
        return f"{text} AS s{rows.number}"
