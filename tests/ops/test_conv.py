"""Convolution: rules of every order, values against SciPy, forms of arguments, errors."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import assume, given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.conv import (
    _to_filters,
    _to_image,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from tapegrad.testing import check_rule, conv_problems


@given(conv_problems())
def test_conv2d_rules(problem):
    x, w, how = problem
    check_rule(conv2d, x, w, **how)


@given(conv_problems(bias=True))
def test_conv2d_rules_with_bias(problem):
    x, w, b, how = problem
    check_rule(conv2d, x, w, b, **how)


@given(conv_problems(1, bias=True))
def test_conv1d_rules(problem):
    x, w, b, how = problem
    check_rule(conv1d, x, w, b, **how)


@given(conv_problems())
def test_the_transposes_have_rules_of_their_own(problem):
    x, w, how = problem
    g, how = conv2d(x, w, **how), tuple(how.values())
    check_rule(_to_image, g, w, shape=x.shape, how=how)
    check_rule(_to_filters, g, x, shape=w.shape, how=how)


@given(conv_problems(3, bias=True))
def test_conv3d_rules(problem):
    x, w, b, how = problem
    check_rule(conv3d, x, w, b, **how)


@st.composite
def transposed_problems(draw, rank):
    """Arguments of a transposed convolution that leaves something."""
    x, w, how = draw(conv_problems(rank).filter(lambda p: not isinstance(p[2]["padding"], str)))
    numbers = {name: np.broadcast_to(how[name], rank).tolist() for name in ("stride", "padding", "dilation")}
    result = getattr(tg.nn.functional, f"conv{rank}d")(tg.tensor(x), tg.tensor(w), **how)
    most = np.maximum(numbers["stride"], numbers["dilation"]).tolist()
    more = draw(st.tuples(*(st.integers(0, n - 1) for n in most)))
    least = [
        (p - 1) * u - 2 * pad + d * (r - 1) + e + 1
        for p, r, u, pad, d, e in zip(result.shape[2:], w.shape[2:], *numbers.values(), more, strict=True)
    ]
    assume(min(least) > 0)
    g = np.random.default_rng(0).standard_normal(result.shape).astype(x.dtype)
    bias = np.random.default_rng(1).standard_normal(x.shape[1]).astype(x.dtype)
    return g, w, bias, how | {"output_padding": more}


@given(transposed_problems(2))
def test_conv_transpose2d_rules(problem):
    g, w, b, how = problem
    check_rule(conv_transpose2d, g, w, b, **how)


@given(transposed_problems(1))
def test_conv_transpose1d_rules(problem):
    g, w, b, how = problem
    check_rule(conv_transpose1d, g, w, b, **how)


@given(transposed_problems(3))
def test_conv_transpose3d_rules(problem):
    g, w, b, how = problem
    check_rule(conv_transpose3d, g, w, b, **how)


@given(transposed_problems(2))
def test_conv_transpose2d_is_the_gradient_of_conv2d(problem):
    g, w, _, how = problem
    more = how.pop("output_padding")
    assume(all(extra < u for extra, u in zip(more, np.broadcast_to(how["stride"], 2), strict=True)))
    y = conv_transpose2d(tg.tensor(g), tg.tensor(w), **how, output_padding=more)
    x = tg.zeros(*y.shape, dtype=y.dtype, requires_grad=True)
    with tg.tape():
        conv2d(x, tg.tensor(w), **how).backward(tg.tensor(g))
    np.testing.assert_array_equal(y.numpy(), x.grad.numpy())


@pytest.mark.parametrize(
    ("function", "rank", "expected"),  # PyTorch 2.13's answers, summed with weights 0, 1, 2 …
    [(conv_transpose1d, 1, (5, 21.0)), (conv_transpose2d, 2, (25, 4260.0)), (conv_transpose3d, 3, (125, 894394.0))],
)
def test_transposed_convolutions_are_pytorchs(function, rank, expected):
    x = tg.arange(2.0**rank).reshape(1, 1, *(2,) * rank)
    w = tg.arange(3.0**rank).reshape(1, 1, *(3,) * rank)
    y = function(x, w, tg.ones(1), stride=2)
    assert (y.numel(), (y.flatten() * tg.arange(float(y.numel()))).sum().item()) == expected


def test_output_padding_below_the_dilation_adds_rows_as_pytorch_does():
    x, w = tg.tensor([[[1.0, 2.0]]]), tg.tensor([[[1.0, 10.0]]])
    y = conv_transpose1d(x, w, tg.tensor([0.5]), padding=1, output_padding=2, dilation=3)
    assert y.tolist() == [[[2.5, 0.5, 10.5, 20.5, 0.5]]]


def test_the_third_derivative_is_right_too():
    x, w = np.random.default_rng(0).random((1, 1, 3, 3)), np.random.default_rng(1).random((1, 1, 2, 2))
    check_rule(lambda x, w: conv2d(x, w) * conv2d(x, w, padding=0), x, w, order=3)


@given(conv_problems(bias=True, dtype="float64"))
def test_conv2d_is_scipys_correlation(problem):
    x, w, b, how = problem
    (u, v), (d, e) = (np.broadcast_to(how[name], 2) for name in ("stride", "dilation"))
    spread = np.zeros((*w.shape[:2], (w.shape[2] - 1) * d + 1, (w.shape[3] - 1) * e + 1))
    spread[:, :, ::d, ::e] = w
    if how["padding"] == "same":
        pads = [((n - 1) // 2, n - 1 - (n - 1) // 2) for n in spread.shape[2:]]
    else:
        pads = [(n, n) for n in np.broadcast_to(0 if how["padding"] == "valid" else how["padding"], 2)]
    padded = np.pad(x, [(0, 0), (0, 0), *pads])
    channels, filters = w.shape[1], w.shape[0] // how["groups"]
    y = conv2d(tg.tensor(x), tg.tensor(w), tg.tensor(b), **how).numpy()
    for n in range(len(x)):
        for k in range(len(w)):
            first = k // filters * channels
            full = scipy.signal.correlate(padded[n, first : first + channels], spread[k], "valid")[0]
            np.testing.assert_allclose(y[n, k], full[::u, ::v] + b[k], 1e-11, 1e-12)


@pytest.mark.parametrize(("function", "image"), [(conv2d, (5, 4)), (conv1d, (5,))])
def test_one_image_needs_no_batch(function, image):
    x, w = tg.rand(2, *image), tg.rand(3, 2, *(2,) * len(image))
    np.testing.assert_array_equal(function(x, w).numpy(), function(x[None], w)[0].numpy())


@given(st.integers(0, 2))
def test_an_empty_batch_has_zero_gradients(padding):
    x, w = tg.ones(0, 1, 4, 4, requires_grad=True), tg.ones(2, 1, 3, 3, requires_grad=True)
    with tg.tape():
        conv2d(x, w, padding=padding).sum().backward()
    assert x.grad.shape == (0, 1, 4, 4) and not w.grad.numpy().any()


def test_a_convolution_is_one_record():
    with tg.tape() as tape:
        conv2d(tg.ones(1, 1, 4, 4), tg.ones(2, 1, 3, 3, requires_grad=True), tg.ones(2, requires_grad=True))
    assert [row.op for row in tape] == ["convolution"]


X, W, V = tg.ones(1, 4, 5, 5), tg.ones(2, 4, 3, 3), tg.ones(4, 2, 3, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: conv2d(X, W.double()), RuntimeError, r"\[conv2d\] `weight` \(dtype float64\) .* `x` \(float32\)"),
        (lambda: conv2d(X, W, tg.ones(3)), ValueError, r"\[conv2d\] `b` \(shape \(3,\)\)"),
        (lambda: conv2d(X, W, groups=3), ValueError, r"\[conv2d\] `groups` \(=3\) must divide `in_channels` \(=4\)"),
        (lambda: conv2d(X, W, stride=0), ValueError, r"\[conv2d\] `stride` \(=0\) must be at least 1"),
        (lambda: conv2d(X, W, padding="some"), ValueError, r"\[conv2d\] `padding` \(='some'\)"),
        (lambda: conv2d(X, W, dilation=3), RuntimeError, "must not be larger than the padded input"),
        (lambda: conv2d(X[0, 0], W), ValueError, r"\[conv2d\] `x` \(shape \(5, 5\)\) must be 4-D"),
        (lambda: conv1d(X, W), ValueError, r"\[conv1d\] `x` \(shape \(1, 4, 5, 5\)\) must be 2-D or 3-D"),
        (lambda: conv1d(X[0], W[0], stride=(1, 2)), ValueError, r"\[conv1d\] `stride` \(=\(1, 2\)\) must be one int"),
        (lambda: conv2d(X.long(), W.long()), TypeError, "must be floating"),
        (lambda: conv3d(X, W[:, :, None]), ValueError, r"\[conv3d\] `w` .* channels"),
        (lambda: conv_transpose2d(X, W), ValueError, r"\[conv_transpose2d\] `weight` .* must have 4 rows"),
        (lambda: conv_transpose2d(X, V, stride=2, output_padding=2), ValueError, r"`output_padding` \(=2\)"),
        (lambda: conv_transpose2d(X, V, padding=9), ValueError, r"`padding` \(=9\) must leave something"),
        (lambda: conv_transpose2d(X, V, groups=3), ValueError, r"`groups` \(=3\) must be a positive int that divides"),
        (lambda: conv_transpose2d(X, V, tg.ones(3)), ValueError, r"`bias` .* each of the 2 filters"),
        (lambda: conv_transpose1d(X, V), ValueError, r"\[conv_transpose1d\] `x`"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
