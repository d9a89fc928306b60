"""What the tests of ingest share: making sinks, posting to them, and reading batches back."""

from collections.abc import Iterable

import numpy as np

from roarbase.ingest.declaration import read_declaration
from roarbase.ingest.decoder import Decoded, SinkDecoder
from roarbase.model.batch import NO_TIME, UNTOUCHED, VALUE, Batch, KeyedRows, MutexColumn, NumberColumn, ReferenceColumn

CLEAR = "cleared"
"""Stands for a value made null."""


def sink(*definitions, **members):
    """A decoder for definitions (name, type, config) whose path is their name. `id` is the record id."""
    if "primary_key_fields" not in members:
        members.setdefault("id_field", "id")
        definitions = (("id", "id", {}), *definitions)
    declared = [{"name": n, "path": [n], "type": t, "config": c} for n, t, c in definitions]
    return SinkDecoder(read_declaration({"definition": declared, **members}), "the-table")


def body(records: Iterable[str]) -> bytes:
    """A request of records given as the JSON text of their values."""
    return ('{"records":[' + ",".join(f'{{"value":{value}}}' for value in records) + "]}").encode()


def decode(decoder: SinkDecoder, *records: str) -> Decoded:
    return decoder.decode(body(records), maximum_records=1000)


def rows_of(rows) -> list:
    return [rows.keys[code] for code in rows.codes] if isinstance(rows, KeyedRows) else rows.tolist()


def stored(batch: Batch | None) -> list[dict]:
    """A batch as one dict per record: field to value, to the rows gained, or to CLEAR; `field@` to their time."""
    if batch is None:
        return []
    names = batch.ids.tolist() if batch.ids is not None else list(batch.keys)
    records = [{"_id": name} for name in names]
    for column in batch.columns:
        if isinstance(column, NumberColumn | MutexColumn | ReferenceColumn):
            assert len(column.states) == len(records)
            values = column.values.tolist() if isinstance(column, NumberColumn) else None
            rows = None if values is not None else _mutex_rows(column)
            for index, state in enumerate(column.states.tolist()):
                if state != UNTOUCHED:
                    cell = (values or rows)[index]
                    records[index][column.field] = cell if state == VALUE else CLEAR
        else:
            assert len(column.offsets) == len(records) + 1
            rows = rows_of(column.rows)
            for index, (start, stop) in enumerate(zip(column.offsets, column.offsets[1:], strict=False)):
                if stop > start:
                    records[index][column.field] = rows[start:stop]
                    if column.times is not None and column.times[index] != NO_TIME:
                        records[index][f"{column.field}@"] = int(column.times[index])
    return records


def _mutex_rows(column: MutexColumn | ReferenceColumn) -> list:
    if isinstance(column.rows, KeyedRows):
        used = set(column.rows.codes[column.states == VALUE].tolist())
        assert used == set(range(len(column.rows.keys))), "every key of a batch is used"
        if not column.rows.keys:
            return [None] * len(column.states)
    else:
        assert column.rows.dtype == np.uint64
    return rows_of(column.rows)
