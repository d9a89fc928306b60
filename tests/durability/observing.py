"""What the service shows, in both languages, sorted by the client to whom it belongs."""

from collections import Counter
from collections.abc import Mapping

import httpx

from tests.durability.ledger import Key, Record, World
from tests.durability.operations import SHARED, own_table, owner_of
from tests.durability.writers import settled_sinks

__all__ = ["observed_worlds"]

_Rows = dict[Key, Record]


def observed_worlds(client: httpx.Client, deployment_id: str, clients: int, least: int) -> list[World]:
    """Each client's world as the service shows it.

    Args:
        least: The highest sequence number that was acknowledged to anybody: no answer may be older.

    Raises:
        AssertionError: The languages disagree, with each other or with what is maintained beside the records.
    """
    asking = _Asking(client, deployment_id, least)
    sinks = settled_sinks(client).keys()
    fields = asking.fields()
    records = {table: asking.records(table, names) for table, names in fields.items()}
    for table, names in fields.items():
        asking.check_counts(table, names, records[table])
    return [_world_of(each, fields, records, frozenset(sinks)) for each in range(clients)]


def _world_of(
    client: int, fields: Mapping[str, frozenset[str]], records: Mapping[str, _Rows], sinks: frozenset[str]
) -> World:
    tables = {*SHARED, own_table(client)}.intersection(fields)
    return World(
        records={
            table: {key: record for key, record in records[table].items() if owner_of(table, key) == client}
            for table in tables
        },
        fields={table: fields[table] for table in tables},
        sinks=sinks & {own_table(client)},
    )


class _Asking:
    """Asks one deployment for its state at a sequence number or later."""

    def __init__(self, client: httpx.Client, deployment_id: str, least: int) -> None:
        self._client = client
        self._id = deployment_id
        self._headers = {"Roarbase-Min-Seq": str(least)}

    def fields(self) -> dict[str, frozenset[str]]:
        """The names of the fields of every table."""
        tables = self._client.get(f"/v1/tables/{self._id}").json()["resources"]
        return {table["name"]: frozenset(field["name"] for field in table["fields"]) for table in tables}

    def records(self, table: str, names: frozenset[str]) -> _Rows:
        """All records of a table."""
        columns = sorted(names)
        (rows,) = self._ask("sql", f"select {', '.join(['_id', *columns])} from {table}")
        found = {}
        for key, *values in rows:
            members = dict(zip(columns, values, strict=True))
            found[key] = Record(**{**members, "tags": frozenset(members.get("tags") or ())})
        assert len(found) == len(rows), f"{table} shows a record twice"
        return found

    def check_counts(self, table: str, names: frozenset[str], records: _Rows) -> None:
        """Compare counts and sums, which have ways of their own through the engine, with the records."""
        calls, expected = ["Count(All())"], [{len(records): None}]
        if "n" in names:
            numbers = [record.n for record in records.values() if record.n is not None]
            calls.append("Sum(field=n)")
            expected.append({sum(numbers): len(numbers)})
        for name in sorted(names & {"color", "tags", "note"}):
            calls += [f"GroupBy(Rows({name}))", f"TopK({name})"]
            expected += 2 * [_counted(records, name)]
        answers = self._ask("pql", f"[{table}]{''.join(calls)}")
        told = [{row[0]: row[1] if len(row) > 1 else None for row in rows} for rows in answers]
        assert told == expected, f"{table}: {calls}"
        assert self._ask("sql", f"select count(*) from {table}") == [[[len(records)]]]

    def _ask(self, language: str, statement: str) -> list[list[list[object]]]:
        """The rows of each answer, each cell in Python's own kind."""
        body = {"language": language, "statement": statement}
        answer = self._client.post(f"/v1/deployments/{self._id}/query", json=body, headers=self._headers)
        assert answer.status_code == 200, f"{answer.text} to {statement}"
        results = answer.json()["results"]
        tables = results if isinstance(results, list) else [results]
        return [[[_cell(cell["ColumnVal"]) for cell in row["columns"]] for row in table["rows"]] for table in tables]


def _counted(records: _Rows, name: str) -> dict[object, object]:
    """How many records hold each value of a field."""
    counted: Counter[object] = Counter()
    for record in records.values():
        held = getattr(record, name)
        counted.update(held if isinstance(held, frozenset) else [held])
    del counted[None]
    return dict(counted)


def _cell(tagged: dict[str, object] | None) -> object:
    if tagged is None:
        return None
    ((tag, value),) = tagged.items()
    return value.get("vals", []) if tag.endswith("ArrayVal") and isinstance(value, dict) else value
