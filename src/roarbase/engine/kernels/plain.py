"""The kernels in plain numpy: the model of the compiled ones, and what answers until those are there.

A shard at a time, a record set is an array of booleans, one per position of the shard's extent.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.kernels.maps.plain import PlainMaps
from roarbase.engine.kernels.port import (
    EXISTS_SLOT,
    NOT_NULL_OFFSET,
    SHARD_POSITIONS,
    SUM_SPLIT_BITS,
    WORD_BITS,
    Dimension,
    DimensionKind,
    Extreme,
    Groups,
    Op,
    Pairs,
    Program,
    Shards,
    Total,
    buffer_at,
)
from roarbase.engine.kernels.writes.plain import PlainWrites

__all__ = ["PlainKernels"]

_Bools = NDArray[np.bool_]
_Int64s = NDArray[np.int64]

_UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32}
_SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
_LOW_HALF = (1 << SUM_SPLIT_BITS) - 1


class _Shard:
    """One shard of the table, its buffers read by slot."""

    def __init__(self, shards: Shards, number: int) -> None:
        self._glance = shards.glance
        self._addresses = shards.table[number]
        self._widths = shards.widths[number]
        self._bases = shards.bases[number]
        self.extent = int(shards.extents[number])

    def bits(self, slot: int) -> _Bools:
        """A bitmap, one boolean per position."""
        address = int(self._addresses[slot])
        if address == 0 or self.extent == 0:
            return np.zeros(self.extent, dtype=np.bool_)
        return np.unpackbits(buffer_at(address, self.extent // 8), bitorder="little").view(np.bool_)

    def values(self, slot: int, plane: int = 0) -> _Int64s:
        """A number column, where what stands without a value means nothing; or a plane of a field, as code + 1."""
        address, width = int(self._addresses[slot + plane]), int(self._widths[slot])
        if address == 0 or self.extent == 0:
            return np.zeros(self.extent, dtype=np.int64)
        data = buffer_at(address, self.extent * width)
        if width == 8:
            return data.view(np.int64)
        # Positions without a value may hold offsets that lead beyond 64 bits: let those wrap around.
        with np.errstate(over="ignore"):
            values: _Int64s = data.view(_UNSIGNED[width]).astype(np.int64) + self._bases[slot]
        return values

    def has_value(self, slot: int) -> _Bools:
        """Where a number column holds a value, among the records that exist."""
        if self._addresses[slot] == 0:
            return np.zeros(self.extent, dtype=np.bool_)
        absent = self._addresses[slot + NOT_NULL_OFFSET] == 0
        return self.bits(EXISTS_SLOT if absent else slot + NOT_NULL_OFFSET)

    def has_number(self) -> _Bools:
        """The same of a number column that stands alone, without the records that exist: of others it says anything."""
        if self._addresses[0] and self._addresses[NOT_NULL_OFFSET]:
            return self.bits(NOT_NULL_OFFSET)
        return np.full(self.extent, self._addresses[0] != 0)

    def selected(self, program: Program) -> _Bools:
        """Run the program."""
        if len(program.rows) == 0:
            return self.bits(EXISTS_SLOT)
        stack: list[_Bools] = []
        for op, slot, a, b in program.rows.tolist():
            self._glance()
            self._step(stack, Op(op), slot, a, b)
        return stack.pop()

    def _step(self, stack: list[_Bools], op: Op, slot: int, a: int, b: int) -> None:
        match op:
            case Op.EMPTY:
                stack.append(np.zeros(self.extent, dtype=np.bool_))
            case Op.BITMAP:
                stack.append(self.bits(slot))
            case Op.RANGE:
                stack.append(self._in_range(slot, a, b))
            case Op.CODE:
                stack.append(self._holding(slot, b, a))
            case Op.CODE_IN:
                stack.append(self._holding_any(slot, b, a))
            case Op.AND_RANGE:
                stack.append(stack.pop() & self._in_range(slot, a, b))
            case Op.AND_CODE:
                stack.append(stack.pop() & self._holding(slot, b, a))
            case Op.AND_CODE_IN:
                stack.append(stack.pop() & self._holding_any(slot, b, a))
            case Op.NOT:
                stack.append(self.bits(EXISTS_SLOT) & ~stack.pop())
            case _:
                top = stack.pop()
                stack.append(_combine(op, stack.pop(), top))

    def _in_range(self, slot: int, low: int, high: int) -> _Bools:
        values = self.values(slot)
        return (values >= low) & (values <= high) & self.has_value(slot)

    def _holding(self, slot: int, planes: int, code: int) -> _Bools:
        found = np.zeros(self.extent, dtype=np.bool_)
        for plane in range(planes):
            found |= self.values(slot, plane) == code
        return found

    def _holding_any(self, slot: int, planes: int, flags_address: int) -> _Bools:
        found = np.zeros(self.extent, dtype=np.bool_)
        for plane in range(planes):
            codes = self.values(slot, plane)
            flags = buffer_at(flags_address, int(codes.max(initial=0)) + 1)
            found |= (flags[codes] != 0) & (codes != 0)
        return found


def _combine(op: Op, below: _Bools, top: _Bools) -> _Bools:
    match op:
        case Op.AND:
            return below & top
        case Op.OR:
            return below | top
        case Op.XOR:
            return below ^ top
        case _:
            return below & ~top


def _dimension_indexes(shard: _Shard, dimension: Dimension, where: _Int64s, at: _Int64s) -> tuple[_Int64s, _Int64s]:
    """One pair (which entry of `where`, index) per group that the record at a position belongs to.

    `where[at]` are the positions asked for: an entry may occur several times, once per earlier membership.
    """
    if dimension.kind is DimensionKind.NUMBERS:
        has = shard.has_value(dimension.slot)[where[at]]
        values = shard.values(dimension.slot)[where[at]]
        return np.arange(len(at)), np.where(has, values - dimension.low + 1, 0)
    codes = np.array([shard.values(dimension.slot, plane)[where[at]] for plane in range(dimension.planes)])
    entries, planes = np.nonzero(codes.T)
    none = np.flatnonzero(~codes.any(axis=0))
    return np.concatenate([entries, none]), np.concatenate([codes.T[entries, planes], np.zeros_like(none)])


def _cells(shard: _Shard, dimensions: Sequence[Dimension], where: _Int64s) -> tuple[_Int64s, _Int64s]:
    """Every (entry of `where`, cell) that the selected records of a shard fall into."""
    at = np.arange(len(where))
    cells = np.zeros(len(where), dtype=np.int64)
    for dimension in dimensions:
        entries, indexes = _dimension_indexes(shard, dimension, where, at)
        at, cells = at[entries], cells[entries] + indexes * dimension.stride
    return at, cells


class PlainKernels:
    """`roarbase.engine.kernels.port.Kernels` in plain numpy."""

    def __init__(self) -> None:
        self.writes = PlainWrites()
        self.maps = PlainMaps()
        self.cells = PlainCells()

    def count(self, shards: Shards, program: Program) -> int:
        return sum(int(np.count_nonzero(shard.selected(program))) for shard in _all(shards))

    def total(self, shards: Shards, program: Program, slot: int) -> Total:
        count, total = 0, 0
        for values in _numbers(shards, program, slot):
            count += len(values)
            total += (int((values >> SUM_SPLIT_BITS).sum()) << SUM_SPLIT_BITS) + int((values & _LOW_HALF).sum())
        return Total(count=count, total=total)

    def extreme(self, shards: Shards, program: Program, slot: int, *, greatest: bool) -> Extreme | None:
        numbers = [values for values in _numbers(shards, program, slot) if len(values)]
        if not numbers:
            return None
        value = max(int(values.max()) for values in numbers) if greatest else min(int(v.min()) for v in numbers)
        return Extreme(value=value, count=sum(int(np.count_nonzero(values == value)) for values in numbers))

    def group(
        self,
        shards: Shards,
        program: Program,
        dimensions: Sequence[Dimension],
        size: int,
        slot: int | None = None,
    ) -> Groups:
        counts, value_counts, lows, highs = (np.zeros(size, dtype=np.int64) for _ in range(4))
        for shard in _all(shards):
            where = np.flatnonzero(shard.selected(program))
            at, cells = _cells(shard, dimensions, where)
            inside = (cells >= 0) & (cells < size)
            positions, cells = where[at[inside]], cells[inside]
            np.add.at(counts, cells, 1)
            if slot is not None:
                has = shard.has_value(slot)[positions]
                values, cells = shard.values(slot)[positions[has]], cells[has]
                np.add.at(value_counts, cells, 1)
                np.add.at(lows, cells, values & _LOW_HALF)
                np.add.at(highs, cells, values >> SUM_SPLIT_BITS)
        if slot is None:
            return Groups(counts=counts)
        return Groups(counts=counts, value_counts=value_counts, sums_low=lows, sums_high=highs)

    def row_counts(self, shards: Shards, program: Program, first: int, n: int) -> _Int64s:
        counts = np.zeros(n, dtype=np.int64)
        for shard in _all(shards):
            selected = shard.selected(program)
            for row in range(n):
                counts[row] += np.count_nonzero(selected & shard.bits(first + row))
        return counts

    def pair_counts(self, shards: Shards, program: Program, first: int, n: int, second: int, m: int) -> _Int64s:
        counts = np.zeros((n, m), dtype=np.int64)
        for shard in _all(shards):
            selected = shard.selected(program)
            for i in range(n):
                among = selected & shard.bits(first + i)
                for j in range(m):
                    counts[i, j] += np.count_nonzero(among & shard.bits(second + j))
        return counts

    def emit(self, shards: Shards, program: Program, limit: int, reverse: bool = False) -> _Int64s:
        found: list[_Int64s] = []
        left = limit
        numbers = range(len(shards.extents))
        for number in reversed(numbers) if reverse else numbers:
            if left <= 0:
                break
            here = np.flatnonzero(_Shard(shards, number).selected(program))
            here = here[-left:] if reverse else here[:left]
            found.append(here + number * SHARD_POSITIONS)
            left -= len(here)
        return np.concatenate(found[::-1] if reverse else found) if found else np.zeros(0, dtype=np.int64)

    def take(self, positions: _Int64s, columns: Sequence[_Int64s], are_codes: Sequence[bool]) -> list[Pairs]:
        return [_pairs(positions, *column) for column in zip(columns, are_codes, strict=True)]

    def bitmap(self, shards: Shards, program: Program, addresses: _Int64s) -> _Int64s:
        counts = np.zeros(len(shards.extents), dtype=np.int64)
        for number, shard in enumerate(_all(shards)):
            if addresses[number] and shard.extent:
                selected = shard.selected(program)
                counts[number] = np.count_nonzero(selected)
                buffer_at(int(addresses[number]), shard.extent // 8)[:] = np.packbits(selected, bitorder="little")
        return counts

    def mark(self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64]) -> None:
        is_marked = np.zeros(len(marks) * WORD_BITS, dtype=np.bool_)
        for shard in _all(shards):
            values = shard.values(slot)[shard.selected(program) & shard.has_value(slot)]
            is_marked[values[(values >= 0) & (values < len(is_marked))]] = True
        marks |= np.packbits(is_marked, bitorder="little").view(np.uint64)

    def probe(
        self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64], addresses: _Int64s
    ) -> _Int64s:
        is_marked = np.unpackbits(marks.view(np.uint8), bitorder="little").view(np.bool_)
        counts = np.zeros(len(shards.extents), dtype=np.int64)
        for number, shard in enumerate(_all(shards)):
            if addresses[number] and shard.extent:
                values = shard.values(slot)
                has_mark = (values >= 0) & (values < len(is_marked))
                has_mark[has_mark] = is_marked[values[has_mark]]
                found = shard.selected(program) & shard.has_value(slot) & has_mark
                counts[number] = np.count_nonzero(found)
                buffer_at(int(addresses[number]), shard.extent // 8)[:] = np.packbits(found, bitorder="little")
        return counts


def _numbers(shards: Shards, program: Program, slot: int) -> Iterator[_Int64s]:
    """The numbers of the selected records, a shard at a time."""
    return (shard.values(slot)[shard.selected(program) & shard.has_value(slot)] for shard in _all(shards))


def _all(shards: Shards) -> Iterator[_Shard]:
    for number in range(len(shards.extents)):
        shards.glance()
        yield _Shard(shards, number)


def _pairs(positions: _Int64s, places: _Int64s, are_codes: bool) -> Pairs:
    """Which positions have a value in a column, and which."""
    found = np.zeros((len(positions), places.shape[1] if are_codes else 1), dtype=np.int64)
    has = np.zeros(found.shape, dtype=np.bool_)
    for number in np.unique(positions >> _SHARD_BITS).tolist():
        here = positions >> _SHARD_BITS == number
        inside = positions[here] & (SHARD_POSITIONS - 1)
        shard = _Shard(_shards_of(places, (int(inside.max()) | (WORD_BITS - 1)) + 1), number)
        for plane in range(found.shape[1]):
            found[here, plane] = shard.values(0, plane)[inside] - are_codes
        has[here] = (found[here] >= 0) if are_codes else shard.has_number()[inside, np.newaxis]
    return np.nonzero(has)[0], found[has]


def _shards_of(places: _Int64s, extent: int) -> Shards:
    """The table of one column's slots, [3, slots, shards], of which so many positions are read in a shard."""
    table, widths, bases = places.transpose(0, 2, 1)
    return Shards(table=table, widths=widths, bases=bases, extents=np.full(len(table), extent))
