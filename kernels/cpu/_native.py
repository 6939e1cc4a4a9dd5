"""What compiled code reads and calls by address: words of memory, C functions, and the heads of NumPy arrays.

An array comes as its `id`, which is the address of its `PyArrayObject`, and its data, shape and strides are read there,
from the public C struct that NumPy promises to keep. So one compiled signature serves arrays of every rank, layout and
dtype, and a call costs what passing an integer costs. Whoever passes an id holds the array until the call is over.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_word = ir.IntType(64)
_FIELDS = object.__basicsize__ // 8  # words of the object's own head, then: data, ndim, shape, strides, base, dtype, …


@intrinsic
def peek(typing, address, i):
    """Read word `i` behind an address."""

    def generate(context, builder, signature, args):
        return _word_of(builder, *args)

    return types.intp(types.intp, types.intp), generate


@intrinsic
def poke(typing, address, i, value):
    """Write word `i` behind an address."""

    def generate(context, builder, signature, args):
        builder.store(args[2], builder.gep(builder.inttoptr(args[0], _word.as_pointer()), [args[1]]))
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp), generate


@intrinsic
def on_stack(typing, words):
    """Return the address of a block that lives until the calling function returns."""
    if not isinstance(words, types.IntegerLiteral):
        return None

    def generate(context, builder, signature, args):
        return builder.ptrtoint(cgutils.alloca_once(builder, _word, words.literal_value), _word)

    return types.intp(words), generate


@intrinsic
def call(typing, address, args):
    """Call the C function at an address with integers."""
    if not isinstance(args, types.BaseTuple):
        return None
    count = len(args)

    def generate(context, builder, signature, values):
        function = builder.inttoptr(values[0], ir.FunctionType(ir.VoidType(), [_word] * count).as_pointer())
        builder.call(function, cgutils.unpack_tuple(builder, values[1], count))
        return context.get_dummy_value()

    return types.void(types.intp, types.UniTuple(types.intp, count)), generate


def _word_of(builder, address, i):
    return builder.load(builder.gep(builder.inttoptr(address, _word.as_pointer()), [i]))


def _field(number, bits=64):
    """Make the intrinsic that reads a field of an array, all or its lower 32 bits."""

    @intrinsic
    def read(typing, array):
        def generate(context, builder, signature, args):
            value = _word_of(builder, args[0], _word(_FIELDS + number))
            return value if bits == 64 else builder.and_(value, _word((1 << bits) - 1))

        return types.intp(types.intp), generate

    return read


def _along(number):
    """Make the intrinsic that reads an entry of an array's shape or strides."""

    @intrinsic
    def read(typing, array, axis):
        def generate(context, builder, signature, args):
            return _word_of(builder, _word_of(builder, args[0], _word(_FIELDS + number)), args[1])

        return types.intp(types.intp, types.intp), generate

    return read


data_of = _field(0)  # the address of the first element
ndim_of = _field(1, bits=32)
extent = _along(2)  # the length of an axis
stride = _along(3)  # bytes from one element to the next along an axis
dtype_of = _field(5)  # the id of the dtype: builtin native ones are one object each
flags_of = _field(6, bits=32)
ALIGNED = 0x100
