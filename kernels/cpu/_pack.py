"""Packing: parts of a matrix laid out in the order in which `tile` reads them, transposed on the way where need be."""

from functools import cache

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from ._numba import callback
from ._simd import VECTOR, Lanes

_i32, _i64 = ir.IntType(32), ir.IntType(64)
_AHEAD = 8  # rows that are fetched before they are copied


@intrinsic
def _transpose(typing, source, start, row, m, n, target, pitch):
    """target[c·pitch + r] = source[r, c] for r < m, c < n, both at most one vector.

    Whole vectors are stored, in ascending c: what they spill over the end of a row the next store fills again.
    """
    size = types.intp

    def generate(context, builder, signature, args):
        source, start, row, m, n, target, pitch = args
        lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
        count, first = lanes.count, builder.add(builder.ptrtoint(source, _i64), start)
        inside, nothing = lanes.below(n), ir.Constant(lanes.mask, [0] * lanes.count)
        rows = []
        for r in range(count):
            mask = builder.select(builder.icmp_signed("<", _i64(r), m), inside, nothing)
            rows.append(lanes.load(builder.add(first, builder.mul(row, _i64(r))), mask))
        half = count // 2
        while half:  # swap ever smaller blocks across the diagonal
            order = ir.VectorType(_i32, count)
            low = ir.Constant(order, [count + c - half if c & half else c for c in range(count)])
            high = ir.Constant(order, [count + c if c & half else c + half for c in range(count)])
            for i in range(count):
                if not i & half:
                    x, y = rows[i], rows[i + half]
                    rows[i], rows[i + half] = builder.shuffle_vector(x, y, low), builder.shuffle_vector(x, y, high)
            half //= 2
        end = builder.append_basic_block("transposed")
        for c in range(count):
            block = builder.append_basic_block("store")
            builder.cbranch(builder.icmp_signed("<", _i64(c), n), block, end)
            builder.position_at_end(block)
            lanes.store(rows[c], builder.add(target, builder.mul(pitch, _i64(c))))
        builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(source, *[size] * 6), generate


@intrinsic
def _copy(typing, source, start, n, target):
    """target[l] = source[l] for l < n, at most one vector."""
    size = types.intp

    def generate(context, builder, signature, args):
        source, start, n, target = args
        lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
        place = builder.add(builder.ptrtoint(source, _i64), start)
        with builder.if_else(builder.icmp_signed(">=", n, _i64(lanes.count))) as (whole, ragged):
            with whole:
                lanes.store(lanes.load(place), target)
            with ragged:
                mask = lanes.below(n)
                lanes.store(lanes.load(place, mask), target, mask)
        return context.get_dummy_value()

    return types.void(source, size, size, size), generate


@intrinsic
def _copy_one(typing, source, start, target):
    size = types.intp

    def generate(context, builder, signature, args):
        source, start, target = args
        lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
        value = lanes.scalar(builder.add(builder.ptrtoint(source, _i64), start))
        builder.store(value, builder.inttoptr(target, lanes.element.as_pointer()))
        return context.get_dummy_value()

    return types.void(source, size, size), generate


@intrinsic
def prefetch(typing, source, start):
    """Ask for the cache line so many bytes behind a pointer; there may be no memory at all."""

    def generate(context, builder, signature, args):
        Lanes(builder, 32).prefetch(builder.add(builder.ptrtoint(args[0], _i64), args[1]))
        return context.get_dummy_value()

    return types.void(source, types.intp), generate


def _pack(source, width, n, depth, row, col, target, tight, size):
    """Lay n rows out as panels of `width`: panel i at target + i·depth, its element (k, r) at k·pitch + r.

    The pitch of a short last panel is `width`, or its own number of rows if it is to be tight. Rows and columns are
    any number of bytes apart. Up to one vector is written behind the end.
    """
    lanes = VECTOR // size
    if row == size and col != size:
        for k in range(depth):
            for i in range(0, n, 64 // size):
                prefetch(source, i * row + (k + _AHEAD) * col)
            for i in range(0, n, width):
                rows = min(width, n - i)
                pitch = rows if tight else width
                for r in range(0, rows, lanes):
                    spills = i + r + lanes <= n and k * pitch + r + lanes <= depth * pitch  # into what comes later
                    place = target + (i * depth + k * pitch + r) * size
                    _copy(source, (i + r) * row + k * col, lanes if spills else min(lanes, rows - r), place)
    else:
        for i in range(0, n, width):
            rows = min(width, n - i)
            pitch = rows if tight else width
            if col == size:
                for k in range(0, depth, lanes):
                    r = (rows - 1) // lanes * lanes  # descending: what one block spills the block before it fills
                    while r >= 0:
                        place = target + (i * depth + k * pitch + r) * size
                        some, deep = min(lanes, rows - r), min(lanes, depth - k)
                        _transpose(source, (i + r) * row + k * col, row, some, deep, place, pitch * size)
                        r -= lanes
            else:
                for k in range(depth):
                    for r in range(rows):
                        _copy_one(source, (i + r) * row + k * col, target + (i * depth + k * pitch + r) * size)


@cache
def pack_of(dtype):
    """Return the address of `_pack`, compiled for float32 or float64."""
    return callback(_pack, types.void(types.CPointer(from_dtype(dtype)), *[types.intp] * 8))
