"""group: how many selected records fall into each cell, and the sum of a number column there.

Each block becomes lists: of cells, and of numbers. Where many records are selected the lists are made from 64
records at a time (`many`), where few are, from one after the other (`few`); then the lists are counted. One field
of codes alone is counted without cells (`codes`), where the processor can pack codes.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from collections import namedtuple

from numba import njit

from roarbase.engine.kernels.compiled.blocks import combine_and, combine_and_not, population
from roarbase.engine.kernels.compiled.codes import count_codes
from roarbase.engine.kernels.compiled.few import gather_cells, gather_numbers, list_positions
from roarbase.engine.kernels.compiled.grouping import (
    Place,
    is_of_codes_alone,
    only_several,
    plane_of,
    prepare_few,
    prepare_many,
    prepare_others,
)
from roarbase.engine.kernels.compiled.indexes import supports_pack_codes
from roarbase.engine.kernels.compiled.many import list_cells, list_numbers
from roarbase.engine.kernels.compiled.memory import HELPER, ZERO, address_of
from roarbase.engine.kernels.compiled.planes import cells_in_plane, cells_without_code
from roarbase.engine.kernels.compiled.program import (
    BLOCK_BYTES,
    BLOCKS_PER_SHARD,
    block_of,
    select_block,
    words_in_block,
)
from roarbase.engine.kernels.compiled.tally import add_numbers, count_cells
from roarbase.engine.kernels.compiled.work import next_blocks, thread_number
from roarbase.engine.kernels.port import BLOCK_POSITIONS
from roarbase.engine.kernels.scratch import LIST_BYTES, PART_WORDS

__all__ = ["group"]

_FEW_PER_WORD = 10
"""Up to so many records per word of a block, one after the other is cheaper than 64 at a time."""

_Asked = namedtuple("_Asked", "dimensions combinations size histogram sums")
"""The question, and this thread's counters."""

_Room = namedtuple("_Room", "mask cells low high positions targets terms")
"""Addresses of one block of words and of five lists; the array of terms."""

_Numbers = namedtuple("_Numbers", "values width base")
"""One block of the number column; values = 0: none is asked for."""


@njit(**HELPER)
def _count(asked, cells, room, numbers, listed):
    """Count a list of cells, with the numbers that stand in the lists."""
    if numbers.values:
        add_numbers(cells, room.low, room.high, listed, numbers.width, numbers.base, asked.sums)
    else:
        count_cells(cells, listed, asked.histogram)


@njit(**HELPER)
def _tally_planes(place, listed, asked, room, numbers, several):
    """Count the listed records by the planes of dimension number `several`, and by all other dimensions."""
    dimension = asked.dimensions[several]
    terms = prepare_others(place, asked.dimensions, several, room.terms)
    gather_cells(room.positions, listed, room.terms, terms, asked.size, room.cells)
    for number in range(dimension[2]):
        codes = plane_of(place, dimension[1], number)
        if codes:
            width, stride = place.widths[dimension[1]], dimension[3]
            ahead = plane_of(place, dimension[1], number + 1) if number + 1 < dimension[2] else ZERO
            cells_in_plane(width, room.cells, room.positions, listed, codes, stride, asked.size, room.targets, ahead)
            _count(asked, room.targets, room, numbers, listed)
    if cells_without_code(room.cells, room.positions, listed, asked.size, room.targets):
        _count(asked, room.targets, room, numbers, listed)


@njit(**HELPER)
def _tally_few(place, mask, asked, room, numbers):
    listed = list_positions(mask, place.n, room.positions)
    if numbers.values:
        gather_numbers(room.positions, listed, numbers.values, numbers.width, room.low, room.high)
    several = only_several(asked.dimensions)
    if several >= 0:
        _tally_planes(place, listed, asked, room, numbers, several)
        return
    for combination in range(asked.combinations):
        terms = prepare_few(place, asked.dimensions, combination, room.terms)
        if terms >= 0:
            gather_cells(room.positions, listed, room.terms, terms, asked.size, room.cells)
            _count(asked, room.cells, room, numbers, listed)


@njit(**HELPER)
def _tally_many(place, mask, asked, room, numbers):
    for combination in range(asked.combinations):
        chosen, terms = prepare_many(place, asked.dimensions, combination, mask, room.mask, room.terms)
        for start in range(0, place.n if chosen else 0, PART_WORDS):
            stop = min(start + PART_WORDS, place.n)
            listed = list_cells(chosen, room.terms, terms, start, stop, asked.size, room.cells)
            if numbers.values:
                list_numbers(chosen, numbers.values, numbers.width, start, stop, room.low, room.high)
            _count(asked, room.cells, room, numbers, listed)


@njit(**HELPER)
def _tally(place, mask, asked, room, numbers):
    """Count the records of a mask, which is not empty."""
    selected = population(mask, place.n)
    if supports_pack_codes() and numbers.values == 0 and is_of_codes_alone(asked.dimensions):
        count_codes(place, mask, selected, asked.dimensions[0], asked.size, asked.histogram, room.targets)
    elif selected <= place.n * _FEW_PER_WORD:
        _tally_few(place, mask, asked, room, numbers)
    else:
        _tally_many(place, mask, asked, room, numbers)


@njit(**HELPER)
def _with_number(place, selected, slot, split, wants_number):
    """Those of a selection that have a number (or have none); 0 if there are none."""
    not_null = ZERO
    if slot >= 0 and place.addresses[slot]:
        not_null = block_of(place.addresses[slot + 1], place.block, BLOCK_BYTES)
        if not_null == 0:
            return selected if wants_number else 0
    else:
        return 0 if wants_number else selected
    if wants_number:
        return split if combine_and(selected, not_null, split, place.n) else 0
    return split if combine_and_not(selected, not_null, split, place.n) else 0


@njit(**HELPER)
def _group_block(place, selected, asked, room, slot, split):
    none = _Numbers(ZERO, ZERO, ZERO)
    mask = _with_number(place, selected, slot, split, False)
    if mask:
        _tally(place, mask, asked, room, none)
    mask = _with_number(place, selected, slot, split, True)
    if mask:
        width = place.widths[slot]
        values = place.addresses[slot] + place.block * BLOCK_POSITIONS * width
        _tally(place, mask, asked, room, _Numbers(values, width, place.bases[slot]))


def group(
    rows,
    table,
    widths,
    bases,
    extents,
    shared,
    stop,
    step,
    scratch,
    masks,
    lists,
    terms,
    dimensions,
    combinations,
    size,
    slot,
    histograms,
    sums,
):
    """Count into histograms[thread] the records without a number, into sums[thread] those with one.

    Args:
        masks, lists: To work in: two blocks of words; five lists of LIST_BYTES.
        terms: To work in: int64 [dimensions + planes, 6].
        dimensions: int64 [n, 5]: kind, slot, planes, stride, low.
        combinations: The product of planes + 1 over the dimensions of several planes.
        size: How many cells there are; what falls beyond goes into one more, which nobody reads.
        slot: The number column; -1 for none: then every record counts as one without a number.
        histograms: uint32 [threads, ways, cells].
        sums: int64 [threads, ways, cells, 2 or 3]: count, and the sum in one or in two halves.
    """
    stack, thread = address_of(scratch), thread_number(shared)
    into, work = address_of(masks), address_of(lists)
    low, high, positions, targets = (
        work + LIST_BYTES,
        work + 2 * LIST_BYTES,
        work + 3 * LIST_BYTES,
        work + 4 * LIST_BYTES,
    )
    room = _Room(into, work, low, high, positions, targets, terms)
    asked = _Asked(dimensions, combinations, size, histograms[thread], sums[thread])
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            n = words_in_block(extents, shard, block)
            if n:
                place = Place(table[shard], widths[shard], bases[shard], block, n)
                selected = select_block(rows, place.addresses, place.widths, place.bases, block, n, stack)
                if selected:
                    _group_block(place, selected, asked, room, slot, into + BLOCK_BYTES)
        first = next_blocks(shared, step)
