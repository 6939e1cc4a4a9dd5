"""One vector of pooled outputs: every lane its own window, with the best so far in a register.

    Y[l] = max over h < rows, s < taps of x[h·row + s·tap + l·v],    where 0 ≤ column + s·tap + l·v < W

`v` is 1 or 2, as a literal; outputs of other strides go one by one. LLVM by itself does not vectorise a maximum that
keeps NaN, nor one that knows where it was found.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ._leaves import Lanes

_i32, _i64, _size = ir.IntType(32), ir.IntType(64), types.intp


def _emit_taps(builder, v, stride, x, row, rows, tap, taps, column, W, visit):
    """Visit all taps, row by row: `visit(values, inside, offset)`."""
    numbers = ir.VectorType(_i64, v.count)
    steps = ir.Constant(numbers, [stride * lane for lane in range(v.count)])
    even = ir.Constant(v.mask, [1 - lane % 2 for lane in range(v.count)])
    with cgutils.for_range(builder, rows) as down, cgutils.for_range(builder, taps) as across:
        shift = builder.mul(across.index, tap)
        offset = builder.add(builder.mul(down.index, row), shift)
        place, at = builder.gep(x, [offset]), builder.add(column, shift)
        inside = builder.icmp_unsigned("<", builder.add(v.splat(at), steps), v.splat(W))
        if stride == 1:
            values = v.load(place, inside)
        else:
            halves = []
            for part in (0, v.count):
                lanes = ir.Constant(numbers, list(range(part, part + v.count)))
                there = builder.icmp_unsigned("<", builder.add(v.splat(at), lanes), v.splat(W))
                halves.append(v.load(builder.gep(place, [_i64(part)]), builder.and_(there, even)))
            values = v.pick(*halves, list(range(0, 2 * v.count, 2)))
        visit(values, inside, offset)


@intrinsic
def max_lanes(typing, stride, x, x0, row, rows, tap, taps, column, W, y, y0, winner, w0, corner, n):
    """Y[l] and the first of the largest: winner[l] = corner + l·stride + its offset; n at most one vector."""
    if not isinstance(stride, types.IntegerLiteral):
        return None
    s = _size
    signature = types.void(stride, x, s, s, s, s, s, s, s, y, s, winner, s, s, s)

    def generate(context, builder, signature, args):
        _, x, x0, row, rows, tap, taps, column, W, y, y0, winner, w0, corner, n = args
        v = Lanes(builder, signature.args[1].dtype)
        small, wide = ir.VectorType(_i32, v.count), ir.VectorType(_i64, v.count)
        best = cgutils.alloca_once_value(builder, v.zero)
        found = cgutils.alloca_once_value(builder, ir.Constant(small, [-1] * v.count))

        def challenge(values, inside, offset):
            old, where = builder.load(best), builder.load(found)
            first = builder.icmp_signed("<", where, ir.Constant(small, None))
            larger = builder.or_(builder.fcmp_ordered(">", values, old), builder.fcmp_unordered("uno", values, values))
            better = builder.and_(inside, builder.or_(first, larger))
            builder.store(builder.select(better, values, old), best)
            builder.store(builder.select(better, v.splat(builder.trunc(offset, _i32)), where), found)

        place = builder.gep(x, [x0])
        _emit_taps(
            builder, v, stride.literal_value, place, row, rows, tap, taps, column, W, challenge
        )  # fmt: skip
        kept = v.below(n)
        v.store(builder.load(best), builder.gep(y, [y0]), kept)
        steps = ir.Constant(wide, [stride.literal_value * lane for lane in range(v.count)])
        positions = builder.add(builder.sext(builder.load(found), wide), builder.add(steps, v.splat(corner)))
        target = builder.bitcast(builder.gep(winner, [w0]), wide.as_pointer())
        arguments = [positions, target, _i32(8), kept]
        v.call(f"llvm.masked.store.v{v.count}i64.p0", ir.VoidType(), arguments)
        return context.get_dummy_value()

    return signature, generate
