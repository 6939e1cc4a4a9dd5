"""What comes after a product while it is still in the first cache: y = act(y + b)."""

from functools import cache

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from ._numba import callback
from ._simd import VECTOR, Lanes

_i64 = ir.IntType(64)


@intrinsic
def _finish_lanes(typing, like, y, b, n, adds, cuts):
    """One vector of y, of which n lanes are real; b is read if `adds`, what is below zero cut off if `cuts`."""

    def generate(context, builder, signature, args):
        _, y, b, n, adds, cuts = args
        lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
        mask = lanes.below(n)
        wanted = builder.select(builder.icmp_signed("!=", adds, _i64(0)), mask, ir.Constant(lanes.mask, None))
        sums = builder.fadd(lanes.load(y, mask), lanes.load(b, wanted))
        negative = builder.fcmp_ordered("<", sums, lanes.zero)  # not where NaN
        cut = builder.and_(negative, lanes.splat(builder.icmp_signed("!=", cuts, _i64(0))))
        lanes.store(builder.select(cut, lanes.zero, sums), y, mask)
        return context.get_dummy_value()

    return types.void(like, *[types.intp] * 5), generate


def _finish(like, y, m, n, row, b, cuts, size):
    """Finish m rows of n elements; b is the address of n elements, or 0."""
    for i in range(m):
        for j in range(0, n * size, VECTOR):
            _finish_lanes(like, y + i * row + j, b + j, n - j // size, b, cuts)


@cache
def finish_of(dtype):
    """Return the address of `_finish`, compiled for float32 or float64; its first argument is not used."""
    return callback(_finish, types.void(types.CPointer(from_dtype(dtype)), *[types.intp] * 7))
