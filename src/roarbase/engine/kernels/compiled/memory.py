"""From addresses to arrays, and single machine instructions: bit counts and an atomic add."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from llvmlite import ir
from numba import carray, int64, njit, types, uint64
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = [
    "HELPER",
    "NO_BITS",
    "ONE_BIT",
    "ZERO",
    "address_of",
    "bytes_at",
    "count_bits",
    "fetch_add",
    "first_bit",
    "halves_at",
    "int64s_at",
    "load_word",
    "named",
    "prefetch",
    "same_bytes",
    "store_word",
    "tail_word",
    "uint32s_at",
    "words_at",
]

HELPER = {
    "nogil": True,
    "boundscheck": False,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
"""Options of every function but the entries: without a wrapper for Python, and compiled only when an entry is."""

ZERO = int64(0)
"""numba compiles a function anew for each constant it is called with, unless the constant is wrapped."""

NO_BITS = uint64(0)
ONE_BIT = uint64(1)


def named(name):
    """Give a function made for one width a name of its own, before numba compiles it.

    numba tells functions of one name apart by a number that counts anew in each process. Machine code from
    the cache carries these numbers along, and where two pieces of it disagree the wrong function is called.
    """

    def rename(function):
        function.__name__ = function.__qualname__ = name
        return function

    return rename


def _pointer_to(numba_type):
    @intrinsic
    def to_pointer(_context, address):  # noqa: ARG001 - numba matches the call by the argument
        def generate(context, builder, signature, arguments):
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(numba_type)(types.int64), generate

    return to_pointer


_to_uint8 = _pointer_to(types.uint8)
_to_uint16 = _pointer_to(types.uint16)
_to_uint32 = _pointer_to(types.uint32)
_to_uint64 = _pointer_to(types.uint64)
_to_int64 = _pointer_to(types.int64)


@njit(**HELPER)
def address_of(array):
    """Where an array begins. As int64: numba's own answer is unsigned, and makes floats of sums with it."""
    return int64(array.ctypes.data)


@njit(**HELPER)
def bytes_at(address, n):
    """The `n` uint8 at an address."""
    return carray(_to_uint8(address), n)


@njit(**HELPER)
def halves_at(address, n):
    """The `n` uint16 at an address."""
    return carray(_to_uint16(address), n)


@njit(**HELPER)
def uint32s_at(address, n):
    """The `n` uint32 at an address."""
    return carray(_to_uint32(address), n)


@njit(**HELPER)
def words_at(address, n):
    """The `n` uint64 at an address."""
    return carray(_to_uint64(address), n)


@njit(**HELPER)
def int64s_at(address, n):
    """The `n` int64 at an address."""
    return carray(_to_int64(address), n)


@intrinsic
def load_word(_context, address):  # noqa: ARG001
    """The uint64 at an address that need not be a multiple of 8."""

    def generate(_context, builder, _signature, arguments):
        value = builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))
        value.align = 1
        return value

    return types.uint64(types.int64), generate


@intrinsic
def store_word(_context, address, word):  # noqa: ARG001
    """Write a uint64 at an address that need not be a multiple of 8."""

    def generate(_context, builder, _signature, arguments):
        store = builder.store(arguments[1], builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))
        store.align = 1
        return _context.get_dummy_value()

    return types.void(types.int64, types.uint64), generate


@intrinsic
def count_bits(_context, word):  # noqa: ARG001
    """How many bits of a word are set."""

    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def first_bit(_context, word):  # noqa: ARG001
    """The position of the lowest bit set; 64 for a word without one."""

    def generate(_context, builder, _signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@intrinsic
def fetch_add(_context, address, amount):  # noqa: ARG001
    """Add to the int64 at an address in one step, whoever else does so; gives what stood there before."""

    def generate(_context, builder, _signature, arguments):
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("add", pointer, arguments[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def prefetch(_context, address):  # noqa: ARG001
    """Have the cache line at an address brought near, to be read soon; any address will do."""

    def generate(context, builder, _signature, arguments):
        pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, *(ir.IntType(32),) * 3])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [pointer, *(ir.Constant(ir.IntType(32), part) for part in (0, 2, 1))])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@njit(**HELPER)
def tail_word(address, n):
    """The `n` < 8 bytes at an address, as the low bytes of a word."""
    found, word = bytes_at(address, 8), uint64(0)
    for i in range(n):
        word |= uint64(found[i]) << uint64(8 * i)
    return word


@njit(**HELPER)
def same_bytes(first, second, n):
    """Whether the `n` bytes at two addresses are the same."""
    if n < 8:
        return tail_word(first, n) == tail_word(second, n)
    last = n - 8
    i = 0
    while i < last:
        if load_word(first + i) != load_word(second + i):
            return False
        i += 8
    return load_word(first + last) == load_word(second + last)  # overlaps the word before it
