"""How vector instructions are written: LLVM vector code on the 64 values that belong to one word of bits.

LLVM turns the same text into AVX-512, AVX2, SSE2 or NEON. Loops over single values lose 1.4 to 6 times
against it where a comparison gives a mask, where a masked sum is taken, and where chosen values are packed.
The functions here are called while numba generates code; loads and stores assume no alignment.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

__all__ = [
    "ELEMENTS",
    "I1",
    "I8",
    "I16",
    "I32",
    "I64",
    "LANES",
    "Lanes",
    "call",
    "lane_mask",
    "load",
    "part",
    "put",
    "same",
    "splat",
]

LANES = 64
I1, I8, I16, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
ELEMENTS = {1: I8, 2: I16, 4: I32, 8: I64}
"""By width in bytes."""


class Lanes(types.Type):
    """A vector register (or several) as a value of numba's: it stays in registers from step to step of a loop."""

    def __init__(self, bits, count):
        self.bits, self.count = bits, count
        super().__init__(name=f"Lanes{count}x{bits}")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, ir.VectorType(ir.IntType(lanes.bits), lanes.count))


def load(builder, address, element, count):
    """`count` values from an address on."""
    value = builder.load(builder.inttoptr(address, ir.VectorType(element, count).as_pointer()))
    value.align = 1
    return value


def put(builder, address, value):
    """Write a vector to an address."""
    builder.store(value, builder.inttoptr(address, value.type.as_pointer())).align = 1


def splat(builder, scalar, count):
    """The same value in every lane."""
    kind = ir.VectorType(scalar.type, count)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(I32, 0))
    lanes = ir.Constant(ir.VectorType(I32, count), [0] * count)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), lanes)


def part(builder, value, number, count):
    """Lanes [number x count, (number + 1) x count) of a vector."""
    lanes = [number * count + lane for lane in range(count)]
    undefined = ir.Constant(value.type, ir.Undefined)
    return builder.shuffle_vector(value, undefined, ir.Constant(ir.VectorType(I32, count), lanes))


def lane_mask(builder, word, number=0, count=LANES):
    """Bits [number x count, (number + 1) x count) of a word, one per lane."""
    bits = builder.lshr(word, ir.Constant(I64, number * count)) if number else word
    bits = builder.trunc(bits, ir.IntType(count)) if count < LANES else bits
    return builder.bitcast(bits, ir.VectorType(I1, count))


def same(kind, value):
    """A constant vector."""
    return ir.Constant(kind, [value] * kind.count)


def call(builder, name, result, arguments):
    """Call an LLVM intrinsic."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)
