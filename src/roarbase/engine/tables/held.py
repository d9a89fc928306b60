"""Holding the locks of several tables: of one and of those that its fields refer to, in the order of their uuids.

In different orders, two threads could wait for each other for ever.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from roarbase.engine.locks import all_exclusive, all_shared
from roarbase.engine.tables.schema_changes import Tables, get_table
from roarbase.engine.tables.table import Table

__all__ = ["Shared", "held_alone", "held_beside", "with_targets"]


def with_targets(tables: Tables, *some: Table) -> Tables:
    """Tables and those that they refer to, in the order in which their locks are taken."""
    if len(some) == 1 and not some[0].targets:
        return {some[0].id: some[0]}
    found = {target: tables.get(target) for table in some for target in table.targets}
    found.update({table.id: table for table in some})
    return {table_id: each for table_id, each in sorted(found.items()) if each is not None}


class Shared:
    """The locks of a table, of others by uuid and of those that these refer to, shared: a context that tells which
    tables these are. A class, since every question takes one."""

    __slots__ = ("_asked", "_locks", "_tables")

    def __init__(self, tables: Tables, table: Table, others: Collection[str]) -> None:
        self._tables = tables
        self._asked = [table]
        if others:
            self._asked += [get_table(tables, other) for other in others if other != table.id]

    def __enter__(self) -> Tables:
        while True:
            held = with_targets(self._tables, *self._asked)
            self._locks = all_shared([table.lock for table in held.values()])
            self._locks.__enter__()
            if all(table.targets <= held.keys() for table in self._asked):
                return held
            self._locks.__exit__()  # a field was made meanwhile

    def __exit__(self, *_: object) -> None:
        self._locks.__exit__()


def held_alone(tables: Tables) -> AbstractContextManager[None]:
    """Hold the locks of some tables alone, which stand in the order in which locks are taken."""
    return all_exclusive([table.lock for table in tables.values()])


@contextmanager
def held_beside(tables: Tables, table: Table, others: Collection[str]) -> Iterator[Tables]:
    """Hold the locks of a table and of those that it refers to alone, and share those of others, by uuid."""
    own = with_targets(tables, table)
    held = with_targets(tables, table, *(get_table(tables, other) for other in others if other not in own))
    with ExitStack() as stack:
        for table_id, each in held.items():
            stack.enter_context(each.lock.exclusive() if table_id in own else each.lock.shared())
        yield held
