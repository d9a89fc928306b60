"""The typed tree: a SELECT whose names are resolved and whose types are checked.

Frozen values; the passes turn one into another, `plans.py` turns the last into a plan.
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from roarbase.engine.plan import TimeRange
from roarbase.model.fields import TableSpec
from roarbase.query.sql.kinds import SqlType

__all__ = [
    "Aggregate",
    "And",
    "Condition",
    "Constant",
    "Field",
    "Function",
    "IsNull",
    "Joined",
    "Like",
    "Not",
    "OneOf",
    "Operand",
    "Operator",
    "Or",
    "Order",
    "Ordered",
    "Output",
    "Select",
    "Value",
]

Value = Decimal | str | bool
Operator = Literal["<", "<=", ">", ">="]
Function = Literal["count", "count_distinct", "sum", "min", "max", "avg"]


# ---- what is asked about -------------------------------------------------------------------


class Field(Struct, frozen=True):
    """A field of the table, or `_id`."""

    name: str
    type: SqlType


class Aggregate(Struct, frozen=True):
    """A value computed over records. `field` None: count(*)."""

    function: Function
    field: Field | None
    type: SqlType


Operand = Field | Aggregate


# ---- conditions, three-valued: true, false, or unknown where a null takes part -------------


class Constant(Struct, frozen=True):
    """A condition that asks nothing. None is unknown."""

    value: bool | None


class OneOf(Struct, frozen=True):
    """The operand is (a set: holds) one of the values; negated: it is not null and is none of them.

    Attributes:
        during: When it got the value; only a time field is asked so.
    """

    operand: Operand
    values: tuple[Value, ...]
    is_negated: bool = False
    during: TimeRange | None = None


class Ordered(Struct, frozen=True):
    """The operand, a number, stands so to the value."""

    operand: Operand
    operator: Operator
    value: Decimal


class Like(Struct, frozen=True):
    """The operand is (a set: holds) a string of the pattern; negated: it is not null and is not. `during` as above."""

    operand: Operand
    pattern: str
    is_negated: bool = False
    during: TimeRange | None = None


class IsNull(Struct, frozen=True):
    """The operand is null; negated: it is not. Never unknown."""

    operand: Operand
    is_negated: bool = False


class Not(Struct, frozen=True):
    input: "Condition"


class And(Struct, frozen=True):
    inputs: "tuple[Condition, ...]"


class Or(Struct, frozen=True):
    inputs: "tuple[Condition, ...]"


Condition = Constant | OneOf | Ordered | Like | IsNull | Not | And | Or


# ---- the statement -------------------------------------------------------------------------


class Output(Struct, frozen=True):
    """One column of the answer."""

    name: str
    operand: Operand


class Order(Struct, frozen=True):
    """One term of ORDER BY."""

    operand: Operand
    is_descending: bool
    nulls_first: bool


class Select(Struct, frozen=True, kw_only=True):
    """A SELECT over one table, whose records others may choose.

    Attributes:
        keys: What is grouped by.
        is_grouped: The answer has a row per group (without keys: one), not per record.
        order: The first term matters most.
        limit: None: all rows.
    """

    table: TableSpec
    outputs: tuple[Output, ...]
    where: Condition = Constant(True)
    is_distinct: bool = False
    is_grouped: bool = False
    keys: tuple[Field, ...] = ()
    having: Condition = Constant(True)
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    joined: "tuple[Joined, ...]" = ()


class Joined(Struct, frozen=True):
    """Records of another table that must be there for a record to be chosen: `own` of this equals `other` of that.

    Attributes:
        records: The other table, with what is asked of its records. Only `table`, `where` and `joined` count.
        own: A field of the record chosen, or its `_id`.
        other: A field of the other record, or its `_id`; one of the two is `_id`.
    """

    records: Select
    own: Field
    other: Field
