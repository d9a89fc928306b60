"""What is found out of many values in turn, 64 at a time: kept in vector registers from word to word."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from roarbase.engine.kernels.compiled.lanes import I64, LANES, call, lane_mask, load, same

__all__ = ["masked_parts", "reduced", "started"]


def masked_parts(builder, address, mask, element, count, other):
    """Groups of `count` values of the 64 at an address, `other` in the lanes without a bit."""
    kind = ir.VectorType(element, count)
    for number in range(LANES // count):
        here = builder.add(address, ir.Constant(I64, number * count * element.width // 8))
        values = load(builder, here, element, count)
        yield builder.select(lane_mask(builder, mask, number, count), values, same(kind, other))


def started(lanes, value):
    """A register with the same value in every lane."""

    @intrinsic
    def start(_context):
        def generate(context, _builder, _signature, _arguments):
            return same(context.get_value_type(lanes), value)

        return lanes(), generate

    return start


def reduced(lanes, name, is_signed):
    """One number out of all lanes: their "add", "umin", "smax", ..."""

    @intrinsic
    def reduce(_context, values):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            element = ir.IntType(lanes.bits)
            result = call(builder, f"llvm.vector.reduce.{name}.v{lanes.count}i{lanes.bits}", element, arguments)
            return result if lanes.bits == 64 else builder.sext(result, I64) if is_signed else builder.zext(result, I64)

        return types.int64(lanes), generate

    return reduce
