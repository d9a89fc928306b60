"""One call of machine code: the arguments all terminals share, the threads, and the memory each works in."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cost import program_cost, threads_worth
from roarbase.engine.kernels.pool import Pool
from roarbase.engine.kernels.port import BLOCK_POSITIONS, SHARD_POSITIONS, Program, Shards
from roarbase.engine.kernels.scratch import Scratch, Spares

__all__ = ["BETWEEN_GLANCES_PS", "BLOCKS_PER_SHARD", "Call", "Entries", "Machine"]

_Int64s = NDArray[np.int64]
Entries = Mapping[str, Callable[..., Any]]
"""The machine code by name, as `compiled/entries.py` lists it."""

BLOCKS_PER_SHARD = SHARD_POSITIONS // BLOCK_POSITIONS
_STEP = 16
"""Blocks a thread takes at a time: a quarter of a shard, some 20 to 300 microseconds of work."""
_SHARED_SIZE = 16
BETWEEN_GLANCES_PS = 50_000_000_000
"""50 ms by the estimate for one thread and what is in its cache: less than half a second whatever comes."""
_EXPAND_COST = 500


class Machine:
    """What outlives a call: the machine code, waiting threads, memory to work in."""

    def __init__(self, entries: Entries, threads: int | None, worth_waking_ps: int, between_glances_ps: int) -> None:
        self.entries = entries
        self.worth_waking_ps = worth_waking_ps
        self.between_glances_ps = between_glances_ps
        self.pool = Pool(threads)
        self.spares = Spares()

    def threads_for(self, expected_ps: int) -> int:
        """How many threads to use for so much work."""
        return threads_worth(expected_ps, self.pool.threads, self.worth_waking_ps)

    def first(self, shards: Shards, program: Program, limit: int, stop: int) -> _Int64s:
        """The first positions selected in blocks 0..stop, `limit` at most."""
        scratch, out = self.spares.take(program.depth), np.empty(limit, np.int64)
        stop = min(stop, len(shards.extents) * BLOCKS_PER_SHARD)
        table = (program.rows, shards.table, shards.widths, shards.bases, shards.extents)
        count = self.entries["first"](*table, stop, scratch.stack, out)
        self.spares.give_back(scratch)
        return out[:count]


class Call:
    """One question while it is answered."""

    def __init__(self, machine: Machine, shards: Shards, program: Program, cost: int = 0) -> None:
        """`cost`: picoseconds per position that the terminal adds to the program."""
        self.blocks = len(shards.extents) * BLOCKS_PER_SHARD
        self._machine = machine
        self._shards = shards
        self._program = program
        self._cost = program_cost(shards, program) + cost
        self._positions = int(shards.extents.sum())
        self.threads = machine.threads_for(self._positions * self._cost)

    def run(
        self,
        name: str,
        arguments: Callable[[Scratch], tuple[Any, ...]],
        *,
        first: int = 0,
        stop: int | None = None,
        step: int = _STEP,
    ) -> None:
        """Call an entry in `threads` threads at most, each with its own work area, on blocks first..stop.

        What takes long is cut into stretches of blocks, one after the other: what a thread found in one, it adds to in
        the next.
        """
        stop = self.blocks if stop is None else stop
        blocks = max(step, self._machine.between_glances_ps // (self._cost * BLOCK_POSITIONS) // step * step)
        for begin in range(first, stop, blocks):
            if begin > first:
                self._shards.glance()
            self._run(name, arguments, begin, min(begin + blocks, stop), step)

    def _run(
        self, name: str, arguments: Callable[[Scratch], tuple[Any, ...]], first: int, stop: int, step: int
    ) -> None:
        shards, rows = self._shards, self._program.rows
        entry, spares, depth = self._machine.entries[name], self._machine.spares, self._program.depth
        shared = _shared(first)

        def work() -> None:
            scratch = spares.take(depth)
            entry(
                *(rows, shards.table, shards.widths, shards.bases, shards.extents),
                *(shared, stop, step, scratch.stack, *arguments(scratch)),
            )
            spares.give_back(scratch)

        positions = min(self._positions, (stop - first) * BLOCK_POSITIONS)
        self._machine.pool.run(work, min(self.threads, self._machine.threads_for(positions * self._cost)))

    def expand(self, addresses: _Int64s, counts: _Int64s, first: int, stop: int) -> _Int64s:
        """The positions of the bits in blocks first..stop of the bitmaps at these addresses, `counts` to a block."""
        ends = counts.cumsum()
        out = np.empty(int(ends[-1]), dtype=np.int64)
        entry, extents, shared = self._machine.entries["expand"], self._shards.extents, _shared(first)

        def work() -> None:
            entry(addresses, extents, shared, stop, _STEP, ends, counts, out)

        self._machine.pool.run(work, self._machine.threads_for(len(out) * _EXPAND_COST))
        return out


def _shared(first: int) -> _Int64s:
    """The counters that the threads of a call share."""
    shared = np.zeros(_SHARED_SIZE, dtype=np.int64)
    shared[0] = first
    return shared
