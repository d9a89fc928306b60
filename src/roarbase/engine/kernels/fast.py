"""The compiled kernels: the port's questions, turned into calls of machine code shared out over threads."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import BETWEEN_GLANCES_PS, BLOCKS_PER_SHARD, Call, Entries, Machine
from roarbase.engine.kernels.cells.fast import FastCells
from roarbase.engine.kernels.cost import WORTH_WAKING_PS, width_of
from roarbase.engine.kernels.groups import GroupTask, plan_group
from roarbase.engine.kernels.maps.fast import FastMaps
from roarbase.engine.kernels.port import (
    BLOCK_POSITIONS,
    SUM_SPLIT_BITS,
    Dimension,
    Extreme,
    Groups,
    Pairs,
    Program,
    Shards,
    Total,
)
from roarbase.engine.kernels.scratch import RUN_BLOCKS, Scratch, aligned
from roarbase.engine.kernels.writes.fast import FastWrites

__all__ = ["FastKernels"]

_Int64s = NDArray[np.int64]

_NUMBERS_COST = 30
_GROUP_COST = 700
_ROW_COST = 3
_JOIN_COST = 1000
"""Picoseconds per position: of a byte of the column, of a pass, of a row bitmap, of a number in another table's."""

_FEW, _EARLY = 256, 16
"""So few positions are looked for in so many blocks by one thread, without a bitmap: that is begun and done sooner."""

_FIRST_WAVE = 4
_WAVE_GROWTH = 4
"""emit selects 4 blocks, then 16, 64, ..., unless fewer should do by what was found, and as many again at least:
an answer found early costs little, waves are few."""


class FastKernels:
    """`roarbase.engine.kernels.port.Kernels` in machine code."""

    def __init__(
        self,
        entries: Entries,
        threads: int | None = None,
        worth_waking_ps: int = WORTH_WAKING_PS,
        between_glances_ps: int = BETWEEN_GLANCES_PS,
    ) -> None:
        """Use these entries.

        Args:
            entries: What `load_kernels` finds or compiles.
            threads: How many work on one call at most, the caller included; None means one per processor.
            worth_waking_ps: Calls expected to take less, in picoseconds, stay in the caller's thread.
            between_glances_ps: Calls expected to take more are cut, so that what they are asked by can end them.
        """
        self.writes = FastWrites(entries)
        self.maps = FastMaps(entries)
        self.cells = FastCells(entries)
        self._machine = Machine(entries, threads, worth_waking_ps, between_glances_ps)

    @property
    def threads(self) -> int:
        """How many threads work on a call at most, the caller's included."""
        return self._machine.pool.threads

    def close(self) -> None:
        """Let the helper threads go."""
        self._machine.pool.close()

    def count(self, shards: Shards, program: Program) -> int:
        out = np.zeros(1, dtype=np.int64)
        Call(self._machine, shards, program).run("count", lambda scratch: (out,))  # noqa: ARG005
        return int(out[0])

    def total(self, shards: Shards, program: Program, slot: int) -> Total:
        call = Call(self._machine, shards, program, _NUMBERS_COST * width_of(shards, slot))
        out = np.zeros((call.threads, 3), dtype=np.int64)
        call.run("total", lambda scratch: (scratch.masks, slot, out))
        parts = out.tolist()
        total = sum((high << SUM_SPLIT_BITS) + low for _, low, high in parts)
        return Total(count=sum(count for count, _, _ in parts), total=total)

    def extreme(self, shards: Shards, program: Program, slot: int, *, greatest: bool) -> Extreme | None:
        call = Call(self._machine, shards, program, _NUMBERS_COST * width_of(shards, slot))
        out = np.zeros((call.threads, 2), dtype=np.int64)
        call.run("extreme", lambda scratch: (scratch.masks, slot, greatest, out))
        found = [(value, count) for count, value in out.tolist() if count]
        if not found:
            return None
        best = (max if greatest else min)(value for value, _ in found)
        return Extreme(value=best, count=sum(count for value, count in found if value == best))

    def group(
        self,
        shards: Shards,
        program: Program,
        dimensions: Sequence[Dimension],
        size: int,
        slot: int | None = None,
    ) -> Groups:
        task = plan_group(shards, dimensions, size, slot)
        call = Call(self._machine, shards, program, _GROUP_COST * task.combinations)
        answer = task.nothing()
        for first in range(0, call.blocks, task.blocks_per_run):
            histograms, sums = task.histograms(call.threads), task.sums(call.threads)
            stop = min(first + task.blocks_per_run, call.blocks)
            call.run("group", partial(_group_arguments, task, histograms, sums), first=first, stop=stop)
            answer.add(histograms, sums)
        return answer.groups()

    def row_counts(self, shards: Shards, program: Program, first: int, n: int) -> _Int64s:
        call = Call(self._machine, shards, program, _ROW_COST * n)
        out = np.zeros((call.threads, n), dtype=np.int64)
        call.run("row_counts", lambda scratch: (scratch.run, scratch.listed, first, out), step=RUN_BLOCKS)
        counts: _Int64s = out.sum(axis=0)
        return counts

    def pair_counts(self, shards: Shards, program: Program, first: int, n: int, second: int, m: int) -> _Int64s:
        call = Call(self._machine, shards, program, _ROW_COST * n * (1 + m))
        out = np.zeros((call.threads, n, m), dtype=np.int64)
        call.run("pair_counts", lambda scratch: (scratch.masks, first, second, out))
        counts: _Int64s = out.sum(axis=0)
        return counts

    def emit(self, shards: Shards, program: Program, limit: int, reverse: bool = False) -> _Int64s:
        found: list[_Int64s] = []
        done, wave, left = 0, _FIRST_WAVE, limit
        if limit <= _FEW and not reverse:
            done, wave = _EARLY, _EARLY * _WAVE_GROWTH
            found.append(self._machine.first(shards, program, limit, done))
            left -= len(found[0])
            if not left:
                return found[0]
        call = Call(self._machine, shards, program)
        while done < call.blocks and left > 0:
            stop = min(done + wave, call.blocks)
            bounds = (call.blocks - stop, call.blocks - done) if reverse else (done, stop)
            found.append(_emit_wave(call, *bounds, left, reverse))
            left -= len(found[-1])
            done, expected = stop, stop * left // max(1, limit - left)
            wave = min(wave * _WAVE_GROWTH, max(done, expected))
        if not found:
            return np.zeros(0, dtype=np.int64)
        return np.concatenate(found[::-1] if reverse else found)

    def take(self, positions: _Int64s, columns: Sequence[_Int64s], are_codes: Sequence[bool]) -> list[Pairs]:
        places = np.concatenate(columns, axis=1)
        sizes = [column.shape[1] for column in columns]
        most = sum(size if is_code else 1 for size, is_code in zip(sizes, are_codes, strict=True)) * len(positions)
        indexes, members, stops = (np.empty(count, np.int64) for count in (most, most, len(columns)))
        self._machine.entries["take"](
            *(places[0], places[1], places[2], positions),
            *(np.array([0, *accumulate(sizes)]), np.array(are_codes, np.uint8), indexes, members, stops),
        )
        bounds = stops.tolist()
        return [(indexes[i:j], members[i:j]) for i, j in zip((0, *bounds), bounds, strict=False)]

    def bitmap(self, shards: Shards, program: Program, addresses: _Int64s) -> _Int64s:
        call = Call(self._machine, shards, program)
        counts = np.zeros(call.blocks, dtype=np.int64)
        call.run("bitmap", lambda scratch: (addresses, counts))  # noqa: ARG005
        by_shard: _Int64s = counts.reshape(-1, BLOCKS_PER_SHARD).sum(axis=1)
        return by_shard

    def mark(self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64]) -> None:
        call = Call(self._machine, shards, program, _JOIN_COST)
        # Two threads must not write to one word: all but the first have bitmaps of their own.
        own = [np.zeros(len(marks), dtype=np.uint64) for _ in range(call.threads - 1)]
        addresses = np.array([bitmap.ctypes.data for bitmap in (marks, *own)], dtype=np.int64)
        call.run("mark", lambda scratch: (scratch.masks, slot, addresses, len(marks)))
        for bitmap in own:
            marks |= bitmap

    def probe(
        self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64], addresses: _Int64s
    ) -> _Int64s:
        call = Call(self._machine, shards, program, _JOIN_COST)
        counts = np.zeros(call.blocks, dtype=np.int64)
        call.run("probe", lambda scratch: (scratch.masks, slot, marks, addresses, counts))
        by_shard: _Int64s = counts.reshape(-1, BLOCKS_PER_SHARD).sum(axis=1)
        return by_shard


def _group_arguments(
    task: GroupTask, histograms: NDArray[np.uint32], sums: _Int64s, scratch: Scratch
) -> tuple[Any, ...]:
    terms = np.empty((task.terms, 6), dtype=np.int64)
    work = (scratch.masks, scratch.lists, terms)
    return (*work, task.dimensions, task.combinations, task.size, task.slot, histograms, sums)


def _emit_wave(call: Call, first: int, stop: int, limit: int, reverse: bool) -> _Int64s:
    """The first (last) `limit` positions selected in blocks first..stop, ascending."""
    block_bytes = BLOCK_POSITIONS // 8
    selection = aligned((stop - first) * block_bytes)
    # Where the bitmap of each shard would begin, were it whole: only the blocks of this wave are written.
    shards = np.arange(call.blocks // BLOCKS_PER_SHARD, dtype=np.int64)
    addresses = selection.ctypes.data + (shards * BLOCKS_PER_SHARD - first) * block_bytes
    counts = np.zeros(call.blocks, dtype=np.int64)
    call.run("bitmap", lambda scratch: (addresses, counts), first=first, stop=stop)  # noqa: ARG005
    here = counts[first:stop][::-1] if reverse else counts[first:stop]
    here[here.cumsum().searchsorted(limit) + 1 :] = 0
    positions = call.expand(addresses, counts, first, stop)
    return positions[max(0, len(positions) - limit) :] if reverse else positions[:limit]
