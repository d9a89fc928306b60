"""The typed tree of the later language: names resolved, types checked, operands brought to one scale.

Numbers are whole numbers of units of 10^-scale, as the type says: 4.35 of type decimal(2) is 435, a timestamp counts
units since 1970. Frozen values: passes turn one into another; `evaluating.py` gives the value of an expression,
`residue/printing.py` its text for DuckDB, `lowering.py` the bitmaps of a condition.
"""

from msgspec import Struct

from roarbase.model.fields import TableSpec
from roarbase.model.results import ResultColumn
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.tree import Condition

__all__ = [
    "BOOL",
    "ID",
    "INT",
    "STRING",
    "TIMESTAMP",
    "VOID",
    "Aggregated",
    "Apply",
    "Branch",
    "Case",
    "Column",
    "Combined",
    "Convert",
    "During",
    "Expr",
    "ExprIn",
    "Flat",
    "GivenRows",
    "InSelected",
    "IsNothing",
    "JoinedSource",
    "Literal",
    "Matched",
    "Order",
    "Output",
    "Picked",
    "Query",
    "QueryRows",
    "Rows",
    "Selected",
    "TableRows",
    "Value",
    "Windowed",
]

Value = int | str | bool | tuple[int, ...] | tuple[str, ...] | tuple[float, ...] | None

BOOL, INT, ID, STRING = SqlType(Kind.BOOL), SqlType(Kind.INT), SqlType(Kind.ID), SqlType(Kind.STRING)
VOID, TIMESTAMP = SqlType(Kind.NULL), SqlType(Kind.TIMESTAMP, 9)


# ---- expressions ---------------------------------------------------------------------------


class Literal(Struct, frozen=True):
    type: SqlType
    value: Value


class Column(Struct, frozen=True):
    """A column of a source, both by number. `name` is for people."""

    type: SqlType
    source: int
    place: int
    name: str


class Apply(Struct, frozen=True):
    """An operation of `operations/` on its arguments."""

    type: SqlType
    operation: str
    arguments: "tuple[Expr, ...]"


class Convert(Struct, frozen=True):
    """A value as another type: CAST, and where one type stands for another."""

    type: SqlType
    operand: "Expr"


class Branch(Struct, frozen=True):
    condition: "Expr"
    value: "Expr"


class Case(Struct, frozen=True):
    type: SqlType
    branches: tuple[Branch, ...]
    otherwise: "Expr"


class ExprIn(Struct, frozen=True):
    """The operand is one of the items."""

    operand: "Expr"
    items: "tuple[Expr, ...]"
    is_negated: bool
    type: SqlType = BOOL


class InSelected(Struct, frozen=True):
    """The operand is one of the values that a query gives."""

    operand: "Expr"
    query: "Query | Combined"
    is_negated: bool
    type: SqlType = BOOL


class Picked(Struct, frozen=True):
    """The one value that a query gives; `is_asked` asks whether it gives any row instead."""

    type: SqlType
    query: "Query | Combined"
    is_asked: bool = False


class IsNothing(Struct, frozen=True):
    operand: "Expr"
    is_negated: bool
    type: SqlType = BOOL


class Aggregated(Struct, frozen=True):
    """A value computed over the records of a group. No arguments: count(*)."""

    type: SqlType
    function: str
    arguments: "tuple[Expr, ...]" = ()
    is_distinct: bool = False


class Windowed(Struct, frozen=True):
    """A value over the rows around a row: an aggregate, or an operation that only windows have.

    Attributes:
        frame: Which rows of the partition, in the words of SQL; empty where none are named.
    """

    type: SqlType
    value: "Aggregated | Apply"
    partition: "tuple[Expr, ...]" = ()
    order: "tuple[Order, ...]" = ()
    frame: str = ""


Expr = Literal | Column | Apply | Convert | Case | ExprIn | InSelected | Picked | IsNothing | Aggregated | Windowed


# ---- where rows come from ------------------------------------------------------------------


class Flat(Struct, frozen=True):
    """A set column whose members come one to a row, each as a set of one."""

    place: int


class During(Struct, frozen=True):
    """Of a column with times, what was stamped from `start` to before `stop`, in seconds; None is open."""

    place: int
    start: int | None
    stop: int | None


class Matched(Struct, frozen=True):
    """Records that a record of another table must be there for: the columns at two places are equal.

    One of the two is `_id`. `rows` says which records of the other table count.
    """

    place: int
    rows: "TableRows"
    other_place: int


class TableRows(Struct, frozen=True, kw_only=True):
    """The records of a table; column 0 is `_id`, the others are `fields`.

    Attributes:
        during: Only records with something stamped then are given, and of these columns only that.
        among: Conditions that bitmaps answer; only records of all of them are given.
        matched: Of all of these, a record of the other table has to be there.
    """

    number: int
    table: TableSpec
    fields: tuple[str, ...]
    flat: tuple[Flat, ...] = ()
    during: tuple[During, ...] = ()
    among: tuple[Condition, ...] = ()
    matched: tuple[Matched, ...] = ()


class GivenRows(Struct, frozen=True, kw_only=True):
    """Rows that are known: those of a system table."""

    number: int
    columns: "tuple[ResultColumn, ...]"


class QueryRows(Struct, frozen=True, kw_only=True):
    """The rows of a query."""

    number: int
    query: "Query | Combined"


class JoinedSource(Struct, frozen=True):
    """Two sources: `kind` is INNER, LEFT, RIGHT, FULL or CROSS."""

    kind: str
    left: "Rows"
    right: "Rows"
    condition: Expr | None


Rows = TableRows | GivenRows | QueryRows | JoinedSource


# ---- queries -------------------------------------------------------------------------------


class Output(Struct, frozen=True):
    name: str
    value: Expr


class Order(Struct, frozen=True):
    """One term of ORDER BY; of combined queries `value` is None, and `place` counts their columns from 0."""

    value: Expr | None
    is_descending: bool
    are_nulls_first: bool
    place: int = -1


class Query(Struct, frozen=True, kw_only=True):
    """One SELECT."""

    outputs: tuple[Output, ...]
    source: Rows | None = None
    where: Expr | None = None
    is_distinct: bool = False
    is_grouped: bool = False
    keys: tuple[Expr, ...] = ()
    having: Expr | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


class Combined(Struct, frozen=True, kw_only=True):
    """UNION, INTERSECT or EXCEPT of two queries with the same types of columns."""

    operator: str
    is_all: bool
    left: "Query | Combined"
    right: "Query | Combined"
    outputs: tuple[Output, ...]
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


Selected = Query | Combined
