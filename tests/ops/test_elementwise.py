"""Functions of one array against mpmath, and their rules."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.elementwise import sigmoid_back, tanh_back
from tapegrad.testing import arrays, check_rule

LINE = {}
POSITIVE = {"min_value": 0.2, "max_value": 3.0}
INSIDE = {"min_value": -0.8, "max_value": 0.8}
WHOLE = {"away_from": (-2, -1, 0, 1, 2)}
HALVES = {"away_from": (-1.5, -0.5, 0.5, 1.5)}

DOMAINS = {
    "exp": LINE, "exp2": LINE, "expm1": LINE, "log": POSITIVE, "log2": POSITIVE, "log10": POSITIVE,
    "log1p": {"min_value": -0.7}, "sin": LINE, "cos": LINE, "tan": {"min_value": -1.2, "max_value": 1.2},
    "asin": INSIDE, "acos": INSIDE, "atan": LINE, "sinh": LINE, "cosh": LINE, "tanh": LINE, "asinh": LINE,
    "acosh": {"min_value": 1.3, "max_value": 3.0}, "atanh": INSIDE, "sqrt": POSITIVE, "square": LINE,
    "cbrt": POSITIVE, "rsqrt": POSITIVE, "reciprocal": POSITIVE, "neg": LINE, "abs": {"away_from": (0,)},
    "sign": WHOLE, "floor": WHOLE, "ceil": WHOLE, "trunc": WHOLE, "frac": WHOLE, "rint": HALVES, "round": HALVES,
    "sigmoid": LINE, "erf": LINE, "erfc": LINE, "deg2rad": LINE, "rad2deg": LINE, "sinc": LINE,
}  # fmt: skip

EXACT = {
    "exp": mpmath.exp, "exp2": lambda x: 2**x, "expm1": mpmath.expm1, "log": mpmath.log,
    "log2": lambda x: mpmath.log(x, 2), "log10": mpmath.log10, "log1p": mpmath.log1p, "sin": mpmath.sin,
    "cos": mpmath.cos, "tan": mpmath.tan, "asin": mpmath.asin, "acos": mpmath.acos, "atan": mpmath.atan,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "asinh": mpmath.asinh, "acosh": mpmath.acosh,
    "atanh": mpmath.atanh, "sqrt": mpmath.sqrt, "square": lambda x: x * x, "cbrt": mpmath.cbrt,
    "rsqrt": lambda x: 1 / mpmath.sqrt(x), "reciprocal": lambda x: 1 / x, "neg": lambda x: -x, "abs": abs,
    "sign": mpmath.sign, "floor": mpmath.floor, "ceil": mpmath.ceil, "rint": mpmath.nint, "round": mpmath.nint,
    "trunc": lambda x: mpmath.sign(x) * mpmath.floor(abs(x)),
    "frac": lambda x: x - mpmath.sign(x) * mpmath.floor(abs(x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)), "erf": mpmath.erf, "erfc": mpmath.erfc,
    "deg2rad": mpmath.radians, "rad2deg": mpmath.degrees, "sinc": lambda x: mpmath.sinc(mpmath.pi * x),
}  # fmt: skip

everything = pytest.mark.parametrize("name", DOMAINS)


@everything
@given(data=st.data())
def test_slopes_are_the_derivatives(name, data):
    check_rule(getattr(tg, name), data.draw(arrays(**DOMAINS[name])))


@everything
@given(data=st.data())
def test_values_are_the_function(name, data):
    x = data.draw(arrays(**DOMAINS[name]))
    y = getattr(tg, name)(tg.tensor(x)).numpy()
    with mpmath.workdps(30):
        exact = [float(EXACT[name](mpmath.mpf(float(v)))) for v in x.ravel()]
    assert y.dtype == x.dtype
    assert y.shape == x.shape
    np.testing.assert_allclose(y.ravel(), exact, rtol=30 * np.finfo(x.dtype).eps, atol=np.finfo(x.dtype).eps)


@everything
def test_an_array_gives_an_array_and_a_tensor_a_tensor(name):
    f, row = getattr(tg, name), np.array([[1.25, 1.5]] if name == "acosh" else [[0.25, 0.5]])
    for x in (row, row[0, 0, ...], row[:0]):
        assert type(f(x)) is np.ndarray
        assert type(f(tg.tensor(x))) is tg.Tensor
        np.testing.assert_array_equal(f(x), f(tg.tensor(x)).numpy())


@pytest.mark.parametrize("back", [tanh_back, sigmoid_back])
@given(data=st.data())
def test_gradients_in_one_pass_have_rules_of_their_own(back, data):
    s = data.draw(arrays((2, 3), min_value=0.1, max_value=0.9))
    check_rule(back, data.draw(arrays(s.shape, dtype=s.dtype)), s)


def slope(f, points):
    x = tg.tensor(points, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = f(x).sum()
    y.backward()
    return x.grad.tolist()


@pytest.mark.parametrize(("a", "b"), [("sin", "cos"), ("sinh", "cosh"), ("cosh", "sinh"), ("exp", "exp")])
def test_a_slope_is_the_library_s_own_function_to_the_bit(a, b):
    points = np.linspace(-3, 3, 50)
    assert slope(getattr(tg, a), points) == getattr(tg, b)(tg.tensor(points)).tolist()


def test_kinks_and_ends_have_the_slopes_of_pytorch():
    assert slope(tg.abs, [0.0, -0.0]) == [0, 0]
    assert slope(tg.sqrt, [0.0]) == [np.inf]
    assert slope(tg.sign, [-1.0, 0.0, 1.0]) == slope(tg.floor, [-1.0, 0.0, 1.0]) == [0, 0, 0]
    assert slope(tg.frac, [-1.0, 0.0, 1.0]) == [1, 1, 1]
    with np.errstate(divide="ignore"):
        assert slope(tg.log, [0.0]) == slope(tg.arctanh, [1.0]) == [np.inf]


@pytest.mark.parametrize(("order", "expected"), [(1, 0.0), (2, -(np.pi**2) / 3), (3, 0.0), (4, np.pi**4 / 5)])
def test_sinc_has_every_derivative_at_0(order, expected):
    x = tg.tensor(0.0, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = tg.sinc(x)
        for _ in range(order):
            (y,) = tg.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(expected, abs=1e-14)


def test_sigmoid_keeps_its_digits_in_the_tails():
    assert tg.sigmoid(tg.tensor([-1000.0, -80.0, 1000.0])).tolist() == pytest.approx([0, np.exp(-80), 1])
    assert slope(tg.sigmoid, [-700.0, 700.0]) == pytest.approx([np.exp(-700), 0.0])


@pytest.mark.parametrize("decimals", [-2, -1, 0, 1, 3])
def test_round_takes_decimals(decimals):
    x = np.linspace(-777.77, 888.88, 41)
    np.testing.assert_allclose(tg.round(tg.tensor(x), decimals=decimals).numpy(), np.round(x, decimals), rtol=1e-15)
    assert slope(lambda x: tg.round(x, decimals=decimals), x) == [0] * 41


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "abs", "neg", "sign", "square"])
def test_integers_stay_integers(name):
    assert getattr(tg, name)(tg.tensor([-2, 3])).dtype == tg.int64


def test_numpy_names_are_the_same_functions():
    for numpy_name, name in (("arcsin", "asin"), ("arctanh", "atanh"), ("absolute", "abs"), ("negative", "neg")):
        assert getattr(tg, numpy_name) is getattr(tg, name)


@np.errstate(invalid="ignore")  # some are not defined at 1.25
def test_in_place_variants_write_what_the_function_answers():
    for name in DOMAINS:
        if hasattr(tg.Tensor, f"{name}_"):
            x = tg.tensor([1.25, 1.5])
            expected = getattr(tg, name)(x).tolist()
            assert getattr(x, f"{name}_")() is x
            np.testing.assert_array_equal(x.tolist(), expected)
