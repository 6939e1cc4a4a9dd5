"""Tiles of depthwise convolution: some rows of a plane, one vector wide, in registers.

    convolve_tile    y[i·apart, j…] = start + Σ_steps Σ_{r,s} w[place + r·pitch + s·near] · X(r, s)[i, j…]
    correlate_tile   sums[place + r·pitch + s] += Σ_i g[p + i, j…] · X(r, s)[i, j…]

with X(r, s)[i, j…] = x[h + (p + i)·u + r, c + s + (j…)·v], zero outside of the image, and `j…` a vector of columns. A
step stands in a table as (h, c, place): where its first tap begins in the image, and in the filter. Its other taps are
below and beside that one: a line of the image is read once and meets all rows of the tile that want it.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ._leaves import Lanes
from ._simd import VECTOR

HEIGHTS = (8, 7) if VECTOR == 64 else (4,)  # of tiles: with some taps and a line, they fit into the registers
FIELDS = 3  # of a step
ANY = 0  # in the place of a stride: columns are read or written one by one

_i64 = ir.IntType(64)
_size, _table = types.intp, types.CPointer(types.int64)


def _at(builder, pointer, *terms):
    for term in terms:
        pointer = builder.gep(pointer, [term])
    return pointer


class _Image:
    """What a tile reads: a plane, from row p·u and column j·v on."""

    def __init__(self, builder, v, shape, x, zeros, height, width, p, j, u, step):
        self.builder, self.v, self.x, self.zeros, self.height, self.width = builder, v, x, zeros, height, width
        self.rows, self.R, self.S, self.u, self.near = shape
        self.row, self.column, self.step = builder.mul(p, u), builder.mul(j, step), step
        self.apart = u if self.R == 1 else _i64(1)
        self.buffer = cgutils.alloca_once(builder, v.vector)

    def lines(self):
        """Return the lines that a step reads, each with the pairs (row of the tile, tap) that want it."""
        wanted = {}
        for i in range(self.rows):
            for r in range(self.R):
                wanted.setdefault(i * self.u + r if self.R > 1 else i, []).append((i, r))
        return wanted.items()

    def prefetch(self):
        """Ask for the rows below the tile."""
        b, v, rows = self.builder, self.v, self.rows * max(self.u, 1)
        for i in range(rows):
            row = b.mul(b.add(self.row, _i64(i + rows)), self.width)
            for k in range(max(self.near, 1)):
                v.prefetch(b.ptrtoint(_at(b, self.x, row, self.column, _i64(k * v.count)), _i64))

    def steps(self, plane, table, begin, end, use):
        """Go through steps: `use(place, read)` each, where `read(line)` gives a vector for each s."""
        b = self.builder
        with cgutils.for_range_slice(b, begin, end, _i64(1)) as (step, _):
            entry = b.gep(table, [b.mul(step, _i64(FIELDS))])
            h, c, place = (b.load(b.gep(entry, [_i64(k)])) for k in range(FIELDS))
            first, column = b.add(self.row, h), b.add(self.column, c)
            start = _at(b, plane, b.mul(first, self.width), column)
            pitch, nothing = b.mul(self.apart, self.width), b.gep(self.zeros, [column])
            parts = sorted({part for s in range(self.S) for part in self._parts(s)})
            masks = {part: self._inside(b.add(column, _i64(part))) for part in parts}

            def read(number):
                inside = b.icmp_unsigned("<", b.add(first, b.mul(self.apart, _i64(number))), self.height)
                line = b.select(inside, b.gep(start, [b.mul(pitch, _i64(number))]), nothing)
                if self.near == ANY:
                    return [self._one_by_one(line, column)]
                found = {part: self.v.load(b.gep(line, [_i64(part)]), mask) for part, mask in masks.items()}
                return [self._pick(s, [found[part] for part in self._parts(s)]) for s in range(self.S)]

            use(place, read)

    def _parts(self, s):
        """Columns at which the vectors begin that hold the inputs of tap s."""
        if self.near == 1:
            return [s]
        return [s // 2 * 2, s // 2 * 2 + self.v.count] if self.near == 2 else []

    def _pick(self, s, parts):
        return parts[0] if self.near == 1 else self.v.pick(*parts, list(range(s % 2, 2 * self.v.count, 2)))

    def _inside(self, column):
        """Mask of the lanes that are in the image, were lane 0 in this column."""
        b, count = self.builder, self.v.count
        ones = lambda n: b.sub(b.shl(_i64(1), n), _i64(1))  # noqa: E731
        bits = b.xor(ones(self._clip(b.sub(self.width, column))), ones(self._clip(b.neg(column))))
        return b.bitcast(b.trunc(bits, ir.IntType(count)), self.v.mask)

    def _clip(self, n):
        b, count = self.builder, _i64(self.v.count)
        n = b.select(b.icmp_signed("<", n, count), n, count)
        return b.select(b.icmp_signed(">", n, _i64(0)), n, _i64(0))

    def _one_by_one(self, line, column):
        b, v = self.builder, self.v
        scalars = b.bitcast(self.buffer, v.element.as_pointer())
        with cgutils.for_range(b, _i64(v.count)) as lane:
            at = b.mul(lane.index, self.step)
            inside = b.icmp_unsigned("<", b.add(column, at), self.width)
            b.store(b.load(b.select(inside, b.gep(line, [at]), self.zeros)), b.gep(scalars, [lane.index]))
        return b.load(self.buffer)


def _store_apart(builder, v, value, target, step, count):
    buffer = cgutils.alloca_once(builder, v.vector)
    builder.store(value, buffer)
    scalars = builder.bitcast(buffer, v.element.as_pointer())
    fits = builder.icmp_signed("<", count, _i64(v.count))
    with cgutils.for_range(builder, builder.select(fits, count, _i64(v.count))) as lane:
        place = builder.gep(target, [builder.mul(lane.index, step)])
        builder.store(builder.load(builder.gep(scalars, [lane.index])), place)


def _interleave(v, even, odd):
    for part in (0, v.count // 2):
        yield v.pick(even, odd, [part + k // 2 + k % 2 * v.count for k in range(v.count)])


def _numbers(arguments):
    """Values of literals, or None."""
    if all(isinstance(a, types.IntegerLiteral) for a in arguments):
        return [a.literal_value for a in arguments]
    return None


@intrinsic(prefer_literal=True)
def convolve_tile(
    typing, rows, R, S, near_u, near_v, out, x, x0, sources, zeros, z0, H, W, p, j, u, v, steps, ends, e0,
    w, w0, pitch, near, size, start, y, y0, step_row, step_column, high, wide,
):  # fmt: skip
    """Compute `high` rows of `wide` columns from (p, j) on.

    Literals first: the tile's height, the taps of a step, its strides (that along H counts where R > 1; along W 1, 2 or
    `ANY`), and the stride of the results along W.
    """
    literals = rows, R, S, near_u, near_v, out
    shape, n = _numbers(literals), _size
    if shape is None:
        return None
    signature = types.void(
        *literals, x, n, n, x, n, n, n, n, n, n, n, _table, _table, n, x, n, n, n, n, x.dtype, x, n, n, n, n, n
    )

    def generate(context, builder, signature, args):
        (x, x0, sources, zeros, z0, H, W, p, j, u, step, steps, ends, e0,
         w, w0, pitch, near, size, start, y, y0, step_row, step_column, high, wide) = args[6:]  # fmt: skip
        rows, R, S, *_, out = shape
        v, lists = Lanes(builder, signature.args[6].dtype), max(out, 1)
        sums = [[cgutils.alloca_once(builder, v.vector) for _ in range(rows)] for _ in range(lists)]
        for totals in sums:
            for total in totals:
                builder.store(v.splat(start), total)
        zeros, x, w = (_at(builder, *place) for place in ((zeros, z0), (x, x0), (w, w0)))
        image = _Image(builder, v, shape[:5], x, zeros, H, W, p, j, u, step)
        image.prefetch()
        bounds = [builder.load(_at(builder, ends, e0, _i64(k))) for k in range(lists + 1)]
        with cgutils.for_range(builder, sources) as source:
            plane = builder.gep(x, [builder.mul(source.index, builder.mul(H, W))])
            filters = builder.gep(w, [builder.mul(source.index, size)])
            for k, totals in enumerate(sums):

                def use(place, read, totals=totals):
                    taps = [_at(builder, filters, place, builder.mul(pitch, _i64(r))) for r in range(R)]
                    factors = [
                        [v.splat(builder.load(builder.gep(t, [builder.mul(near, _i64(s))]))) for s in range(S)]
                        for t in taps
                    ]
                    values = [builder.load(total) for total in totals]
                    for line, pairs in image.lines():
                        for s, inputs in enumerate(read(line)):
                            for i, r in pairs:
                                values[i] = v.multiply_add(inputs, factors[r][s], values[i])
                    for value, total in zip(values, totals, strict=True):
                        builder.store(value, total)

                image.steps(plane, steps, bounds[k], bounds[k + 1], use)
        y = builder.gep(y, [y0])
        masks = [v.below(builder.sub(wide, _i64(k * v.count))) for k in range(lists)]
        for i, results in enumerate(zip(*sums, strict=True)):
            with builder.if_then(builder.icmp_signed("<", _i64(i), high)):
                results = [builder.load(total) for total in results]
                target = builder.gep(y, [builder.mul(step_row, _i64(i))])
                if out == ANY:
                    _store_apart(builder, v, results[0], target, step_column, wide)
                    continue
                if out == 2:
                    results = _interleave(v, *results)
                for k, (value, mask) in enumerate(zip(results, masks, strict=True)):
                    v.store(value, builder.gep(target, [_i64(k * v.count)]), mask)
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)
def correlate_tile(
    typing, rows, R, S, near_u, near_v, x, x0, zeros, z0, H, W, p, j, u, v, steps, count, g, g0, Q, pitch, sums, s0,
    high, wide,
):  # fmt: skip
    """Add the products with `high` rows of `wide` columns of g, from (p, j) on, to the vectors of sums."""
    literals = rows, R, S, near_u, near_v
    shape, n = _numbers(literals), _size
    if shape is None:
        return None
    signature = types.void(*literals, x, n, x, n, n, n, n, n, n, n, _table, n, x, n, n, n, x, n, n, n)

    def generate(context, builder, signature, args):
        x, x0, zeros, z0, H, W, p, j, u, step, steps, count, g, g0, Q, pitch, sums, s0, high, wide = args[5:]
        rows, R, S, *_ = shape
        v = Lanes(builder, signature.args[5].dtype)
        zeros, x, g, sums = (_at(builder, *place) for place in ((zeros, z0), (x, x0), (g, g0), (sums, s0)))
        image = _Image(builder, v, shape, x, zeros, H, W, p, j, u, step)
        image.prefetch()
        inside, of_g = v.below(wide), []
        for i in range(rows):
            row = builder.gep(g, [builder.mul(Q, _i64(i))])
            v.prefetch(builder.ptrtoint(builder.gep(row, [builder.mul(Q, _i64(rows))]), _i64))
            row = builder.select(builder.icmp_signed("<", _i64(i), high), row, zeros)
            of_g.append(v.load(row, inside))

        def use(place, read):
            places = {}
            for r in range(R):
                row = _at(builder, sums, builder.mul(builder.add(place, builder.mul(pitch, _i64(r))), _i64(v.count)))
                places |= {(r, s): builder.gep(row, [_i64(s * v.count)]) for s in range(S)}
            values = {tap: v.load(total) for tap, total in places.items()}
            for line, pairs in image.lines():
                for s, inputs in enumerate(read(line)):
                    for i, r in pairs:
                        values[r, s] = v.multiply_add(inputs, of_g[i], values[r, s])
            for tap, total in places.items():
                v.store(values[tap], total)

        image.steps(x, steps, _i64(0), count, use)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def take_sum(typing, x, x0):
    """Sum of the lanes of a vector in memory, which is set to zero."""

    def generate(context, builder, signature, args):
        v, place = Lanes(builder, signature.args[0].dtype), _at(builder, *args)
        total = v.sum(v.load(place))
        v.store(v.zero, place)
        return total

    return x.dtype(x, _size), generate
