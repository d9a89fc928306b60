"""Extract: a table of field values for records."""

from dataclasses import replace
from functools import partial

from roarbase.engine import plan
from roarbase.errors import StatementError
from roarbase.model.results import DataType, ExtractResult, Result
from roarbase.query.pql.calls.rows import ROWS
from roarbase.query.pql.calls.sort import SORT, sorted_extract
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.times import time_range_or_none
from roarbase.query.pql.tree import Call
from roarbase.query.program import AskData

__all__ = ["EXTRACT", "with_ids"]


def with_ids(names: frozenset[str], result: Result) -> Result:
    """A table whose fields of these names hold ids of records."""
    assert isinstance(result, ExtractResult)
    columns = (replace(c, type=DataType.UINT64) if c.name in names else c for c in result.fields)
    return replace(result, fields=tuple(columns))


def _ask(given: Given) -> AskData:
    fields = tuple([_field(given, call) for call in given.call.children[1:]])
    specs = given.scope.table.fields
    ids = [name for name in fields if isinstance(name, str) and specs[name].foreign_has_ids]
    finish = (partial(with_ids, frozenset(ids)),) if ids else ()
    first = given.scope.given(given.call.children[0])
    if first.signature is SORT:
        return given.ask(sorted_extract(first, fields), *finish)
    return given.ask(plan.Extract(input=given.records_of(first), fields=fields), *finish)


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
