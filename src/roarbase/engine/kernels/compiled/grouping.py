"""What a grouping asks of one block: the terms of a combination of planes, and the mask of its records.

A *term* is int64 [6]: address of a block of values, width, offset, stride, address of the not-null words,
what is asked of the value (see `few`). A field of several planes takes one pass per plane, for the records
that hold something there, and one for the records that hold nothing at all: these are its *choices*. Several
such fields take every combination of their choices.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from collections import namedtuple

from numba import int64, njit

from roarbase.engine.kernels.compiled.comparisons import unequal
from roarbase.engine.kernels.compiled.few import MUST_BE_EMPTY, MUST_HOLD, PLAIN_TERM
from roarbase.engine.kernels.compiled.memory import HELPER, NO_BITS, ZERO, words_at
from roarbase.engine.kernels.compiled.program import BLOCK_BYTES, block_of
from roarbase.engine.kernels.port import BLOCK_POSITIONS, DimensionKind

__all__ = ["Place", "is_of_codes_alone", "only_several", "plane_of", "prepare_few", "prepare_many", "prepare_others"]

Place = namedtuple("Place", "addresses widths bases block n")
"""A block: its shard's line of the table, its number in the shard, how many of its words are in use."""

_NUMBERS = int64(DimensionKind.NUMBERS)
_unequal1, _unequal2, _unequal4 = unequal[1], unequal[2], unequal[4]


# ---- masks ---------------------------------------------------------------------------------


@njit(**HELPER)
def _holding(width, codes, i):
    """Which of the 64 records of word i hold something in a plane."""
    if width == 1:
        return _unequal1(codes + 64 * i, ZERO)
    if width == 2:
        return _unequal2(codes + 128 * i, ZERO)
    return _unequal4(codes + 256 * i, ZERO)


@njit(**HELPER)
def _narrow_to_plane(mask, into, width, codes, wants_none, n):
    """Those of a mask that hold something in a plane (or, with wants_none, nothing there)."""
    x, z, left = words_at(mask, n), words_at(into, n), NO_BITS
    for i in range(n):
        word = x[i]
        if word:
            held = _holding(width, codes, i)
            word &= ~held if wants_none else held
        z[i] = word
        left |= word
    return into if left != NO_BITS else ZERO


@njit(**HELPER)
def plane_of(place, slot, plane):
    """Where a plane's block begins; 0 for a plane that is not there."""
    return block_of(place.addresses[slot + plane], place.block, BLOCK_POSITIONS * place.widths[slot])


@njit(**HELPER)
def _narrow_to_choice(place, mask, into, slot, planes, choice):
    """Those of a mask that hold something in plane `choice`; choice = planes: those that hold nothing at all."""
    wants_none = choice == planes
    first, last = (0, planes) if wants_none else (choice, choice + 1)
    for plane in range(first, last):
        codes = plane_of(place, slot, plane)
        if codes:
            mask = _narrow_to_plane(mask, into, place.widths[slot], codes, wants_none, place.n)
        elif not wants_none:
            mask = ZERO
        if mask == 0:
            return ZERO
    return mask


# ---- terms ---------------------------------------------------------------------------------


@njit(**HELPER)
def _add_term(terms, number, values, width, offset, stride, not_null, asked):
    term = terms[number]
    term[0], term[1], term[2], term[3], term[4], term[5] = values, width, offset, stride, not_null, asked
    return number + 1


@njit(**HELPER)
def _add_single(place, dimension, terms, count):
    """The term of a dimension of one plane or of numbers. Without a buffer none: all have index 0."""
    slot, offset, not_null = dimension[1], ZERO, ZERO
    values, width = plane_of(place, slot, ZERO), place.widths[slot]
    if values == 0:
        return count
    if dimension[0] == _NUMBERS:
        not_null = block_of(place.addresses[slot + 1], place.block, BLOCK_BYTES)
        offset = (ZERO if width == 8 else place.bases[slot]) - dimension[4] + 1
    return _add_term(terms, count, values, width, offset, dimension[3], not_null, PLAIN_TERM)


@njit(**HELPER)
def prepare_many(place, dimensions, combination, mask, into, terms):
    """Fill in the terms of one combination, and narrow the mask to it; (mask or 0, number of terms)."""
    count, rest = ZERO, combination
    for d in range(dimensions.shape[0]):
        dimension = dimensions[d]
        slot, planes = dimension[1], dimension[2]
        if dimension[0] == _NUMBERS or planes == 1:
            count = _add_single(place, dimension, terms, count)
            continue
        choice, rest = rest % (planes + 1), rest // (planes + 1)
        mask = _narrow_to_choice(place, mask, into, slot, planes, choice)
        if mask == 0:
            return ZERO, ZERO
        if choice < planes:
            codes = plane_of(place, slot, choice)
            count = _add_term(terms, count, codes, place.widths[slot], ZERO, dimension[3], ZERO, MUST_HOLD)
    return mask, count


@njit(**HELPER)
def prepare_few(place, dimensions, combination, terms):
    """Fill in the terms of one combination, conditions included; how many, -1 if it concerns no record."""
    count, rest = ZERO, combination
    for d in range(dimensions.shape[0]):
        dimension = dimensions[d]
        slot, planes = dimension[1], dimension[2]
        if dimension[0] == _NUMBERS or planes == 1:
            count = _add_single(place, dimension, terms, count)
            continue
        choice, rest = rest % (planes + 1), rest // (planes + 1)
        asked = MUST_BE_EMPTY if choice == planes else MUST_HOLD
        first, last = (0, planes) if choice == planes else (choice, choice + 1)
        for plane in range(first, last):
            codes = plane_of(place, slot, plane)
            if codes:
                count = _add_term(terms, count, codes, place.widths[slot], ZERO, dimension[3], ZERO, asked)
            elif asked == MUST_HOLD:
                return -1
    return count


@njit(**HELPER)
def is_of_codes_alone(dimensions):
    """Whether there is one dimension, of codes, each of them its own cell."""
    return dimensions.shape[0] == 1 and dimensions[0, 0] != _NUMBERS and dimensions[0, 3] == 1


@njit(**HELPER)
def only_several(dimensions):
    """The number of the one dimension of several planes; -1 if there is none, or more than one."""
    found, count = int64(-1), 0
    for d in range(dimensions.shape[0]):
        if dimensions[d, 0] != _NUMBERS and dimensions[d, 2] > 1:
            found = int64(d)
            count += 1
    return found if count == 1 else int64(-1)


@njit(**HELPER)
def prepare_others(place, dimensions, but, terms):
    """Fill in the terms of all dimensions but one, none of which has several planes; how many."""
    count = ZERO
    for d in range(dimensions.shape[0]):
        if d != but:
            count = _add_single(place, dimensions[d], terms, count)
    return count
