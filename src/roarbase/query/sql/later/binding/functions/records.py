"""Functions of whatever records hold: of any type, or of tables."""

from collections.abc import Sequence

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.functions.function import function
from roarbase.query.sql.later.binding.kinds_of import are_comparable, is_null, one_scale, one_set
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import ID, STRING, Apply, Expr, Literal

__all__ = ["RECORD_FUNCTIONS"]


def _coalesce(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    arguments = one_set(*arguments)
    kind = next((a.type for a in arguments if not is_null(a)), arguments[0].type)
    for node, argument in zip(call.arguments, arguments, strict=True):
        if not are_comparable(kind, argument.type):
            raise binding.error(node.at, f"types '{kind}' and '{argument.type}' are not equatable")
    scaled = one_scale(*arguments)
    result = next((a.type for a in scaled if not is_null(a)), kind)
    return Apply(result, "coalesce", scaled)


def _tuple(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    if len(arguments) < 2:
        raise binding.error(call.at, "a tuple has two parts or more")
    return Apply(SqlType(Kind.TUPLE, 0, tuple(part.type for part in arguments)), "tuple", tuple(arguments))


def _identifier(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    """The id is taken now, and is another one each time."""
    name = arguments[0]
    if not isinstance(name, Literal) or not isinstance(name.value, str):
        raise binding.error(call.arguments[0].at, "string literal expected")
    table = binding.catalog.schema.tables.get(name.value.lower())
    if table is None:
        raise binding.error(call.arguments[0].at, f"table or view '{name.value[:100]}' not found")
    if table.is_keyed:
        raise binding.error(call.arguments[0].at, f"records of table '{table.name}' have keys, not ids")
    binding.momentary.append("the next id")
    return Literal(ID, binding.catalog.take_id(table))


RECORD_FUNCTIONS = (
    function(
        "tuple(any, any...)",
        SqlType(Kind.TUPLE),
        "A moment with a set, for columns with times: in INSERT and TRANSFORM.",
        "tuple('2022-06-30', ['blue'])",
        _tuple,
    ),
    function(
        "identifier(text)",
        ID,
        "An id that no record of a table has, from 1: the next one behind the last, each time another.",
        "identifier('flowers')",
        _identifier,
    ),
    function(
        "coalesce(any, any...)",
        STRING,
        "The first of its arguments that is not null.",
        "coalesce(null, 'x')",
        _coalesce,
    ),
)
