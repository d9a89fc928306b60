"""RefersElsewhere: records that refer to another record than one."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import ALL, Filter, without
from roarbase.engine.filters.not_null import with_value
from roarbase.engine.filters.number_in import among_numbers
from roarbase.engine.operators.scan import Scan, describe
from roarbase.engine.tables.fields import ReferenceField
from roarbase.errors import BadRequest

__all__ = ["refers_elsewhere"]


def refers_elsewhere(scan: Scan, node: plan.RefersElsewhere, _inputs: Sequence[Filter]) -> Filter:
    field = scan.field(node.field)
    if not isinstance(field, ReferenceField):
        raise BadRequest(
            f"field {node.field!r} is {describe(field.spec)}: only references are compared with keys by !=",
            field=node.field,
        )
    numbers = field.numbers_of((node.row,))
    if not len(numbers):
        return ALL
    return without(with_value(scan, field), [among_numbers(scan, field, numbers.tolist())])
