"""Constants disappear, and an AND within an AND joins it.

    before  (a = 1 and true) and (b = 2 and c = 3)
    after   a = 1 and b = 2 and c = 3

Unknown becomes false here: without negations above it, a condition keeps a record only where
it is true.
"""

from roarbase.query.sql.tree import And, Condition, Constant, Or

__all__ = ["fold_constants"]

_TRUE, _FALSE = Constant(True), Constant(False)


def fold_constants(condition: Condition) -> Condition:
    """The same condition; a constant is left only where it is the whole."""
    if isinstance(condition, Constant):
        return _TRUE if condition.value else _FALSE
    if not isinstance(condition, (And, Or)):
        return condition
    kind = type(condition)
    decides, is_neutral = (_FALSE, _TRUE) if kind is And else (_TRUE, _FALSE)
    inputs: list[Condition] = []
    for inner in map(fold_constants, condition.inputs):
        if inner == decides:
            return decides
        if isinstance(inner, (And, Or)) and isinstance(inner, kind):
            inputs.extend(inner.inputs)
        elif inner != is_neutral:
            inputs.append(inner)
    if not inputs:
        return is_neutral
    return inputs[0] if len(inputs) == 1 else kind(tuple(inputs))
