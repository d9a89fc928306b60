"""All functions, and how a call of one is read."""

from collections.abc import Callable

from roarbase.query.sql.later.binding.functions.function import Function, check_count
from roarbase.query.sql.later.binding.functions.records import RECORD_FUNCTIONS
from roarbase.query.sql.later.binding.functions.sets import SET_FUNCTIONS
from roarbase.query.sql.later.binding.functions.texts import TEXT_FUNCTIONS
from roarbase.query.sql.later.binding.functions.times import TIME_FUNCTIONS
from roarbase.query.sql.later.binding.functions.vectors import VECTOR_FUNCTIONS
from roarbase.query.sql.later.binding.parameters import PARAMETERS
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import Apply, Expr

__all__ = ["FUNCTIONS", "read_function"]

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (*SET_FUNCTIONS, *VECTOR_FUNCTIONS, *RECORD_FUNCTIONS, *TEXT_FUNCTIONS, *TIME_FUNCTIONS)
}
"""All functions, by name."""


def read_function(binding: Binding, call: Call, bind: Callable[[int], Expr]) -> Expr:
    """The typed expression of a call.

    Args:
        bind: Gives an argument by its place.

    Raises:
        StatementError: There is no such function, or it does not take these arguments.
    """
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise binding.error(call.at, f"unknown function '{call.name[:60]}'")
    check_count(binding, call, function.least, None if function.more else len(function.takes), function.formal)
    arguments: list[Expr] = []
    for place, node in enumerate(call.arguments):
        kind = function.takes[place] if place < len(function.takes) else function.more
        arguments.append(PARAMETERS[kind].read(binding, node.at, bind(place)))
    if function.build is not None:
        return function.build(binding, call, arguments)
    return Apply(function.gives, function.name, tuple(arguments))
