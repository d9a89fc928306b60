"""The tables of one engine behind the `State` port: the way through a run or a write."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock

from roarbase.engine.cache.store import BitmapStore
from roarbase.engine.editing import Found, answer_within, entry_of, find_records
from roarbase.engine.edits import Ask, Edit, Edits, Step, TellingBatch, Write, steps_of
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.kernels.noted import NotedKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.kernels.touched import touched_bytes
from roarbase.engine.operators.answer import Finish, answer
from roarbase.engine.operators.duration import field_names, is_copyable, is_long
from roarbase.engine.operators.held import HeldScan
from roarbase.engine.operators.reach import tables_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.slots import Slots
from roarbase.engine.operators.turns import CopyWanted, TurnOver, Turns
from roarbase.engine.plan import Count, Plan
from roarbase.engine.storage.entries import BatchEntry, Entry, GroupEntry, SingleEntry, WriteEntry
from roarbase.engine.tables.applying import prepare, settle_names, steps_of_entry
from roarbase.engine.tables.assigning import take_back
from roarbase.engine.tables.fields import Field
from roarbase.engine.tables.frozen import FrozenCopy, copied_bytes
from roarbase.engine.tables.held import Shared, held_alone, held_beside, with_targets
from roarbase.engine.tables.naming import take_lacking_names
from roarbase.engine.tables.schema_changes import Tables, get_table, is_change, make_change
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.touched import load_touched
from roarbase.engine.tables.transaction import Transaction
from roarbase.engine.tables.verifying import differences
from roarbase.errors import ResourceNotFound
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateTable, DropField, DropTable, DropViews, SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema
from roarbase.model.written import Written

__all__ = ["BitmapState"]

_PLAIN = PlainKernels()
_CACHE_BYTES = 256 << 20
_GROUP_BYTES = 1 << 30
_NO_LIMIT = Budget()
_ROUNDS = 16
"""How often a copy is brought up to date at most: who writes without end must not starve a reader."""


class BitmapState:
    """Tables and records in columns that kernels read.

    One writer thread changes it. A run shares the locks of its table, and of those that this refers
    to, while kernels work and values are gathered; it makes the Python objects of its result after
    that. Each step of a write holds the locks alone, so that a run sees every entry wholly or not at
    all. Whoever takes several locks takes them in the order of the tables' uuids.

    Args:
        kernels: What runs the programs: compiled, or their plain twins.
        cache_bytes: How much memory cached bitmaps may take.
        group_bytes: How much memory the groups of one query may take.

    Attributes:
        uses_counters: Whether counters may answer. Off only where it is measured what they save.
    """

    def __init__(
        self, *, kernels: Kernels = _PLAIN, cache_bytes: int = _CACHE_BYTES, group_bytes: int = _GROUP_BYTES
    ) -> None:
        self.uses_counters = True
        self._kernels = kernels
        self._store = BitmapStore(cache_bytes)
        self._group_bytes = group_bytes
        self._tables: Tables = {}
        self._schema = Schema()
        self._bytes: dict[str, int] = {}
        self._total_bytes = 0
        self._unmeasured: set[str] = set()
        self._measuring = Lock()
        self._adopted_end = 0
        self._is_replaying = False

    @property
    def cells(self) -> CellKernels:
        return self._kernels.cells

    def schema(self) -> Schema:
        """The schema as of now."""
        return self._schema

    def is_change(self, change: SchemaChange) -> bool:
        """Whether the change would alter something; see `State.is_change`."""
        return is_change(self._tables, change)

    def assign(self, write: Write) -> WriteEntry:
        """Take positions and ids for what is new, and say the write as an entry; see `State.assign`."""
        table = get_table(self._tables, write.table)
        table.load_rest()
        budget = write.budget if isinstance(write, Edits) else _NO_LIMIT
        entries: list[SingleEntry] = []
        try:
            for step in steps_of(write):
                assert not isinstance(step, Ask | TellingBatch), "a write that tells more is a transaction"
                found = [] if isinstance(step, Batch) else self._find(table, step, budget)
                with held_alone(with_targets(self._tables, table)):
                    entries.append(entry_of(table, step, found))
        except BaseException:
            self._take_back(table, entries)
            raise
        return _entry_of_all(table, entries)

    def _find(self, table: Table, edit: Edit, budget: Budget) -> Found:
        with Shared(self._tables, table, _others(edit)) as tables:
            return find_records(self._scan(table, budget, self._store, tables), edit)

    # ---- snapshots -----------------------------------------------------------------------

    def tables(self) -> Tables:
        """The tables by uuid, for whoever reads them between two writes."""
        return self._tables

    def make_table(self, change: CreateTable) -> Table:
        """An empty table, which is nobody's yet."""
        return Table(change.table, change.name, self._kernels, is_keyed=change.is_keyed)

    def adopt(self, tables: Tables, end: int) -> None:
        """Have these tables, loaded from snapshots of which the last has the effects of entry `end`.

        Entries behind the one that all snapshots have follow, and then `settle_adopted`.
        """
        self._tables = tables
        self._adopted_end = end
        self._is_replaying = True
        for table in tables:
            self._refresh_schema(table)

    def settle_adopted(self, release: int) -> None:
        """All that the log has is applied; positions that were freed up to entry `release` may be given away."""
        self._settle_lacking()
        for table in self._tables.values():
            if table.records is not None:
                table.records.release(release)
            table.open_fields()
        self._is_replaying = False
        self._unmeasured.update(self._tables)
        self._measure()  # while nobody unpacks: later, it would wait for who does

    def _settle_lacking(self) -> None:
        """Every shard has every entry from now on."""
        for table in self._tables.values():
            table.settle_coverage()
        self._adopted_end = 0

    def take_back(self, entry: WriteEntry) -> None:
        """Undo the last `assign` that was not applied."""
        table = self._tables.get(entry.table)
        if table is not None:
            self._take_back(table, steps_of_entry(entry))

    def apply(self, entry: Entry, sequence: int = 0) -> tuple[int, ...]:
        """Make an entry visible: one just assigned, or one replayed from the log; see `State.apply`."""
        if self._is_replaying:
            load_touched(self._tables, entry)
        if self._adopted_end:
            if sequence <= self._adopted_end:
                self._apply_lacking(entry, sequence)
                return ()
            self._settle_lacking()
        if not isinstance(entry, SchemaChange):
            return self._apply(entry, sequence)
        if is_change(self._tables, entry):
            self._make_change(entry, sequence)
            if not isinstance(entry, DropViews):  # which the schema does not tell of
                self._refresh_schema(entry.table)
            self._unmeasured.add(entry.table)
        return ()

    def transact(self, write: Edits, sequence: int, commit: Callable[[WriteEntry], None]) -> Written:
        """Make a write whose steps see each other, step by step; see `State.transact`."""
        table = get_table(self._tables, write.table)
        table.load_rest()
        was_keyed = table.is_keyed
        with held_beside(self._tables, table, {other for step in write.steps for other in _others(step)}) as tables:
            transaction = Transaction(table, tables)
            try:
                for step in write.steps:
                    if isinstance(step, Ask):
                        scan = self._scan(tables[step.table], write.budget, self._store, tables, Turns(0))
                        transaction.note_answer(answer_within(HeldScan.of(scan), step))
                        continue
                    change = step.batch if isinstance(step, TellingBatch) else step
                    found: Found = []
                    if not isinstance(change, Batch):
                        found = find_records(self._scan(table, write.budget, self._store, tables), change)
                    transaction.make(entry_of(table, change, found), tells=isinstance(step, TellingBatch))
                if transaction.entries:
                    commit(_entry_of_all(table, transaction.entries))
            except BaseException:
                transaction.undo()
                self._forget_bitmaps(table)
                raise
            transaction.settle()
        self._note_written(table, was_keyed=was_keyed)
        if not transaction.entries:  # only asked, in turn with other writes
            sequence -= 1
        return Written(
            sequence=sequence,
            changed=tuple(transaction.changed),
            answers=tuple(transaction.answers),
            which=tuple(transaction.which),
        )

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        """Answer a plan on the table with this uuid; see `Engine.run`."""
        return self.begin(table, plan, budget)()

    def begin(self, table: str, plan: Plan, budget: Budget) -> Finish:
        """The part of a run that holds the tables' locks; what it returns does the rest."""
        turns = Turns()
        while True:
            try:
                finish = self._begin(get_table(self._tables, table), plan, budget, turns)
            except TurnOver:
                continue
            turns.end_all()
            return finish

    def _begin(self, found: Table, plan: Plan, budget: Budget, turns: Turns) -> Finish:
        """One turn of a run.

        Raises:
            TurnOver: Others wait for the tables, and there is to be another turn.
        """
        with Shared(self._tables, found, tables_of(plan)) as tables:
            turns.begin()
            scan = self._scan(found, budget, self._store, tables, turns)
            if not is_long(found, plan) or self._is_too_large_to_copy(scan, plan):
                try:
                    return answer(scan, plan)
                except CopyWanted:
                    if not is_copyable(found, plan) or self._is_too_large_to_copy(scan, plan):
                        turns.go_without_copy()
                        return answer(scan, plan)
            frozen = FrozenCopy(found, field_names(plan))
        return partial(self._answer_from_copy, scan, frozen, plan)

    def _scan(
        self,
        table: Table,
        budget: Budget,
        store: BitmapStore,
        tables: Mapping[str, Table],
        turns: Turns | None = None,
    ) -> Scan:
        slots, turns = Slots(table, budget.check), turns or Turns(0)
        kernels = self._kernels
        if budget.most_bytes:
            kernels = NotedKernels(kernels, before=lambda call: budget.spend_bytes(touched_bytes(call)))
        return Scan(table, budget, kernels, slots, store, self._group_bytes, tables, turns, self.uses_counters)

    def _is_too_large_to_copy(self, scan: Scan, plan: Plan) -> bool:
        return sum(copied_bytes(scan.field(name)) for name in field_names(plan)) > self._group_bytes

    def _answer_from_copy(self, scan: Scan, frozen: FrozenCopy, plan: Plan) -> Result:
        """Answer from a private copy of the fields that a question reads: it takes longer than writes should wait."""
        try:
            for shard in range(frozen.shards):
                with scan.reopened():
                    frozen.copy_shard(shard)
            for round_number in range(_ROUNDS):
                with scan.reopened():
                    if not frozen.is_whole:
                        raise ResourceNotFound("a field was dropped while the query ran")
                    if frozen.settle(is_last=round_number == _ROUNDS - 1):
                        break
        finally:
            frozen.close()
        return answer(self._scan(frozen.table, scan.budget, BitmapStore(0), scan.tables), plan)()

    def memory_bytes(self) -> int:
        """The size of all buffers, as of the last write, and of the cached bitmaps."""
        self._measure()
        return self._total_bytes + self._store.nbytes

    def table_bytes(self) -> dict[str, int]:
        """The size of each table's buffers by uuid, as of the last write."""
        self._measure()
        return self._bytes.copy()

    def drop_caches(self) -> None:
        """Forget all cached bitmaps, and which were asked for."""
        for table in [*self._tables.values()]:
            with table.lock.shared():
                self._forget_bitmaps(table)

    def verify(self) -> list[str]:
        """Work out from the columns what writes maintain, and say where it differs; empty where all is well."""
        found = []
        for table in [*self._tables.values()]:
            with table.lock.shared():
                found += [f"table {table.name!r}, {what}" for what in differences(table)]
        return found

    def _take_back(self, table: Table, entries: Sequence[SingleEntry]) -> None:
        tables = with_targets(self._tables, table)
        with held_alone(tables):
            for entry in reversed(entries):
                take_back(table, entry, tables)

    def _apply(self, entry: WriteEntry, sequence: int) -> tuple[int, ...]:
        steps = steps_of_entry(entry)
        table = self._tables.get(entry.table)
        if table is None:  # dropped meanwhile
            return (0,) * len(steps)
        was_keyed = table.is_keyed
        # Of one step, and of the first of several, much can be worked out while others read.
        first = [prepare(table, step) for step in steps[:1]]
        tables = (
            with_targets(self._tables, table) if any(_has_foreign_keys(step) for step in steps) else {table.id: table}
        )
        changed = []
        with held_alone(tables):
            for step in steps:
                settle_names(tables, table, step)
                prepared = first.pop() if first else prepare(table, step)
                changed.append(prepared.make())
                prepared.end(sequence)
        self._note_written(table, was_keyed=was_keyed)
        return tuple(changed)

    def _apply_lacking(self, entry: Entry, sequence: int) -> None:
        """Apply an entry in those shards that lack it. The schema has it already, and so have the rows of fields."""
        if isinstance(entry, SchemaChange):
            if isinstance(entry, DropViews) and is_change(self._tables, entry):
                make_change(self._tables, entry, self._kernels, sequence)
            return
        table = self._tables.get(entry.table)
        if table is None:  # dropped meanwhile; keys that it brought to other tables stay
            return
        with table.lock.exclusive():
            lacking = table.lacking(sequence)
            for step in steps_of_entry(entry):
                if isinstance(step, BatchEntry):
                    take_lacking_names(self._tables, table, step, sequence)
                prepared = prepare(table, step, lacking)
                prepared.make()
                prepared.end(sequence)

    def _note_written(self, table: Table, *, was_keyed: bool | None) -> None:
        if table.is_keyed != was_keyed:
            self._refresh_schema(table.id)
        self._unmeasured.update(with_targets(self._tables, table))

    def _forget_bitmaps(self, table: Table) -> None:
        self._store.forget(table.joins)
        for field in table.fields.values():
            self._store.forget(field.bitmaps)

    def _make_change(self, change: SchemaChange, sequence: int) -> None:
        dropped = self._dropped(change)
        if isinstance(change, DropTable):
            self._store.forget(get_table(self._tables, change.table).joins)
        make_change(self._tables, change, self._kernels, sequence)
        for field in dropped:
            self._store.forget(field.bitmaps)

    def _dropped(self, change: SchemaChange) -> list[Field]:
        """The fields that a change takes away."""
        match change:
            case DropTable():
                return [*get_table(self._tables, change.table).fields.values()]
            case DropField():
                return [get_table(self._tables, change.table).fields[change.name]]
            case _:
                return []

    def _refresh_schema(self, table_id: str) -> None:
        """Describe one table anew; the others stay the objects they are."""
        tables = {name: spec for name, spec in self._schema.tables.items() if spec.id != table_id}
        if table_id in self._tables:
            spec = self._tables[table_id].spec
            tables[spec.name] = spec
        self._schema = Schema(version=self._schema.version + 1, tables=tables)

    def _measure(self) -> None:
        """Count the tables anew that were written to; beside a write, they count as they are in the midst of it.

        Cached bitmaps are counted with them, and dropped if they have become too much: the writer asks often enough.
        """
        with self._measuring:
            if self._unmeasured:
                self._store.recount()
            while self._unmeasured:
                table_id = self._unmeasured.pop()
                table = self._tables.get(table_id)
                now = table.nbytes if table is not None else 0
                self._total_bytes += now - self._bytes.pop(table_id, 0)
                if table is not None:
                    self._bytes[table_id] = now


def _entry_of_all(table: Table, entries: list[SingleEntry]) -> WriteEntry:
    return entries[0] if len(entries) == 1 else GroupEntry(table=table.id, entries=entries)


def _has_foreign_keys(step: SingleEntry) -> bool:
    return isinstance(step, BatchEntry) and bool(step.foreign_keys)


def _others(step: Step) -> frozenset[str]:
    """The uuids of the tables that an edit reads beside its own."""
    if isinstance(step, Ask):
        return frozenset({step.table}) | tables_of(step.plan)
    return frozenset() if isinstance(step, (Batch, TellingBatch)) else tables_of(Count(step.records))
