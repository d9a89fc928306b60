"""The requests that torture the service, each with what it makes of its client's world.

numbers          one for all clients, records known by ids
names            one for all clients, records known by keys
own_<client>     a client's own: made, fed, emptied of a field, dropped and made again under the same name
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.durability.ledger import (
    Change,
    Effect,
    Key,
    Record,
    World,
    record_edited,
    records_deleted,
    records_written,
    table_dropped,
)

__all__ = ["FIELDS", "SHARED", "Operation", "Operations", "definition", "first_world", "own_table", "owner_of"]

SHARED = ("numbers", "names")
FIELDS = frozenset(Record._fields)
COLORS = ("red", "green", "blue", "black", "white")
TAGS = ("a", "b", "c", "d", "e", "f")
MOST_RECORDS = 1500
"""Of a client in each table: above, it writes over what it has, so that a thousand rounds take no longer each."""

_IDS_OF_A_CLIENT = 2_500_000  # more than a shard apart; ids so far beyond what is stored go through a map


def own_table(client: int) -> str:
    return f"own_{client}"


def owner_of(table: str, key: Key) -> int:
    """The client to whom a record belongs."""
    if table not in SHARED:
        return int(table.removeprefix("own_"))
    return int(key.partition(":")[0]) if isinstance(key, str) else key // _IDS_OF_A_CLIENT


def _quoted(key: Key) -> str:
    return f'"{key}"' if isinstance(key, str) else str(key)


def first_world() -> World:
    """Of every client: the shared tables without a record."""
    return World(records={table: {} for table in SHARED}, fields=dict.fromkeys(SHARED, FIELDS))


def definition(table: str) -> dict[str, object]:
    """The record schema of a table's sink."""
    is_keyed = table == "names"
    texts = [{"name": name, "path": [name], "type": "string", "config": {"Mutex": True}} for name in ("color", "note")]
    return {
        **({"primary_key_fields": ["key"]} if is_keyed else {"id_field": "key"}),
        "allow_missing_fields": True,
        "definition": [
            {"name": "key", "path": ["key"], "type": "string" if is_keyed else "id"},
            {"name": "n", "path": ["n"], "type": "int"},
            {"name": "tags", "path": ["tags"], "type": "strings"},
            *texts,
        ],
    }


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One request, the status that answers it, and its effect.

    Attributes:
        settles: A sink that is on its way when this is answered: wait until it runs, or is gone.
        is_logged: Whether it writes to the deployment's log.
        taken: How many records of an ingest are taken.
        counted: What a question must be answered, by whoever has seen all that was acknowledged.
    """

    method: str
    path: str
    status: int
    effect: Effect
    body: object = None
    settles: str = ""
    is_logged: bool = True
    taken: int | None = None
    counted: int | None = None


def _nothing(world: World) -> World:
    return world


@dataclass(kw_only=True)
class Operations:
    """Chooses one client's requests, by what its world is.

    Attributes:
        sinks: The ids of all sinks of the deployment by name; kept by who sends the requests.
    """

    client: int
    deployment_id: str
    chooser: Random
    sinks: dict[str, str] = field(default_factory=dict)
    _version: int = 0

    def next(self, world: World) -> Operation:
        """Mostly records for the tables that all share; else the next step in the life of its own table."""
        if self.chooser.random() < 0.7:
            return self._write(self.chooser.choice(SHARED), world)
        return self._own(world)

    # ---- records -------------------------------------------------------------------------------

    def _write(self, table: str, world: World) -> Operation:
        steps = [self._ingest] * 5 + ([self._edit, self._delete] if world.records[table] else [])
        return self.chooser.choice(steps)(table, world)

    def _edit(self, table: str, world: World) -> Operation:
        """Three calls in one statement: all of them, or none."""
        known: Sequence[Key] = list(world.records[table])
        key = self.chooser.choice((self.chooser.choice(known), self._new_key(table, world.records[table])))
        tag, cleared = self.chooser.sample(TAGS, 2)
        self._version += 1
        record = _quoted(key)
        return self._statement(
            f'[{table}]Set({record}, n={self._version})Set({record}, tags="{tag}")Clear({record}, tags="{cleared}")',
            record_edited(table, key, self._version, tag, cleared),
        )

    def _delete(self, table: str, world: World) -> Operation:
        known: Sequence[Key] = list(world.records[table])
        keys = self.chooser.sample(known, min(len(known), self.chooser.choice((1, 2, 30))))
        columns = ", ".join(map(_quoted, keys))
        return self._statement(f"[{table}]Delete(ConstRow(columns=[{columns}]))", records_deleted(table, keys))

    def _statement(self, statement: str, effect: Effect) -> Operation:
        path = f"/v1/deployments/{self.deployment_id}/query"
        body = {"language": "pql", "statement": statement}
        return Operation(method="POST", path=path, body=body, status=200, effect=effect)

    def _ingest(self, table: str, world: World) -> Operation:
        """Some records: new ones, ones that are there, some twice in one request, some that must be refused."""
        changes = list(self._changes(table, world.records[table]))
        records: list[dict[str, object]] = [{"value": {"key": key, **values}} for key, values in changes]
        if self.chooser.random() < 0.2:
            # Refused for its number alone: would it be taken by half, a record would be there that nobody has written.
            bad = {"value": {"key": self._new_key(table, world.records[table], 10**6), "n": "none", "color": "red"}}
            records.insert(self.chooser.randrange(len(records) + 1), bad)
        return Operation(
            method="POST",
            path=f"/v1/sinks/{self.sinks[table]}",
            body={"records": records},
            status=200,
            effect=records_written(table, changes),
            taken=len(changes),
        )

    def _changes(self, table: str, there: Mapping[Key, Record]) -> Iterator[Change]:
        known: Sequence[Key] = list(there)
        room = MOST_RECORDS - len(known)
        for i in range(self.chooser.choice((1, 3, 40, 200))):
            is_new = not known or (i < room and self.chooser.random() < 0.6)
            yield self._new_key(table, there, i) if is_new else self.chooser.choice(known), self._values(table)

    def _new_key(self, table: str, there: Mapping[Key, Record], more: int = 0) -> Key:
        number = 1 + len(there) + more
        if table == "names":
            return f"{self.client}:{number}"
        return self.client * _IDS_OF_A_CLIENT + number if table == "numbers" else number

    def _values(self, table: str) -> dict[str, object]:
        """Each with a number of its own: a write that is applied again, after a later one, shows."""
        self._version += 1
        values: dict[str, object] = {"n": self._version}
        if self.chooser.random() < 0.7:
            values["color"] = self.chooser.choice((*COLORS, None))
        if self.chooser.random() < 0.5:
            values["tags"] = self.chooser.sample(TAGS, self.chooser.randint(0, 3))
        if table not in SHARED:
            values["note"] = f"note {self._version % 7}"
        return values

    # ---- the client's own table ----------------------------------------------------------------

    def _own(self, world: World) -> Operation:
        table = own_table(self.client)
        if table not in world.records:
            return self._create_table(table)
        if table in world.sinks:
            steps = [self._write] * 5 + [self._count] * 2 + [self._drop_in_use, self._delete_sink]
        else:
            steps = [self._create_sink] * 2 + [self._drop_table, self._drop_by_statement]
            steps += [self._drop_note] if "note" in world.fields[table] else []
        return self.chooser.choice(steps)(table, world)

    def _create_table(self, table: str) -> Operation:
        def effect(world: World) -> World:
            return replace(
                world, records={**world.records, table: {}}, fields={**world.fields, table: frozenset[str]()}
            )

        return Operation(
            method="POST", path=f"/v1/tables/{self.deployment_id}", body={"name": table}, status=201, effect=effect
        )

    def _create_sink(self, table: str, _: World) -> Operation:
        body = {
            "name": table,
            "sink_details": {"deployment_id": self.deployment_id, "table": table},
            "schema": definition(table),
        }

        def effect(world: World) -> World:
            return replace(world, sinks=world.sinks | {table}, fields={**world.fields, table: FIELDS})

        path = "/v1/sinks"
        return Operation(method="POST", path=path, body=body, status=201, effect=effect, settles=table, is_logged=False)

    def _delete_sink(self, table: str, _: World) -> Operation:
        def effect(world: World) -> World:
            return replace(world, sinks=world.sinks - {table})

        path = f"/v1/sinks/{self.sinks[table]}"
        return Operation(method="DELETE", path=path, status=202, effect=effect, settles=table, is_logged=False)

    def _drop_in_use(self, table: str, _: World) -> Operation:
        path = f"/v1/tables/{self.deployment_id}/{table}"
        return Operation(method="DELETE", path=path, status=409, effect=_nothing)

    def _drop_table(self, table: str, _: World) -> Operation:
        path = f"/v1/tables/{self.deployment_id}/{table}"
        return Operation(method="DELETE", path=path, status=202, effect=table_dropped(table))

    def _drop_by_statement(self, table: str, _: World) -> Operation:
        body = {"language": "sql", "statement": f"drop table {table}"}
        path = f"/v1/deployments/{self.deployment_id}/query"
        return Operation(method="POST", path=path, body=body, status=200, effect=table_dropped(table))

    def _count(self, table: str, world: World) -> Operation:
        body = {"language": "pql", "statement": f"[{table}]Count(All())"}
        path = f"/v1/deployments/{self.deployment_id}/query"
        counted = len(world.records[table])
        return Operation(
            method="POST", path=path, body=body, status=200, effect=_nothing, is_logged=False, counted=counted
        )

    def _drop_note(self, table: str, _: World) -> Operation:
        def effect(world: World) -> World:
            records = {key: record._replace(note=None) for key, record in world.records[table].items()}
            fields = {**world.fields, table: world.fields[table] - {"note"}}
            return replace(world, records={**world.records, table: records}, fields=fields)

        path = f"/v1/tables/{self.deployment_id}/{table}/fields/note"
        return Operation(method="DELETE", path=path, status=202, effect=effect)
