"""NOT moves down to the leaves, so that a null stays out of what it negates.

    before  not (a < 5 or b in ('x'))
    after   a >= 5 and b not in ('x')

Both sides of each step agree in three-valued logic: where `a` is null, `a < 5` and `a >= 5`
are both unknown.
"""

from msgspec.structs import replace

from roarbase.query.sql.tree import And, Condition, Constant, Not, Operator, Or, Ordered

__all__ = ["push_negations"]

_OPPOSITE: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def push_negations(condition: Condition, *, is_negated: bool = False) -> Condition:
    """The same condition without `Not`; the opposite, if it is negated."""
    match condition:
        case Not(inner):
            return push_negations(inner, is_negated=not is_negated)
        case And(inputs):
            pushed = tuple(push_negations(i, is_negated=is_negated) for i in inputs)
            return Or(pushed) if is_negated else And(pushed)
        case Or(inputs):
            pushed = tuple(push_negations(i, is_negated=is_negated) for i in inputs)
            return And(pushed) if is_negated else Or(pushed)
    if not is_negated:
        return condition
    match condition:
        case Constant(value):
            return Constant(None if value is None else not value)
        case Ordered(operand, operator, value):
            return Ordered(operand, _OPPOSITE[operator], value)
        case _:
            return replace(condition, is_negated=not condition.is_negated)
