"""What a statement says, word for word: names not yet looked up, types not yet checked.

Every node knows where it begins in the text, so that an error can point there.
"""

from dataclasses import dataclass, field
from decimal import Decimal

__all__ = [
    "Between",
    "Binary",
    "Call",
    "CaseWhen",
    "Cast",
    "Constant",
    "Exists",
    "Expression",
    "In",
    "InQuery",
    "IsNull",
    "Item",
    "Join",
    "JoinSource",
    "Name",
    "Now",
    "OrderTerm",
    "Over",
    "QueryExpression",
    "QuerySource",
    "Reference",
    "Select",
    "SelectBody",
    "SetLiteral",
    "SetOperation",
    "Source",
    "Star",
    "TableName",
    "TupleLiteral",
    "TypeName",
    "Unary",
    "Variable",
]


@dataclass(frozen=True, slots=True)
class Name:
    """A name in lower case, and where it stands."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as a column or CAST names it; `scale` of a decimal, or the size of a vector or varchar, if given."""

    at: int
    text: str
    scale: int | None = None


# ---- expressions ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; numbers with a point are Decimal, with as many places as written."""

    at: int
    value: int | Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class SetLiteral:
    """`[1, 2]`."""

    at: int
    items: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class TupleLiteral:
    """`{'2022-01-01', [1, 2]}`."""

    at: int
    items: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Reference:
    """A column, alone or behind the name of its table."""

    at: int
    name: str
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Star:
    """`*` or `t.*`."""

    at: int
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """`@0`."""

    at: int
    number: int


@dataclass(frozen=True, slots=True)
class Now:
    """`current_timestamp`, or `current_date`: its midnight."""

    at: int
    is_date: bool


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x`, `!x`, `NOT x`."""

    at: int
    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands; also LIKE and NOTLIKE."""

    at: int
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Between:
    at: int
    operand: "Expression"
    low: "Expression"
    high: "Expression"
    is_negated: bool


@dataclass(frozen=True, slots=True)
class In:
    at: int
    operand: "Expression"
    items: "tuple[Expression, ...]"
    is_negated: bool


@dataclass(frozen=True, slots=True)
class InQuery:
    at: int
    operand: "Expression"
    query: "Select"
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Exists:
    at: int
    query: "Select"


@dataclass(frozen=True, slots=True)
class QueryExpression:
    """A SELECT in parentheses where a value stands."""

    at: int
    query: "Select"


@dataclass(frozen=True, slots=True)
class IsNull:
    at: int
    operand: "Expression"
    is_negated: bool


@dataclass(frozen=True, slots=True)
class CaseWhen:
    """CASE, with or without an operand that the WHENs are compared with."""

    at: int
    operand: "Expression | None"
    branches: "tuple[tuple[Expression, Expression], ...]"
    otherwise: "Expression | None"


@dataclass(frozen=True, slots=True)
class Cast:
    at: int
    operand: "Expression"
    type: TypeName


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments. `end` is where its closing parenthesis stands."""

    at: int
    name: str
    arguments: "tuple[Expression, ...]"
    end: int
    is_distinct: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """A call over a window. `frame` is in the words of SQL, empty if none is given."""

    at: int
    call: Call
    partition: "tuple[Expression, ...]"
    order: "tuple[OrderTerm, ...]"
    frame: str


Expression = (
    Constant
    | SetLiteral
    | TupleLiteral
    | Reference
    | Star
    | Variable
    | Now
    | Unary
    | Binary
    | Between
    | In
    | InQuery
    | Exists
    | QueryExpression
    | IsNull
    | CaseWhen
    | Cast
    | Call
    | Over
)


# ---- queries -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableName:
    """A table in FROM. `hints` are calls such as flatten(column)."""

    name: Name
    alias: Name | None = None
    hints: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class QuerySource:
    """A SELECT in FROM."""

    at: int
    query: "Select"
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A source joined to those before it: `kind` is INNER, LEFT, RIGHT, FULL or CROSS."""

    at: int
    kind: str
    source: "Source"
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class JoinSource:
    """Sources in the order of the text."""

    first: "Source"
    joins: tuple[Join, ...]


Source = TableName | QuerySource | JoinSource


@dataclass(frozen=True, slots=True)
class Item:
    """One column of the list, with its alias."""

    expression: Expression
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """`are_nulls_first` None: as smallest values."""

    expression: Expression
    is_descending: bool
    are_nulls_first: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectBody:
    """One SELECT without ORDER BY and what follows it."""

    at: int
    items: tuple[Item, ...]
    is_distinct: bool = False
    top: int | None = None
    source: Source | None = None
    where: Expression | None = None
    keys: tuple[Expression, ...] = ()
    having: Expression | None = None


@dataclass(frozen=True, slots=True)
class SetOperation:
    """UNION, INTERSECT or EXCEPT of two."""

    at: int
    operator: str
    is_all: bool
    left: "SelectBody | SetOperation | Select"
    right: "SelectBody | SetOperation | Select"


@dataclass(frozen=True, kw_only=True, slots=True)
class Select:
    """A whole query.

    Attributes:
        named: The queries of WITH, by name in their order.
    """

    body: "SelectBody | SetOperation | Select"
    order: tuple[OrderTerm, ...] = ()
    limit: int | None = None
    offset: int = 0
    named: "tuple[tuple[Name, Select], ...]" = field(default=())
