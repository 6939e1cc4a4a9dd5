"""What compiled code reads and calls by address: words of memory, C functions, the heads of arrays, and Python's C API.

An array comes as its `id`, which is the address of its `PyArrayObject`, and its data, shape and strides are read there,
from the public C struct that NumPy promises to keep. So one compiled signature serves arrays of every rank, layout and
dtype. Whoever passes an id holds the array until the call is over.

`builtin` makes such a function one that the interpreter calls like its own, for 0.04 µs: Numba's way in, which turns
each argument into a native value, takes 0.2 to 0.4.
"""

import ctypes

import numpy as np
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


def _calling(result):
    """Make the intrinsic that calls the C function at an address with integers."""

    @intrinsic
    def call(typing, address, args):
        if not isinstance(args, types.BaseTuple):
            return None
        count = len(args)

        def generate(context, builder, signature, values):
            kind = ir.FunctionType(ir.VoidType() if result is types.void else _word, [_word] * count)
            answer = builder.call(
                builder.inttoptr(values[0], kind.as_pointer()), cgutils.unpack_tuple(builder, values[1], count)
            )
            return context.get_dummy_value() if result is types.void else answer

        return result(types.intp, types.UniTuple(types.intp, count)), generate

    return call


call, ask = _calling(types.void), _calling(types.intp)  # `ask` returns what the function does


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


type_of = _field(-1)  # the id of an object's class
data_of = _field(0)  # the address of the first element
ndim_of = _field(1, bits=32)
extent = _along(2)  # the length of an axis
stride = _along(3)  # bytes from one element to the next along an axis
dtype_of = _field(5)  # the id of the dtype: builtin native ones are one object each
flags_of = _field(6, bits=32)
ALIGNED = 0x100


_python = ctypes.pythonapi
_python.PyCapsule_GetPointer.restype = ctypes.c_void_p
_python.PyCapsule_GetPointer.argtypes = ctypes.py_object, ctypes.c_char_p
_python.PyCFunction_NewEx.restype = ctypes.py_object
_python.PyCFunction_NewEx.argtypes = ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
_FASTCALL = 0x80  # METH_FASTCALL: positional arguments in an array
_EMPTY = 184  # PyArray_Empty in the table that NumPy gives to extension modules; its order never changes


class _Definition(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_definitions = []  # a function object points to its own


def builtin(name, address, words):
    """Make a Python function of the C function `f(id of words, address of the ids of the arguments, their number)`.

    It returns the id of an object, with a reference to it. It runs with the GIL held.
    """
    definition = _Definition(name.encode(), address, _FASTCALL, None)
    _definitions.append(definition)
    return _python.PyCFunction_NewEx(ctypes.addressof(definition), words, None)


def python_api(name):
    """Return the address of a function of Python's C API."""
    return ctypes.cast(getattr(_python, name), ctypes.c_void_p).value


def empty_api():
    """Return the address of `PyArray_Empty(rank, shape, dtype, 0)`, which consumes a reference to the dtype."""
    functions = _python.PyCapsule_GetPointer(np._core._multiarray_umath._ARRAY_API, None)
    return ctypes.c_void_p.from_address(functions + _EMPTY * ctypes.sizeof(ctypes.c_void_p)).value
