"""Masked sums, least and greatest of 64 values, kept in vector registers from word to word.

Sums of offsets stay exact within a block: 256 words x 64 values of 32 bits need 46. Whole int64 values are
added in two halves, the lower 32 bits and the (signed) upper ones.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roarbase.engine.kernels.compiled.lanes import (
    ELEMENTS,
    I32,
    I64,
    LANES,
    Lanes,
    call,
    lane_mask,
    load,
    part,
    same,
)

__all__ = [
    "add_high",
    "add_low",
    "extreme_start",
    "extreme_step",
    "extreme_value",
    "sum_start",
    "sum_value",
]

_REGISTER_BITS = 512
_LOW_HALF = 2**32 - 1


def _extremes(width):
    bits = 8 * width
    return Lanes(bits, _REGISTER_BITS // bits)


def _sums(width):
    return Lanes(32, 16) if width < 4 else Lanes(64, 8)


def _outermost(width, name):
    """What no value lies beyond: where the search for the least (greatest) starts, and what masked lanes count as."""
    if width == 8:
        return 2**63 - 1 if name == "min" else -(2**63)
    return 2 ** (8 * width) - 1 if name == "min" else 0


def _masked_parts(builder, address, mask, element, count, other):
    """Groups of `count` values of the 64 at an address, `other` in the lanes without a bit."""
    kind = ir.VectorType(element, count)
    for number in range(LANES // count):
        here = builder.add(address, ir.Constant(I64, number * count * element.width // 8))
        values = load(builder, here, element, count)
        yield builder.select(lane_mask(builder, mask, number, count), values, same(kind, other))


def _folded(builder, values, element, count):
    """Widen unsigned lanes, and add up the two halves of the vector."""
    wide = builder.zext(values, ir.VectorType(element, values.type.count))
    return builder.add(part(builder, wide, 0, count), part(builder, wide, 1, count))


def _start(lanes, value):
    @intrinsic
    def start(_context):
        def generate(context, _builder, _signature, _arguments):
            return same(context.get_value_type(lanes), value)

        return lanes(), generate

    return start


def _reduce(lanes, name, is_signed):
    @intrinsic
    def reduce(_context, values):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            element = ir.IntType(lanes.bits)
            result = call(builder, f"llvm.vector.reduce.{name}.v{lanes.count}i{lanes.bits}", element, arguments)
            return result if lanes.bits == 64 else builder.sext(result, I64) if is_signed else builder.zext(result, I64)

        return types.int64(lanes), generate

    return reduce


# ---- least and greatest --------------------------------------------------------------------


def _extreme_step(width, name):
    lanes, other = _extremes(width), _outermost(width, name)

    @intrinsic
    def step(_context, extremes, address, mask):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            extremes, address, mask = arguments
            compare = builder.icmp_signed if width == 8 else builder.icmp_unsigned
            for values in _masked_parts(builder, address, mask, ELEMENTS[width], lanes.count, other):
                is_better = compare("<" if name == "min" else ">", values, extremes)
                extremes = builder.select(is_better, values, extremes)
            return extremes

        return lanes(lanes, types.int64, types.uint64), generate

    return step


_CHOICES = [(width, name) for width in ELEMENTS for name in ("min", "max")]

extreme_start = {(width, name): _start(_extremes(width), _outermost(width, name)) for width, name in _CHOICES}
extreme_step = {(width, name): _extreme_step(width, name) for width, name in _CHOICES}
"""(extremes so far, address, mask): by width and "min" or "max"."""
extreme_value = {
    (width, name): _reduce(_extremes(width), ("s" if width == 8 else "u") + name, width == 8)
    for width, name in _CHOICES
}


# ---- sums ----------------------------------------------------------------------------------


def _terms(builder, address, mask, width):
    """The 64 values as vectors of the sum's kind: widened, or in pairs added up already."""
    element = ELEMENTS[width]
    if width == 1:
        (values,) = _masked_parts(builder, address, mask, element, 64, 0)
        yield _folded(builder, _folded(builder, values, ir.IntType(16), 32), I32, 16)
    elif width == 2:
        for values in _masked_parts(builder, address, mask, element, 32, 0):
            yield _folded(builder, values, I32, 16)
    elif width == 4:
        for values in _masked_parts(builder, address, mask, element, 16, 0):
            pairs = builder.bitcast(values, ir.VectorType(I64, 8))
            yield builder.and_(pairs, same(pairs.type, _LOW_HALF))
            yield builder.lshr(pairs, same(pairs.type, 32))
    else:
        for values in _masked_parts(builder, address, mask, element, 8, 0):
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
        for values in _masked_parts(builder, address, mask, I64, 8, 0):
            sums = builder.add(sums, builder.ashr(values, same(values.type, 32)))
        return sums

    return _sums(8)(_sums(8), types.int64, types.uint64), generate


sum_start = {width: _start(_sums(width), 0) for width in ELEMENTS}
add_low = {width: _add_low(width) for width in ELEMENTS}
"""(sums so far, address, mask): adds the values, or the lower halves of int64 values."""
sum_value = {width: _reduce(_sums(width), "add", False) for width in ELEMENTS}
