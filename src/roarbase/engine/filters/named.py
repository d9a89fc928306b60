"""Records by the names of what they hold: rows of a field with rows, or keys of the records that a field refers to."""

from collections.abc import Sequence

from roarbase.engine.filters.filter import NOTHING, Filter
from roarbase.engine.filters.holding import holding, row_filter
from roarbase.engine.filters.number_in import among_numbers
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import RowName, TimeRange
from roarbase.engine.tables.fields import ReferenceField

__all__ = ["holding_named"]


def holding_named(scan: Scan, name: str, rows: Sequence[RowName], during: TimeRange | None) -> Filter:
    """The records that hold any of these rows (or got them within a range of time), or refer to any of these keys.

    Raises:
        BadRequest: The field has neither rows nor references, or none of this kind.
    """
    field = scan.named(name, "asking for a row", during)
    if isinstance(field, ReferenceField):
        return among_numbers(scan, field, sorted(set(field.numbers_of(rows).tolist())))
    if len(rows) > 1:
        return holding(scan, field, field.codes_of(tuple(rows)))
    code = field.code_or_none(rows[0]) if rows else None
    return NOTHING if code is None else row_filter(scan, field, code)
