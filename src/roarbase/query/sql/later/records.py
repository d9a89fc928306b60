"""The records of a table that a query is about, as a bitmap."""

from functools import partial

from roarbase.engine.plan import Bitmap, FieldDuring, NotNull, Referred, Referring, TimeRange
from roarbase.query.sql.bitmaps import bitmap_of
from roarbase.query.sql.combine import intersect
from roarbase.query.sql.later.tree import During, Matched, TableRows
from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.passes import rewritten_condition
from roarbase.query.sql.tree import And, Condition

__all__ = ["asked_fields", "bitmap_of_condition", "records_of"]


def bitmap_of_condition(condition: Condition) -> Bitmap:
    """The records for which a condition is true."""
    return bitmap_of(rewritten_condition(condition))


def records_of(rows: TableRows) -> Bitmap:
    """The records that the conditions on a table leave."""
    stamped = [NotNull(rows.fields[d.place - 1], _range(d)) for d in rows.during]
    among = [bitmap_of_condition(And(rows.among))] if rows.among else []
    return intersect([*among, *stamped, *map(partial(_matching, rows), rows.matched)])


def _matching(rows: TableRows, match: Matched) -> Bitmap:
    """The records that a record of another table is there for."""
    others = records_of(match.rows)
    if match.place == 0:
        return Referred(match.rows.table.id, _name(match.rows, match.other_place), others)
    return Referring(_name(rows, match.place), match.rows.table.id, others)


def _name(rows: TableRows, place: int) -> str:
    return rows.fields[place - 1] if place else RECORD_ID


def asked_fields(rows: TableRows, places: list[int]) -> tuple[str | FieldDuring, ...]:
    """The fields at some places, those with a range of time narrowed to it."""
    ranges = {during.place: _range(during) for during in rows.during}
    names = [(place, rows.fields[place - 1]) for place in places]
    return tuple(FieldDuring(name, ranges[place]) if place in ranges else name for place, name in names)


def _range(during: During) -> TimeRange:
    return TimeRange(during.start, during.stop)
