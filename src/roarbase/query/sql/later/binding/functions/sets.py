"""Functions of sets."""

from collections.abc import Sequence

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.functions.function import function
from roarbase.query.sql.later.binding.kinds_of import is_null, one_set, plain_set
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import BOOL, Apply, Expr, Literal

__all__ = ["SET_FUNCTIONS"]

_LIKENESS = SqlType(Kind.DECIMAL, 6)


def _member(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    members, value = arguments
    if is_null(members):
        return Literal(BOOL, None)
    one = members.type.member
    is_value = value.type.kind == one.kind or (one.kind == Kind.ID and value.type.kind in (Kind.ID, Kind.INT))
    if not is_value:
        raise binding.error(
            call.arguments[1].at, f"types '{plain_set(members.type)}' and '{value.type}' are not equatable"
        )
    return Apply(BOOL, call.name, (members, value))


def _members(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    one, other = one_set(*arguments)
    if is_null(one) or is_null(other):
        return Literal(BOOL, None)
    if one.type.member.kind != other.type.member.kind:
        raise binding.error(
            call.arguments[1].at, f"types '{one.type.member}' and '{other.type.member}' are not equatable"
        )
    return Apply(BOOL, call.name, (one, other))


def _alike(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    found = _members(binding, call, arguments)
    return Apply(_LIKENESS, call.name, found.arguments) if isinstance(found, Apply) else Literal(_LIKENESS, None)


SET_FUNCTIONS = (
    function("setcontains(set, any)", BOOL, "Whether a set holds a value.", "setcontains(colors, 'blue')", _member),
    function(
        "setexcludes(set, any)", BOOL, "Whether a set does not hold a value.", "setexcludes(colors, 'blue')", _member
    ),
    function(
        "setcontainsall(set, set)",
        BOOL,
        "Whether a set holds all members of another.",
        "setcontainsall(colors, ['blue', 'white'])",
        _members,
    ),
    function(
        "setcontainsany(set, set)",
        BOOL,
        "Whether a set holds some member of another.",
        "setcontainsany(colors, ['blue', 'white'])",
        _members,
    ),
    function(
        "tanimoto_coefficient(set, set)",
        _LIKENESS,
        "How alike two sets are: the members of both, as a part of those of any; a query may stand for one.",
        "tanimoto_coefficient(colors, ['blue', 'white'])",
        _alike,
    ),
)
