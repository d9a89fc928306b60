"""Functions of vectors."""

from collections.abc import Sequence

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.functions.function import function
from roarbase.query.sql.later.binding.kinds_of import is_null
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import Apply, Expr, Literal

__all__ = ["VECTOR_FUNCTIONS"]

_DISTANCE = SqlType(Kind.DECIMAL, 6)


def _distance(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    one, other = arguments
    if is_null(one) or is_null(other):
        return Literal(_DISTANCE, None)
    if one.type != other.type:
        raise binding.error(call.arguments[1].at, f"types '{one.type}' and '{other.type}' are not comparable")
    return Apply(_DISTANCE, call.name, (one, other))


VECTOR_FUNCTIONS = (
    function(
        "cosine_distance(vector, vector)",
        _DISTANCE,
        "One less the cosine of the angle between two vectors of one size; null where one is all zeros.",
        "cosine_distance({1.0, 0.0}, {0.0, 2.5})",
        _distance,
    ),
    function(
        "euclidean_distance(vector, vector)",
        _DISTANCE,
        "How far two vectors of one size are from each other.",
        "euclidean_distance({0.0, 3.0}, {4.0, 0.0})",
        _distance,
    ),
)
