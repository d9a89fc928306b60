"""The table in which the texts of views are kept. It is made with the first view; before, it has no rows."""

from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.query.program import MakeTable
from roarbase.query.sql.names import RECORD_ID

__all__ = ["VIEWS", "VIEWS_TABLE", "VIEW_TIMES", "no_views"]

VIEWS_TABLE = "fb_views"

_TEXTS = ("name", "statement", "owner", "updated_by")
VIEW_TIMES = ("created_at", "updated_at")

VIEWS = MakeTable(
    name=VIEWS_TABLE,
    is_keyed=True,
    fields=(
        *(FieldSpec(name=name, type=FieldType.MUTEX, is_keyed=True) for name in _TEXTS),
        *(FieldSpec(name=name, type=FieldType.TIMESTAMP, unit="s") for name in VIEW_TIMES),
    ),
    description="the views, by name",
    may_exist=True,
)


def no_views() -> ResultTable:
    """The rows of the table before it is made."""
    texts = (ResultColumn(name=name, type=DataType.STRING, cells=[]) for name in (RECORD_ID, *_TEXTS))
    times = (ResultColumn(name=name, type=DataType.TIMESTAMP, cells=[]) for name in VIEW_TIMES)
    return ResultTable(columns=(*texts, *times))
