"""GroupBy: the combinations of rows that records hold, with counts and aggregates."""

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.calls.condition import CONDITION
from roarbase.query.pql.calls.count import COUNT
from roarbase.query.pql.calls.distinct import DISTINCT
from roarbase.query.pql.calls.rows import ROWS
from roarbase.query.pql.calls.sum import SUM
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.having import having_of
from roarbase.query.pql.kinds import ANY, NATURAL, TEXT, call_of
from roarbase.query.pql.kinds import CONDITION as A_CONDITION
from roarbase.query.pql.number_summary import refuse_reference
from roarbase.query.pql.row_choice import choose_rows
from roarbase.query.pql.tree import Argument, Call
from roarbase.query.program import AskData

__all__ = ["GROUP_BY"]

_AGGREGATES = "Sum(field=...) or Count(Distinct(field=...))"


def _ask(given: Given) -> AskData:
    fields = tuple(_group_field(given, call) for call in given.call.children)
    aggregate, summed = _aggregate(given)
    return given.ask(
        plan.GroupBy(
            fields=fields,
            input=given.filter(),
            aggregate=aggregate,
            having=_having(given, aggregate is not None, summed),
            order=_order(given, aggregate is not None),
            limit=given.natural_or_none("limit"),
            offset=given.natural_or_none("offset") or 0,
            after=any(f.after is not None for f in fields),
        )
    )


def _group_field(given: Given, call: Call) -> plan.GroupField:
    inner = given.scope.given(call)
    if inner.signature is not ROWS:
        raise given.scope.error(call.position, f"the inputs of GroupBy must be calls of Rows; found {inner.name}")
    spec = inner.field()
    if spec.type is FieldType.DECIMAL:
        message = f"decimal fields are not supported by GroupBy; {spec.name!r} is one"
        raise inner.error(message, inner.argument_or_none("field"))
    return choose_rows(inner, spec)


def _aggregate(given: Given) -> tuple[plan.Sum | plan.CountDistinct | None, FieldSpec | None]:
    """The aggregate, and the field whose sum it is."""
    argument = given.argument_or_none("aggregate")
    if argument is None:
        return None, None
    assert isinstance(argument.value, Call)
    inner = given.scope.given(argument.value)
    if inner.signature is SUM:
        spec = _summed(given, inner, argument)
        return plan.Sum(spec.name), spec
    if inner.signature is COUNT:
        values = given.scope.given(inner.call.children[0])
        if values.signature is DISTINCT and values.argument_or_none("index") is None:
            return plan.CountDistinct(values.field().name, values.input()), None
    raise given.wrong(argument, _AGGREGATES)


def _summed(given: Given, inner: Given, argument: Argument) -> FieldSpec:
    spec = inner.field()
    if inner.call.children:
        raise given.error("the Sum of an aggregate takes no calls; use filter of GroupBy", argument)
    if not spec.type.is_number:
        message = f"aggregate: Sum takes number fields, and {spec.name!r} is of type {spec.type}"
        raise given.error(message, inner.argument_or_none("field"))
    refuse_reference(inner, spec, inner.argument_or_none("field"))
    return spec


def _having(given: Given, has_aggregate: bool, summed: FieldSpec | None) -> plan.Having | None:
    argument = given.argument_or_none("having")
    if argument is None:
        return None
    assert isinstance(argument.value, Call)
    inner = given.scope.given(argument.value)
    if inner.signature is not CONDITION:
        raise given.wrong(argument, A_CONDITION.words)
    return having_of(inner, has_aggregate=has_aggregate, summed=summed)


def _order(given: Given, has_aggregate: bool) -> tuple[plan.GroupOrder, ...]:
    argument, text = given.argument_or_none("sort"), given.text_or_none("sort")
    if argument is None or text is None:
        return ()
    return tuple(_order_part(given, argument, part.split(), has_aggregate) for part in text.split(","))


def _order_part(given: Given, argument: Argument, words: list[str], has_aggregate: bool) -> plan.GroupOrder:
    if not words or words[0] not in ("count", "aggregate", "sum"):
        raise given.wrong(argument, "a list of count, aggregate or sum, each with asc or desc, such as 'count desc'")
    if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise given.error(f"GroupBy: the sort direction must be asc or desc; found {' '.join(words[1:3])!r}", argument)
    if words[0] != "count" and not has_aggregate:
        raise given.error(f"GroupBy: sort by {words[0]} needs the argument aggregate", argument)
    return plan.GroupOrder("count" if words[0] == "count" else "aggregate", is_descending=words[-1] != "asc")


GROUP_BY = Signature(
    name="GroupBy",
    sentence=(
        "Every combination of one row per field that at least one record holds, with the count of such records. "
        "Fields may be set, mutex, time, bool, int or timestamp fields. Groups come in order of row ids, numbers by "
        "value. First `having` chooses, then `sort` orders, then `offset` and `limit` cut. `previous` in its calls "
        "of Rows begins strictly behind that combination."
    ),
    example='GroupBy(Rows(species), aggregate=Sum(field=petals), having=Condition(count > 1), sort="sum desc")',
    gives="groups",
    inputs="one call of Rows or more",
    least=1,
    most=None,
    parameters=(
        Parameter("filter", call_of("a call that gives records"), "Group only these records."),
        Parameter(
            "aggregate",
            call_of(_AGGREGATES),
            "A sum per group, which then counts only records having a value; or a count of distinct values.",
        ),
        Parameter("having", A_CONDITION, "Keep only groups whose count or sum fits."),
        Parameter("sort", TEXT, "Order by `count` or `aggregate` (also `sum`), each `desc` (as without) or `asc`."),
        Parameter("limit", NATURAL, "Give this many groups at most."),
        Parameter("offset", NATURAL, "Leave out this many groups first."),
        Parameter("previous", ANY, "Accepted without effect, as older clients send it."),
    ),
    ask=_ask,
)
