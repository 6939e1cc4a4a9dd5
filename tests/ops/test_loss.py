"""Losses of numbers: rules, PyTorch's values, extremes, errors."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import loss
from tapegrad.testing import arrays, check_rule

CHANCES = {"min_value": 0.1, "max_value": 0.9}
APART = [{"min_value": 0.1, "max_value": 0.6}, {"min_value": 1.0, "max_value": 1.3}]  # kinks at 0 and δ = 0.25
DOMAINS = {
    "mse_loss": [{}, {}], "l1_loss": APART, "huber_loss": APART, "smooth_l1_loss": APART,
    "binary_cross_entropy": [CHANCES, CHANCES], "binary_cross_entropy_with_logits": [{"away_from": (0,)}, CHANCES],
    "kl_div": [{}, CHANCES],
}  # fmt: skip
SETTINGS = {"huber_loss": {"delta": 0.25}, "smooth_l1_loss": {"beta": 0.25}}

shapes = st.lists(st.integers(0, 3), max_size=2).map(tuple)
reductions = st.sampled_from(["mean", "sum", "none"])


@pytest.mark.parametrize("name", DOMAINS)
@given(data=st.data(), shape=shapes, reduction=reductions)
def test_rules(name, data, shape, reduction):
    assume(reduction != "mean" or 0 not in shape)  # the mean of nothing is NaN
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    pair = [data.draw(arrays(shape, dtype=dtype, **options)) for options in DOMAINS[name]]
    check_rule(getattr(loss, name), *pair, reduction=reduction, **SETTINGS.get(name, {}))


@given(reductions)
def test_rules_of_weights(reduction):
    random = np.random.default_rng(0)
    x, target, weight, positive = random.random((4, 2, 3)) * 0.8 + 0.1
    check_rule(loss.binary_cross_entropy_with_logits, x, target, weight, reduction=reduction, pos_weight=positive)
    check_rule(loss.binary_cross_entropy, x, target, weight[0], reduction=reduction)


@given(arrays((2, 3), **APART[0]), arrays((2, 3), **APART[1]), arrays((2, 3)))
def test_slopes_of_differences_have_rules_of_their_own(a, b, v):
    dtype = np.result_type(a, b, v)
    v, a, b = (x.astype(dtype) for x in (v, a, b))
    check_rule(loss._mse_back, v, a, b)
    for delta in (0.25, 4.0):
        check_rule(loss._huber_back, v, a, b, how=(delta, 0.5))


A, B = np.array([-3.0, -0.5, 0.25, 2.0]), np.array([0.0, 1.0, 0.5, 0.0])

# PyTorch 2.13
VALUES = [
    (loss.mse_loss(A, B), 3.828125),
    (loss.l1_loss(A, B), 1.6875),
    (loss.smooth_l1_loss(A, B, beta=0.7), 1.3736607142857142),
    (loss.huber_loss(A, B, delta=0.7), 0.9615625),
    (loss.kl_div(A, B), 0.007106602430006839),
    (loss.kl_div(A, A, log_target=True, reduction="batchmean"), 0.0),
    (loss.binary_cross_entropy(B, 1 - B), 75.17328679513999),
    (loss.binary_cross_entropy_with_logits(A, B), 0.9626329416689162),
    (
        loss.binary_cross_entropy_with_logits(A, B, np.arange(1.0, 5), pos_weight=np.array(3.0)),
        4.557849455024833,
    ),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_values_are_pytorchs(value, expected):
    assert value == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss"])
def test_the_curvature_is_that_of_the_square_where_there_is_no_error(name):
    x = tg.tensor([0.0, 0.5, -1.0, 1.0, 2.0], requires_grad=True)  # PyTorch 2.13
    with tg.tape():
        (g,) = tg.autograd.grad(getattr(loss, name)(x, tg.zeros(5), reduction="sum"), x, create_graph=True)
        (h,) = tg.autograd.grad(g.sum(), x)
    assert (g.tolist(), h.tolist()) == ([0, 0.5, -1, 1, 1], [1, 1, 0, 0, 0])


def test_large_logits_do_not_overflow():
    x = tg.tensor([1000.0, -1000.0], requires_grad=True)
    with tg.tape():
        y = loss.binary_cross_entropy_with_logits(x, tg.tensor([0.0, 1.0]), reduction="sum")
        y.backward()
    assert y.item() == 2000 and x.grad.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("name", "title"),
    [("mse_loss", "MseLoss"), ("binary_cross_entropy_with_logits", "BinaryCrossEntropyWithLogits")],
)
def test_a_loss_is_one_record(name, title):
    with tg.tape() as tape:
        y = getattr(loss, name)(tg.tensor(A, requires_grad=True), tg.tensor(B))
    assert len(tape) == 1 and f"{title}Backward0" in repr(y)


def test_other_shapes_broadcast_with_a_warning():
    with pytest.warns(UserWarning, match=r"\[mse_loss\] `input` \(shape \(2, 3\)\) and `target` \(shape \(3,\)\)"):
        assert loss.mse_loss(tg.ones(2, 3), tg.zeros(3)).item() == 1


def test_dtypes_are_promoted():
    assert loss.mse_loss(tg.ones(2), tg.ones(2, dtype=tg.float64)).dtype == tg.float64
    assert loss.l1_loss(tg.ones(2), tg.tensor([1, 2])).dtype == tg.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: loss.mse_loss(x, tg.ones(2)), ValueError, r"\[mse_loss\] .* must have one shape"),
        (lambda x: loss.mse_loss(x, x, reduction="all"), ValueError, r"\[mse_loss\] `reduction` \(='all'\)"),
        (lambda x: loss.binary_cross_entropy_with_logits(x, x[0]), ValueError, "must have the shape of `input`"),
        (lambda x: loss.binary_cross_entropy(x + 1, x), RuntimeError, "must lie in 0 … 1: are these logits"),
        (lambda x: loss.huber_loss(x, x, delta=0), ValueError, r"\[huber_loss\] `delta` \(=0\)"),
        (lambda x: loss.smooth_l1_loss(x, x, beta=-1), ValueError, r"\[smooth_l1_loss\] `beta` \(=-1\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
