"""Counting by one field of codes alone, which is what TopK asks: plane after plane, 64 codes at a time.

The codes of the selected records are packed into a list in the width in which they stand, and the list is counted:
there are no cells to be worked out, and who holds fewer codes than there are planes is not looked at again.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit, uint32

from roarbase.engine.kernels.compiled.grouping import plane_of
from roarbase.engine.kernels.compiled.indexes import pack_codes
from roarbase.engine.kernels.compiled.memory import (
    HELPER,
    NO_BITS,
    ZERO,
    bytes_at,
    halves_at,
    named,
    prefetch,
    uint32s_at,
    words_at,
)
from roarbase.engine.kernels.scratch import PART_WORDS

__all__ = ["count_codes"]

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at}


def _plane(width):
    codes_at, pack, part_words = _AT[width], pack_codes[width], PART_WORDS * 4 // width

    @njit(**HELPER)
    @named(f"list_part{width}")
    def list_part(codes, mask, start, stop, into, ahead):
        w, listed = words_at(mask, stop), ZERO
        for i in range(start, stop):
            if w[i] != NO_BITS:
                # What comes next is sent for while this is worked on: the processor by itself would begin only then.
                prefetch(ahead + 64 * width * i)
                listed += pack(into + width * listed, codes + 64 * width * i, w[i])
        return listed

    @njit(**HELPER)
    @named(f"count_list{width}")
    def count_list(codes, n, last, histogram):
        # Four histograms in turn: a code met twice in a row need not wait for its own store.
        ways, one, most = histogram.shape[0], uint32(1), uint32(last)
        a, b, c, d = histogram[0], histogram[1 % ways], histogram[2 % ways], histogram[3 % ways]
        code, fours = codes_at(codes, n), n // 4 * 4
        for i in range(0, fours, 4):
            a[min(uint32(code[i]), most)] += one
            b[min(uint32(code[i + 1]), most)] += one
            c[min(uint32(code[i + 2]), most)] += one
            d[min(uint32(code[i + 3]), most)] += one
        for i in range(fours, n):
            a[min(uint32(code[i]), most)] += one

    @njit(**HELPER)
    @named(f"count_plane{width}")
    def plane(codes, mask, n, last, histogram, into, ahead):
        held = ZERO
        for start in range(0, n, part_words):
            listed = list_part(codes, mask, start, min(start + part_words, n), into, ahead)
            count_list(into, listed, last, histogram)
            held += listed
        return held

    return plane


_plane1, _plane2, _plane4 = (_plane(width) for width in _AT)


@njit(**HELPER)
def _count_plane(width, codes, mask, n, last, histogram, into, ahead):
    """Count the codes of a mask's records in one plane, those beyond `last` as `last`; how many hold one there.

    `ahead` is a block that will be wanted next, or 0.
    """
    if width == 1:
        return _plane1(codes, mask, n, last, histogram, into, ahead)
    if width == 2:
        return _plane2(codes, mask, n, last, histogram, into, ahead)
    return _plane4(codes, mask, n, last, histogram, into, ahead)


@njit(**HELPER)
def count_codes(place, mask, selected, dimension, last, histogram, into):
    """Count the codes of a mask's records, of which there are so many, and under 0 those that hold none.

    `into` is a list to work in.
    """
    slot, held, codes = dimension[1], ZERO, plane_of(place, dimension[1], ZERO)
    for plane in range(dimension[2]):
        if codes == 0:
            break
        ahead = plane_of(place, slot, plane + 1) if plane + 1 < dimension[2] else ZERO
        listed = _count_plane(place.widths[slot], codes, mask, place.n, last, histogram, into, ahead)
        held = listed if plane == 0 else held
        codes = ahead if listed else ZERO
    histogram[0, 0] += uint32(selected - held)
