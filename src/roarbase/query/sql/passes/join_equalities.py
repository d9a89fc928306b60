"""Alternatives on one operand become one list.

    before  a = 1 or a = 2 or b = 3      a != 1 and a != 2
    after   a in (1, 2) or b = 3         a not in (1, 2)

So thousands of terms cost one look-up each, and no bitmap. An AND of equalities stays: a set
can hold both.
"""

from roarbase.query.sql.tree import And, Condition, OneOf, Operand, Or, Value

__all__ = ["join_equalities"]


def join_equalities(condition: Condition) -> Condition:
    """The same condition with fewer, longer lists."""
    if not isinstance(condition, (And, Or)):
        return condition
    is_negated = isinstance(condition, And)
    inputs = [join_equalities(i) for i in condition.inputs]
    values: dict[Operand, list[Value]] = {}
    for leaf in inputs:
        if isinstance(leaf, OneOf) and leaf.is_negated == is_negated:
            values.setdefault(leaf.operand, []).extend(leaf.values)
    kept: list[Condition] = []
    for leaf in inputs:
        if not (isinstance(leaf, OneOf) and leaf.is_negated == is_negated):
            kept.append(leaf)
        elif leaf.operand in values:
            kept.append(OneOf(leaf.operand, tuple(dict.fromkeys(values.pop(leaf.operand))), is_negated))
    return kept[0] if len(kept) == 1 else type(condition)(tuple(kept))
