"""Extract: a table of field values for records."""

from roarbase.engine import plan
from roarbase.errors import StatementError
from roarbase.query.pql.calls.rows import ROWS
from roarbase.query.pql.calls.sort import SORT, sorted_extract
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.times import time_range_or_none
from roarbase.query.pql.tree import Call
from roarbase.query.program import AskData

__all__ = ["EXTRACT"]


def _ask(given: Given) -> AskData:
    fields = tuple([_field(given, call) for call in given.call.children[1:]])
    first = given.scope.given(given.call.children[0])
    if first.signature is SORT:
        return given.ask(sorted_extract(first, fields))
    return given.ask(plan.Extract(input=given.input(), fields=fields))


def _field(given: Given, call: Call) -> str | plan.FieldDuring:
    alone = call.lone_field_or_none() if call.name == ROWS.name else None
    if alone is not None:  # what an Extract has most of
        return given.scope.get_field(str(alone.value), alone.position).name
    inner = given.scope.given(call)
    if inner.signature is not ROWS:
        raise _refused(given, call.position, f"behind its records, Extract takes calls of Rows; found {inner.name}")
    spec = inner.field()
    for option in call.arguments:
        if option.name not in ("field", "from", "to"):
            message = f"Rows inside Extract takes a field, and from and to; {option.name} is not supported"
            raise _refused(given, option.position, message)
    during = time_range_or_none(inner, spec)
    return spec.name if during is None else plan.FieldDuring(spec.name, during)


def _refused(given: Given, position: int, message: str) -> StatementError:
    return given.scope.error(position, message)


EXTRACT = Signature(
    name="Extract",
    sentence="A table: the values of each record of its first input in the fields of Rows, by id or as Sort has it.",
    example="Extract(Limit(All(), limit=10), Rows(species), Rows(petals))",
    gives="a table",
    inputs="a call that gives records, or Sort, then calls of Rows",
    least=1,
    most=None,
    ask=_ask,
)
