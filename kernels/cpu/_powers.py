"""Lanes times powers of two, and reciprocals: what the format of floats gives for little."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ._lanes import Lanes, call
from ._simd import SHAPE

_i32 = ir.IntType(32)
_MANTISSA = {32: 23, 64: 52}


def _shift(kind):
    # adding 1.5 · 2^mantissa rounds, and leaves the integer in the lowest bits
    return kind.constant(1.5 * 2.0 ** _MANTISSA[kind.bits])


@intrinsic
def rounded(typing, x):
    """Lanes of moderate size, rounded to integers."""
    if not isinstance(x, Lanes):
        return None

    def generate(context, builder, signature, args):
        return builder.fsub(builder.fadd(args[0], _shift(x)), _shift(x))

    return x(x), generate


@intrinsic
def scale(typing, x, n):
    """`x` · 2ⁿ, rounded once, for x near 1 in size and integers n ≥ -1400 (of float32 -300) that fit."""
    if not isinstance(x, Lanes) or n != x:
        return None

    def generate(context, builder, signature, args):
        y, n = args
        if SHAPE == "avx512":
            suffix, bits = ("ps", 16) if x.bits == 32 else ("pd", 8)
            kind = ir.FunctionType(x.vector, [x.vector] * 3 + [ir.IntType(bits), _i32])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.avx512.mask.scalef.{suffix}.512")
            return builder.call(function, [y, n, x.constant(0.0), ir.Constant(kind.args[3], -1), _i32(4)])
        mantissa = _MANTISSA[x.bits]
        every = lambda value: ir.Constant(x.integers, [value] * x.count)  # noqa: E731
        whole = [builder.bitcast(v, x.integers) for v in (builder.fadd(n, _shift(x)), _shift(x))]
        n = builder.sub(*whole)
        low = builder.ashr(n, every(1))
        bias = every((1 << (x.bits - mantissa - 2)) - 1)
        for part in (low, builder.sub(n, low)):  # one factor cannot be 2ⁿ where the result is subnormal
            factor = builder.bitcast(builder.shl(builder.add(part, bias), every(mantissa)), x.vector)
            y = builder.fmul(y, factor)
        return y

    return x(x, n), generate


@intrinsic
def reciprocal(typing, x):
    """1 / x for finite x whose reciprocal is no subnormal, within one unit in the last place; NaN stays."""
    if not isinstance(x, Lanes):
        return None

    def generate(context, builder, signature, args):
        one = x.constant(1.0)
        if SHAPE != "avx512":
            return builder.fdiv(one, args[0])
        # a division takes as long as ten multiplications: Newton's steps from the machine's 14 bits
        suffix, bits = ("ps", 16) if x.bits == 32 else ("pd", 8)
        kind = ir.FunctionType(x.vector, [x.vector] * 2 + [ir.IntType(bits)])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.avx512.rcp14.{suffix}.512")
        y, negative = (
            builder.call(function, [args[0], x.constant(0.0), ir.Constant(kind.args[2], -1)]),
            builder.fneg(args[0]),
        )
        for _ in range(x.bits // 32):
            y = call(builder, x, "fmuladd", call(builder, x, "fmuladd", negative, y, one), y, y)
        return y

    return x(x), generate


@intrinsic
def split(typing, x):
    """Normal positive lanes as m · 2ⁿ, √½ ≤ m < √2."""
    if not isinstance(x, Lanes):
        return None

    def generate(context, builder, signature, args):
        mantissa = _MANTISSA[x.bits]
        every = lambda value: ir.Constant(x.integers, [value] * x.count)  # noqa: E731
        bits = builder.bitcast(args[0], x.integers)
        least = builder.bitcast(x.constant(0.7071067690849304), x.integers)  # √½, rounded to float32
        n = builder.ashr(builder.sub(bits, least), every(mantissa))
        m = builder.bitcast(builder.sub(bits, builder.shl(n, every(mantissa))), x.vector)
        whole = builder.add(n, builder.bitcast(_shift(x), x.integers))
        return context.make_tuple(
            builder, signature.return_type, [m, builder.fsub(builder.bitcast(whole, x.vector), _shift(x))]
        )

    return types.UniTuple(x, 2)(x), generate
