"""Sum and MinMax: one number over the selected records."""

import numpy as np

from roarbase.engine.plain.field import NumberField
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.gathering import gather
from roarbase.engine.plain.operators.scan import Finish, Scan
from roarbase.engine.plain.operators.totals import exact_sum
from roarbase.engine.plan import MinMax, Sum
from roarbase.model.results import DataType, ValueCountResult

__all__ = ["min_max", "sum_type", "sum_values"]


def sum_type(field: NumberField) -> DataType:
    """The type of a sum: a sum of points in time is only a number."""
    return DataType.INT64 if field.type is DataType.TIMESTAMP else field.type


def sum_values(scan: Scan, plan: Sum) -> Finish:
    """The sum over records having a value, and how many these are."""
    field = scan.number_field(plan.field, "Sum")
    values = gather(field, np.flatnonzero(mask_of(scan, plan.input)))().members

    def finish() -> ValueCountResult:
        total = exact_sum(values) if len(values) else None
        return ValueCountResult(value=total, count=len(values), type=sum_type(field), scale=field.spec.scale)

    return finish


def min_max(scan: Scan, plan: MinMax) -> Finish:
    """The lowest or highest value, and how many records hold it."""
    field = scan.number_field(plan.field, plan.function.capitalize())
    values = gather(field, np.flatnonzero(mask_of(scan, plan.input)))().members

    def finish() -> ValueCountResult:
        if not len(values):
            return ValueCountResult(value=None, count=0, type=field.type, scale=field.spec.places)
        value = int(values.min() if plan.function == "min" else values.max())
        held_by = int(np.count_nonzero(values == value))
        return ValueCountResult(value=value, count=held_by, type=field.type, scale=field.spec.places)

    return finish
