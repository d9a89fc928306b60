"""Alternatives on one operand become one list.

    before  a = 1 or a = 2 or b = 3      a != 1 and a != 2
    after   a in (1, 2) or b = 3         a not in (1, 2)

So thousands of terms cost one look-up each, and no bitmap. An AND of equalities stays: a set can hold both; and so do
those that are asked of different times.
"""

from msgspec.structs import replace

from roarbase.engine.plan import TimeRange
from roarbase.query.sql.tree import And, Condition, OneOf, Operand, Or, Value

__all__ = ["join_equalities"]


def join_equalities(condition: Condition) -> Condition:
    """The same condition with fewer, longer lists."""
    if not isinstance(condition, (And, Or)):
        return condition
    is_negated = isinstance(condition, And)
    inputs = [join_equalities(i) for i in condition.inputs]
    values: dict[tuple[Operand, TimeRange | None], list[Value]] = {}
    for leaf in inputs:
        if isinstance(leaf, OneOf) and leaf.is_negated == is_negated:
            values.setdefault((leaf.operand, leaf.during), []).extend(leaf.values)
    kept: list[Condition] = []
    for leaf in inputs:
        if not (isinstance(leaf, OneOf) and leaf.is_negated == is_negated):
            kept.append(leaf)
        elif (asked := (leaf.operand, leaf.during)) in values:
            kept.append(replace(leaf, values=tuple(dict.fromkeys(values.pop(asked)))))
    return kept[0] if len(kept) == 1 else type(condition)(tuple(kept))
