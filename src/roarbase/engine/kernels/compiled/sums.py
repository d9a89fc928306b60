"""Masked sums of 64 values, kept in vector registers from word to word.

Sums of offsets stay exact within a block: 256 words x 64 values of 32 bits need 46. Whole int64 values are
added in two halves, the lower 32 bits and the (signed) upper ones.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roarbase.engine.kernels.compiled.lanes import ELEMENTS, I32, I64, Lanes, part, same
from roarbase.engine.kernels.compiled.reductions import masked_parts, reduced, started

__all__ = ["add_high", "add_low", "sum_start", "sum_value"]

_LOW_HALF = 2**32 - 1


def _sums(width):
    return Lanes(32, 16) if width < 4 else Lanes(64, 8)


def _folded(builder, values, element, count):
    """Widen unsigned lanes, and add up the two halves of the vector."""
    wide = builder.zext(values, ir.VectorType(element, values.type.count))
    return builder.add(part(builder, wide, 0, count), part(builder, wide, 1, count))


def _terms(builder, address, mask, width):
    """The 64 values as vectors of the sum's kind: widened, or in pairs added up already."""
    element = ELEMENTS[width]
    if width == 1:
        (values,) = masked_parts(builder, address, mask, element, 64, 0)
        yield _folded(builder, _folded(builder, values, ir.IntType(16), 32), I32, 16)
    elif width == 2:
        for values in masked_parts(builder, address, mask, element, 32, 0):
            yield _folded(builder, values, I32, 16)
    elif width == 4:
        for values in masked_parts(builder, address, mask, element, 16, 0):
            pairs = builder.bitcast(values, ir.VectorType(I64, 8))
            yield builder.and_(pairs, same(pairs.type, _LOW_HALF))
            yield builder.lshr(pairs, same(pairs.type, 32))
    else:
        for values in masked_parts(builder, address, mask, element, 8, 0):
            yield builder.and_(values, same(values.type, _LOW_HALF))


def _add_low(width):
    lanes = _sums(width)

    @intrinsic
    def add(_context, sums, address, mask):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            sums, address, mask = arguments
            for term in _terms(builder, address, mask, width):
                sums = builder.add(sums, term)
            return sums

        return lanes(lanes, types.int64, types.uint64), generate

    return add


@intrinsic
def add_high(_context, sums, address, mask):  # noqa: ARG001
    """Add the upper halves of those of 64 int64 that the mask selects."""

    def generate(_context, builder, _signature, arguments):
        sums, address, mask = arguments
        for values in masked_parts(builder, address, mask, I64, 8, 0):
            sums = builder.add(sums, builder.ashr(values, same(values.type, 32)))
        return sums

    return _sums(8)(_sums(8), types.int64, types.uint64), generate


sum_start = {width: started(_sums(width), 0) for width in ELEMENTS}
add_low = {width: _add_low(width) for width in ELEMENTS}
"""(sums so far, address, mask): adds the values, or the lower halves of int64 values."""
sum_value = {width: reduced(_sums(width), "add", False) for width in ELEMENTS}
