"""Axes: the fields that records are grouped by."""

from dataclasses import dataclass

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.tables.fields import Field, NumberField

__all__ = ["Axis", "axis_of"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Axis:
    """One field to group by.

    Attributes:
        domain: Codes in row order, or numbers ascending, that count; None for all numbers.
        has_null: Records without a value are a group too; else they are in none.
        code_places: Of a field with rows, the place of each code in the domain; -1 where it is not in it.
    """

    field: Field
    domain: Int64s | None
    has_null: bool = False
    code_places: Int64s | None = None

    def contains(self, members: Int64s) -> Mask:
        """Which of these codes or numbers count."""
        if self.code_places is not None:
            return self.code_places[members] >= 0
        return np.ones(len(members), np.bool_) if self.domain is None else np.isin(members, self.domain)

    def places_of(self, members: Int64s) -> Int64s:
        """What stands for codes or numbers in a tally: the place of a code in the domain, or the number."""
        return members if self.code_places is None else self.code_places[members]


def axis_of(field: Field, domain: Int64s | None = None, *, has_null: bool = False) -> Axis:
    """An axis of all rows or numbers of a field, or of those in `domain`."""
    if isinstance(field, NumberField):
        return Axis(field=field, domain=domain, has_null=has_null)
    domain = field.all_codes() if domain is None else domain
    code_places = np.full(len(field.names), -1, np.int64)
    code_places[domain] = np.arange(len(domain))
    return Axis(field=field, domain=domain, has_null=has_null, code_places=code_places)
