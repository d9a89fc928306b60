"""Random tables of buffers, as the kernels' port describes them, and random programs over them.

A table has two number columns, a field of one plane, one of three and one of two, and four row bitmaps; which
of their buffers are there, how wide they are and what they hold differs from shard to shard. Positions without
a value hold garbage.
"""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from roarbase.engine.kernels.port import BLOCK_POSITIONS, Op, Program, Shards

Int64s = NDArray[np.int64]

LEAST, GREATEST = -(2**63), 2**63 - 1
NUMBERS = (1, 4)
"""Slots of the number columns; each takes three."""
PLANES = {7: 1, 8: 3, 11: 2}
"""Slots of the fields with codes, and how many planes each has."""
ROWS = 13
ROW_COUNT = 4
SLOTS = ROWS + ROW_COUNT
CODES = 6
"""Codes run from 0 to 5, in planes of every width."""
EXTENTS = (0, 64, 128, 4096, BLOCK_POSITIONS - 64, BLOCK_POSITIONS, BLOCK_POSITIONS + 64, 3 * BLOCK_POSITIONS + 192)
BASES = (0, 1, -1, 1000, -(2**31), 2**40, LEAST, LEAST + 5, GREATEST - 2**32, GREATEST - 255)


@dataclass
class Table:
    """A table, and what keeps its memory alive."""

    shards: Shards
    buffers: list[NDArray[np.generic]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Some numbers of the columns: bounds worth asking for."""


class _Maker:
    def __init__(self, seed: int, extents: list[int]) -> None:
        self.random = np.random.default_rng(seed)
        table, widths, bases = (np.zeros((len(extents), SLOTS), dtype=np.int64) for _ in range(3))
        self.table = Table(Shards(table, widths, bases, np.array(extents, dtype=np.int64)))

    def put(self, shard: int, slot: int, values: NDArray[np.generic]) -> None:
        """Place a buffer at a multiple of 64 bytes, between guard bytes that make overruns visible."""
        memory = np.full(values.nbytes + 128, 0xA5, dtype=np.uint8)
        start = -memory.ctypes.data % 64
        memory[start : start + values.nbytes] = np.ascontiguousarray(values).view(np.uint8)
        self.table.buffers.append(memory)
        self.table.shards.table[shard, slot] = memory.ctypes.data + start

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def among(self, records: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Some of these records: none, few, half, nearly all, all; now and then none in a whole block."""
        share = self.random.choice([0, 0.001, 0.03, 0.5, 0.97, 1])
        chosen = records & (self.random.random(len(records)) < share)
        if self.chance(0.3):
            chosen[:BLOCK_POSITIONS] = False
        return chosen

    def bits(self, shard: int, slot: int, chosen: NDArray[np.bool_]) -> None:
        if len(chosen) and (chosen.any() or self.chance(0.5)):
            self.put(shard, slot, np.packbits(chosen, bitorder="little"))

    def shard(self, number: int, extent: int) -> None:
        exists = self.among(np.ones(extent, dtype=np.bool_))
        self.bits(number, 0, exists)
        for slot in NUMBERS:
            self.number_column(number, slot, exists)
        for slot, planes in PLANES.items():
            self.planes(number, slot, planes, exists)
        for slot in range(ROWS, ROWS + ROW_COUNT):
            if self.chance(0.8):
                self.bits(number, slot, self.among(exists))

    def number_column(self, shard: int, slot: int, exists: NDArray[np.bool_]) -> None:
        extent, width = len(exists), int(self.random.choice([1, 2, 4, 8]))
        base = int(self.random.choice([base for base in BASES if base + 2 ** (8 * width) - 1 <= GREATEST] or [0]))
        self.table.shards.widths[shard, slot] = width
        self.table.shards.bases[shard, slot] = base if width < 8 else self.random.integers(-9, 9)
        if extent == 0 or self.chance(0.1):
            return
        garbage = self.random.integers(0, 256, extent * width, dtype=np.uint8).view(f"u{width}")
        values = garbage
        if width < 8 or self.chance(0.5):
            span = min(int(self.random.choice([1, 3, 200, 2**16, 2**31])), 2 ** (8 * width))
            below = np.uint64(span // 2 if width == 8 and self.chance(0.5) else 0)
            values = (self.random.integers(0, span, extent).astype(np.uint64) - below).astype(f"u{width}")
        has = exists
        if self.chance(0.5):
            has = self.among(exists)
            self.put(shard, slot + 1, np.packbits(has, bitorder="little"))
        stored = np.where(has, values, garbage)
        self.put(shard, slot, stored)
        real = stored.view(np.int64) if width == 8 else (stored.astype(np.int64) + base if width < 8 else stored)
        self.table.numbers.extend(int(x) for x in real[has][:3])
        if self.chance(0.6):
            self.zones(shard, slot + 2, np.where(has, real, 0), has)

    def zones(self, shard: int, slot: int, values: Int64s, has: NDArray[np.bool_]) -> None:
        zones = []
        for start in range(0, len(values), BLOCK_POSITIONS):
            here = values[start : start + BLOCK_POSITIONS][has[start : start + BLOCK_POSITIONS]]
            least, greatest = (int(here.min()), int(here.max())) if len(here) else (GREATEST, LEAST)
            if len(here) and self.chance(0.3):
                least, greatest = max(LEAST, least - 7), min(GREATEST, greatest + 7)
            zones.append((least, greatest))
        self.put(shard, slot, np.array(zones, dtype=np.int64).reshape(-1))

    def planes(self, shard: int, slot: int, planes: int, exists: NDArray[np.bool_]) -> None:
        extent, width = len(exists), int(self.random.choice([1, 2, 4]))
        self.table.shards.widths[shard, slot] = width
        # The planes of a record hold different codes, so each takes its own share of them; they are filled in order.
        order = self.random.permuted(np.tile(np.arange(1, CODES + 1), (extent, 1)), axis=1)
        held = exists
        for plane in range(planes):
            if not extent or not self.chance(0.85):
                return
            held = self.among(held)
            self.put(shard, slot + plane, np.where(held, order[:, plane], 0).astype(f"u{width}"))


def make_table(seed: int, extents: list[int]) -> Table:
    """The table of a seed."""
    maker = _Maker(seed, extents)
    for number, extent in enumerate(extents):
        maker.shard(number, extent)
    return maker.table


FLAGS = [
    np.array([0, *((picked >> code) & 1 for code in range(CODES))], dtype=np.uint8)
    for picked in (0, 1, 0b101010, 0b111111)
]
"""What CODE_IN looks up: no code, one, every second, all."""

Row = tuple[int, int, int, int]

_WANTED_CODES = [1, 2, 3, CODES, CODES + 1, 257, 2**16 + 1, 2**32 + 1]
_NO_OPERANDS = (0, 0, 0)


def places_of(shards: Shards, slot: int, count: int) -> NDArray[np.int64]:
    """Addresses, widths and bases of some slots, [3, slots, shards]."""
    return np.stack((shards.table, shards.widths, shards.bases)).transpose(0, 2, 1)[:, slot : slot + count].copy()


def _range_operands(numbers: list[int]) -> st.SearchStrategy[tuple[int, int, int]]:
    bound = st.sampled_from([LEAST, GREATEST, 0, *BASES, *numbers]) | st.integers(-300, 300)
    step = st.sampled_from([-1, 0, 1, 100, 2**31, 2**33])
    near = st.builds(lambda x, d: max(LEAST, min(GREATEST, x + d)), bound, step)
    # Mostly the lesser bound first; now and then the wrong way round, which matches nothing.
    bounds = st.tuples(near, near).map(lambda two: two if two[0] % 8 == 0 else (min(two), max(two)))
    return st.builds(lambda slot, two: (slot, *two), st.sampled_from(NUMBERS), bounds)


def _rows(numbers: list[int], ops: list[Op]) -> st.SearchStrategy[Row]:
    fields, flags = st.sampled_from(sorted(PLANES)), st.sampled_from([f.ctypes.data for f in FLAGS])
    spans = _range_operands(numbers)
    codes = st.builds(lambda slot, code: (slot, code, PLANES[slot]), fields, st.sampled_from(_WANTED_CODES))
    code_sets = st.builds(lambda slot, address: (slot, address, PLANES[slot]), fields, flags)
    bitmaps = st.sampled_from([0, *range(ROWS, ROWS + ROW_COUNT)]).map(lambda slot: (slot, 0, 0))
    operands = {
        **dict.fromkeys((Op.RANGE, Op.AND_RANGE), spans),
        **dict.fromkeys((Op.CODE, Op.AND_CODE), codes),
        **dict.fromkeys((Op.CODE_IN, Op.AND_CODE_IN), code_sets),
        Op.BITMAP: bitmaps,
    }
    return st.one_of([operands.get(op, st.just(_NO_OPERANDS)).map(lambda rest, op=op: (int(op), *rest)) for op in ops])


def programs(numbers: list[int]) -> st.SearchStrategy[Program]:
    """Random programs: every op, deep and shallow, long and empty."""
    pushes = _rows(numbers, [Op.BITMAP, Op.RANGE, Op.CODE, Op.CODE_IN, Op.EMPTY])
    narrows = _rows(numbers, [Op.NOT, Op.AND_RANGE, Op.AND_CODE, Op.AND_CODE_IN])
    joins = _rows(numbers, [Op.AND, Op.OR, Op.XOR, Op.ANDNOT])
    trees = st.recursive(
        pushes.map(lambda row: [row]),
        lambda inner: (
            st.builds(lambda a, row: [*a, row], inner, narrows)
            | st.builds(lambda a, b, row: [*a, *b, row], inner, inner, joins)
        ),
        max_leaves=8,
    )
    return (st.just([]) | trees).map(lambda rows: Program.of(*rows, keeps=(FLAGS,)))
