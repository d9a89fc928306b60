"""Keys for the numbers of a field that refers to the records of another table."""

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import ReferenceField
from roarbase.errors import ResourceNotFound

__all__ = ["referred_keys"]

_AT_ONCE = 2**16
"""Keys read in one hold of the lock."""


def referred_keys(scan: Scan, field: ReferenceField, numbers: Int64s) -> list[str]:
    """The keys that numbers stand for. To be asked without the lock, which is taken piece by piece.

    A key keeps its number as long as a field refers to its table, so it does not matter when it is read.

    Raises:
        ResourceNotFound: The field was dropped meanwhile.
    """
    keys: list[str] = []
    for start in range(0, len(numbers), _AT_ONCE):
        with scan.relocked():
            if scan.table.fields.get(field.spec.name) is not field:
                raise ResourceNotFound(
                    f"field {field.spec.name!r} was dropped while the query ran", field=field.spec.name
                )
            piece = field.target.keys.gather(numbers[start : start + _AT_ONCE])
        keys += piece()
    return keys
