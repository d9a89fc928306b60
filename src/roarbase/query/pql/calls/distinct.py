"""Distinct: the different values of a field."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import FIELD, TABLE
from roarbase.query.program import AskData

__all__ = ["DISTINCT", "distinct_of"]


def distinct_of(given: Given) -> AskData:
    """The step for a call of Distinct: on the table of `index` if it names one."""
    index = given.argument_or_none("index")
    if index is not None:
        scope = given.scope.on_table(str(index.value), index.position)
        given = Given(scope=scope, call=given.call, signature=given.signature)
    return given.ask(plan.Distinct(given.field().name, given.input()))


DISTINCT = Signature(
    name="Distinct",
    sentence="The different values of a field among the records of its input, or among all records.",
    example="Distinct(Row(species=setosa), field=petals)",
    gives="values",
    inputs="one call that gives records",
    most=1,
    parameters=(
        Parameter("field", FIELD, "The field, of any type.", is_required=True),
        Parameter("index", TABLE, "The table that field and input belong to, if it is another one."),
    ),
    ask=distinct_of,
)
