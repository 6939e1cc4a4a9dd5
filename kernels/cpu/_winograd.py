"""The transforms of Winograd's F(4×4, 3×3), one vector of tiles, or of filters, at a time.

    Y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ X B)] A        X 6×6 pixels, w 3×3 taps, Y 4×4 results

They interpolate in 0, ±1, ±2 and ∞: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016).
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._leaves import Lanes

_i64, _size = ir.IntType(64), types.intp


class _Sums:
    """Linear combinations of vectors, in as few roundings as there are additions."""

    def __init__(self, builder, element):
        self.builder, self.v = builder, Lanes(builder, element)

    def __call__(self, first, *terms):
        """Return `first` plus coefficient times vector, for each pair of `terms`; `first` may be such a pair itself."""
        if isinstance(first, tuple):
            first = self.builder.fmul(self._everywhere(first[0]), first[1])
        for coefficient, x in terms:
            if coefficient == 1:
                first = self.builder.fadd(first, x)
            elif coefficient == -1:
                first = self.builder.fsub(first, x)
            else:
                first = self.v.multiply_add(self._everywhere(coefficient), x, first)
        return first

    def _everywhere(self, number):
        return ir.Constant(self.v.vector, [float(number)] * self.v.count)

    def of_pixels(self, d):
        """Bᵀ d."""
        even, odd = self(d[4], (-4, d[2])), self(d[3], (-4, d[1]))
        down, across = self(d[4], (-1, d[2])), self(d[3], (-1, d[1]))
        return [
            self(d[4], (4, d[0]), (-5, d[2])),
            self(even, (1, odd)),
            self(even, (-1, odd)),
            self(down, (2, across)),
            self(down, (-2, across)),
            self(d[5], (4, d[1]), (-5, d[3])),
        ]

    def of_taps(self, w):
        """G w."""
        outer = self(w[0], (1, w[2]))
        return [
            self((1 / 4, w[0])),
            self((-1 / 6, self(outer, (1, w[1])))),
            self((-1 / 6, self(outer, (-1, w[1])))),
            self((1 / 24, w[0]), (1 / 12, w[1]), (1 / 6, w[2])),
            self((1 / 24, w[0]), (-1 / 12, w[1]), (1 / 6, w[2])),
            w[2],
        ]

    def of_products(self, m):
        """Aᵀ m."""
        near, far = self(m[1], (1, m[2])), self(m[3], (1, m[4]))
        tilt, steep = self(m[1], (-1, m[2])), self(m[3], (-1, m[4]))
        return [
            self(m[0], (1, near), (1, far)),
            self(tilt, (2, steep)),
            self(near, (4, far)),
            self(tilt, (8, steep), (1, m[5])),
        ]


def _both_ways(rows, transform):
    """Transform the rows of a matrix, then its columns."""
    rows = [transform(row) for row in rows]
    columns = [transform([row[j] for row in rows]) for j in range(len(rows[0]))]
    return [[column[i] for column in columns] for i in range(len(columns[0]))]


def _place(builder, pointer, start, row, pitch, column=0):
    return builder.gep(pointer, [builder.add(builder.add(start, _i64(column)), builder.mul(pitch, _i64(row)))])


@intrinsic
def pixels_of_tiles(typing, x, x0, pitch, d, d0, plane):
    """D[6i + j] = Bᵀ X B of as many tiles as a vector has lanes, whose 6 rows of pixels are `pitch` apart in x."""
    signature = types.void(x, _size, _size, d, _size, _size)

    def generate(context, builder, signature, args):
        x, x0, pitch, d, d0, plane = args
        sums = _Sums(builder, signature.args[0].dtype)
        v, tiles = sums.v, []
        every_second = [list(range(odd, 2 * v.count, 2)) for odd in (0, 1)]
        for row in range(6):
            columns = []
            for start, classes in ((0, 4), (4, 2)):  # pixels 4l + start + c, of lanes l
                line = [v.load(_place(builder, x, x0, row, pitch, start + part * v.count)) for part in range(4)]
                halves = [[v.pick(*line[k : k + 2], every_second[odd]) for k in (0, 2)] for odd in (0, 1)]
                columns += [v.pick(*halves[c % 2], every_second[c // 2]) for c in range(classes)]
            tiles.append(columns)
        for i, line in enumerate(_both_ways(tiles, sums.of_pixels)):
            for j, value in enumerate(line):
                v.store(value, _place(builder, d, d0, 6 * i + j, plane))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def taps_of_filters(typing, w, w0, u, u0, plane, n):
    """U[6i + j] = G w Gᵀ of n filters, at most one vector; their taps lie in 9 vectors."""
    signature = types.void(w, _size, u, _size, _size, _size)

    def generate(context, builder, signature, args):
        w, w0, u, u0, plane, n = args
        sums = _Sums(builder, signature.args[0].dtype)
        v, inside = sums.v, sums.v.below(n)
        taps = [[v.load(_place(builder, w, w0, 3 * r + s, _i64(v.count))) for s in range(3)] for r in range(3)]
        for i, line in enumerate(_both_ways(taps, sums.of_taps)):
            for j, value in enumerate(line):
                v.store(value, _place(builder, u, u0, 6 * i + j, plane), inside)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def results_of_tiles(typing, m, m0, plane, bias, b0, y, y0, pitch):
    """Y = Aᵀ M A + bias of a vector of tiles: 4 rows of 4 pixels each, the rows `pitch` apart in y."""
    signature = types.void(m, _size, _size, bias, _size, y, _size, _size)

    def generate(context, builder, signature, args):
        m, m0, plane, bias, b0, y, y0, pitch = args
        sums = _Sums(builder, signature.args[0].dtype)
        v, more = sums.v, sums.v.splat(builder.load(builder.gep(bias, [b0])))
        products = [[v.load(_place(builder, m, m0, 6 * i + j, plane)) for j in range(6)] for i in range(6)]

        def zipped(a, b):
            order = [k // 2 + k % 2 * v.count for k in range(2 * v.count)]
            return v.pick(a, b, order[: v.count]), v.pick(a, b, order[v.count :])

        for row, line in enumerate(_both_ways(products, sums.of_products)):
            c = [builder.fadd(value, more) for value in line]
            halves = zip(zipped(c[0], c[2]), zipped(c[1], c[3]), strict=True)
            for part, value in enumerate(piece for even, odd in halves for piece in zipped(even, odd)):
                v.store(value, _place(builder, y, y0, row, pitch, part * v.count))
        return context.get_dummy_value()

    return signature, generate
