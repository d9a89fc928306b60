"""Ids for records that have none yet: one behind the highest that a table has, and never the same twice."""

import threading
from typing import cast

from roarbase.engine.plan import All, Extract, RecordOrder
from roarbase.engine.port import Engine
from roarbase.errors import BadRequest
from roarbase.model.budget import Budget
from roarbase.model.fields import MAXIMUM_ID, TableSpec
from roarbase.query.sql.names import RECORD_ID

__all__ = ["Identifiers"]


class Identifiers:
    """Counts the ids that were given, by table. Used from any thread."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, engine: Engine, table: TableSpec) -> int:
        """The next id of a table, from 1.

        Raises:
            BadRequest: The highest id that there can be is taken.
        """
        highest = _highest(engine, table)
        with self._lock:
            found = max(highest, self._given.get(table.id, 0)) + 1
            if found > MAXIMUM_ID:
                raise BadRequest(f"table {table.name!r} has a record with the highest id that there can be")
            self._given[table.id] = found
            return found


def _highest(engine: Engine, table: TableSpec) -> int:
    plan = Extract(input=All(), fields=(), order=(RecordOrder(RECORD_ID, is_descending=True),), limit=1)
    cells = engine.run(table.id, plan, Budget()).table().columns[0].cells
    return cast(int, cells[0]) if cells else 0
