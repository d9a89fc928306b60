"""Worlds from one seed on, in a process with small shards: `python -m tests.durability.simulation.run FIRST COUNT`.

The constants are read when modules are loaded, so they are set before anything else is imported: hence the process.
"""

import importlib
import sys
import traceback
from collections import Counter

STEPS = 60


def main(first: int, count: int) -> int:
    """Run the worlds, print what happened in all of them, and give the exit code."""
    port = importlib.import_module("roarbase.engine.kernels.port")
    port.SHARD_POSITIONS, port.BLOCK_POSITIONS = 256, 64  # type: ignore[attr-defined]
    importlib.import_module("roarbase.engine.buffers.layout").FIRST_CAPACITY = 64  # type: ignore[attr-defined]
    records = importlib.import_module("roarbase.engine.names.record_ids").RecordIds
    records.__init__.__kwdefaults__["slack"] = 256
    world = importlib.import_module("tests.durability.simulation.world").World
    total: Counter[str] = Counter()
    for seed in range(first, first + count):
        try:
            one = world(seed=seed)
            one.run(STEPS)
        except BaseException:
            traceback.print_exc()
            print(f"the world of seed {seed} failed: python -m tests.durability.simulation.run {seed} 1")
            return 1
        total.update(one.counts)
    print(", ".join(f"{what} {number}" for what, number in sorted(total.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
