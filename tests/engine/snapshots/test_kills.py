"""Who is killed in the midst of snapshots and writes loses nothing that was acknowledged, and does nothing twice."""

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.storage.manifest import MANIFEST_NAME
from roarbase.model.budget import Budget
from roarbase.model.results import ExtractResult
from tests.engine.snapshots.killed import IN_FLIGHT, operation

KILLS = int(os.environ.get("ROARBASE_KILLS", "8"))
START_S = 60


def apply(model: dict[int, int], number: int) -> None:
    kind, values = operation(number)
    for record in values:
        model.pop(record, None)
    if kind == "write":
        model.update(values)


def acknowledged(directory: Path, first: int, seconds: float) -> list[int]:
    """Run a process for so long behind its first acknowledgement, kill it, and tell what it acknowledged."""
    command = [sys.executable, "-m", "tests.engine.snapshots.killed", str(directory), str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "started\n"
        time.sleep(seconds)
    finally:
        process.kill()
        lines = process.stdout.read().splitlines(keepends=True)
        process.stdout.close()
        process.wait(START_S)
    return [int(line) for line in lines if line.endswith("\n")]


def found(directory: Path) -> dict[int, int]:
    """The records of a directory and their values, as a start finds them, with nothing amiss beside."""
    state = BitmapState()
    engine = open_local_engine(directory, DiskFileStore(), lambda: state, 1 << 40)
    try:
        assert state.verify() == []
        result = engine.run("t", p.Extract(input=p.All(), fields=("n",)), Budget())
        assert isinstance(result, ExtractResult)
        return dict(zip(result.records.cells, result.fields[0].cells, strict=True))
    finally:
        engine.close()


def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Each start finds all operations up to one that is not before the last acknowledged, and none behind that."""
    chance = Random(KILLS)
    model: dict[int, int] = {}
    following = 0
    for _ in range(KILLS):
        numbers = acknowledged(tmp_path, following, chance.uniform(0, 0.5))
        assert numbers == [*range(following, following + len(numbers))]
        for number in numbers:
            apply(model, number)
        following += len(numbers)
        there = found(tmp_path)
        for _ in range(IN_FLIGHT):
            if there == model:
                break
            apply(model, following)
            following += 1
        assert there == model
    assert MANIFEST_NAME in os.listdir(tmp_path)
