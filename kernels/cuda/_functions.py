"""What NumPy's functions are in the text of a kernel.

An expression reads its operands {0} and {1}, variables of one dtype, whose name is {t}: a bare number would be a
float64. Functions of libdevice are called by NumPy's names with the precision behind, as in `exp32`; in the simulator
they are NumPy's own. `FORMULAS` are put together from others, as the functions of `kernels.ref` are.
"""

import cmath
import math

import numpy as np

from ._driver import SIMULATED, cuda

_ANY = {
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "divide": "{0} / {1}",
    "negative": "-{0}", "positive": "{0}", "square": "{0} * {0}",
    "equal": "{0} == {1}", "not_equal": "{0} != {1}", "less": "{0} < {1}", "less_equal": "{0} <= {1}",
    "greater": "{0} > {1}", "greater_equal": "{0} >= {1}",
    "logical_or": "{0} != {t}(0) or {1} != {t}(0)", "logical_and": "{0} != {t}(0) and {1} != {t}(0)",
    "logical_xor": "({0} != {t}(0)) != ({1} != {t}(0))", "logical_not": "{0} == {t}(0)",
}  # fmt: skip

_ORDERED = {
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}", "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
    "fmax": "{0} if {0} >= {1} or {1} != {1} else {1}", "fmin": "{0} if {0} <= {1} or {1} != {1} else {1}",
    "conjugate": "{0}",
}  # fmt: skip

_BOOLEAN = {
    "add": "{0} or {1}", "multiply": "{0} and {1}", "maximum": "{0} or {1}", "minimum": "{0} and {1}",
    "logical_or": "{0} or {1}", "logical_and": "{0} and {1}", "logical_xor": "{0} != {1}", "logical_not": "not {0}",
    "bitwise_or": "{0} or {1}", "bitwise_and": "{0} and {1}", "bitwise_xor": "{0} != {1}", "invert": "not {0}",
    "fmax": "{0} or {1}", "fmin": "{0} and {1}", "absolute": "{0}", "conjugate": "{0}", "positive": "{0}",
    "isnan": "False", "isinf": "False", "isfinite": "True",
    "floor": "{0}", "ceil": "{0}", "trunc": "{0}", "rint": "{0}",
    "equal": "{0} == {1}", "not_equal": "{0} != {1}", "less": "not {0} and {1}", "greater": "{0} and not {1}",
    "less_equal": "not {0} or {1}", "greater_equal": "{0} or not {1}",
}  # fmt: skip

_INTEGER = {
    "bitwise_and": "{0} & {1}", "bitwise_or": "{0} | {1}", "bitwise_xor": "{0} ^ {1}", "invert": "~{0}",
    "left_shift": "{0} << {1}", "right_shift": "{0} >> {1}",
    "absolute": "{0} if {0} >= 0 else -{0}", "sign": "1 if {0} > 0 else -1 if {0} < 0 else 0",
    "reciprocal": "{0} if {0} == 1 or {0} == -1 else 0", "floor_divide": "int_quotient({0}, {1})",
    "remainder": "int_remainder({0}, {1})", "fmod": "int_fmod({0}, {1})", "power": "int_power({0}, {1})",
    "gcd": "gcd({0}, {1})", "lcm": "lcm({0}, {1})",
    "floor": "{0}", "ceil": "{0}", "trunc": "{0}", "rint": "{0}",
    "isnan": "False", "isinf": "False", "isfinite": "True",
}  # fmt: skip

_REAL = {
    "reciprocal": "{t}(1) / {0}",
    "sign": "{0} if {0} != {0} else {t}(1) if {0} > {t}(0) else {t}(-1) if {0} < {t}(0) else {t}(0)",
    "isnan": "{0} != {0}", "isinf": "{0} == {t}(inf) or {0} == {t}(-inf)", "isfinite": "{0} - {0} == {t}(0)",
    "heaviside": "{0} if {0} != {0} else {1} if {0} == {t}(0) else {t}(1) if {0} > {t}(0) else {t}(0)",
}  # fmt: skip

_COMPLEX = {
    "conjugate": "{0}.conjugate()", "reciprocal": "{t}(1) / {0}",
    "isnan": "{0}.real != {0}.real or {0}.imag != {0}.imag",
    "isfinite": "{0}.real - {0}.real == {0}.imag - {0}.imag",
    "isinf": "abs({0}.real) == inf or abs({0}.imag) == inf",
}  # fmt: skip

_EXPRESSIONS = {"b": _BOOLEAN, "i": _INTEGER, "u": _INTEGER, "f": _REAL, "c": _COMPLEX}

_LIBDEVICE = {  # NumPy's names that are others there
    "absolute": "fabs", "fabs": "fabs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "arctan2": "atan2", "power": "pow",
    **{n: n for n in (
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt",
        "cbrt", "floor", "ceil", "trunc", "rint", "copysign", "fmod", "hypot", "nextafter", "ldexp",
    )},
}  # fmt: skip

_CMATH = {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin",
    "arccos": "acos", "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip


def expression(name: str, dtype: np.dtype) -> str | None:
    """The text of a function for operands of a dtype, {t} being its name; None if it has none."""
    if (text := _EXPRESSIONS[dtype.kind].get(name)) is not None:
        return text
    if dtype.kind == "c":
        return f"{name}_c({{0}})" if name in _CMATH else _ANY.get(name)
    if dtype == np.float16 and name == "nextafter":
        return None  # its neighbour would be float32's
    if dtype.kind == "f" and name in _LIBDEVICE:
        second = ", {1}" if name in ("arctan2", "copysign", "fmod", "hypot", "ldexp", "nextafter", "power") else ""
        return f"{name}{'64' if dtype.itemsize > 4 else '32'}({{0}}{second})"
    return _ORDERED.get(name) or _ANY.get(name) if dtype.kind != "b" else None


# ------------------------------------------------------------------------------------- of integers


def int_quotient(a, b):
    """⌊a / b⌋, and 0 where b is."""
    return a // b if b != 0 else a - a


def int_remainder(a, b):
    """A - b ⌊a / b⌋, and 0 where b is."""
    return a % b if b != 0 else a - a


def int_fmod(a, b):
    """The remainder with the sign of a, and 0 where b is 0."""
    if b == 0:
        return a - a
    r = a % b
    return r - b if r != 0 and (r < 0) != (a < 0) else r


def int_power(a, b):
    """A to the power of b ≥ 0, by squaring."""
    y, square, rest = a - a + 1, a, b
    while rest > 0:
        if rest & 1:
            y = y * square
        square = square * square
        rest = rest >> 1
    return y


def gcd(a, b):
    """Euclid's algorithm."""
    while b != 0:
        a, b = b, a % b
    return a if a >= 0 else -a


def lcm(a, b):
    """The least common multiple; 0 with 0."""
    x, y = a, b
    while y != 0:
        x, y = y, x % y
    product = a // x * b if x != 0 else x
    return product if product >= 0 else -product


def _namespace():
    """What the names in the text of a kernel mean."""
    names = {"cuda": cuda, "inf": math.inf, "nan": math.nan}
    for f in (int_quotient, int_remainder, int_fmod, int_power, gcd, lcm):
        names[f.__name__] = cuda.jit(device=True)(f)
    if SIMULATED:
        for name in _LIBDEVICE:
            names[f"{name}32"] = names[f"{name}64"] = getattr(np, name)
        names["power32"] = names["power64"] = lambda a, b: np.power([a], [b])[0]  # of scalars NumPy takes a root for ½
        names |= {f"{name}_c": getattr(np, name) for name in _CMATH}
        names |= {t: getattr(np, t) for t in DTYPES} | {"boolean": np.bool_}
        names["bits_as_int32"] = lambda x: x.view(np.int32)
        names["bits_as_float32"] = lambda x: x.view(np.float32)
        return names
    from numba import types
    from numba.cuda import libdevice

    for name, theirs in _LIBDEVICE.items():
        names[f"{name}32"], names[f"{name}64"] = getattr(libdevice, f"{theirs}f"), getattr(libdevice, theirs)
    names |= {f"{name}_c": getattr(cmath, theirs) for name, theirs in _CMATH.items()}
    names |= {t: getattr(types, t) for t in DTYPES} | {"boolean": types.boolean}
    names |= {"bits_as_int32": libdevice.float_as_int, "bits_as_float32": libdevice.int_as_float}
    return names


DTYPES = (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64", "complex128",
)  # fmt: skip
NAMES = _namespace()


# ------------------------------------------------------------------------------- put together from others


def _remainder(a, b):
    r = np.fmod(a, b)
    return np.where(r == 0, np.copysign(r, b), np.where((r < 0) != (b < 0), r + b, r))


def _floor_divide(a, b):
    r = np.fmod(a, b)
    q = (a - r) / b
    q = np.where((r != 0) & ((r < 0) != (b < 0)), q - 1, q)
    near = np.floor(q)
    near = np.where(q - near > 0.5, near + 1, near)
    return np.where(b == 0, a / b, np.where(q == 0, np.copysign(q, a / b), near))


def _divmod(a, b):
    return np.floor_divide(a, b), np.remainder(a, b)


def _logaddexp(a, b):
    d = np.abs(a - b)
    return np.where(a == b, a + 0.6931471805599453, np.maximum(a, b) + np.log1p(np.exp(-d)))


def _logaddexp2(a, b):
    d = np.abs(a - b)
    return np.where(a == b, a + 1, np.maximum(a, b) + np.log1p(np.exp2(-d)) * 1.4426950408889634)


def _frexp(x):
    exact = np.isfinite(x) & (x != 0)
    small = np.abs(x) < 1e-30
    y = np.where(exact, np.where(small, x * 2.0**100, x), 0.5)
    e = np.floor(np.log2(np.abs(y))).astype(np.int32) + 1  # may be one too many or too few
    m = np.ldexp(y, -e)
    e = np.where(np.abs(m) >= 1, e + 1, np.where(np.abs(m) < 0.5, e - 1, e))
    m = np.ldexp(y, -e)
    return np.where(exact, m, x), np.where(exact, np.where(small, e - 100, e), 0).astype(np.int32)


def _modf(x):
    whole = np.trunc(x)
    return np.where(np.isinf(x), np.copysign(0.0, x), np.copysign(x - whole, x)), whole


def _complex_power(a, b):
    whole = np.where(b == 0, 1, np.where(b.real > 0, 0, np.nan))
    return np.where(a == 0, whole, np.exp(b * np.log(a)))


FORMULAS = {
    ("divmod", "biuf"): _divmod,
    ("remainder", "f"): _remainder,
    ("floor_divide", "f"): _floor_divide,
    ("float_power", "f"): np.power,
    ("float_power", "c"): np.power,
    ("power", "c"): _complex_power,
    ("logaddexp", "f"): _logaddexp,
    ("logaddexp2", "f"): _logaddexp2,
    ("frexp", "f"): _frexp,
    ("modf", "f"): _modf,
    ("signbit", "f"): lambda x: np.copysign(np.ones_like(x), x) < 0,
    ("deg2rad", "f"): lambda x: x * (math.pi / 180),
    ("radians", "f"): lambda x: x * (math.pi / 180),
    ("rad2deg", "f"): lambda x: x * (180 / math.pi),
    ("degrees", "f"): lambda x: x * (180 / math.pi),
    ("absolute", "c"): lambda x: np.hypot(x.real, x.imag),
    ("sign", "c"): lambda x: np.where(x == 0, 0, x / np.abs(x)),
    ("exp2", "c"): lambda x: np.exp(x * math.log(2)),
    ("log2", "c"): lambda x: _by_part(np.log(x), lambda part: part / math.log(2)),
    ("log10", "c"): lambda x: _by_part(np.log(x), lambda part: part / math.log(10)),
    ("rint", "c"): lambda x: _by_part(x, np.rint),
    ("expm1", "c"): lambda x: _complex_expm1(x),
    ("log1p", "c"): lambda x: np.log(x + 1),
}  # fmt: skip


def _complex_expm1(x):
    real = np.expm1(x.real) * np.cos(x.imag) - 2 * np.square(np.sin(x.imag / 2))
    return x.joined(real, np.exp(x.real) * np.sin(x.imag))


def _by_part(x, function):
    return x.joined(function(x.real), function(x.imag))


def formula(name: str, dtype: np.dtype):
    """The formula of a function that is no single expression; None if it has none."""
    return next((f for (n, kinds), f in FORMULAS.items() if n == name and dtype.kind in kinds), None)
