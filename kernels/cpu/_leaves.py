"""The inner loops of convolution: two products and a transposition, in registers.

    multiply    C[i, j] (+)= Σ_k A[i·row + steps[k]] · B[table[k] + j]     i < m ≤ MR,  j < n ≤ 2 vectors
    correlate   C[i, j] (+)= Σ_k A[rows[i] + steps[k]] · B[k, j]
    transpose   T[table[c], r] = S[r, c]                                   r, c ≤ 1 vector

Tables let a product read an image where it lies: a row of B is the image under one tap of the filters, whatever the
order of channels, rows and columns; and the filters too, forwards or as the transpose of a convolution sees them. Tiles
are as many registers high as the rest of the work, and half a vector, one or two wide (one and a half takes longer than
two); the last vector is masked.

Each leaf is compiled once for a dtype and called by address: linked into its callers it would be optimised again in
each of them, a second each time. Operands are pointers, each followed by the position of its first element. Nothing is
checked.
"""

import platform
from functools import cache

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from ._numba import callback
from ._simd import MR, VECTOR
from ._simd import Lanes as _Lanes

_size, _table = types.intp, types.CPointer(types.int64)
_i32, _i64 = ir.IntType(32), ir.IntType(64)
_VECTORS = {"x86_64": "x", "amd64": "x", "aarch64": "w", "arm64": "w"}  # what assemblers call a vector register
_REGISTER = "v" if VECTOR == 64 else _VECTORS.get(platform.machine().lower())
_HALVES = VECTOR == 64  # tiles of half vectors, all masked; elsewhere masks are slow, and even tiles go without


class Lanes(_Lanes):
    """Vectors that are read and written behind pointers."""

    def __init__(self, builder, element, size=VECTOR):
        super().__init__(builder, element.bitwidth, size)

    def pick(self, x, y, lanes):
        """Choose lanes from two vectors, x's before y's."""
        return self.builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_i32, self.count), lanes))

    def load(self, pointer, mask=None):
        return super().load(self.builder.ptrtoint(pointer, _i64), mask)

    def store(self, value, pointer, mask=None):
        super().store(value, self.builder.ptrtoint(pointer, _i64), mask)

    def pin(self, x):
        """Return `x` from a statement that does nothing, but before which it is made, and behind which all loads stay.

        Without, LLVM reads the scalars of all rows before it begins to multiply, and spills the sums for that.
        """
        if _REGISTER is None:
            return x
        kind = ir.FunctionType(self.vector, [self.vector])
        return self.builder.asm(kind, "", f"={_REGISTER},0,~{{memory}}", [x], True)

    def prefetch(self, pointer, write=False):
        super().prefetch(self.builder.ptrtoint(pointer, _i64), write)


def _choose(builder, element, m, n, emit, masks=True):
    """Jump to the tile of m rows and n columns; `emit(vectors, rows, masked)` writes each."""
    whole = Lanes(builder, element)
    shapes, step, variants = [[whole], [whole, whole]], whole.count, (False, True)
    if _HALVES:
        half = Lanes(builder, element, VECTOR // 2)
        shapes, step, variants = [[half], [whole], [whole, whole]], half.count, (True,)
    if not masks:
        variants = (False,)
    end = builder.append_basic_block("tile.end")
    width = builder.sdiv(builder.add(n, _i64(step - 1)), _i64(step))
    widest = builder.icmp_signed(">", width, _i64(len(shapes)))
    width = builder.select(widest, _i64(len(shapes)), width)
    key = builder.add(builder.mul(builder.sub(width, _i64(1)), _i64(MR)), m)
    if len(variants) == 2:
        uneven = builder.zext(builder.icmp_signed("!=", builder.srem(n, _i64(step)), _i64(0)), _i64)
        key = builder.add(key, builder.mul(uneven, _i64(MR * len(shapes))))
    choice = builder.switch(key, end)
    for variant, masked in enumerate(variants):
        for place, vectors in enumerate(shapes):
            for rows in range(1, MR + 1):
                block = builder.append_basic_block("tile")
                choice.add_case(_i64((variant * len(shapes) + place) * MR + rows), block)
                builder.position_at_end(block)
                emit(vectors, rows, masked)
                builder.branch(end)
    builder.position_at_end(end)


def _beside(vectors):
    """Return the vectors of a tile with the columns they begin at."""
    return [(v, _i64(sum(w.count for w in vectors[:i]))) for i, v in enumerate(vectors)]


def _emit_sums(builder, vectors, rows, depth, read, first, move):
    """Emit the loop over k with all sums in registers, and return them as they are at its end.

    `read(k, place)` gives the columns and a function from row to scalar; `place` goes from `first` by `move`.
    """
    start = builder.block
    loop, done = builder.append_basic_block("depth"), builder.append_basic_block("depth.end")
    builder.branch(loop)
    builder.position_at_end(loop)
    k, place = builder.phi(_i64), builder.phi(first.type)
    sums = [[builder.phi(v.vector) for v in vectors] for _ in range(rows)]
    columns, scalar = read(k, place)
    after = []
    for i in range(rows):
        factor = scalar(i)
        row = [v.multiply_add(v.splat(factor), columns[j], sums[i][j]) for j, v in enumerate(vectors)]
        after.append([v.pin(x) for v, x in zip(vectors, row, strict=True)])
    following = builder.add(k, _i64(1))
    steps = [(k, _i64(0), following), (place, first, move(place))]
    steps += [(sums[i][j], v.zero, after[i][j]) for i in range(rows) for j, v in enumerate(vectors)]
    for phi, before, later in steps:
        phi.add_incoming(before, start)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", following, depth), loop, done)
    builder.position_at_end(done)
    return after


def _emit_stores(builder, vectors, sums, c, row_c, add, mask, bias):
    """Emit C += sums where `add`, else C = sums + bias(i); the mask is for the last vector."""
    with builder.if_else(builder.icmp_signed("!=", add, _i64(0))) as branches:
        for branch, adds in zip(branches, (True, False), strict=True):
            with branch:
                for i, row in enumerate(sums):
                    scalar = bias(i) if bias and not adds else None
                    for j, (v, column) in enumerate(_beside(vectors)):
                        place = builder.gep(c, [builder.add(builder.mul(row_c, _i64(i)), column)])
                        value, inside = row[j], mask if j == len(row) - 1 else None
                        if adds:
                            value = builder.fadd(v.load(place, inside), value)
                        elif scalar is not None:
                            value = builder.fadd(value, v.splat(scalar))
                        v.store(value, place, inside)


@intrinsic
def _multiply(typing, m, n, depth, a, row_a, steps, b, table, c, row_c, add, bias, step):
    signature = types.void(_size, _size, _size, a, _size, steps, b, table, c, _size, _size, bias, _size)

    def generate(context, builder, signature, args):
        m, n, depth, a, row_a, steps, b, table, c, row_c, add, bias, step = args

        def emit(vectors, rows, masked):
            *_, (last, beyond) = _beside(vectors)
            mask = last.below(builder.sub(n, beyond)) if masked else None
            masks = [None] * (len(vectors) - 1) + [mask]
            for i in range(rows):  # while the sums are made, C comes near
                row = builder.gep(c, [builder.mul(row_c, _i64(i))])
                for v, column in _beside(vectors):
                    v.prefetch(builder.gep(row, [column]), write=True)

            def read(k, _):
                row = builder.gep(b, [builder.load(builder.gep(table, [k]))])
                columns = [
                    v.load(builder.gep(row, [column]), inside)
                    for (v, column), inside in zip(_beside(vectors), masks, strict=True)
                ]
                column = builder.gep(a, [builder.load(builder.gep(steps, [k]))])
                return columns, lambda i: builder.load(builder.gep(column, [builder.mul(row_a, _i64(i))]))

            sums = _emit_sums(builder, vectors, rows, depth, read, _i64(0), lambda place: place)
            _emit_stores(
                builder, vectors, sums, c, row_c, add, mask,
                lambda i: builder.load(builder.gep(bias, [builder.mul(step, _i64(i))])),
            )  # fmt: skip

        _choose(builder, signature.args[3].dtype, m, n, emit)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _correlate(typing, m, n, depth, a, rows, steps, b, row_b, c, row_c, add):
    signature = types.void(_size, _size, _size, a, rows, steps, b, _size, c, _size, _size)

    def generate(context, builder, signature, args):
        m, n, depth, a, places, steps, b, row_b, c, row_c, add = args

        def emit(vectors, rows, _):
            starts = [builder.gep(a, [builder.load(builder.gep(places, [_i64(i)]))]) for i in range(rows)]

            def read(k, place):
                columns = [v.load(builder.gep(place, [column])) for v, column in _beside(vectors)]
                at = builder.load(builder.gep(steps, [k]))
                return columns, lambda i: builder.load(builder.gep(starts[i], [at]))

            sums = _emit_sums(builder, vectors, rows, depth, read, b, lambda place: builder.gep(place, [row_b]))
            _emit_stores(builder, vectors, sums, c, row_c, add, None, None)

        _choose(builder, signature.args[3].dtype, m, n, emit, masks=False)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _transpose(typing, source, pitch, rows, columns, target, table, step, keep):
    signature = types.void(source, _size, _size, _size, target, table, _size, _size)

    def generate(context, builder, signature, args):
        source, pitch, rows, columns, target, table, step, keep = args
        v = Lanes(builder, signature.args[0].dtype)
        inside, nothing = v.below(columns), ir.Constant(v.mask, [0] * v.count)
        lines = []
        for r in range(v.count):
            mask = builder.select(builder.icmp_signed("<", _i64(r), rows), inside, nothing)
            lines.append(v.load(builder.gep(source, [builder.mul(pitch, _i64(r))]), mask))
        apart = v.count // 2
        while apart:  # exchange the off-diagonal halves of ever smaller blocks
            exchanged = list(lines)
            for i in range(v.count):
                if not i & apart:
                    low = [j if not j & apart else v.count + j - apart for j in range(v.count)]
                    high = [j + apart if not j & apart else v.count + j for j in range(v.count)]
                    for line, order in ((i, low), (i + apart, high)):
                        exchanged[line] = v.pick(lines[i], lines[i + apart], order)
            lines, apart = exchanged, apart // 2
        kept, end = v.below(keep), builder.append_basic_block("transpose.end")
        for column, line in enumerate(lines):
            store, following = builder.append_basic_block("store"), builder.append_basic_block("next")
            builder.cbranch(builder.icmp_signed("<", _i64(column), columns), store, end)
            builder.position_at_end(store)
            at = builder.mul(step, builder.load(builder.gep(table, [_i64(column)])))
            v.store(line, builder.gep(target, [at]), kept)
            builder.branch(following)
            builder.position_at_end(following)
        builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


def _multiply_leaf(m, n, depth, a, row_a, steps, b, table, c, row_c, add, bias, step):
    _multiply(m, n, depth, a, row_a, steps, b, table, c, row_c, add, bias, step)


def _correlate_leaf(m, n, depth, a, rows, steps, b, row_b, c, row_c, add):
    _correlate(m, n, depth, a, rows, steps, b, row_b, c, row_c, add)


def _transpose_leaf(source, pitch, rows, columns, target, table, step, keep):
    _transpose(source, pitch, rows, columns, target, table, step, keep)


@cache
def multiply_of(dtype):
    """Return the address of `multiply` for float32 or float64, its first argument."""
    s, p = _size, types.CPointer(from_dtype(dtype))
    return callback(_multiply_leaf, types.void(s, s, s, p, s, _table, p, _table, p, s, s, p, s))


@cache
def correlate_of(dtype):
    """Return the address of `correlate`."""
    s, p = _size, types.CPointer(from_dtype(dtype))
    return callback(_correlate_leaf, types.void(s, s, s, p, _table, _table, p, s, p, s, s))


@cache
def transpose_of(dtype):
    """Return the address of `transpose`."""
    s, p = _size, types.CPointer(from_dtype(dtype))
    return callback(_transpose_leaf, types.void(p, s, s, s, p, _table, s, s))


def _calling(*arguments):
    """Type and code of a call by address: a pointer and the position behind it become one argument."""
    signature = types.void(*arguments)
    pointers = [k for k, kind in enumerate(arguments) if isinstance(kind, types.CPointer)]

    def generate(context, builder, signature, args):
        passed = [
            builder.gep(value, [args[k + 1]]) if k in pointers else value
            for k, value in enumerate(args)
            if k and k - 1 not in pointers
        ]
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in passed])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), passed)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def multiply(typing, leaf, m, n, depth, a, a0, row, steps, s0, b, b0, table, t0, c, c0, row_c, add, bias, i0, step):
    """C[i, j] (+)= Σ_k A[i·row + steps[k]] · B[table[k] + j], or = with bias[i·step] more; depth ≥ 1."""
    s = _size
    return _calling(s, s, s, s, a, s, s, steps, s, b, s, table, s, c, s, s, s, bias, s, s)


@intrinsic
def correlate(typing, leaf, m, n, depth, a, a0, rows, r0, steps, s0, b, b0, row_b, c, c0, row_c, add):
    """C[i, j] (+)= Σ_k A[rows[i] + steps[k]] · B[k, j], with B and C in rows of whole vectors; depth ≥ 1."""
    s = _size
    return _calling(s, s, s, s, a, s, rows, s, steps, s, b, s, s, c, s, s, s)


@intrinsic
def transpose(typing, leaf, source, s0, pitch, rows, columns, target, t0, table, i0, step, keep):
    """target[table[c]·step + r] = source[r·pitch + c], zeros for rows ≤ r < keep."""
    s = _size
    return _calling(s, source, s, s, s, s, target, s, table, s, s, s)


@intrinsic
def copy_second_lanes(typing, source, s0, target, t0, low, high, n):
    """target[l] = source[2l] if low ≤ l < high else 0, for l < n; n at most one vector."""
    signature = types.void(source, _size, target, _size, _size, _size, _size)

    def generate(context, builder, signature, args):
        source, s0, target, t0, low, high, n = args
        v = Lanes(builder, signature.args[0].dtype)
        even = ir.Constant(v.mask, [1 - lane % 2 for lane in range(v.count)])
        loaded = []
        for part in (0, v.count):
            begin, stop = (builder.sub(builder.mul(limit, _i64(2)), _i64(part)) for limit in (low, high))
            inside = builder.and_(builder.and_(v.below(stop), builder.not_(v.below(begin))), even)
            loaded.append(v.load(builder.gep(source, [builder.add(s0, _i64(part))]), inside))
        v.store(v.pick(*loaded, list(range(0, 2 * v.count, 2))), builder.gep(target, [t0]), v.below(n))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_lanes(typing, source, s0, target, t0, n, add):
    """target[l] = source[l], plus what is there if `add`, for l < n; n at most one vector."""
    signature = types.void(source, _size, target, _size, _size, _size)

    def generate(context, builder, signature, args):
        source, s0, target, t0, n, add = args
        v = Lanes(builder, signature.args[0].dtype)
        inside, place = v.below(n), builder.gep(target, [t0])
        adds, nothing = builder.icmp_signed("!=", add, _i64(0)), ir.Constant(v.mask, [0] * v.count)
        old = v.load(place, builder.select(adds, inside, nothing))
        v.store(builder.fadd(v.load(builder.gep(source, [s0]), inside), old), place, inside)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_pairs(typing, source, even, odd, target, t0, n, add):
    """target[2l] = source[even + l], target[2l + 1] = source[odd + l], plus what is there if `add`; n in all."""
    signature = types.void(source, _size, _size, target, _size, _size, _size)

    def generate(context, builder, signature, args):
        source, even, odd, target, t0, n, add = args
        v = Lanes(builder, signature.args[0].dtype)
        sides = [
            v.load(builder.gep(source, [at]), v.below(builder.sdiv(builder.add(n, _i64(more)), _i64(2))))
            for at, more in ((even, 1), (odd, 0))
        ]
        adds, nothing = builder.icmp_signed("!=", add, _i64(0)), ir.Constant(v.mask, [0] * v.count)
        for part in (0, v.count):
            value = v.pick(*sides, [(part + lane) // 2 + lane % 2 * v.count for lane in range(v.count)])
            inside = v.below(builder.sub(n, _i64(part)))
            place = builder.gep(target, [builder.add(t0, _i64(part))])
            old = v.load(place, builder.select(adds, inside, nothing))
            v.store(builder.fadd(value, old), place, inside)
        return context.get_dummy_value()

    return signature, generate
