"""Sizes and signs, and the parts, conjugates and phases of complex numbers.

Inside a sweep a vjp is the plain transpose of its jvp (see `_tape/sweep.py`), so holomorphic functions need no rule of
their own for complex arguments. These are the functions that are linear, or smooth, in the parts alone. For one with
the jvp t ↦ Re(a · t) the vjp is g ↦ g · a, for t ↦ b · conj(t) it is g ↦ conj(g · b).
"""


from .. import kernels
from .._dtypes import complex_of, float32, float64
from .._tape import declare, elementwise, lent, unary
from ._operands import floating, level
from ._registry import public
from .cast import cast
from .elementwise import cos, sin
from .region import PARTS
from .selection import where

conjugate = unary("conj", kernels.conjugate, lambda g: conjugate(g))
_real = declare(
    "real", lambda x: kernels.real(x), [lambda g: cast(g, complex_of(g.dtype))], [lambda t: _real(t)], view=True
)
_imag = declare(
    "imag", lambda x: kernels.imag(x), [lambda g: cast(g, complex_of(g.dtype)) * -1j], [lambda t: _imag(t)], view=True
)
_pairs = declare(
    "view_as_real", lambda x: kernels.pairs(x), [lambda g: conjugate(_unpairs(g))], [lambda t: _pairs(t)], view=True
)
_unpairs = declare(
    "view_as_complex",
    lambda x: kernels.unpairs(x),
    [lambda g: _pairs(conjugate(g))],
    [lambda t: _unpairs(t)],
    view=True,
)
PARTS.update({p.primitive: "c" for p in (_real, _imag, _pairs)} | {_unpairs.primitive: "f"})
_join = elementwise("complex", kernels.join, lambda g: _real(g), lambda g: -_imag(g))
_join.primitive.set_rules(
    _join.primitive.vjps, [lambda t: cast(t, complex_of(t.dtype)), lambda t: cast(t, complex_of(t.dtype)) * 1j]
)


def _over_size(v, x, y):
    """`v / |x|`, 0 where x is; y is the phase of x."""
    nothing = y == 0
    return where(nothing, 0, v) / where(nothing, 1, _real(x * conjugate(y)))


def _turned(t, x, y):
    """How a phase y turns when x goes along t: (t - y Re(conj(y) t)) / |x|."""
    return _over_size(t - y * _real(conjugate(y) * t), x, y)


_phase = declare(  # x / |x|, 0 at 0
    "sgn", lambda x: kernels.sign(x, out=...), [lambda g, x, y: conjugate(_turned(conjugate(g), x, y))], [_turned]
)
_angle = declare(
    "angle",
    lambda x: kernels.arctan2(kernels.imag(x), kernels.real(x), out=...),
    [lambda g, x: where(x == 0, 0, g * -1j) / where(x == 0, 1, x)],
    [lambda t, x: _imag(where(x == 0, 0, t) / where(x == 0, 1, x))],
)
_angle_of_real = unary("angle", lambda x: kernels.pointwise("angle", x), level)


@public("real", method=False)
def real(x):
    """Real part; a real tensor is its own.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array, x.shape
        A view of complex numbers.
    """
    return _real(x) if x.dtype.kind == "c" else x


@public("imag", method=False)
def imag(x):
    """Imaginary part of complex numbers, as a view.

    Raises
    ------
    RuntimeError
        If `x` is real.
    """
    _want_complex("imag", x)
    return _imag(x)


@public("conj", "conj_physical")
def conj(x):
    """Complex conjugate; a real tensor is its own."""
    return conjugate(x) if x.dtype.kind == "c" else x


def _itself(name: str):
    def resolve(x):
        return x

    resolve.__name__ = resolve.__qualname__ = name
    resolve.__doc__ = "`x` itself: no tensor here waits to be conjugated or negated."
    return public()(resolve)


resolve_conj, resolve_neg = _itself("resolve_conj"), _itself("resolve_neg")


@public()
def angle(x):
    """Angle of complex numbers in the plane, in (-π, π]; of real ones 0, or π below 0.

    Notes
    -----
    Kink: the slope at 0 is 0.
    """
    if x.dtype.kind == "c":
        return _angle(x)
    return _angle_of_real(floating(x))


sign = unary("sign", kernels.sign, level)  # of real numbers


@public("sgn", "sign", in_place=True)
def sgn(x):
    """Sign: -1, 0 or 1, and NaN for NaN (PyTorch answers 0), with the slope 0; of complex numbers x / |x|, 0 at 0."""
    return _phase(x) if x.dtype.kind == "c" else sign(x)


def _conjugate_sign(x):
    return conjugate(_phase(x)) if x.dtype.kind == "c" else sign(x)


def _along_phase(t, x):
    t = t * _conjugate_sign(x)
    return _real(t) if t.dtype.kind == "c" else t


absolute = unary("abs", kernels.absolute, _conjugate_sign)
absolute.primitive.set_rules(absolute.primitive.vjps, [_along_phase])
absolute.__doc__ = "Absolute value; the slope at 0 is 0. Of complex numbers the real √(Re² + Im²)."
public("abs", "absolute", in_place=True)(absolute)


@public("complex", method=False)
def complex_(real, imag):
    """Complex numbers of their parts: y = real + i · imag.

    Parameters
    ----------
    real, imag : Tensor or array, floating
        Of one dtype, float32 or float64; broadcast against each other.

    Raises
    ------
    RuntimeError
        If the dtypes differ or are not these.
    """
    for name, part in (("real", real), ("imag", imag)):
        if not hasattr(part, "dtype") or part.dtype not in (float32, float64):
            given = f"dtype {part.dtype}" if hasattr(part, "dtype") else f"={part!r}"
            raise RuntimeError(f"[complex] `{name}` ({given}) must be float32 or float64")
    if real.dtype != imag.dtype:
        raise RuntimeError(f"[complex] `imag` (dtype {imag.dtype}) must have the dtype of `real` ({real.dtype})")
    return _join(real, imag)


@public(method=False)
def polar(abs, angle):
    """Complex numbers of their size and angle: y = abs · (cos(angle) + i · sin(angle)); errors as for `complex`."""
    return complex_(abs * cos(angle), abs * sin(angle))


@public()
def view_as_real(x):
    """Complex numbers as pairs (real, imaginary) along a new last axis, as a view.

    Raises
    ------
    RuntimeError
        If `x` is real.
    """
    _want_complex("view_as_real", x)
    return _pairs(x)


@public()
def view_as_complex(x):
    """Pairs along the last axis as complex numbers; a view where the two are neighbours in memory, else a copy.

    Raises
    ------
    RuntimeError
        If `x` is not floating, or its last axis has not 2 elements.
    """
    if x.dtype not in (float32, float64) or not x.shape or x.shape[-1] != 2:
        raise RuntimeError(f"[view_as_complex] `x` ({x.dtype}, shape {x.shape}) must be floating, with pairs last")
    return _unpairs(x)


isreal = elementwise("isreal", lambda x: kernels.equal(kernels.imag(x), 0, out=...), None)
isreal.__doc__ = "Whether each element is a real number: the imaginary part is 0."
public("isreal")(isreal)


def _want_complex(op: str, x) -> None:
    if x.dtype.kind != "c":
        raise RuntimeError(f"[{op}] `x` (dtype {x.dtype}) must be complex")


lent.conjugate, lent.real = conjugate, _real
