"""Each terminal of the kernels over 20 shards: its time, the share of read bandwidth, and the plain twin's time.

Bandwidth is what numpy's sum reads from 512 MB in as many threads, measured between the cases of the same run.
`bytes` is what the question has to touch at least; what stays in the last-level cache can be faster than memory.
Run: `python -m bench kernels`, or `python -m bench.kernels [SHARDS]`
"""

import mmap
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.bandwidth import Bandwidth
from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.load import load_entries
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import (
    BLOCK_POSITIONS,
    SHARD_POSITIONS,
    Dimension,
    DimensionKind,
    Kernels,
    Op,
    Program,
    Shards,
)

__all__: list[str] = []

_ROWS = 100
_PLAIN_SHARDS = 2
_SECONDS_PER_CASE = 0.3

EXISTS, INCOME, AGE, HEIGHT, BALANCE, SEEN = 0, 1, 4, 7, 10, 13
SEX, EDUCATION, HOBBIES, FEMALE, MALE, ROWS = 16, 17, 18, 23, 24, 25
SLOTS = ROWS + _ROWS
_NUMBERS = {INCOME: (4, 300_000), AGE: (1, 91), HEIGHT: (2, 2_000), BALANCE: (8, 1 << 40)}
SEEN_STEP = 3
"""Seconds between two records: SEEN rises with the position."""


@dataclass(frozen=True)
class _Case:
    name: str
    ask: Callable[[Kernels, Shards], object]
    bytes_per_record: float


class _Arena:
    """Memory in pages of 2 MB: with pages of 4 KB the same kernels read a quarter to a third less per second."""

    _PIECE_BYTES = 64 << 20

    def __init__(self) -> None:
        self._piece, self._at = np.empty(0, dtype=np.uint8), 0

    def take(self, size_bytes: int) -> NDArray[np.uint8]:
        """So many bytes, beginning at a multiple of 64."""
        self._at = -(-self._at // 64) * 64
        if self._at + size_bytes > len(self._piece):
            memory = mmap.mmap(-1, self._PIECE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                memory.madvise(mmap.MADV_HUGEPAGE)
            self._piece, self._at = np.frombuffer(memory, dtype=np.uint8), 0
        taken = self._piece[self._at : self._at + size_bytes]
        self._at += size_bytes
        return taken


class _Data:
    """One shard's worth of random columns, copied for every shard: memory is touched as if all were different."""

    def __init__(self, shards: int) -> None:
        self.random = np.random.default_rng(7)
        self._arena = _Arena()
        self._kept: list[NDArray[np.generic]] = []
        table, widths, bases = (np.zeros((shards, SLOTS), dtype=np.int64) for _ in range(3))
        self.shards = Shards(table, widths, bases, np.full(shards, SHARD_POSITIONS, dtype=np.int64))
        self._fill()

    def _put(self, slot: int, values: NDArray[np.generic], width: int = 0) -> None:
        for shard in range(len(self.shards.extents)):
            memory = self._arena.take(values.nbytes)
            memory[:] = values.view(np.uint8)
            self._kept.append(memory)
            self.shards.table[shard, slot] = memory.ctypes.data
            self.shards.widths[shard, slot] = width

    def _bits(self, slot: int, chosen: NDArray[np.bool_]) -> None:
        self._put(slot, np.packbits(chosen, bitorder="little"))

    def _fill(self) -> None:
        n, random = SHARD_POSITIONS, self.random
        self._bits(EXISTS, np.ones(n, dtype=np.bool_))
        for slot, (width, stop) in _NUMBERS.items():
            self._put(slot, random.integers(0, stop, n).astype(f"u{width}"), width)
        self._put(SEEN, (np.arange(n) * SEEN_STEP).astype(np.uint32), 4)
        for shard in range(len(self.shards.extents)):
            base = shard * n * SEEN_STEP
            self.shards.bases[shard, SEEN] = base
            first = base + np.arange(0, n, BLOCK_POSITIONS, dtype=np.int64) * SEEN_STEP
            zones = np.stack([first, first + (BLOCK_POSITIONS - 1) * SEEN_STEP], axis=1)
            self._kept.append(zones)
            self.shards.table[shard, SEEN + 2] = zones.ctypes.data
        sex = random.integers(1, 3, n).astype(np.uint8)
        self._put(SEX, sex, 1)
        self._bits(FEMALE, sex == 1)
        self._bits(MALE, sex == 2)
        self._put(EDUCATION, random.integers(1, 9, n).astype(np.uint8), 1)
        hobbies = [random.integers(1, _ROWS + 1, n).astype(np.uint8) for _ in range(5)]
        for plane, codes in enumerate(hobbies):
            codes[random.random(n) < 0.2 * plane] = 0
            self._put(HOBBIES + plane, codes, 1)
        for row in range(_ROWS):
            self._bits(ROWS + row, np.any([codes == row + 1 for codes in hobbies], axis=0))


ALL = Program.of()
FEMALE_AND_HOBBY = Program.of((Op.BITMAP, FEMALE, 0, 0), (Op.BITMAP, ROWS + 5, 0, 0), (Op.AND, 0, 0, 0))
HOBBY = Program.of((Op.BITMAP, ROWS + 3, 0, 0))
INTER3 = Program.of(*FEMALE_AND_HOBBY.rows.tolist(), (Op.AND_RANGE, INCOME, 50_001, 2**40))
UNION3 = Program.of(*((Op.BITMAP, ROWS + row, 0, 0) for row in range(3)), (Op.OR, 0, 0, 0), (Op.OR, 0, 0, 0))
_FLAGS = np.array([code % 3 == 1 for code in range(_ROWS + 1)], dtype=np.uint8)
_FLAGS[0] = 0


def _codes(slot: int, planes: int = 1, stride: int = 1) -> Dimension:
    return Dimension(DimensionKind.CODES, slot, stride=stride, planes=planes)


def _numbers(slot: int, stride: int = 1) -> Dimension:
    return Dimension(DimensionKind.NUMBERS, slot, stride=stride)


def _range(slot: int, low: int, high: int) -> Program:
    return Program.of((Op.RANGE, slot, low, high))


CASES = [
    _Case("count, two bitmaps", lambda k, s: k.count(s, FEMALE_AND_HOBBY), 2 / 8),
    _Case("count, union of three bitmaps", lambda k, s: k.count(s, UNION3), 3 / 8),
    _Case("count, two bitmaps and a u32 range", lambda k, s: k.count(s, INTER3), 2 / 8 + 3.8),
    _Case("count, u8 range", lambda k, s: k.count(s, _range(AGE, 20, 40)), 1 + 1 / 8),
    _Case("count, u16 range", lambda k, s: k.count(s, _range(HEIGHT, 200, 1400)), 2 + 1 / 8),
    _Case("count, u32 range", lambda k, s: k.count(s, _range(INCOME, 50_001, 2**40)), 4 + 1 / 8),
    _Case("count, int64 range", lambda k, s: k.count(s, _range(BALANCE, 1 << 30, 1 << 39)), 8 + 1 / 8),
    _Case("count, u32 range by zones", lambda k, s: k.count(s, _range(SEEN, 10**6, 4 * 10**6)), 1 / 8 / 20),
    _Case("count, code in one plane", lambda k, s: k.count(s, Program.of((Op.CODE, EDUCATION, 3, 1))), 1 + 1 / 8),
    _Case("count, code in five planes", lambda k, s: k.count(s, Program.of((Op.CODE, HOBBIES, 3, 5))), 5 + 1 / 8),
    _Case(
        "count, 34 codes in five planes",
        lambda k, s: k.count(s, Program.of((Op.CODE_IN, HOBBIES, _FLAGS.ctypes.data, 5))),
        5 + 1 / 8,
    ),
    _Case("total, u8", lambda k, s: k.total(s, ALL, AGE), 1 + 1 / 8),
    _Case("total, u16", lambda k, s: k.total(s, ALL, HEIGHT), 2 + 1 / 8),
    _Case("total, u32", lambda k, s: k.total(s, ALL, INCOME), 4 + 1 / 8),
    _Case("total, int64", lambda k, s: k.total(s, ALL, BALANCE), 8 + 1 / 8),
    _Case("greatest, u32", lambda k, s: k.extreme(s, ALL, INCOME, greatest=True), 4 + 1 / 8),
    _Case("total, u32, two bitmaps", lambda k, s: k.total(s, FEMALE_AND_HOBBY, INCOME), 2 / 8 + 2.8),
    _Case("group, sex", lambda k, s: k.group(s, ALL, [_codes(SEX)], 3), 1 + 1 / 8),
    _Case(
        "group, sex x education x age",
        lambda k, s: k.group(s, ALL, [_codes(SEX), _codes(EDUCATION, stride=3), _numbers(AGE, 27)], 27 * 92),
        3 + 1 / 8,
    ),
    _Case("group, five planes", lambda k, s: k.group(s, ALL, [_codes(HOBBIES, 5)], _ROWS + 1), 5 + 1 / 8),
    _Case("group, five planes, a row", lambda k, s: k.group(s, HOBBY, [_codes(HOBBIES, 5)], _ROWS + 1), 5 + 1 / 8),
    _Case("group, 300,000 numbers", lambda k, s: k.group(s, ALL, [_numbers(INCOME)], 300_001), 4 + 1 / 8),
    _Case(
        "group, age x sex and sum, a row",
        lambda k, s: k.group(s, HOBBY, [_numbers(AGE), _codes(SEX, stride=92)], 276, INCOME),
        2 + 4 + 1 / 8,
    ),
    _Case("group, sex and sum", lambda k, s: k.group(s, ALL, [_codes(SEX)], 3, INCOME), 1 + 4 + 1 / 8),
    _Case("row counts, 100 rows", lambda k, s: k.row_counts(s, ALL, ROWS, _ROWS), (_ROWS + 1) / 8),
    _Case("row counts, 100 rows, a row", lambda k, s: k.row_counts(s, HOBBY, ROWS, _ROWS), (_ROWS + 1) / 8),
    _Case("pair counts, 2 x 8 rows", lambda k, s: k.pair_counts(s, ALL, FEMALE, 2, ROWS, 8), 11 / 8),
    _Case("emit, 1000 of two bitmaps", lambda k, s: k.emit(s, FEMALE_AND_HOBBY, 1000), 0),
    _Case("emit, all of two bitmaps", lambda k, s: k.emit(s, FEMALE_AND_HOBBY, 10**9), 2 / 8),
]


def _seconds(ask: Callable[[], object]) -> tuple[float, float]:
    """The median and the best of repeated calls."""
    times: list[float] = []
    ask()
    while len(times) < 3 or (sum(times) < _SECONDS_PER_CASE and len(times) < 101):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return statistics.median(times), min(times)


def _load() -> Entries:
    with tempfile.TemporaryDirectory() as directory:
        for title in ("compiled", "loaded from the cache"):
            start = time.perf_counter()
            entries = load_entries(Path(directory))
            print(f"{title} in {time.perf_counter() - start:.2f} s")
    assert entries is not None
    return entries


def main() -> None:
    """Print one line per case."""
    shards = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 20
    data, entries = _Data(shards), _load()
    one, several, plain = FastKernels(entries, 1), FastKernels(entries), PlainKernels()
    few = Shards(
        *(a[:_PLAIN_SHARDS] for a in (data.shards.table, data.shards.widths, data.shards.bases)),
        data.shards.extents[:_PLAIN_SHARDS],
    )
    threads = several.threads
    bandwidth = Bandwidth(threads)
    records = shards * SHARD_POSITIONS
    lines = []
    for case in CASES:
        for _ in range(3):
            bandwidth.measure()
        alone, _ = _seconds(lambda case=case: case.ask(one, data.shards))
        together, best = _seconds(lambda case=case: case.ask(several, data.shards))
        start = time.perf_counter()
        case.ask(plain, few)
        lines.append((case, alone, together, best, (time.perf_counter() - start) * shards / _PLAIN_SHARDS))
    print(f"{records:,} records, {threads} threads, reading {bandwidth.best / 1e9:.1f} GB/s at best; milliseconds")
    print(f"{'':36}{'1 thread':>10}{f'{threads} threads':>11}{'best':>9}{'bandwidth':>11}{'plain':>10}{'ratio':>8}")
    for case, alone, together, best, slow in lines:
        share = case.bytes_per_record * records / best / bandwidth.best
        print(
            f"{case.name:36}{alone * 1e3:10.3f}{together * 1e3:11.3f}{best * 1e3:9.3f}"
            f"{share:11.0%}{slow * 1e3:10.1f}{slow / together:8.0f}"
        )


if __name__ == "__main__":
    main()
