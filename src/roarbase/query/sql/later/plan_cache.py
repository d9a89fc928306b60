"""What texts were found to mean, by text and schema: to plan a query again takes as long as to look it up.

A plan holds no data, so it is as good as new while the schema is the one it was made for. What a query reads while
it is planned (views, system tables, the time of day) makes it one of its own: such are not kept.
"""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from roarbase.model.schema import Schema

__all__ = ["PlanCache"]

_Plan = TypeVar("_Plan")


class PlanCache(Generic[_Plan]):
    """The plans that were asked for last, of any number of deployments. Used from any thread.

    Args:
        most_plans: How many are kept.
        longest_text: Longer texts are not kept: they are long lists of values, seldom asked for again.

    >>> plans, schema = PlanCache(), Schema()
    >>> plans.keep("select 1", schema, ())
    >>> plans.find_or_none("select 1", schema), plans.find_or_none("select 1", Schema(version=1))
    ((), None)
    """

    def __init__(self, most_plans: int = 1_000, longest_text: int = 4_096) -> None:
        self._most_plans = most_plans
        self._longest_text = longest_text
        # By which schema it is, not by what it holds: it is kept here, so that no other comes to stand in its place.
        self._plans: OrderedDict[tuple[int, str], tuple[Schema, _Plan]] = OrderedDict()
        self._lock = threading.Lock()

    def find_or_none(self, text: str, schema: Schema) -> _Plan | None:
        """The plan of a text on a schema, if it is kept."""
        if len(text) > self._longest_text:
            return None
        key = (id(schema), text)
        with self._lock:
            found = self._plans.get(key)
            if found is None:
                return None
            self._plans.move_to_end(key)
            return found[1]

    def keep(self, text: str, schema: Schema, plan: _Plan) -> None:
        """Keep a plan; the one asked for longest ago goes."""
        if len(text) > self._longest_text:
            return
        with self._lock:
            self._plans[id(schema), text] = schema, plan
            while len(self._plans) > self._most_plans:
                self._plans.popitem(last=False)

    def __len__(self) -> int:
        return len(self._plans)
