"""Worlds of many seeds: nothing that was acknowledged is lost, halved or doubled, whatever the disk and the power do.

`make simulate` runs WORLDS of them (10,000 unless told otherwise).
"""

import os
import subprocess
import sys

import pytest

WORLDS = int(os.environ.get("ROARBASE_WORLDS", "16"))
FIRST = int(os.environ.get("ROARBASE_SEED", "1"))
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_every_world_ends_well(part: int) -> None:
    """Each part runs a quarter of the seeds, in a process with small shards; what fails names its seed."""
    count = WORLDS // PARTS
    command = [sys.executable, "-m", "tests.durability.simulation.run", str(FIRST + part * count), str(count)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60 + 4 * count, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr[-8000:]
    for what in ("acknowledged", "snapshots", "kill", "cut_power", "failed write_at"):
        assert f"{what} " in done.stdout, f"nothing of this happened: {what}"


def test_a_seed_gives_the_same_world_again() -> None:
    """What happens follows from the seed alone."""
    command = [sys.executable, "-m", "tests.durability.simulation.run", "7", "2"]
    runs = [
        subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("0", "1")
    ]
    assert runs[0].stdout == runs[1].stdout
