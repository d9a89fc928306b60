"""Random programs of writes, edits and questions agree with the model, step by step."""

import os
import subprocess
import sys
from math import ceil

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.machine import machine_of
from tests.engine.snapshot_machine import snapshot_machine_of
from tests.engine.states import KERNELS, kernels_of

STEPS = int(os.environ.get("ROARBASE_STEPS", "480"))
"""All tests of this file together; `make prove` takes many more."""

AT_ENDS = STEPS // 3
"""So many of them at the ends of shards: one of those takes four times as long as one elsewhere."""

PROGRAM_STEPS = 40
PROGRAMS = 10
"""At most, before hypothesis begins anew."""


def run(steps: int, kernels: str, *, is_keyed: bool, filler: int = 0, with_snapshots: bool = False) -> int:
    """Run programs until they took this many steps."""
    limits = settings(
        max_examples=min(PROGRAMS, ceil(steps / PROGRAM_STEPS)),
        stateful_step_count=PROGRAM_STEPS,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )
    make = snapshot_machine_of if with_snapshots else machine_of
    machine = make(is_keyed=is_keyed, kernels=kernels_of(kernels), filler=filler)
    while machine.steps_taken < steps:
        run_state_machine_as_test(machine, settings=limits)
    return machine.steps_taken


@pytest.mark.parametrize("is_keyed", [False, True])
@pytest.mark.parametrize("kernels", KERNELS)
def test_programs_agree_with_the_model(kernels: str, is_keyed: bool) -> None:
    """Whatever is written, deleted, cleared and asked, in whatever order, is as the model has it."""
    run((STEPS - AT_ENDS) // (2 * len(KERNELS)), kernels, is_keyed=is_keyed)


SMALL_SHARDS = """
import sys
import roarbase.engine.kernels.port as port
port.SHARD_POSITIONS, port.BLOCK_POSITIONS = 256, 64
import roarbase.engine.buffers.layout as layout
layout.FIRST_CAPACITY = 64
from roarbase.engine.names.record_ids import RecordIds
RecordIds.__init__.__kwdefaults__["slack"] = 256
from tests.engine.test_state_machine import run
_, steps, kind, filler, storage = sys.argv
options = {"is_keyed": kind == "keyed", "filler": int(filler), "with_snapshots": storage == "snapshots"}
print(run(int(steps), "plain", **options))
"""
"""Shards of 256 positions, so that a few records stand on both sides of an end. The constants are read when
modules are loaded: hence another process."""


@pytest.mark.parametrize(("kind", "filler"), [("unkeyed", 250), ("keyed", 505)])
def test_programs_agree_at_the_ends_of_shards(kind: str, filler: int) -> None:
    """The same where records stand on both sides of a shard's end."""
    run_small(kind, filler, "log")


@pytest.mark.parametrize(("kind", "filler"), [("unkeyed", 500), ("keyed", 505)])
def test_programs_with_snapshots_agree(kind: str, filler: int) -> None:
    """Shards are written one by one while others write; whatever a start finds is what the log alone comes to."""
    run_small(kind, filler, "snapshots")


def run_small(kind: str, filler: int, storage: str) -> None:
    """Run programs in a process with small shards."""
    command = [sys.executable, "-c", SMALL_SHARDS, str(AT_ENDS // 4), kind, str(filler), storage]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60 + STEPS)
    assert done.returncode == 0, done.stderr[-8000:]
    assert int(done.stdout) >= AT_ENDS // 4
