"""What functions take: one row per kind of parameter, with the words of its error."""

from collections.abc import Callable
from dataclasses import dataclass

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import is_null, vector_of
from roarbase.query.sql.later.binding.operators import ready
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.tree import INT, STRING, TIMESTAMP, Convert, Expr, Literal

__all__ = ["PARAMETERS", "Parameter"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A kind of parameter.

    Attributes:
        kinds: The kinds of values that it takes; null always.
        message: What is said of any other; `{type}` stands for its type.
        ready: Makes what is given into what the function works on.
    """

    kinds: tuple[Kind, ...]
    message: str
    ready: Callable[[Binding, int, Expr], Expr]
    takes_null_literal: bool = True

    def read(self, binding: Binding, at: int, given: Expr) -> Expr:
        """The argument as the function takes it.

        Raises:
            StatementError: It is of another type.
        """
        if is_null(given) and not self.takes_null_literal:
            raise binding.error(at, "null literal not allowed")
        if given.type.kind not in (*self.kinds, Kind.NULL):
            raise binding.error(at, self.message.format(type=given.type))
        return self.ready(binding, at, given)


def _typed(kind: SqlType) -> Callable[[Binding, int, Expr], Expr]:
    return lambda _, __, given: Literal(kind, None) if is_null(given) else given


def _moment(binding: Binding, at: int, given: Expr) -> Expr:
    """A moment in nanoseconds: an int counts seconds, a string says one."""
    if is_null(given):
        return Literal(TIMESTAMP, None)
    given = ready(binding, at, given, Literal(TIMESTAMP, 0))
    return given if given.type == TIMESTAMP else Convert(TIMESTAMP, given)


def _set(_: Binding, __: int, given: Expr) -> Expr:
    return given


def _vector(binding: Binding, at: int, given: Expr) -> Expr:
    """A vector: a tuple of numbers is one."""
    if given.type.kind != Kind.TUPLE:
        return given
    found = vector_of(given)
    if found is None:
        raise binding.error(at, "vector expression expected")
    return found


_WHOLE = (Kind.INT, Kind.ID)
_PASSED = "an expression of type '{{type}}' cannot be passed to a parameter of type '{}'"

PARAMETERS: dict[str, Parameter] = {
    "text": Parameter(kinds=(Kind.STRING,), message="string expression expected", ready=_typed(STRING)),
    "whole": Parameter(kinds=_WHOLE, message="integer expression expected", ready=_typed(INT)),
    "whole!": Parameter(
        kinds=_WHOLE, message="integer expression expected", ready=_typed(INT), takes_null_literal=False
    ),
    "number": Parameter(
        kinds=(*_WHOLE, Kind.DECIMAL), message="integer or decimal expression expected", ready=_typed(INT)
    ),
    "unit": Parameter(kinds=(Kind.STRING,), message=_PASSED.format("string"), ready=_typed(STRING)),
    "count": Parameter(kinds=_WHOLE, message=_PASSED.format("int"), ready=_typed(INT)),
    "moment": Parameter(
        kinds=(Kind.TIMESTAMP, Kind.STRING, *_WHOLE), message=_PASSED.format("timestamp"), ready=_moment
    ),
    "set": Parameter(
        kinds=(Kind.IDSET, Kind.STRINGSET, Kind.IDSETQ, Kind.STRINGSETQ),
        message="set expression expected",
        ready=_set,
    ),
    "vector": Parameter(kinds=(Kind.VECTOR, Kind.TUPLE), message="vector expression expected", ready=_vector),
    "any": Parameter(kinds=tuple(Kind), message="", ready=_set, takes_null_literal=True),
    "any!": Parameter(kinds=tuple(Kind), message="", ready=_set, takes_null_literal=False),
}
