"""The plain engine behind the `State` port."""

from roarbase.engine.plain.applying import apply_batch
from roarbase.engine.plain.arrays import SHARD_WIDTH
from roarbase.engine.plain.assigning import assign_batch, take_back_batch
from roarbase.engine.plain.operators.answer import answer
from roarbase.engine.plain.operators.scan import Scan
from roarbase.engine.plain.schema_changes import Tables, is_change, make_change
from roarbase.engine.plain.table import Table
from roarbase.engine.plan import Plan
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.errors import ResourceNotFound
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.changes import SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema

__all__ = ["PlainState"]


class PlainState:
    """Tables and records in numpy arrays.

    One writer thread changes it; runs share a table's lock, and each step of a write holds it
    alone, so that a run sees every entry wholly or not at all.

    Args:
        shard_width: Positions per shard; tests make it small to meet the boundary.
    """

    def __init__(self, *, shard_width: int = SHARD_WIDTH) -> None:
        self._width = shard_width
        self._tables: Tables = {}
        self._schema = Schema()
        self._bytes: dict[str, int] = {}
        self._total_bytes = 0

    def schema(self) -> Schema:
        """The schema as of now."""
        return self._schema

    def is_change(self, change: SchemaChange) -> bool:
        """Whether the change would alter something; see `State.is_change`."""
        return is_change(self._tables, change)

    def assign(self, batch: Batch) -> BatchEntry:
        """Take positions and ids for what is new, and say the batch as an entry; see `State.assign`."""
        table = self._get(batch.table)
        with table.lock.exclusive():
            entry = assign_batch(table, batch)
        self._measure(table.id)
        return entry

    def take_back(self, entry: BatchEntry) -> None:
        """Undo the last `assign` that was not applied."""
        table = self._tables.get(entry.table)
        if table is not None:
            with table.lock.exclusive():
                take_back_batch(table, entry)
            self._measure(table.id)

    def apply(self, entry: Entry) -> None:
        """Make an entry visible: one just assigned, or one replayed from the log."""
        if isinstance(entry, BatchEntry):
            self._apply_batch(entry)
        elif is_change(self._tables, entry):
            make_change(self._tables, entry, width=self._width)
            self._refresh_schema(entry.table)
            self._measure(entry.table)

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        """Answer a plan on the table with this uuid; see `Engine.run`."""
        found = self._get(table)
        with found.lock.shared():
            finish = answer(Scan(found, budget), plan)
        return finish()

    def memory_bytes(self) -> int:
        """The size of all buffers, as of the last write."""
        return self._total_bytes

    def _apply_batch(self, entry: BatchEntry) -> None:
        table = self._tables.get(entry.table)
        if table is None:  # dropped meanwhile
            return
        was_keyed = table.is_keyed
        with table.lock.exclusive():
            apply_batch(table, entry)
        if table.is_keyed != was_keyed:
            self._refresh_schema(table.id)
        self._measure(table.id)

    def _get(self, table_id: str) -> Table:
        table = self._tables.get(table_id)
        if table is None:
            raise ResourceNotFound(f"table not found: {table_id!r}", table=table_id)
        return table

    def _refresh_schema(self, table_id: str) -> None:
        """Describe one table anew; the others stay, or a replay would take the square of their number."""
        tables = {name: spec for name, spec in self._schema.tables.items() if spec.id != table_id}
        if table_id in self._tables:
            spec = self._tables[table_id].spec
            tables[spec.name] = spec
        self._schema = Schema(version=self._schema.version + 1, tables=tables)

    def _measure(self, table_id: str) -> None:
        """Count one table anew, so that asking for the total costs nothing."""
        table = self._tables.get(table_id)
        now = table.nbytes if table is not None else 0
        self._total_bytes += now - self._bytes.pop(table_id, 0)
        if table is not None:
            self._bytes[table_id] = now
