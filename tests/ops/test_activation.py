"""Activations: against their definitions in mpmath, with PyTorch's slopes where two pieces meet."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import activation
from tapegrad.ops.activation import _gelu_back, _relu_back, _silu_back, _softplus_back, glu
from tapegrad.testing import arrays, check_rule


def _elu(alpha, scale=1, inner=1):
    return lambda x: scale * (x if x > 0 else alpha * mp.expm1(x * inner))


def _normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _mish(x):
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def _gelu_tanh(x):
    return x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + 0.044715 * x**3)))


def _clip(x, low, high):
    return min(max(x, low), high)


CASES = {  # the function, its definition, its kinks
    "relu": (tg.relu, lambda x: max(x, 0), (0,)),
    "leaky_relu": (lambda x: tg.leaky_relu(x, 0.2), lambda x: x if x > 0 else 0.2 * x, (0,)),
    "relu6": (lambda x: tg.relu6(4 * x), lambda x: _clip(4 * x, 0, 6), (0, 1.5)),
    "hardtanh": (lambda x: tg.hardtanh(x, -1, 1.5), lambda x: _clip(x, -1, 1.5), (-1, 1.5)),
    "hardsigmoid": (lambda x: tg.hardsigmoid(2 * x), lambda x: _clip(2 * x + 3, 0, 6) / 6, (-1.5, 1.5)),
    "hardswish": (lambda x: tg.hardswish(2 * x), lambda x: 2 * x * _clip(2 * x + 3, 0, 6) / 6, (-1.5, 1.5)),
    "hardshrink": (tg.hardshrink, lambda x: x if abs(x) > 0.5 else 0, (-0.5, 0.5)),
    "softshrink": (tg.softshrink, lambda x: mp.sign(x) * max(abs(x) - 0.5, 0), (-0.5, 0.5)),
    "threshold": (lambda x: tg.threshold(x, 0.5, 7.0), lambda x: x if x > 0.5 else 7, (0.5,)),
    "elu": (lambda x: tg.elu(x, 1.5), _elu(1.5), (0,)),
    "celu": (lambda x: tg.celu(x, 1.5), _elu(1.5, 1, 1 / 1.5), (0,)),
    "selu": (tg.selu, _elu(1.6732632423543772, 1.0507009873554805), (0,)),
    "softplus": (lambda x: tg.softplus(x, 3.0, 3.0), lambda x: x if x > 1 else mp.log1p(mp.exp(3 * x)) / 3, (1,)),
    "logsigmoid": (tg.logsigmoid, lambda x: -mp.log1p(mp.exp(-x)), ()),
    "silu": (tg.silu, lambda x: x / (1 + mp.exp(-x)), ()),
    "mish": (tg.mish, _mish, ()),
    "gelu": (tg.gelu, lambda x: x * _normal(x), ()),
    "gelu tanh": (lambda x: tg.gelu(x, approximate="tanh"), _gelu_tanh, ()),
    "softsign": (tg.softsign, lambda x: x / (1 + abs(x)), (0,)),
    "tanhshrink": (tg.tanhshrink, lambda x: x - mp.tanh(x), ()),
    "logit": (lambda x: tg.logit(x / 5 + 0.5), lambda x: mp.log((x / 5 + 0.5) / (0.5 - x / 5)), ()),
}

everything = pytest.mark.parametrize("name", CASES)


@everything
@given(data=st.data())
def test_slopes_are_the_derivatives(name, data):
    f, _, kinks = CASES[name]
    check_rule(f, data.draw(arrays(away_from=kinks, margin=0.01)))


@everything
@given(data=st.data())
def test_values_are_the_definition(name, data):
    f, definition, kinks = CASES[name]
    x = data.draw(arrays(away_from=kinks, margin=0.01))
    y = f(tg.tensor(x)).numpy()
    with mp.workdps(30):
        exact = [float(definition(mp.mpf(float(v)))) for v in x.ravel()]
    eps = np.finfo(x.dtype).eps
    np.testing.assert_allclose(y.ravel(), exact, rtol=20 * eps, atol=4 * eps)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(f(x), y, rtol=20 * eps, atol=4 * eps)


def derivatives(f, points):
    """The first and second derivatives of f at points, in float64."""
    x = tg.tensor(points, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        (first,) = tg.autograd.grad(f(x).sum(), x, create_graph=True)
        second = tg.autograd.grad(first.sum(), x, allow_unused=True)[0] if first.requires_grad else None
    return first.tolist(), [0.0] * len(points) if second is None else second.tolist()


BACK = {  # gradients that are primitives of their own, and their settings
    "silu": (_silu_back, {}),
    "gelu": (_gelu_back, {"approximate": "none"}),
    "gelu tanh": (_gelu_back, {"approximate": "tanh"}),
    "softplus": (_softplus_back, {"beta": 3.0, "threshold": 3.0}),
    "elu": (activation._elu_back, {"how": (1.5, 2.0, 0.5)}),
    "hardswish": (activation._hardswish_back, {}),
    "logsigmoid": (activation._log_sigmoid_back, {}),
}
LINEAR_BACK = {  # those that do not depend on where they are taken, between kinks
    "leaky_relu": (0.2,),
    "hardtanh": (-1, 1.5),
    "hardsigmoid": (),
    "hardshrink": (0.5,),
    "softshrink": (0.5,),
    "threshold": (0.5, 7.0),
}


@pytest.mark.parametrize("name", BACK)
@given(data=st.data())
def test_gradients_in_one_pass_have_rules_of_their_own(name, data):
    back, settings = BACK[name]
    x = data.draw(arrays((2, 3), away_from=CASES[name][2], margin=0.01))
    check_rule(back, data.draw(arrays(x.shape, dtype=x.dtype)), x, **settings)


@given(arrays((2, 3), away_from=(0,)))
def test_the_gradient_of_relu_is_linear(x):
    check_rule(_relu_back, np.linspace(-1, 1, 6, dtype=x.dtype).reshape(2, 3), x, wrt=0)


@pytest.mark.parametrize("name", LINEAR_BACK)
@given(data=st.data())
def test_gradients_of_broken_lines_are_linear(name, data):
    x = data.draw(arrays((2, 3), away_from=CASES[name][2], margin=0.01))
    v = data.draw(arrays(x.shape, dtype=x.dtype))
    check_rule(getattr(activation, f"_{name}_back"), v, x, wrt=0, how=LINEAR_BACK[name])


@given(arrays((2, 3), away_from=(0,)))
def test_both_gradients_of_prelu_have_rules(x):
    v, w = np.linspace(-1, 1, 6, dtype=x.dtype).reshape(2, 3), np.array([[0.25], [0.5]], x.dtype)
    check_rule(activation._prelu_back, v, x, w, wrt=(0, 2))
    check_rule(activation._prelu_weight_back, v, x)


@pytest.mark.parametrize("name", [name for name in BACK if name not in ("elu", "hardswish")])
def test_third_derivatives_are_right(name):
    f, definition, _ = CASES[name]
    points = [-2.5, -0.75, 0.25, 0.9]
    y = x = tg.tensor(points, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = f(x)
        for _ in range(3):
            (y,) = tg.autograd.grad(y.sum(), x, create_graph=True)
    with mp.workdps(40):
        exact = [float(mp.diff(definition, mp.mpf(v), 3)) for v in points]
    np.testing.assert_allclose(y.tolist(), exact, rtol=1e-10, atol=1e-12)


nan, inf = np.nan, np.inf
MEETING_POINTS = [  # PyTorch 2.13
    (tg.relu, [0, -0.0, nan], [0, 0, 1]),
    (tg.relu6, [0, 6, nan], [0, 0, 1]),
    (tg.hardtanh, [-1, 1, nan], [0, 0, 1]),
    (tg.hardsigmoid, [-3, 3], [0, 0]),
    (tg.hardswish, [-3, 3, inf], [0, 1, 1]),
    (tg.leaky_relu, [0], [0.01]),
    (tg.elu, [0, -inf, inf], [1, 0, 1]),
    (tg.selu, [0], [1.7580993408473766]),
    (tg.hardshrink, [-0.5, 0, 0.5, nan], [0, 0, 0, 1]),
    (tg.softshrink, [-0.5, 0, 0.5, nan], [0, 0, 0, 1]),
    (tg.softsign, [0], [1]),
    (tg.silu, [-1e30, 1e30], [0, 1]),
    (tg.gelu, [-1e30, -inf, inf, 1e30], [0, 0, 1, 1]),  # PyTorch: NaN at infinity
    (lambda x: tg.gelu(x, "tanh"), [-1e30, -inf, inf, 1e30], [0, 0, 1, 1]),
    (tg.logsigmoid, [-inf, inf], [1, 0]),
    (tg.softplus, [-inf, 20, inf], [0, 1 / (1 + np.exp(-20)), 1]),
    (lambda x: tg.threshold(x, 1.0, 0.0), [1, nan], [0, 1]),
]


@pytest.mark.parametrize(("f", "points", "expected"), MEETING_POINTS, ids=lambda v: getattr(v, "__name__", ""))
def test_meeting_points_have_the_slopes_of_pytorch(f, points, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(derivatives(f, points)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("f", [tg.elu, tg.celu, tg.selu, tg.softplus, tg.logsigmoid, tg.mish, tg.silu, tg.gelu])
def test_both_derivatives_are_finite_far_out(f):
    first, second = derivatives(f, [-900.0, -100.0, 100.0, 900.0])
    scale = 1.0507009873554805 if f is tg.selu else 1
    away = [1, 1, 0, 0] if f is tg.logsigmoid else [0, 0, scale, scale]
    np.testing.assert_allclose(first, away, atol=1e-40)
    np.testing.assert_allclose(second, [0] * 4, atol=1e-40)


def test_logit_is_the_inverse_of_sigmoid_and_limits_its_argument():
    x = tg.tensor([-3.0, 0.5, 4.0], dtype=tg.float64)
    np.testing.assert_allclose(tg.logit(tg.sigmoid(x)).numpy(), x.numpy(), rtol=1e-13)
    np.testing.assert_allclose(tg.logit(tg.tensor([0.0, 1.0]), eps=0.1).numpy(), [-np.log(9), np.log(9)], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: tg.gelu(x, "fast"), r"\[gelu\] `approximate` \(='fast'\) must be 'none' or 'tanh'"),
        (lambda x: tg.celu(x, 0), r"\[celu\] `alpha` \(=0\) must not be zero"),
        (lambda x: tg.softplus(x, beta=0), r"\[softplus\] `beta` \(=0\) must not be zero"),
        (lambda x: tg.hardtanh(x, 2, 1), r"\[hardtanh\] `min_val` \(=2\) must not be larger than `max_val` \(=1\)"),
        (lambda x: tg.softshrink(x, -1), r"\[softshrink\] `lambd` \(=-1\) must not be negative"),
    ],
)
def test_settings_out_of_range_are_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call(tg.ones(2))


def test_relu_works_in_place_and_on_integers():
    x = tg.tensor([-1.0, 2.0])
    assert x.relu_() is x
    assert x.tolist() == [0, 2]
    assert tg.relu(tg.tensor([-1, 2])).tolist() == [0, 2]


@given(arrays((2, 3, 2), away_from=(0,)), st.sampled_from([(), (1,), (3,)]))
def test_prelu_leaks_by_a_weight_for_each_channel(x, shape):
    w = np.linspace(0.25, 0.75, max(shape, default=1), dtype=x.dtype).reshape(shape)
    expected = np.where(x > 0, x, x * (w.reshape(-1, 1) if shape == (3,) else w))
    np.testing.assert_array_equal(tg.prelu(tg.tensor(x), tg.tensor(w)).numpy(), expected)
    check_rule(tg.prelu, x, w)


@given(arrays((2, 4, 2)), st.sampled_from([0, 1, -1]))
def test_glu_gates_one_half_by_the_other(x, dim):
    a, b = np.split(x, 2, dim)
    np.testing.assert_allclose(glu(tg.tensor(x), dim).numpy(), a / (1 + np.exp(-b)), 1e-6)
    check_rule(glu, x, dim=dim)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tg.prelu(x, tg.ones(2)), r"\[prelu\] `weight` \(shape \(2,\)\) must hold one number for all or"),
        (lambda x: tg.prelu(x, tg.ones(3, 1)), r"\[prelu\] `weight` \(shape \(3, 1\)\) must be 1-D or 0-d"),
        (lambda x: tg.prelu(x, tg.ones(3).double()), r"\[prelu\] `weight` \(dtype float64\)"),
        (lambda x: glu(x), r"\[glu\] `input` \(shape \(2, 3\)\) must have an even length along dim 1"),
        (lambda x: glu(x[0, 0]), r"\[glu\] `input` \(0-d\)"),
    ],
)
def test_weights_and_gates_that_do_not_fit_are_named(call, message):
    with pytest.raises(RuntimeError, match=message):
        call(tg.ones(2, 3))
