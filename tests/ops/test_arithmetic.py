"""Arithmetic of two arrays: rules, values, PyTorch's kinks, options, operators."""

import operator

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import arithmetic
from tapegrad.ops.arithmetic import OPERATORS
from tapegrad.testing import arrays, broadcastable, check_rule

ANY = [{}, {}]
POSITIVE = {"min_value": 0.3, "max_value": 2.0}
DIVISOR = {"min_value": 0.6, "max_value": 0.9}  # quotients of [1.0, 1.1] by these keep away from whole numbers
DIVIDEND = {"min_value": 1.0, "max_value": 1.1}

DOMAINS = {
    "add": ANY, "sub": ANY, "rsub": ANY, "mul": ANY, "div": [{}, POSITIVE], "floor_divide": [DIVIDEND, DIVISOR],
    "remainder": [DIVIDEND, DIVISOR], "fmod": [DIVIDEND, DIVISOR], "pow": [POSITIVE, {}], "ldexp": ANY,
    "hypot": [POSITIVE, POSITIVE], "atan2": [POSITIVE, {}], "logaddexp": ANY, "logaddexp2": ANY,
    "xlogy": [{}, POSITIVE], "xlog1py": [{}, POSITIVE], "copysign": [{"away_from": (0,)}] * 2,
    "heaviside": [{"away_from": (0,)}, {}], "nextafter": [DIVIDEND, {"min_value": 3.0, "max_value": 4.0}],
}  # fmt: skip

EXACT = {
    "add": np.add, "sub": np.subtract, "rsub": lambda a, b: b - a, "mul": np.multiply, "div": np.divide,
    "floor_divide": np.floor_divide, "remainder": np.remainder, "fmod": np.fmod, "pow": np.power, "hypot": np.hypot,
    "atan2": np.arctan2, "logaddexp": np.logaddexp, "logaddexp2": np.logaddexp2, "xlogy": scipy.special.xlogy,
    "xlog1py": scipy.special.xlog1py, "copysign": np.copysign, "heaviside": np.heaviside, "nextafter": np.nextafter,
    "ldexp": lambda a, b: a * np.exp2(b),
}  # fmt: skip

everything = pytest.mark.parametrize("name", DOMAINS)


@everything
@given(data=st.data())
def test_slopes_are_the_derivatives(name, data):
    check_rule(getattr(tg, name), *data.draw(broadcastable(each=DOMAINS[name])))


@everything
@given(data=st.data())
def test_values_are_those_of_numpy_and_scipy(name, data):
    a, b = data.draw(broadcastable(each=DOMAINS[name]))
    f, expected, eps = getattr(tg, name), EXACT[name](a, b), np.finfo(a.dtype).eps
    # max + log(1 + …) cancels where the logarithm of the sum is near 0: its error is one of the terms, in NumPy's, too
    lost = eps * max(np.max(np.abs(v), initial=1) for v in (a, b)) if "logaddexp" in name else 0
    np.testing.assert_allclose(f(a, b), expected, rtol=1e-6 if a.dtype == "f" else 1e-14, atol=lost)
    for y in (f(tg.tensor(a), tg.tensor(b)), f(tg.tensor(a), b), f(a, tg.tensor(b))):
        assert y.dtype == a.dtype
        np.testing.assert_allclose(y.numpy(), f(a, b), rtol=4 * eps, atol=lost)  # strides choose NumPy's loop


def slopes(f, *points):
    """The gradients of the sum of f at points, in float64."""
    xs = [tg.tensor(p, dtype=tg.float64, requires_grad=True) for p in points]
    with tg.tape():
        y = f(*xs).sum()
    y.backward()
    return [x.grad.numpy() for x in xs]


nan, inf = np.nan, np.inf
KINKS = [  # the points, and the slopes that PyTorch 2.13 has there
    (tg.pow, ([0, 0, 0, 2, 0, nan], [0, 1, 2, 0, 0.5, 0]), ([0, 1, 0, 0, inf, 0], [0, 0, 0, np.log(2), 0, nan])),
    (tg.xlogy, ([0, 0, 2, 1], [0, 2, 3, nan]), ([0, np.log(2), np.log(3), nan], [nan, 0, 2 / 3, nan])),
    (tg.atan2, ([0, 0, 1], [0, 1, 0]), ([0, 1, 0], [0, 0, -1])),
    (tg.hypot, ([0, 3], [0, 4]), ([nan, 0.6], [nan, 0.8])),
    (tg.logaddexp, ([0, 1000, -inf], [0, 0, 0]), ([0.5, 1, 0], [0.5, 0, 1])),
    (tg.copysign, ([0, 1, -2], [1, -1, -1]), ([0, -1, 1], [0, 0, 0])),
    (tg.remainder, ([5, -5, 6], [3, 3, 3]), ([1, 1, 1], [-1, 2, -2])),
    (tg.fmod, ([5, -5, 6], [3, 3, 3]), ([1, 1, 1], [-1, 1, -2])),
    (tg.heaviside, ([-1, 0, 1], [5, 5, 5]), ([0, 0, 0], [0, 1, 0])),
    (tg.div, ([0, 1], [0, 0]), ([inf, inf], [nan, -inf])),
]


@pytest.mark.parametrize(("f", "points", "expected"), KINKS, ids=lambda v: getattr(v, "__name__", ""))
def test_kinks_have_the_slopes_of_pytorch(f, points, expected):
    with np.errstate(all="ignore"):
        found = slopes(f, *points)
    for g, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-15)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 2.5, 1 / 3, True])
@given(x=arrays(**POSITIVE))
def test_a_python_number_as_exponent_is_a_power_with_its_slope(exponent, x):
    check_rule(lambda x: x**exponent, x)
    expected = np.power(x.astype("d"), exponent)
    np.testing.assert_allclose((tg.tensor(x) ** exponent).numpy(), expected, rtol=1e-15 if x.dtype == "d" else 1e-6)


def test_a_power_keeps_the_dtype_unless_the_exponent_lifts_it():
    assert (tg.tensor([1.0]) ** 2).dtype == (tg.tensor([2]) ** 0.5).dtype == tg.float32
    assert (tg.tensor([3]) ** 2).tolist() == [9]
    assert (2 ** tg.tensor([1, 2, 3])).tolist() == [2, 4, 8]
    assert tg.float_power(tg.tensor([2]), 3).dtype == tg.float64
    with pytest.raises(ValueError, match="negative integer power"):
        tg.tensor([2]) ** -1


@given(broadcastable(), st.sampled_from([2, -1.5, 0.0]))
def test_alpha_scales_the_second_operand(pair, alpha):
    for f, g in ((tg.add, lambda a, b: a + alpha * b), (tg.sub, lambda a, b: a - alpha * b)):
        np.testing.assert_allclose(f(*pair, alpha=alpha), g(*pair), rtol=1e-6, atol=1e-6)
        check_rule(lambda a, b, f=f: f(a, b, alpha=alpha), *pair)


def test_alpha_is_applied_in_the_common_dtype():
    x, other = tg.zeros(1, dtype=tg.float64), tg.tensor([1])
    assert tg.add(x, other, alpha=0.1).item() == 0.1
    with pytest.raises(RuntimeError, match=r"\[add\] `alpha` \(=0.5\) must not be a floating point number"):
        tg.add(other, other, alpha=0.5)


@pytest.mark.parametrize("dtype", ["int64", "int8", "float32", "float64"])
@pytest.mark.parametrize("mode", ["trunc", "floor"])
def test_division_rounds_as_asked(mode, dtype):
    a, b = (v.ravel().astype(dtype) for v in np.meshgrid(np.arange(-7, 8), [-3, -2, -1, 1, 2, 3]))
    y = tg.div(tg.tensor(a), tg.tensor(b), rounding_mode=mode)
    assert y.dtype == a.dtype
    np.testing.assert_array_equal(y.numpy(), getattr(np, mode)(a / b))


@pytest.mark.parametrize("mode", ["trunc", "floor"])
@given(broadcastable(each=[DIVIDEND, DIVISOR]))
def test_rounded_division_has_slope_0(mode, pair):
    check_rule(tg.div, *pair, rounding_mode=mode)
    for g in slopes(lambda a, b: tg.div(a, b, rounding_mode=mode), *pair):
        assert not np.any(g)


def test_integers_divide_by_0_only_in_true_division():
    x, zero = tg.tensor([1, 2]), tg.tensor([1, 0])
    with np.errstate(divide="ignore"):
        assert tg.isinf(tg.div(x, 0)).tolist() == [True, True]
    for f in (tg.floor_divide, tg.remainder, tg.fmod, lambda a, b: tg.div(a, b, rounding_mode="floor")):
        for other in (zero, 0):
            with pytest.raises(ZeroDivisionError, match="`other` must not contain 0"):
                f(x, other)
        with np.errstate(divide="ignore", invalid="ignore"):
            assert not tg.isfinite(f(tg.tensor([1.0]), zero[1:])).item()


def test_division_refuses_other_roundings():
    with pytest.raises(ValueError, match=r"\[div\] `rounding_mode` \(='up'\) must be None, 'trunc' or 'floor'"):
        tg.div(tg.ones(2), 2, rounding_mode="up")


@given(broadcastable(3, each=[{}, {}, POSITIVE]))
def test_three_operands_have_the_right_rules(operands):
    x, a, b = operands
    for f, expected in ((tg.addcmul, x + 0.5 * a * b), (tg.addcdiv, x + 0.5 * a / b)):
        np.testing.assert_allclose(f(x, a, b, value=0.5), expected, rtol=1e-5, atol=1e-5)
        check_rule(lambda x, a, b, f=f: f(x, a, b, value=0.5), x, a, b)
    np.testing.assert_allclose(tg.lerp(x, a, b), x + b * (a - x), rtol=1e-5, atol=1e-5)
    check_rule(tg.lerp, x, a, b)


@given(broadcastable(3, each=[{}, POSITIVE, POSITIVE]))
def test_slopes_in_one_pass_have_rules_of_their_own(operands):
    v, a, b = operands
    for back in (arithmetic._hypot_back, arithmetic._logaddexp_back, arithmetic._logaddexp2_back):
        check_rule(back, v, a, b)
    check_rule(arithmetic._lerp_back, v, a)
    for back in (arithmetic._modulo_back, arithmetic._modulo_trunc_back):
        check_rule(back, v, 1 + a / 20, 0.6 + b / 10, wrt=0)


def test_lerp_is_exact_at_both_ends():
    x, end = tg.tensor([0.1, -1e8]), tg.tensor([1e8, 0.3])
    assert tg.lerp(x, end, 0.0).tolist() == x.tolist()
    assert tg.lerp(x, end, 1.0).tolist() == end.tolist()


NUMBERS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "eq", "ne", "gt", "ge"]
BITS = ["and", "or", "xor", "lshift", "rshift"]


def python(name):
    return getattr(operator, f"{name}_" if name in ("and", "or") else name)


@pytest.mark.parametrize("name", NUMBERS + BITS)
def test_operators_do_what_numpy_does(name):
    f, kind = python(name), "i8" if name in BITS else "f8"
    a, b = np.array([1, 2, 5], kind), np.array([3, 2, 1], kind)
    for x, other in ((tg.tensor(a), tg.tensor(b)), (tg.tensor(a), b), (tg.tensor(a), 2)):
        expected = f(a, other.numpy() if isinstance(other, tg.Tensor) else other)
        np.testing.assert_array_equal(f(x, other).numpy(), expected)
        np.testing.assert_array_equal(OPERATORS[name](x, other).numpy(), expected)


def test_unary_operators_do_what_numpy_does():
    x = tg.tensor([-1.5, 2.0])
    assert [(-x).tolist(), (+x).tolist(), abs(x).tolist()] == [[1.5, -2.0], [-1.5, 2.0], [1.5, 2.0]]
    assert (~tg.tensor([True, False])).tolist() == [False, True]
    assert (~tg.tensor([0, 5])).tolist() == [-1, -6]


def test_records_name_the_line_of_the_user_whatever_stands_between():
    x = tg.ones(2, requires_grad=True)
    with tg.tape() as t:
        tg.pow(tg.add(x, x, alpha=2), 2)
        tg.where(x > 0, tg.clamp(x, 0, 1), tg.floor_divide(x, 2))
    assert {row.line.rpartition(":")[0] for row in t} == {__file__}


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "remainder", "fmod", "floor_divide", "atan2"])
def test_in_place_variants_write_what_the_function_answers(name):
    x, other = tg.tensor([3.0, 5.0]), tg.tensor([2.0, 1.5])
    expected = getattr(tg, name)(x, other).tolist()
    assert getattr(x, f"{name}_")(other) is x
    assert x.tolist() == expected


def test_an_in_place_operation_is_part_of_the_gradient():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with tg.tape():
        y = x * 1
        y.mul_(x).pow_(2).add_(x, alpha=3)
        y.sum().backward()
    assert x.grad.tolist() == [4 * 1 + 3, 4 * 8 + 3]


def test_sums_of_complex_exponentials_have_the_right_rules():
    a, b = np.array([0.3 + 1j, -2.0 - 0.5j]), np.array([[0.1 - 0.2j], [3.0 + 1j]])
    np.testing.assert_allclose(tg.logaddexp(tg.tensor(a), tg.tensor(b)).numpy(), np.log(np.exp(a) + np.exp(b)), 1e-12)
    check_rule(tg.logaddexp, a, b)
