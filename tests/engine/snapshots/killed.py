"""A process that writes to an engine until it is killed: run by `test_kills.py`, which knows what it writes.

It says `started`, then the number of each operation as it is acknowledged, one a line.
"""

import sys
import threading
from pathlib import Path
from random import Random
from typing import Any

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import Write
from roarbase.engine.local import open_local_engine
from roarbase.engine.snapshots.policy import SnapshotPolicy
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.written import Written
from roarbase.testing.batches import batch_of

__all__ = ["SPECS", "Operation", "operation"]

SHARDS = 6
IN_FLIGHT = 8
SPECS = (FieldSpec(name="n", type=FieldType.INT), FieldSpec(name="tags", type=FieldType.SET, is_keyed=True))
Operation = tuple[str, dict[int, int]]
"""What to do, with record ids and the value of their field `n`."""


def operation(number: int) -> Operation:
    """The operation with this number: a write of records in several shards, or a deletion of some."""
    random = Random(number)
    ids = [(random.randrange(SHARDS) << 20) + random.randrange(60) for _ in range(random.randint(1, 12))]
    return ("delete" if random.random() < 0.2 else "write"), dict.fromkeys(ids, number)


def _as_write(found: Operation) -> Write:
    kind, values = found
    if kind == "delete":
        return e.Edits(table="t", steps=(e.DeleteRecords(p.RecordSet(tuple(values))),))
    writes: list[Any] = [(i, {"n": n, "tags": [f"tag {n % 50}"]}) for i, n in values.items()]
    return batch_of("t", SPECS, writes, is_keyed=False)


def main(directory: Path, first: int) -> None:
    """Write operations from the first one on, for ever, with snapshots all the time."""
    policy = SnapshotPolicy(log_bytes=1, interval_s=0)
    engine = open_local_engine(directory, DiskFileStore(), BitmapState, 1 << 40, policy=policy)
    if not engine.schema().tables:
        engine.change(CreateTable(table="t", name="t", is_keyed=False))
        for spec in SPECS:
            engine.change(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    print("started", flush=True)
    room = threading.Semaphore(IN_FLIGHT)
    number = first
    while True:
        room.acquire()

        def done(outcome: object, number: int = number) -> None:
            assert isinstance(outcome, Written), outcome
            print(number, flush=True)
            room.release()

        engine.write(_as_write(operation(number)), done)
        number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
