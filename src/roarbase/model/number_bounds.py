"""Which numbers a field takes."""

from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.timestamps import seconds_range

__all__ = ["number_bounds"]


def number_bounds(spec: FieldSpec) -> tuple[int, int]:
    """The numbers that a field takes, both ends included."""
    low, high = INT64_MIN, INT64_MAX
    if spec.type is FieldType.TIMESTAMP:
        units = 10**spec.places
        first, last = seconds_range(spec.unit)
        low, high = max(low, first * units), min(high, last * units + (units - 1 if spec.unit != "ns" else 0))
    return (
        low if spec.minimum is None else max(low, spec.minimum),
        high if spec.maximum is None else min(high, spec.maximum),
    )
