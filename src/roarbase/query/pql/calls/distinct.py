"""Distinct: the different values of a field; among calls that give records, the records that these values name."""

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import FIELD, TABLE
from roarbase.query.program import AskData

__all__ = ["DISTINCT", "distinct_of"]


def distinct_of(given: Given) -> AskData:
    """The step for a call of Distinct: on the table of `index` if it names one."""
    there = _on_its_table(given)
    return there.ask(plan.Distinct(there.field().name, there.input()))


def _records(given: Given) -> plan.Bitmap:
    """The records of the table around the call that values in the table of `index` name."""
    there = _on_its_table(given)
    spec, named = there.field(), given.scope.table
    _check_names(given, spec, named)
    return plan.Referred(there.scope.table.id, spec.name, there.input())


def _on_its_table(given: Given) -> Given:
    index = given.argument_or_none("index")
    if index is None:
        return given
    scope = given.scope.on_table(str(index.value), index.position)
    return Given(scope=scope, call=given.call, signature=given.signature)


def _check_names(given: Given, spec: FieldSpec, named: TableSpec) -> None:
    """Raise StatementError if the values of a field cannot be records of a table.

    The rows of a keyed field have ids, too, and PQL takes these for ids of records.
    """
    has_keys = spec.is_keyed or spec.is_reference
    if named.is_keyed is None or (has_keys if named.is_keyed else not spec.is_reference):
        return
    holds = f"records of {spec.foreign_index!r}" if spec.is_reference else "ids"
    known = "keys" if named.is_keyed else "ids"
    raise given.error(
        f"Distinct: {spec.name!r} holds {holds}, and the records of table {named.name!r} have {known}",
        given.argument_or_none("field"),
    )


DISTINCT = Signature(
    name="Distinct",
    sentence=(
        "The different values of a field among the records of its input, or among all records. Where records are "
        "wanted, it gives those that the values name: ids by a number or the id of a row, keys by the key of a row "
        "or a reference. So it joins tables."
    ),
    example="Distinct(Row(species=setosa), field=petals)",
    gives="values, or records that they name",
    inputs="one call that gives records",
    most=1,
    parameters=(
        Parameter("field", FIELD, "The field, of any type.", is_required=True),
        Parameter("index", TABLE, "The table that field and input belong to, if it is another one."),
    ),
    ask=distinct_of,
    bitmap=_records,
)
