"""The SIMD that LLVM must be told: one microkernel for every product, and two copies of a few lanes.

`tile` multiplies a few rows by a panel that is NR columns wide, with all sums in registers:

    C[i, j] (+)= Σ_k A[i, k] · B[k, j]          i < m ≤ MR,  j < n ≤ NR = 2 vectors

A has any strides, B and C have row strides. B is read in whole vectors, also where n ends within one: behind its last
column there must be memory of ours, of any content. The last vector of C is masked. There is one register tile for each
number of rows and of vectors, chosen by a jump: ragged edges cost no wasted arithmetic.

Operands are pointers, each followed by the position of its first element. Nothing is checked.
"""

from functools import cache

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from ._numba import callback


def _vector_bytes():
    features = config.CPU_FEATURES
    if features is None:
        features = llvmlite.binding.get_host_cpu_features().flatten()
    has = features.split(",")
    return 64 if "+avx512f" in has else 32 if "+avx2" in has else 16


VECTOR = _vector_bytes()
MR = 12 if VECTOR == 64 else 6  # 2·MR sums, 2 columns and 1 broadcast fit into 32 (AVX-512) or 16 registers
PANEL = 2 * VECTOR  # bytes of one row of B

_i1, _i32, _i64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)


class _Lanes:
    """LLVM's vector operations for one element type, at the builder's current place."""

    def __init__(self, context, builder, element):
        self.builder = builder
        self.element = context.get_value_type(element)
        self.bytes = element.bitwidth // 8
        self.count = VECTOR // self.bytes
        self.vector = ir.VectorType(self.element, self.count)
        self.mask = ir.VectorType(_i1, self.count)
        self.name = f"v{self.count}f{element.bitwidth}"
        self.zero = ir.Constant(self.vector, [0.0] * self.count)

    def _call(self, name, result, args):
        kind = ir.FunctionType(result, [a.type for a in args])
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), args)

    def multiply_add(self, x, y, z):
        # fused where the machine can; plain `fma` would be a library call where it cannot
        return self._call(f"llvm.fmuladd.{self.name}", self.vector, [x, y, z])

    def splat(self, scalar):
        undefined = ir.Constant(ir.VectorType(scalar.type, self.count), ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, _i32(0))
        everywhere = ir.Constant(ir.VectorType(_i32, self.count), [0] * self.count)
        return self.builder.shuffle_vector(first, undefined, everywhere)

    def below(self, n):
        """Mask of the lanes with index < n."""
        lanes = ir.Constant(ir.VectorType(_i64, self.count), list(range(self.count)))
        return self.builder.icmp_signed("<", lanes, self.splat(n))

    def load(self, pointer, mask=None):
        pointer = self.builder.bitcast(pointer, self.vector.as_pointer())
        if mask is None:
            value = self.builder.load(pointer)
            value.align = self.bytes
            return value
        return self._call(f"llvm.masked.load.{self.name}.p0", self.vector, [pointer, _i32(self.bytes), mask, self.zero])

    def store(self, value, pointer, mask):
        pointer = self.builder.bitcast(pointer, self.vector.as_pointer())
        self._call(f"llvm.masked.store.{self.name}.p0", ir.VoidType(), [value, pointer, _i32(self.bytes), mask])


def _float_pointers(*arguments):
    first = arguments[0]
    return isinstance(first, types.CPointer) and all(a == first for a in arguments)


@intrinsic
def _tile(typing, m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add):
    size = types.intp
    signature = types.void(size, size, size, a, size, size, b, size, c, size, size)

    def generate(context, builder, signature, args):
        m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add = args
        lanes = _Lanes(context, builder, signature.args[3].dtype)
        end = builder.append_basic_block("tile.end")
        two = builder.zext(builder.icmp_signed(">", n, _i64(lanes.count)), _i64)
        choice = builder.switch(builder.add(builder.mul(two, _i64(MR)), m), end)
        for vectors in (1, 2):
            for rows in range(1, MR + 1):
                block = builder.append_basic_block(f"tile{rows}x{vectors}")
                choice.add_case(_i64((vectors - 1) * MR + rows), block)
                builder.position_at_end(block)
                last = lanes.below(builder.sub(n, _i64((vectors - 1) * lanes.count)))
                _emit_tile(builder, lanes, rows, vectors, last, depth, a, row_a, col_a, b, row_b, c, row_c, add)
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


def _emit_tile(builder, lanes, rows, vectors, last, depth, pa, row_a, col_a, pb, row_b, pc, row_c, add):
    start = builder.block
    loop, done = builder.append_basic_block("depth"), builder.append_basic_block("depth.end")
    builder.branch(loop)

    builder.position_at_end(loop)
    k, at_a, at_b = builder.phi(_i64), builder.phi(pa.type), builder.phi(pb.type)
    sums = [[builder.phi(lanes.vector) for _ in range(vectors)] for _ in range(rows)]
    columns = [lanes.load(builder.gep(at_b, [_i64(v * lanes.count)])) for v in range(vectors)]
    after = []
    for i in range(rows):
        scalar = lanes.splat(builder.load(builder.gep(at_a, [builder.mul(row_a, _i64(i))])))
        after.append([lanes.multiply_add(scalar, columns[v], sums[i][v]) for v in range(vectors)])
    steps = [(k, _i64(0), builder.add(k, _i64(1)))]
    steps.append((at_a, pa, builder.gep(at_a, [col_a])))
    steps.append((at_b, pb, builder.gep(at_b, [row_b])))
    steps += [(sums[i][v], lanes.zero, after[i][v]) for i in range(rows) for v in range(vectors)]
    for phi, first, following in steps:
        phi.add_incoming(first, start)
        phi.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", steps[0][2], depth), loop, done)

    builder.position_at_end(done)
    everything = ir.Constant(lanes.mask, [1] * lanes.count)
    with builder.if_else(builder.icmp_signed("!=", add, _i64(0))) as (to_old, to_nothing):
        for branch, adds in ((to_old, True), (to_nothing, False)):
            with branch:
                for i in range(rows):
                    for v in range(vectors):
                        place = builder.gep(pc, [builder.add(builder.mul(row_c, _i64(i)), _i64(v * lanes.count))])
                        mask = last if v == vectors - 1 else everything
                        value = builder.fadd(lanes.load(place, mask), after[i][v]) if adds else after[i][v]
                        lanes.store(value, place, mask)


def _tile_function(m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add):
    _tile(m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add)


@cache
def tile_of(dtype):
    """Return the address of the compiled tile for float32 or float64, the first argument of `tile`."""
    size, pointer = types.intp, types.CPointer(from_dtype(dtype))
    return callback(
        _tile_function, types.void(size, size, size, pointer, size, size, pointer, size, pointer, size, size)
    )


@intrinsic
def tile(typing, address, m, n, depth, a, a0, row_a, col_a, b, b0, row_b, c, c0, row_c, add):
    """C[0:m, 0:n] (+)= A[0:m, 0:depth] @ B[0:depth, 0:n]; `add` says whether to add to what is there.

    Called through its address: linked into every caller, it would be optimised again there, seconds each time.
    """
    if not _float_pointers(a, b, c):
        return None
    size = types.intp
    signature = types.void(size, size, size, size, a, size, size, size, b, size, size, c, size, size, size)

    def generate(context, builder, signature, args):
        address, m, n, depth, a, a0, row_a, col_a, b, b0, row_b, c, c0, row_c, add = args
        a, b, c = (builder.gep(*place) for place in ((a, [a0]), (b, [b0]), (c, [c0])))
        passed = [m, n, depth, a, row_a, col_a, b, row_b, c, row_c, add]
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in passed])
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
        lanes = _Lanes(context, builder, signature.args[0].dtype)
        inside = builder.and_(lanes.below(high), builder.not_(lanes.below(low)))
        value = lanes.load(builder.gep(source, [s0]), inside)
        lanes.store(value, builder.gep(target, [t0]), lanes.below(n))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_lanes(typing, source, s0, target, t0, low, high):
    """target[l] += source[l] for low ≤ l < high; high at most one vector."""
    if not _float_pointers(source, target):
        return None
    size = types.intp
    signature = types.void(source, size, target, size, size, size)

    def generate(context, builder, signature, args):
        source, s0, target, t0, low, high = args
        lanes = _Lanes(context, builder, signature.args[0].dtype)
        inside = builder.and_(lanes.below(high), builder.not_(lanes.below(low)))
        place = builder.gep(target, [t0])
        value = lanes.load(builder.gep(source, [s0]), inside)
        lanes.store(builder.fadd(lanes.load(place, inside), value), place, inside)
        return context.get_dummy_value()

    return signature, generate
