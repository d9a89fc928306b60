"""What a client may rely on, kept outside of the service.

A client sends one request at a time. What it was answered settles the request: acknowledged, and it must be there
for ever after; refused, and it must never have been. A request whose connection was cut is *in doubt*: it may
be there or not, but wholly or not at all. So of each client there are one or two worlds that are right, and what
the service shows after a restart must be one of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

__all__ = [
    "Change",
    "Effect",
    "Key",
    "Ledger",
    "Record",
    "World",
    "record_edited",
    "records_deleted",
    "records_written",
    "table_dropped",
]

Key = int | str


class Record(NamedTuple):
    """One record as both languages show it."""

    n: int | None = None
    color: str | None = None
    tags: frozenset[str] = frozenset()
    note: str | None = None

    def changed(self, values: Mapping[str, object]) -> "Record":
        """The record after an ingest of `values`: those of a set add up, others replace, null clears."""
        more = values.get("tags")
        tags = self.tags.union(more) if isinstance(more, list) else self.tags
        return Record(**{**self._asdict(), **values, "tags": tags})


Change = tuple[Key, Mapping[str, object]]
"""A record's id or key, and the values that a request gives it."""


@dataclass(frozen=True, kw_only=True)
class World:
    """All that belongs to one client.

    Attributes:
        records: By table: its own records in tables that all share, all records in a table of its own.
        fields: By table, the names of the fields.
        sinks: The names of its own sinks.
    """

    records: Mapping[str, Mapping[Key, Record]] = field(default_factory=dict)
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sinks: frozenset[str] = frozenset()

    def difference(self, other: "World") -> str:
        """Where another world is not this one, for people."""
        found = [f"{name}: {getattr(self, name)} and {getattr(other, name)}" for name in ("fields", "sinks")]
        found = [line for line, name in zip(found, ("fields", "sinks"), strict=True) if self._differs(other, name)]
        for table in sorted(self.records.keys() | other.records.keys()):
            mine, theirs = self.records.get(table, {}), other.records.get(table, {})
            keys = [key for key in {**mine, **theirs} if mine.get(key) != theirs.get(key)]
            found += [f"{table} {key!r}: {mine.get(key)} and {theirs.get(key)}" for key in keys[:5]]
            found += [f"{table}: {len(keys)} records differ"] if keys else []
        return "\n".join(found)

    def _differs(self, other: "World", name: str) -> bool:
        return bool(getattr(self, name) != getattr(other, name))


Effect = Callable[[World], World]
"""What a request makes of a world if it is carried out."""


def records_written(table: str, changes: Iterable[Change]) -> Effect:
    """An ingest, its changes one after the other."""

    def effect(world: World) -> World:
        records = dict(world.records[table])
        for key, values in changes:
            records[key] = records.get(key, Record()).changed(values)
        return replace(world, records={**world.records, table: records})

    return effect


def records_deleted(table: str, keys: Iterable[Key]) -> Effect:
    """Some records are no more; written again, they begin empty."""
    gone = frozenset(keys)

    def effect(world: World) -> World:
        records = {key: record for key, record in world.records[table].items() if key not in gone}
        return replace(world, records={**world.records, table: records})

    return effect


def record_edited(table: str, key: Key, n: int, tag: str, cleared: str) -> Effect:
    """One record gets a number and a tag, and loses a tag."""

    def effect(world: World) -> World:
        record = world.records[table].get(key, Record())
        record = record._replace(n=n, tags=(record.tags | {tag}) - {cleared})
        return replace(world, records={**world.records, table: {**world.records[table], key: record}})

    return effect


def table_dropped(table: str) -> Effect:
    """A table is gone with its fields and records."""

    def effect(world: World) -> World:
        records = {name: of for name, of in world.records.items() if name != table}
        fields = {name: of for name, of in world.fields.items() if name != table}
        return replace(world, records=records, fields=fields)

    return effect


@dataclass(kw_only=True)
class Ledger:
    """One client's: the world that is certain, and what the request under way would make of it.

    Attributes:
        sequence: The highest sequence number that was acknowledged.
        acknowledged, refused, unknown: How many requests ended so.
    """

    certain: World
    in_doubt: Effect | None = None
    sequence: int = 0
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0

    def ask(self, effect: Effect) -> None:
        """A request goes out."""
        assert self.in_doubt is None
        self.in_doubt = effect

    def take(self, sequence: int | None) -> None:
        """The request was acknowledged, with a sequence number if it wrote to the deployment's log."""
        assert self.in_doubt is not None
        self.certain, self.in_doubt = self.in_doubt(self.certain), None
        self.acknowledged += 1
        if sequence is not None:
            assert sequence > self.sequence, f"sequence number {sequence} came after {self.sequence}"
            self.sequence = sequence

    def give_up(self) -> None:
        """The request was refused, or never went out."""
        self.in_doubt = None
        self.refused += 1

    def settle(self, found: World) -> None:
        """Compare with what the service shows, and go on from there."""
        if found != self.certain:
            possible = self.certain if self.in_doubt is None else self.in_doubt(self.certain)
            kind = "acknowledged" if self.in_doubt is None else "in doubt, and neither done nor left undone"
            assert found == possible, f"{kind}: ledger and service differ\n{possible.difference(found)}"
        self.unknown += self.in_doubt is not None
        self.certain, self.in_doubt = found, None
