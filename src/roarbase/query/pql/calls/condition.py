"""Condition: what groups must fulfil, inside `having` of GroupBy."""

from roarbase.query.pql.frame import Signature

__all__ = ["CONDITION"]

CONDITION = Signature(
    name="Condition",
    sentence="A comparison of `count` or `sum` with a number. It stands only in `having` of GroupBy.",
    example="GroupBy(Rows(species), having=Condition(1 < count <= 3))",
    gives="a condition",
    takes_field=True,
)
