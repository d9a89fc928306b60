"""Cells of a grouping, 64 records at a time: a sum of code x stride, then the selected ones packed together.

All is modulo 2^32, so that columns of any width and base add up to the right cell.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roarbase.engine.kernels.compiled.lanes import (
    ELEMENTS,
    I1,
    I16,
    I32,
    I64,
    LANES,
    Lanes,
    call,
    lane_mask,
    load,
    part,
    put,
    same,
    splat,
)

__all__ = [
    "add_index",
    "at_most",
    "first_lanes",
    "high_halves",
    "no_index",
    "pack",
    "pack_codes",
    "store",
    "supports_pack",
    "supports_pack_codes",
]

_INDEX = Lanes(32, LANES)
"""One uint32 for each position of a word."""


@intrinsic
def no_index(_context):
    """64 zeros."""

    def generate(context, _builder, signature, _arguments):
        return same(context.get_value_type(signature.return_type), 0)

    return _INDEX(), generate


@intrinsic
def first_lanes(_context, first):  # noqa: ARG001
    """first, first + 1, ... first + 63."""

    def generate(_context, builder, _signature, arguments):
        lanes = ir.Constant(ir.VectorType(I32, LANES), list(range(LANES)))
        return builder.add(splat(builder, builder.trunc(arguments[0], I32), LANES), lanes)

    return _INDEX(types.int64), generate


def _add_index(width):
    @intrinsic
    def add_index(_context, index, address, mask, offset, stride):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            index, address, mask, offset, stride = arguments
            values = load(builder, address, ELEMENTS[width], LANES)
            kind = ir.VectorType(I32, LANES)
            if width < 4:
                values = builder.zext(values, kind)
            elif width == 8:
                values = builder.trunc(values, kind)
            offset, stride = (splat(builder, builder.trunc(scalar, I32), LANES) for scalar in (offset, stride))
            terms = builder.mul(builder.add(values, offset), stride)
            return builder.add(index, builder.select(lane_mask(builder, mask), terms, same(kind, 0)))

        return _INDEX(_INDEX, types.int64, types.uint64, types.int64, types.int64), generate

    return add_index


add_index = {width: _add_index(width) for width in ELEMENTS}
"""(index, address, mask, offset, stride): index + (value + offset) x stride in the lanes of the mask, modulo 2^32."""


@intrinsic
def high_halves(_context, address):  # noqa: ARG001
    """The upper 32 bits of each of 64 int64."""

    def generate(_context, builder, _signature, arguments):
        values = load(builder, arguments[0], I64, LANES)
        return builder.trunc(builder.lshr(values, same(values.type, 32)), ir.VectorType(I32, LANES))

    return _INDEX(types.int64), generate


@intrinsic
def at_most(_context, index, limit):  # noqa: ARG001
    """The lesser of each lane and the limit."""

    def generate(_context, builder, _signature, arguments):
        limit = splat(builder, builder.trunc(arguments[1], I32), LANES)
        return builder.select(builder.icmp_unsigned("<", arguments[0], limit), arguments[0], limit)

    return _INDEX(_INDEX, types.int64), generate


@intrinsic
def store(_context, address, index):  # noqa: ARG001
    """Write all 64 lanes."""

    def generate(context, builder, _signature, arguments):
        put(builder, *arguments)
        return context.get_dummy_value()

    return types.void(types.int64, _INDEX), generate


@intrinsic
def supports_pack(_context):
    """Whether `pack` is a few instructions here; known when compiling, and part of numba's cache key."""

    def generate(context, _builder, _signature, _arguments):
        return ir.Constant(I1, "+avx512f" in context.codegen().magic_tuple()[2])

    return types.boolean(), generate


@intrinsic
def supports_pack_codes(_context):
    """Whether `pack_codes` is a few instructions here; known as `supports_pack` is."""

    def generate(context, _builder, _signature, _arguments):
        return ir.Constant(I1, "+avx512vbmi2" in context.codegen().magic_tuple()[2])

    return types.boolean(), generate


def _pack_codes(width):
    element, bits = ELEMENTS[width], ir.IntType(LANES // width)
    count = LANES // width
    name = f"llvm.experimental.vector.compress.v{count}i{8 * width}"

    @intrinsic
    def pack_codes(_context, address, codes, mask):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            address, codes, mask = arguments
            values = load(builder, codes, element, LANES)
            held = builder.icmp_unsigned("!=", values, same(values.type, 0))
            mask = builder.and_(mask, builder.bitcast(held, I64))
            kind = ir.VectorType(element, count)
            for number in range(width):
                chosen = lane_mask(builder, mask, number, count)
                lanes = [part(builder, values, number, count), chosen, ir.Constant(kind, ir.Undefined)]
                put(builder, address, call(builder, name, kind, lanes))
                listed = builder.ctpop(builder.bitcast(chosen, bits))
                listed = builder.zext(listed, I64) if count < LANES else listed
                address = builder.add(address, builder.mul(listed, ir.Constant(I64, width)))
            return builder.ctpop(mask)

        return types.int64(types.int64, types.int64, types.uint64), generate

    return pack_codes


pack_codes = {width: _pack_codes(width) for width in (1, 2, 4)}
"""(into, codes, mask): write those of 64 codes that are in the mask and not 0 one after the other; gives how many.

Up to 64 bytes behind them are overwritten."""


@intrinsic
def pack(_context, address, index, mask):  # noqa: ARG001
    """Write the lanes of the mask one after the other; gives how many. Up to 64 bytes behind them are overwritten."""

    def generate(_context, builder, _signature, arguments):
        address, index, mask = arguments
        kind = ir.VectorType(I32, 16)
        for number in range(4):
            chosen = lane_mask(builder, mask, number, 16)
            lanes = [part(builder, index, number, 16), chosen, ir.Constant(kind, ir.Undefined)]
            put(builder, address, call(builder, "llvm.experimental.vector.compress.v16i32", kind, lanes))
            count = builder.zext(builder.ctpop(builder.bitcast(chosen, I16)), I64)
            address = builder.add(address, builder.shl(count, ir.Constant(I64, 2)))
        return builder.ctpop(mask)

    return types.int64(types.int64, _INDEX, types.uint64), generate
