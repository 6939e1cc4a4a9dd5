"""NumPy functions whose inner loops we compile.

A *loop* is a C function as NumPy calls it, `loop(args, dims, steps, kind)`: operand k starts at address args[k], its
next element stands steps[k] bytes further, dims[0] is their number. In one with a signature, such as "(n)->(n)", these
are rows; dims[1:] are the lengths of the letters, and behind the steps of the operands come those within a row. `kind`
is null: its type says for which float this copy is compiled.

NumPy does the rest, at a quarter of a microsecond a call: broadcasting, byte orders, alignment, strides, new outputs.
"""

from functools import cache

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype
from numba.np.ufunc import _internal
from numpy import dtype as dtype_of

from ._lanes import Lanes, kind_of, splat
from ._native import data_of
from ._numba import COMPILED, WORTH_THREADS, callback, kernel, pointer, run, thread_count

_i8, _i32, _i64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_X86 = llvmlite.binding.get_default_triple().startswith(("x86_64", "i686"))
_BATCH = 64  # elements: shares of threads are whole vectors


class Function(dict):
    """A NumPy function for each float: that of "f" or "d", compiled when first asked for; None for any other letter.

    Parameters
    ----------
    loop : function (args, dims, steps, kind)
    operands : str
        Their types, "x" being the float and others NumPy's letters, as in "xl->xx".
    signature : str
        NumPy's, as in "(n),()->(n),()"; empty for functions of single elements.
    """

    def __init__(self, loop, operands, signature=""):
        super().__init__()
        self.loop, self.operands, self.signature = loop, operands.split("->"), signature

    def __missing__(self, letter):
        self[letter] = function = self._compile(letter) if letter in ("f", "d") and COMPILED else None
        return function

    def spread(self, arrays, dims, work):
        """Call the loop for C-contiguous arrays, outputs included: their first axis is shared among the threads.

        Parameters
        ----------
        arrays : sequence of arrays
            What has no first axis, or one of length 1, is for all.
        dims : sequence of int
            Length of the first axis, then the lengths of the letters.
        work : int
            Multiply-adds in all.
        """
        letter = next(a.dtype.char for a, kind in zip(arrays, "".join(self.operands), strict=True) if kind == "x")
        if work < WORTH_THREADS or thread_count() == 1:
            self[letter](*arrays)
            return
        steps = [0 if a.ndim == 0 or len(a) == 1 else a.strides[0] for a in arrays]
        steps += [s for a in arrays for s in a.strides[1:]]
        numbers = (_address(self.loop, letter), len(arrays), len(dims), len(steps), *dims, *map(id, arrays), *steps)
        run(_share, work, dtype_of("int64"), (), numbers, len(arrays) + len(dims))

    def _compile(self, letter):
        inputs, outputs = (kinds.replace("x", letter) for kinds in self.operands)
        kinds = [dtype_of(kind).num for kind in inputs + outputs]
        name, text = self.loop.__name__, self.loop.__doc__ or ""
        address = _address(self.loop, letter)
        signature = (self.signature,) if self.signature else ()
        return _internal.fromfunc(
            name, text, [address], [kinds], len(inputs), len(outputs), [0], (self, name, text), -1, *signature
        )


@cache
def _address(loop, letter):
    word = types.CPointer(types.int64)
    return callback(loop, types.void(word, word, word, types.CPointer(from_dtype(dtype_of(letter)))))


def _share(memory, numbers, t, threads):
    """Call a loop for one share of the rows: with places further down, and fewer rows."""
    operands, D = numbers[1], numbers[2]
    dims, places, steps = 4, 4 + D, 4 + D + operands
    rows = numbers[dims]
    batch = _BATCH if rows > _BATCH * threads else 1
    batches = (rows + batch - 1) // batch
    first, last = batches * t // threads * batch, min(rows, batches * (t + 1) // threads * batch)
    for k in range(operands):
        memory[k] = data_of(numbers[places + k]) + first * numbers[steps + k]
    memory[operands] = last - first
    for d in range(1, D):
        memory[operands + d] = numbers[dims + d]
    if last > first:
        _call_loop(numbers[0], memory, operands, numbers, steps)


@intrinsic
def _call_loop(typing, address, memory, operands, numbers, steps):
    word = types.CPointer(types.int64)

    def generate(context, builder, signature, args):
        address, memory, operands, numbers, steps = args
        kind = ir.FunctionType(ir.VoidType(), [memory.type] * 4)
        null = ir.Constant(memory.type, None)
        dims, steps = builder.gep(memory, [operands]), builder.gep(numbers, [steps])
        builder.call(builder.inttoptr(address, kind.as_pointer()), [memory, dims, steps, null])
        return context.get_dummy_value()

    return types.void(types.intp, word, types.intp, word, types.intp), generate


# ---------------------------------------------------------------------------------------- inside of loops


def _neighbours(builder, vector, size, args, steps, k, i, n):
    """Emit what reads elements i, i + 1, … of operand k, whose step may be any; 0 in the place of those behind n."""
    typed = lambda pointer, kind: builder.bitcast(pointer, kind.as_pointer())  # noqa: E731
    place = builder.inttoptr(builder.load(builder.gep(args, [k])), _i8.as_pointer())
    step, left, lanes = builder.load(builder.gep(steps, [k])), builder.sub(n, i), _i64(vector.count)
    result = cgutils.alloca_once(builder, vector)
    builder.store(ir.Constant(vector, None), result)
    start = builder.gep(place, [builder.mul(i, step)])
    whole = builder.icmp_signed(">=", left, lanes)
    dense = builder.icmp_signed("==", step, _i64(size))
    with builder.if_else(builder.and_(whole, dense), likely=True) as (fast, other):
        with fast:
            value = builder.load(typed(start, vector))
            value.align = size
            builder.store(value, result)
        with other, builder.if_else(builder.icmp_signed("==", step, _i64(0))) as (constant, strided):
            with constant:
                builder.store(splat(builder, builder.load(typed(place, vector.element)), vector.count), result)
            with strided:
                count = builder.select(whole, lanes, left)
                lane = typed(result, vector.element)
                with cgutils.for_range(builder, count) as loop:
                    element = builder.gep(start, [builder.mul(loop.index, step)])
                    value = builder.load(typed(element, vector.element))
                    builder.store(value, builder.gep(lane, [loop.index]))
    return builder.load(result)


@intrinsic
def get(typing, kind, args, steps, k, i, n):
    """Lanes i, i + 1, … of operand k; 0 in the place of those at n and behind."""
    lanes = kind_of(kind)
    if lanes is None:
        return None

    def generate(context, builder, signature, values):
        return _neighbours(builder, lanes.vector, lanes.bits // 8, *values[1:])

    size, word = types.intp, types.CPointer(types.int64)
    return lanes(kind, word, word, size, size, size), generate


@intrinsic
def get_mask(typing, kind, args, steps, k, i, n):
    """Truth of i, i + 1, … of operand k, of booleans, beside lanes of the same places."""
    lanes = kind_of(kind)
    if lanes is None:
        return None

    def generate(context, builder, signature, values):
        flags = ir.VectorType(_i8, lanes.count)
        return builder.icmp_unsigned("!=", _neighbours(builder, flags, 1, *values[1:]), ir.Constant(flags, None))

    size, word = types.intp, types.CPointer(types.int64)
    return lanes.mask(kind, word, word, size, size, size), generate


@intrinsic
def put(typing, value, args, steps, k, i, n):
    """Write lanes to i, i + 1, … of operand k, up to n."""
    if not isinstance(value, Lanes):
        return None

    def generate(context, builder, signature, values):
        lanes = signature.args[0]
        value, args, steps, k, i, n = values
        place = builder.inttoptr(builder.load(builder.gep(args, [k])), _i8.as_pointer())
        step, size = builder.load(builder.gep(steps, [k])), lanes.bits // 8
        left = builder.sub(n, i)
        start = builder.gep(place, [builder.mul(i, step)])
        whole = builder.icmp_signed(">=", left, _i64(lanes.count))
        dense = builder.icmp_signed("==", step, _i64(size))
        with builder.if_else(builder.and_(whole, dense), likely=True) as (fast, other):
            with fast:
                builder.store(value, builder.bitcast(start, lanes.vector.as_pointer())).align = size
            with other:
                kept = cgutils.alloca_once(builder, lanes.vector)
                builder.store(value, kept)
                count = builder.select(whole, _i64(lanes.count), left)
                lane = builder.bitcast(kept, lanes.vector.element.as_pointer())
                with cgutils.for_range(builder, count) as loop:
                    element = builder.gep(start, [builder.mul(loop.index, step)])
                    one = builder.load(builder.gep(lane, [loop.index]))
                    builder.store(one, builder.bitcast(element, lanes.vector.element.as_pointer()))
        return context.get_dummy_value()

    size, word = types.intp, types.CPointer(types.int64)
    return types.void(value, word, word, size, size, size), generate


@kernel
def row(kind, args, steps, k, i):
    """Row i of operand k, as a pointer to floats."""
    return pointer(kind, args[k] + i * steps[k])


@intrinsic
def quiet(typing):
    """Forget what the loop did on the way to a right answer: NumPy would warn of overflows in lanes not chosen."""

    def generate(context, builder, signature, args):
        if _X86:
            state = cgutils.alloca_once(builder, _i32)
            as_bytes = builder.bitcast(state, _i8.as_pointer())
            _call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), as_bytes)
            builder.store(builder.and_(builder.load(state), _i32(~0x3F)), state)
            _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), as_bytes)
        else:
            _call(builder, "feclearexcept", _i32, _i32(0x1F))
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def quiet_library(typing):
    """Forget what C's library did too: on x86 it may count in registers with flags of their own, slow to clear."""

    def generate(context, builder, signature, args):
        _call(builder, "feclearexcept", _i32, _i32(0x1F))
        return context.get_dummy_value()

    return types.void(), generate


def _call(builder, name, kind, *args):
    kind = ir.FunctionType(kind, [a.type for a in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)
