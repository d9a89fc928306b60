"""SELECT DISTINCT is grouping by all columns.

    before  select distinct a, b from t
    after   select a, b from t group by a, b

A set contributes each of its members, as under GROUP BY. With `_id` among the columns every
row is distinct already.
"""

from msgspec.structs import replace

from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.tree import Field, Select

__all__ = ["distinct_to_groups"]


def distinct_to_groups(select: Select) -> Select:
    """The same statement without DISTINCT."""
    if not select.is_distinct:
        return select
    fields = tuple(dict.fromkeys(o.operand for o in select.outputs if isinstance(o.operand, Field)))
    if any(f.name == RECORD_ID for f in fields):
        return replace(select, is_distinct=False)
    return replace(select, is_distinct=False, is_grouped=True, keys=fields)
