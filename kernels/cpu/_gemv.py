"""Matrix times vector: bound by memory, so the matrix is read in the order in which it lies there.

    y[i] = Σ_k A[i, k] · x[k]

Where rows of A are contiguous, `_dots` sums four of them at once, in vectors of partial sums that are added in pairs at
the end. Where columns are, `_axpys` adds eight of them at once to a stretch of y that stays in the first cache.
"""

from functools import cache

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from ._numba import callback
from ._simd import Lanes

_i64 = ir.IntType(64)
_STRETCH = 8192  # bytes of y
ROWS, _COLUMNS = 4, 8


def _dots_intrinsic(rows, vectors):
    @intrinsic
    def dots(typing, a, start, row, x, n, y):
        """y[i] = Σ_k A[i, k] · x[k] for `rows` rows; x is contiguous."""

        def generate(context, builder, signature, args):
            a, start, row, x, n, y = args
            lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
            first = builder.add(builder.ptrtoint(a, _i64), start)
            places = [builder.add(first, builder.mul(row, _i64(i))) for i in range(rows)]
            sums = [[cgutils.alloca_once_value(builder, lanes.zero) for _ in range(vectors)] for _ in range(rows)]
            step = vectors * lanes.count

            def add(k, j, mask):
                offset = builder.mul(k, _i64(lanes.bytes))
                of_x = lanes.load(builder.add(x, offset), mask)
                for place, total in zip(places, sums, strict=True):
                    of_a = lanes.load(builder.add(place, offset), mask)
                    builder.store(lanes.multiply_add(of_a, of_x, builder.load(total[j])), total[j])

            whole = builder.sdiv(n, _i64(step))
            with cgutils.for_range(builder, whole) as loop:
                for j in range(vectors):
                    add(builder.add(builder.mul(loop.index, _i64(step)), _i64(j * lanes.count)), j, None)
            done = builder.mul(whole, _i64(step))
            left = builder.sub(n, done)
            rest = builder.sdiv(builder.add(left, _i64(lanes.count - 1)), _i64(lanes.count))
            with cgutils.for_range(builder, rest) as loop:
                k = builder.add(done, builder.mul(loop.index, _i64(lanes.count)))
                add(k, 0, lanes.below(builder.sub(n, k)))
            for i, total in enumerate(sums):
                values = [builder.load(part) for part in total]
                while len(values) > 1:
                    values = [builder.fadd(*pair) for pair in zip(values[::2], values[1::2], strict=True)]
                target = builder.inttoptr(builder.add(y, _i64(i * lanes.bytes)), lanes.element.as_pointer())
                builder.store(lanes.sum(values[0]), target)
            return context.get_dummy_value()

        return types.void(a, *[types.intp] * 5), generate

    return dots


def _axpys_intrinsic(rows):
    @intrinsic
    def axpys(typing, a, start, row, x, step, y, n, fresh):
        """y[j] (+)= Σ_k x[k] · A[k, j] for `rows` rows of A, which are contiguous; y starts from nothing if `fresh`."""

        def generate(context, builder, signature, args):
            a, start, row, x, step, y, n, fresh = args
            lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
            first = builder.add(builder.ptrtoint(a, _i64), start)
            places = [builder.add(first, builder.mul(row, _i64(i))) for i in range(rows)]
            factors = [lanes.splat(lanes.scalar(builder.add(x, builder.mul(step, _i64(i))))) for i in range(rows)]

            def add(offset, mask, old):
                total = old
                for place, factor in zip(places, factors, strict=True):
                    total = lanes.multiply_add(factor, lanes.load(builder.add(place, offset), mask), total)
                lanes.store(total, builder.add(y, offset), mask)

            def sweep(old):
                whole = builder.sdiv(n, _i64(lanes.count))
                size = _i64(lanes.count * lanes.bytes)
                with cgutils.for_range(builder, whole) as loop:
                    offset = builder.mul(loop.index, size)
                    add(offset, None, old(offset, None))
                with builder.if_then(builder.icmp_signed("!=", builder.srem(n, _i64(lanes.count)), _i64(0))):
                    offset = builder.mul(whole, size)
                    mask = lanes.below(builder.srem(n, _i64(lanes.count)))
                    add(offset, mask, old(offset, mask))

            with builder.if_else(builder.icmp_signed("!=", fresh, _i64(0))) as (from_nothing, onto):
                with from_nothing:
                    sweep(lambda offset, mask: lanes.zero)
                with onto:
                    sweep(lambda offset, mask: lanes.load(builder.add(y, offset), mask))
            return context.get_dummy_value()

        return types.void(a, *[types.intp] * 7), generate

    return axpys


_four_dots, _one_dot = _dots_intrinsic(ROWS, 2), _dots_intrinsic(1, 8)
_eight_axpys, _one_axpy = _axpys_intrinsic(_COLUMNS), _axpys_intrinsic(1)


def _dots(a, m, row, x, depth, y, size):
    """Multiply m contiguous rows with contiguous x."""
    i = 0
    while i + ROWS <= m:
        _four_dots(a, i * row, row, x, depth, y + i * size)
        i += ROWS
    while i < m:
        _one_dot(a, i * row, row, x, depth, y + i * size)
        i += 1


def _axpys(a, m, col, x, step, depth, y, size):
    """Multiply m rows, whose columns are contiguous, with x."""
    for i in range(0, m, _STRETCH // size):
        some = min(m - i, _STRETCH // size)
        start, target, k = i * size, y + i * size, 0
        while k + _COLUMNS <= depth:
            _eight_axpys(a, start + k * col, col, x + k * step, step, target, some, k == 0)
            k += _COLUMNS
        while k < depth:
            _one_axpy(a, start + k * col, col, x + k * step, step, target, some, k == 0)
            k += 1


@cache
def dots_of(dtype):
    """Return the address of `_dots`, compiled for float32 or float64."""
    return callback(_dots, types.void(types.CPointer(from_dtype(dtype)), *[types.intp] * 6))


@cache
def axpys_of(dtype):
    """Return the address of `_axpys`, compiled for float32 or float64."""
    return callback(_axpys, types.void(types.CPointer(from_dtype(dtype)), *[types.intp] * 7))
