"""Rows as windows see them: lanes that reach over both ends of a row, and every other lane of two vectors."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._lanes import Lanes, below, kind_of, masked

_i32, _i64 = ir.IntType(32), ir.IntType(64)


@intrinsic
def load_within(typing, p, start, i, n):
    """Lanes p[start + i], p[start + i + 1], …; 0 in the place of those that are not within start … start + n - 1."""
    kind = kind_of(p)
    if kind is None:
        return None

    def generate(context, builder, signature, args):
        p, start, i, n = args
        place = builder.bitcast(builder.gep(p, [builder.add(start, i)]), kind.vector.as_pointer())
        whole, mask = _within(builder, kind.count, i, n)
        with builder.if_else(whole, likely=True) as (every, some):
            with every:
                full = builder.load(place)
                full.align = kind.bits // 8
                first = builder.block
            with some:
                align = _i32(kind.bits // 8)
                part = masked(builder, kind, "load", kind.vector, [place, align, mask(), kind.constant(0.0)])
                second = builder.block
        value = builder.phi(kind.vector)
        value.add_incoming(full, first)
        value.add_incoming(part, second)
        return value

    return kind(p, types.intp, types.intp, types.intp), generate


@intrinsic
def store_within(typing, value, p, start, i, n):
    """p[start + i], p[start + i + 1], … = lanes, those within start … start + n - 1."""
    kind = kind_of(p)
    if kind is None or value != kind:
        return None

    def generate(context, builder, signature, args):
        value, p, start, i, n = args
        place = builder.bitcast(builder.gep(p, [builder.add(start, i)]), kind.vector.as_pointer())
        whole, mask = _within(builder, kind.count, i, n)
        with builder.if_else(whole, likely=True) as (every, some):
            with every:
                builder.store(value, place).align = kind.bits // 8
            with some:
                masked(builder, kind, "store", ir.VoidType(), [value, place, _i32(kind.bits // 8), mask()])
        return context.get_dummy_value()

    return types.void(value, p, types.intp, types.intp, types.intp), generate


def _within(builder, count, i, n):
    """Whether all lanes i, i + 1, … are in 0 … n - 1, and a function that emits the mask of those that are."""
    left = builder.sub(n, i)
    whole = builder.and_(builder.icmp_signed(">=", i, _i64(0)), builder.icmp_signed(">=", left, _i64(count)))

    def mask():
        before = below(builder, count, builder.neg(i))
        return builder.and_(below(builder, count, left), builder.not_(before))

    return whole, mask


def _shuffle(places):
    """An intrinsic that picks lanes from two vectors: `places` of their number, those of the second behind."""

    @intrinsic
    def pick(typing, a, b):
        if not isinstance(a, Lanes) or a != b:
            return None
        chosen = ir.Constant(ir.VectorType(_i32, a.count), places(a.count))
        return a(a, b), lambda context, builder, signature, args: builder.shuffle_vector(*args, chosen)

    return pick


evens = _shuffle(lambda n: list(range(0, 2 * n, 2)))
odds = _shuffle(lambda n: list(range(1, 2 * n, 2)))
# the first and the second half of a[0], b[0], a[1], b[1], …
zip_low = _shuffle(lambda n: [i // 2 + n * (i % 2) for i in range(n)])
zip_high = _shuffle(lambda n: [i // 2 + n * (i % 2) for i in range(n, 2 * n)])
