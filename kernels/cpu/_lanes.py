"""One SIMD vector as a value: kernels written once, in arithmetic that reads like NumPy's.

`load` gives as many neighbours as the machine's vectors hold; `+ - * / < > <= >= == !=`, `select`, `fma` and the rest
act on each of them; `store` puts them back. What lies behind the end of an array is never touched. No lane knows of the
others, and nothing here may be reordered or contracted by the compiler: an element has the same value wherever it
stands, whatever the number of threads. `add_up` and `largest` combine lanes, in a fixed order.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_cast
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from ._simd import VECTOR

_i1, _i32, _i64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
_FLOAT = {32: ir.FloatType(), 64: ir.DoubleType()}


class Mask(types.Type):
    """What a comparison of lanes gives."""

    def __init__(self, count):
        super().__init__(f"Mask({count})")
        self.count = count
        self.vector = ir.VectorType(_i1, count)


class Lanes(types.Type):
    """As many floats as one vector register holds."""

    def __init__(self, element):
        super().__init__(f"Lanes({element})")
        self.element = element
        self.bits = element.bitwidth
        self.count = 8 * VECTOR // self.bits
        self.vector = ir.VectorType(_FLOAT[self.bits], self.count)
        self.integers = ir.VectorType(ir.IntType(self.bits), self.count)
        self.mask = Mask(self.count)

    def constant(self, value):
        return ir.Constant(self.vector, [value] * self.count)


@register_model(Lanes)
@register_model(Mask)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, kind.vector)


# ------------------------------------------------------------------------------------------- operators


def _lanes_of(args):
    """The one kind of lanes among arguments that are lanes or numbers; None if they are anything else."""
    kinds = {a for a in args if isinstance(a, Lanes)}
    numbers = all(isinstance(a, Lanes | types.Number) for a in args)
    return kinds.pop() if numbers and len(kinds) == 1 else None


def splat(builder, scalar, count):
    undefined = ir.Constant(ir.VectorType(scalar.type, count), ir.Undefined)
    first = builder.insert_element(undefined, scalar, _i32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_i32, count), [0] * count))


@lower_cast(types.Number, Lanes)
def _from_number(context, builder, source, target, value):
    return splat(builder, context.cast(builder, value, source, target.element), target.count)


def _declare(function, arity, emit, compares=False):
    @infer_global(function)
    class Template(AbstractTemplate):
        def generic(self, args, kws):
            kind = _lanes_of(args) if len(args) == arity else None
            return kind and signature(kind.mask if compares else kind, *[kind] * arity)

    lower_builtin(function, *[Lanes] * arity)(lambda context, builder, signature, args: emit(builder, *args))


_declare(operator.add, 2, lambda builder, a, b: builder.fadd(a, b))
_declare(operator.sub, 2, lambda builder, a, b: builder.fsub(a, b))
_declare(operator.mul, 2, lambda builder, a, b: builder.fmul(a, b))
_declare(operator.truediv, 2, lambda builder, a, b: builder.fdiv(a, b))
_declare(operator.neg, 1, lambda builder, a: builder.fneg(a))
for _function, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _declare(_function, 2, lambda builder, a, b, sign=_sign: builder.fcmp_ordered(sign, a, b), compares=True)
_declare(operator.eq, 2, lambda builder, a, b: builder.fcmp_ordered("==", a, b), compares=True)
_declare(operator.ne, 2, lambda builder, a, b: builder.fcmp_unordered("!=", a, b), compares=True)  # true for NaN


# ------------------------------------------------------------------------------------------- functions


def call(builder, kind, name, *args):
    function = ir.FunctionType(kind.vector, [a.type for a in args])
    name = f"llvm.{name}.v{kind.count}f{kind.bits}"
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args)


def _of_lanes(arity, emit):
    """An intrinsic of `arity` lanes, at least one of which is no number."""

    def typed(args):
        kind = _lanes_of(args)
        if kind is None:
            return None

        def generate(context, builder, signature, args):
            return emit(builder, signature.return_type, *args)

        return kind(*[kind] * arity), generate

    if arity == 1:
        return intrinsic(lambda typing, a: typed((a,)))
    if arity == 2:
        return intrinsic(lambda typing, a, b: typed((a, b)))
    return intrinsic(lambda typing, a, b, c: typed((a, b, c)))


# fused where the machine can; plain `fma` would be a library call where it cannot
fma = _of_lanes(3, lambda builder, kind, a, b, c: call(builder, kind, "fmuladd", a, b, c))
# rounded once, for what would be wrong otherwise, everywhere
fused = _of_lanes(3, lambda builder, kind, a, b, c: call(builder, kind, "fma", a, b, c))
absolute = _of_lanes(1, lambda builder, kind, a: call(builder, kind, "fabs", a))
sqrt = _of_lanes(1, lambda builder, kind, a: call(builder, kind, "sqrt", a))
floored = _of_lanes(1, lambda builder, kind, a: call(builder, kind, "floor", a))
truncated = _of_lanes(1, lambda builder, kind, a: call(builder, kind, "trunc", a))
remaindered = _of_lanes(2, lambda builder, kind, a, b: builder.frem(a, b))  # element by element: slow
copysign = _of_lanes(2, lambda builder, kind, a, b: call(builder, kind, "copysign", a, b))
# b where a is NaN: min(x, limit) as the machine has it, so limit first keeps the NaN of x
smaller = _of_lanes(2, lambda builder, kind, a, b: builder.select(builder.fcmp_ordered("<", a, b), a, b))
larger = _of_lanes(2, lambda builder, kind, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b))


@intrinsic
def select(typing, mask, a, b):
    """`a` where the mask is set, else `b`."""
    kind = _lanes_of((a, b))
    if kind is None or mask != kind.mask:
        return None
    return kind(mask, kind, kind), lambda context, builder, signature, args: builder.select(*args)


@intrinsic
def lanes(typing, like, value):
    """A number in all lanes, in the kind of `like`: lanes, or a pointer to elements."""
    kind = kind_of(like)
    if kind is None:
        return None
    return kind(like, kind), lambda context, builder, signature, args: args[1]


@intrinsic
def horner(typing, x, narrow, wide):
    """The polynomial of `x` with these coefficients, constant first: `narrow` for float32, `wide` for float64."""
    if not isinstance(x, Lanes):
        return None

    def generate(context, builder, signature, args):
        x, narrow, wide = args
        kind = signature.args[0]
        chosen = narrow if kind.bits == 32 else wide
        coefficients = cgutils.unpack_tuple(builder, chosen)
        if kind.bits == 32:
            coefficients = [builder.fptrunc(c, kind.vector.element) for c in coefficients]
        y = splat(builder, coefficients[-1], kind.count)
        for c in coefficients[-2::-1]:
            y = call(builder, kind, "fmuladd", y, x, splat(builder, c, kind.count))
        return y

    return x(x, narrow, wide), generate


@intrinsic
def is_narrow(typing, x):
    """Tell, as a constant of the compiled code, whether the lanes are float32."""
    kind = kind_of(x)
    if kind is None:
        return None
    return types.boolean(x), lambda context, builder, signature, args: _i1(kind.bits == 32)


# ------------------------------------------------------------------------------------- memory, and across lanes


def kind_of(like):
    if isinstance(like, Lanes):
        return like
    if isinstance(like, types.CPointer) and isinstance(like.dtype, types.Float):
        return Lanes(like.dtype)
    return None


@intrinsic
def elements(typing, array):
    """Pointer to the elements of a C-contiguous array."""
    if not isinstance(array, types.Array):
        return None
    pointer = types.CPointer(array.dtype)

    def generate(context, builder, signature, args):
        return context.make_array(array)(context, builder, args[0]).data

    return pointer(array), generate


@intrinsic
def float64s(typing, address):
    """Pointer to float64 at an address."""
    pointer = types.CPointer(types.float64)

    def generate(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(pointer))

    return pointer(types.intp), generate


@intrinsic
def stack(typing, like, count):
    """Pointer to room for so many elements, a constant, that lasts until the function returns."""
    if not isinstance(like, types.CPointer) or not isinstance(count, types.IntegerLiteral):
        return None

    def generate(context, builder, signature, args):
        return cgutils.alloca_once(builder, context.get_data_type(like.dtype), _i64(count.literal_value))

    return like(like, count), generate


@intrinsic
def width(typing, like):
    """How many lanes a vector has."""
    kind = kind_of(like)
    if kind is None:
        return None
    return types.intp(like), lambda context, builder, signature, args: _i64(kind.count)


def below(builder, count, n):
    """Mask of the lanes with index < n."""
    # compared in 32 bits, half as many registers; n is brought into their range
    n = builder.select(builder.icmp_signed("<", n, _i64(count)), n, _i64(count))
    n = builder.trunc(builder.select(builder.icmp_signed(">", n, _i64(0)), n, _i64(0)), _i32)
    indices = ir.Constant(ir.VectorType(_i32, count), list(range(count)))
    return builder.icmp_signed("<", indices, splat(builder, n, count))


def masked(builder, kind, name, result, args):
    function = ir.FunctionType(result, [a.type for a in args])
    name = f"llvm.masked.{name}.v{kind.count}f{kind.bits}.p0"
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args)


@intrinsic
def load(typing, p, i, n, fill):
    """Lanes p[i], p[i+1], …; `fill` in the place of those at n and behind."""
    kind = kind_of(p)
    if kind is None:
        return None

    def generate(context, builder, signature, args):
        p, i, n, fill = args
        place = builder.bitcast(builder.gep(p, [i]), kind.vector.as_pointer())
        left, align = builder.sub(n, i), kind.bits // 8
        with builder.if_else(builder.icmp_signed(">=", left, _i64(kind.count)), likely=True) as (whole, part):
            with whole:
                full = builder.load(place)
                full.align = align
                first = builder.block
            with part:
                mask = below(builder, kind.count, left)
                some = masked(builder, kind, "load", kind.vector, [place, _i32(align), mask, fill])
                second = builder.block
        value = builder.phi(kind.vector)
        value.add_incoming(full, first)
        value.add_incoming(some, second)
        return value

    return kind(p, types.intp, types.intp, kind), generate


@intrinsic
def store(typing, value, p, i, n):
    """p[i], p[i+1], … = lanes, up to n."""
    kind = kind_of(p)
    if kind is None or value != kind:
        return None

    def generate(context, builder, signature, args):
        value, p, i, n = args
        place = builder.bitcast(builder.gep(p, [i]), kind.vector.as_pointer())
        left, align = builder.sub(n, i), kind.bits // 8
        with builder.if_else(builder.icmp_signed(">=", left, _i64(kind.count)), likely=True) as (whole, part):
            with whole:
                builder.store(value, place).align = align
            with part:
                mask = below(builder, kind.count, left)
                masked(builder, kind, "store", ir.VoidType(), [value, place, _i32(align), mask])
        return context.get_dummy_value()

    return types.void(value, p, types.intp, types.intp), generate


@intrinsic
def gather(typing, p, at, i, n):
    """Lanes p[at[i]], p[at[i + 1]], …; 0 where the place is negative, and in the place of those at n and behind."""
    kind = kind_of(p)
    if kind is None or at != types.CPointer(types.int64):
        return None

    def generate(context, builder, signature, args):
        p, at, i, n = args
        words, places = ir.VectorType(_i64, kind.count), ir.VectorType(ir.IntType(8).as_pointer(), kind.count)
        here = builder.bitcast(builder.gep(at, [i]), words.as_pointer())
        left, none = below(builder, kind.count, builder.sub(n, i)), ir.Constant(words, [-1] * kind.count)
        function = ir.FunctionType(words, [here.type, _i32, kind.mask.vector, words])
        function = cgutils.get_or_insert_function(builder.module, function, f"llvm.masked.load.v{kind.count}i64.p0")
        place = builder.call(function, [here, _i32(8), left, none])
        exists = builder.icmp_signed(">=", place, ir.Constant(words, [0] * kind.count))
        size = ir.Constant(words, [kind.bits // 8] * kind.count)
        start = splat(builder, builder.ptrtoint(p, _i64), kind.count)
        place = builder.inttoptr(builder.add(start, builder.mul(place, size)), places)
        function = ir.FunctionType(kind.vector, [places, _i32, kind.mask.vector, kind.vector])
        name = f"llvm.masked.gather.v{kind.count}f{kind.bits}.v{kind.count}p0"
        function = cgutils.get_or_insert_function(builder.module, function, name)
        return builder.call(function, [place, _i32(kind.bits // 8), exists, kind.constant(0.0)])

    return kind(p, at, types.intp, types.intp), generate


def _fold(emit, builder, v, count):
    """Fold a vector in halves."""
    while count > 1:
        count //= 2
        halves = [
            builder.shuffle_vector(v, v, ir.Constant(ir.VectorType(_i32, count), list(range(s, s + count))))
            for s in (0, count)
        ]
        v = emit(builder, *halves)
    return builder.extract_element(v, _i32(0))


def _across(emit):
    @intrinsic
    def fold(typing, x):
        if not isinstance(x, Lanes):
            return None
        return x.element(x), lambda context, builder, signature, args: _fold(emit, builder, args[0], x.count)

    return fold


add_up = _across(lambda builder, a, b: builder.fadd(a, b))
largest = _across(lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b))


@intrinsic
def add_up_wide(typing, x, y):
    """Sum of all lanes of both, in float64."""
    if not isinstance(x, Lanes) or y != x:
        return None

    def generate(context, builder, signature, args):
        wide = ir.VectorType(_FLOAT[64], x.count)
        a, b = args if x.bits == 64 else [builder.fpext(v, wide) for v in args]
        return _fold(ir.IRBuilder.fadd, builder, builder.fadd(a, b), x.count)

    return types.float64(x, y), generate
