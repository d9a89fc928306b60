"""What a statement says, word for word: names not yet looked up, types not yet checked.

Every node knows where it begins in the text, so that an error can point there.
"""

from decimal import Decimal

from msgspec import Struct

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


class Name(Struct, frozen=True):
    """A name in lower case, and where it stands."""

    at: int
    text: str


class TypeName(Struct, frozen=True):
    """A type as a column or CAST names it; `scale` of a decimal, or the size of a vector or varchar, if given."""

    at: int
    text: str
    scale: int | None = None


# ---- expressions ---------------------------------------------------------------------------


class Constant(Struct, frozen=True):
    """A literal; numbers with a point are Decimal, with as many places as written."""

    at: int
    value: int | Decimal | str | bool | None


class SetLiteral(Struct, frozen=True):
    """`[1, 2]`."""

    at: int
    items: "tuple[Expression, ...]"


class TupleLiteral(Struct, frozen=True):
    """`{'2022-01-01', [1, 2]}`."""

    at: int
    items: "tuple[Expression, ...]"


class Reference(Struct, frozen=True):
    """A column, alone or behind the name of its table."""

    at: int
    name: str
    table: str | None = None


class Star(Struct, frozen=True):
    """`*` or `t.*`."""

    at: int
    table: str | None = None


class Variable(Struct, frozen=True):
    """`@0`."""

    at: int
    number: int


class Now(Struct, frozen=True):
    """`current_timestamp`, or `current_date`: its midnight."""

    at: int
    is_date: bool


class Unary(Struct, frozen=True):
    """`-x`, `+x`, `!x`, `NOT x`."""

    at: int
    operator: str
    operand: "Expression"


class Binary(Struct, frozen=True):
    """An operator between two operands; also LIKE and NOTLIKE."""

    at: int
    operator: str
    left: "Expression"
    right: "Expression"


class Between(Struct, frozen=True):
    at: int
    operand: "Expression"
    low: "Expression"
    high: "Expression"
    is_negated: bool


class In(Struct, frozen=True):
    at: int
    operand: "Expression"
    items: "tuple[Expression, ...]"
    is_negated: bool


class InQuery(Struct, frozen=True):
    at: int
    operand: "Expression"
    query: "Select"
    is_negated: bool


class Exists(Struct, frozen=True):
    at: int
    query: "Select"


class QueryExpression(Struct, frozen=True):
    """A SELECT in parentheses where a value stands."""

    at: int
    query: "Select"


class IsNull(Struct, frozen=True):
    at: int
    operand: "Expression"
    is_negated: bool


class CaseWhen(Struct, frozen=True):
    """CASE, with or without an operand that the WHENs are compared with."""

    at: int
    operand: "Expression | None"
    branches: "tuple[tuple[Expression, Expression], ...]"
    otherwise: "Expression | None"


class Cast(Struct, frozen=True):
    at: int
    operand: "Expression"
    type: TypeName


class Call(Struct, frozen=True):
    """A function with its arguments. `end` is where its closing parenthesis stands."""

    at: int
    name: str
    arguments: "tuple[Expression, ...]"
    end: int
    is_distinct: bool = False


class Over(Struct, frozen=True):
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


class TableName(Struct, frozen=True):
    """A table in FROM. `hints` are calls such as flatten(column)."""

    name: Name
    alias: Name | None = None
    hints: tuple[Call, ...] = ()


class QuerySource(Struct, frozen=True):
    """A SELECT in FROM."""

    at: int
    query: "Select"
    alias: Name | None = None


class Join(Struct, frozen=True):
    """A source joined to those before it: `kind` is INNER, LEFT, RIGHT, FULL or CROSS."""

    at: int
    kind: str
    source: "Source"
    condition: Expression | None


class JoinSource(Struct, frozen=True):
    """Sources in the order of the text."""

    first: "Source"
    joins: tuple[Join, ...]


Source = TableName | QuerySource | JoinSource


class Item(Struct, frozen=True):
    """One column of the list, with its alias."""

    expression: Expression
    alias: Name | None = None


class OrderTerm(Struct, frozen=True):
    """`are_nulls_first` None: as smallest values."""

    expression: Expression
    is_descending: bool
    are_nulls_first: bool | None = None


class SelectBody(Struct, frozen=True, kw_only=True):
    """One SELECT without ORDER BY and what follows it."""

    at: int
    items: tuple[Item, ...]
    is_distinct: bool = False
    top: int | None = None
    source: Source | None = None
    where: Expression | None = None
    keys: tuple[Expression, ...] = ()
    having: Expression | None = None


class SetOperation(Struct, frozen=True):
    """UNION, INTERSECT or EXCEPT of two."""

    at: int
    operator: str
    is_all: bool
    left: "SelectBody | SetOperation | Select"
    right: "SelectBody | SetOperation | Select"


class Select(Struct, frozen=True, kw_only=True):
    """A whole query.

    Attributes:
        named: The queries of WITH, by name in their order.
    """

    body: "SelectBody | SetOperation | Select"
    order: tuple[OrderTerm, ...] = ()
    limit: int | None = None
    offset: int = 0
    named: "tuple[tuple[Name, Select], ...]" = ()
