"""The SIMD that LLVM must be told: vectors, the microkernel of every product, and two copies of a few lanes.

`tile` multiplies a few rows by a panel that is NR columns wide, with all sums in registers:

    C[i, j] (+)= Σ_k A[i, k] · B[k, j]          i < m ≤ MR,  j < n ≤ NR = 2 vectors

A has any strides, B and C have row strides; nothing beyond n is read or written. There is one register tile for each
number of rows and of (half) vectors, chosen by a jump: ragged edges cost no wasted arithmetic. The sum over k runs in
order, one fused multiplication and addition after the other, whatever the tile: how a product is cut into tiles does
not show in its bits.

`TAPEGRAD_SIMD` (avx512, avx2, neon, portable) overrides the shape chosen from the host's features; neon runs anywhere,
as sixteen-byte vectors.
"""

import os
import platform
from functools import cache

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from ._numba import callback

_SHAPES = {"avx512": (64, 12), "avx2": (32, 6), "neon": (16, 12), "portable": (16, 6)}  # bytes of a vector, rows


def _choose_shape():
    forced = os.environ.get("TAPEGRAD_SIMD")
    if forced:
        if forced not in _SHAPES:
            raise ValueError(f"TAPEGRAD_SIMD (={forced!r}) must be one of {', '.join(_SHAPES)}")
        return forced
    if platform.machine().lower() in ("arm64", "aarch64"):
        return "neon"
    features = config.CPU_FEATURES
    if features is None:
        features = llvmlite.binding.get_host_cpu_features().flatten()
    has = features.split(",")
    return "avx512" if "+avx512f" in has else "avx2" if "+avx2" in has and "+fma" in has else "portable"


SHAPE = _choose_shape()
VECTOR, MR = _SHAPES[SHAPE]  # 2·MR sums, 2 columns and 1 broadcast fit into the registers: 32, or 16 before AVX-512
PANEL = 2 * VECTOR  # bytes of one row of B

_i1, _i32, _i64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
_byte = ir.IntType(8).as_pointer()


class Lanes:
    """LLVM's operations on vectors of `size` bytes, at the builder's current place. Addresses are integers."""

    def __init__(self, builder, bits, size=VECTOR):
        self.builder, self.bits, self.bytes = builder, bits, bits // 8
        self.element = ir.FloatType() if bits == 32 else ir.DoubleType()
        self.count = size // self.bytes
        self.vector = ir.VectorType(self.element, self.count)
        self.mask = ir.VectorType(_i1, self.count)
        self.name = f"v{self.count}f{bits}"
        self.zero = ir.Constant(self.vector, [0.0] * self.count)

    def call(self, name, result, args):
        kind = ir.FunctionType(result, [a.type for a in args])
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), args)

    def multiply_add(self, x, y, z):
        # fused where the machine can; plain `fma` would be a library call where it cannot
        return self.call(f"llvm.fmuladd.{self.name}", self.vector, [x, y, z])

    def sum(self, x):
        """Sum of all lanes, in pairs."""
        return self.builder.call(
            cgutils.get_or_insert_function(
                self.builder.module,
                ir.FunctionType(self.element, [self.element, self.vector]),
                f"llvm.vector.reduce.fadd.{self.name}",
            ),
            [ir.Constant(self.element, -0.0), x],
            fastmath=("reassoc",),
        )

    def splat(self, scalar):
        undefined = ir.Constant(ir.VectorType(scalar.type, self.count), ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, _i32(0))
        everywhere = ir.Constant(ir.VectorType(_i32, self.count), [0] * self.count)
        return self.builder.shuffle_vector(first, undefined, everywhere)

    def below(self, n):
        """Mask of the lanes with index < n."""
        if VECTOR == 64:  # there masks are integers: made in their arithmetic they need no vector register
            zero, whole = _i64(0), _i64(self.count)
            n = self.builder.select(self.builder.icmp_signed("<", n, whole), n, whole)
            n = self.builder.select(self.builder.icmp_signed(">", n, zero), n, zero)
            bits = self.builder.sub(self.builder.shl(_i64(1), n), _i64(1))
            return self.builder.bitcast(self.builder.trunc(bits, ir.IntType(self.count)), self.mask)
        lanes = ir.Constant(ir.VectorType(_i64, self.count), list(range(self.count)))
        return self.builder.icmp_signed("<", lanes, self.splat(n))

    def scalar(self, address):
        return self.builder.load(self.builder.inttoptr(address, self.element.as_pointer()))

    def load(self, address, mask=None):
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        if mask is None:
            value = self.builder.load(pointer)
            value.align = self.bytes
            return value
        return self.call(f"llvm.masked.load.{self.name}.p0", self.vector, [pointer, _i32(self.bytes), mask, self.zero])

    def store(self, value, address, mask=None):
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        if mask is None:
            self.builder.store(value, pointer).align = self.bytes
        else:
            self.call(f"llvm.masked.store.{self.name}.p0", ir.VoidType(), [value, pointer, _i32(self.bytes), mask])

    def prefetch(self, address, write=False):
        place = self.builder.inttoptr(address, _byte)
        self.call("llvm.prefetch.p0", ir.VoidType(), [place, _i32(int(write)), _i32(3), _i32(1)])


def _panels(builder, bits):
    """Return the unit of width in elements, and for 1, 2, … units the vectors that cover them."""
    whole = Lanes(builder, bits)
    if VECTOR == 16:
        return whole.count, [[whole], [whole, whole]]
    half = Lanes(builder, bits, VECTOR // 2)
    return half.count, [[half], [whole], [whole, half], [whole, whole]]


def emit_tile(builder, bits, args):
    """Emit `tile` behind the builder's place: a jump to one of the register tiles."""
    m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add = args
    unit, panels = _panels(builder, bits)
    units = builder.sdiv(builder.add(n, _i64(unit - 1)), _i64(unit))  # 1 … len(panels)
    key = builder.add(builder.mul(builder.sub(units, _i64(1)), _i64(MR)), m)
    if VECTOR == 64:
        kinds = [True]  # masks are free
    else:
        kinds = [False, True]
        ragged = builder.zext(builder.icmp_signed("!=", builder.srem(n, _i64(unit)), _i64(0)), _i64)
        key = builder.add(key, builder.mul(ragged, _i64(MR * len(panels))))
    end = builder.append_basic_block("tile.end")
    choice = builder.switch(key, end)
    number = 0
    for masked in kinds:
        for vectors in panels:
            for rows in range(1, MR + 1):
                number += 1
                block = builder.append_basic_block(f"tile{number}")
                choice.add_case(_i64(number), block)
                builder.position_at_end(block)
                _emit_register_tile(
                    builder, vectors, rows, masked, (n, depth, a, row_a, col_a, b, row_b, c, row_c, add)
                )
                builder.branch(end)
    builder.position_at_end(end)


def _emit_register_tile(builder, vectors, rows, masked, args):
    n, depth, a, row_a, col_a, b, row_b, c, row_c, add = args
    first = vectors[0]
    starts = [sum(v.count for v in vectors[:i]) for i in range(len(vectors))]
    masks = [None] * len(vectors)
    if masked:
        masks[-1] = vectors[-1].below(builder.sub(n, _i64(starts[-1])))
    columns = [(v, _i64(start * first.bytes), mask) for v, start, mask in zip(vectors, starts, masks, strict=True)]
    c_rows = [builder.add(c, builder.mul(row_c, _i64(i))) for i in range(rows)]
    for place in c_rows:
        for line in range(0, sum(v.count for v in vectors) * first.bytes, 64):
            first.prefetch(builder.add(place, _i64(line)))
    start = builder.block
    loop, done = builder.append_basic_block("depth"), builder.append_basic_block("depth.end")
    builder.branch(loop)

    builder.position_at_end(loop)
    k, at_a, at_b = builder.phi(_i64), builder.phi(_i64), builder.phi(_i64)
    sums = [[builder.phi(v.vector) for v in vectors] for _ in range(rows)]
    of_b = [v.load(builder.add(at_b, offset), mask) for v, offset, mask in columns]
    after = []
    for i in range(rows):
        scalar = first.scalar(builder.add(at_a, builder.mul(row_a, _i64(i))))
        after.append([v.multiply_add(v.splat(scalar), x, y) for v, x, y in zip(vectors, of_b, sums[i], strict=True)])
    steps = [(k, _i64(0), builder.add(k, _i64(1)))]
    steps.append((at_a, a, builder.add(at_a, col_a)))
    steps.append((at_b, b, builder.add(at_b, row_b)))
    steps += [(sums[i][j], v.zero, after[i][j]) for i in range(rows) for j, v in enumerate(vectors)]
    for phi, before, following in steps:
        phi.add_incoming(before, start)
        phi.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", steps[0][2], depth), loop, done)

    builder.position_at_end(done)
    with builder.if_else(builder.icmp_signed("!=", add, _i64(0))) as (to_old, to_nothing):
        for branch, adds in ((to_old, True), (to_nothing, False)):
            with branch:
                for place, values in zip(c_rows, after, strict=True):
                    for (v, offset, mask), value in zip(columns, values, strict=True):
                        target = builder.add(place, offset)
                        total = builder.fadd(v.load(target, mask), value) if adds else value
                        v.store(total, target, mask)


@intrinsic
def _tile(typing, m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add):
    size = types.intp

    def generate(context, builder, signature, args):
        args = [*args[:3], builder.ptrtoint(args[3], _i64), *args[4:]]
        emit_tile(builder, signature.args[3].dtype.bitwidth, args)
        return context.get_dummy_value()

    return types.void(size, size, size, a, *[size] * 7), generate


def _tile_function(m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add):
    _tile(m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add)


@cache
def tile_of(dtype):
    """Return the address of the compiled tile for float32 or float64; its operands are addresses, strides bytes."""
    size = types.intp
    return callback(_tile_function, types.void(size, size, size, types.CPointer(from_dtype(dtype)), *[size] * 7))


def _float_pointers(*arguments):
    first = arguments[0]
    return isinstance(first, types.CPointer) and all(a == first for a in arguments)


def _address(builder, pointer, position):
    return builder.ptrtoint(builder.gep(pointer, [position]), _i64)


@intrinsic
def tile(typing, address, m, n, depth, a, a0, row_a, col_a, b, b0, row_b, c, c0, row_c, add):
    """C[0:m, 0:n] (+)= A[0:m, 0:depth] @ B[0:depth, 0:n]; `add` says whether to add to what is there.

    Operands are pointers, each followed by the position of its first element; strides count elements.
    Called through its address: linked into every caller, it would be optimised again there, seconds each time.
    """
    if not _float_pointers(a, b, c):
        return None
    size = types.intp
    signature = types.void(size, size, size, size, a, size, size, size, b, size, size, c, size, size, size)

    def generate(context, builder, signature, args):
        address, m, n, depth, a, a0, row_a, col_a, b, b0, row_b, c, c0, row_c, add = args
        a, b, c = (_address(builder, *place) for place in ((a, a0), (b, b0), (c, c0)))
        bytes_ = _i64(signature.args[4].dtype.bitwidth // 8)
        row_a, col_a, row_b, row_c = (builder.mul(stride, bytes_) for stride in (row_a, col_a, row_b, row_c))
        passed = [m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add]
        kind = ir.FunctionType(ir.VoidType(), [_i64] * len(passed))
        builder.call(builder.inttoptr(address, kind.as_pointer()), passed)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def copy_lanes(typing, source, s0, target, t0, low, high, n):
    """target[l] = source[l] if low ≤ l < high else 0, for l < n; n at most one vector."""
    if not _float_pointers(source, target):
        return None
    size = types.intp
    signature = types.void(source, size, target, size, size, size, size)

    def generate(context, builder, signature, args):
        source, s0, target, t0, low, high, n = args
        lanes = Lanes(builder, signature.args[0].dtype.bitwidth)
        inside = builder.and_(lanes.below(high), builder.not_(lanes.below(low)))
        value = lanes.load(_address(builder, source, s0), inside)
        lanes.store(value, _address(builder, target, t0), lanes.below(n))
        return context.get_dummy_value()

    return signature, generate
