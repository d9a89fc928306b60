"""The bounds `from` and `to` of PQL.

A bound is a time of the minute, or that cut short: '2019', '2019-08', '2019-08-04',
'2019-08-04T14'; or Unix seconds.

Source: PQL reference, "Time bounds".
"""

import re
from datetime import datetime

from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.frame import Given
from roarbase.query.pql.kinds import TIME

__all__ = ["has_time_bounds"]

_BOUND = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2})(?::([0-9]{2}))?)?)?)?")


def has_time_bounds(given: Given, spec: FieldSpec) -> bool:
    """Whether a call bounds a time field by `from` or `to`.

    Raises:
        StatementError: A bound is no time, or the field is not a time field.
    """
    bounds = [a for name in ("from", "to") if (a := given.argument_or_none(name))]
    for bound in bounds:
        if spec.type is not FieldType.TIME:
            raise given.error(f"{bound.name}: {spec.name!r} is of type {spec.type}, not a time-field", bound)
        if isinstance(bound.value, str) and not _is_bound(bound.value):
            raise given.wrong(bound, TIME.words)
    return bool(bounds)


def _is_bound(text: str) -> bool:
    match = _BOUND.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    try:
        datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0)
    except ValueError:
        return False
    return True
