"""Normalisations over rows and groups: their rules, and what they are by definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.nn import functional as F
from tapegrad.ops import normalization
from tapegrad.testing import check_rule

dtypes = st.sampled_from([np.float32, np.float64])


def numbers(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def normal(x, axes, eps, shift=True):
    d = x - x.mean(axes, keepdims=True) if shift else x
    return d / np.sqrt((d * d).mean(axes, keepdims=True) + eps)


@given(st.sampled_from([(2, 3), (1, 4), (3, 2, 2)]), dtypes, st.booleans())
def test_layer_and_rms_norm(shape, dtype, affine):
    x, sizes = numbers(shape, dtype), shape[1:]
    weights = (numbers(sizes, dtype, 1), numbers(sizes, dtype, 2)) if affine else ()
    w, b = weights or (1, 0)
    axes = tuple(range(1, len(shape)))
    tolerance = {"rtol": 100 * np.finfo(dtype).eps, "atol": 10 * np.finfo(dtype).eps}
    y = F.layer_norm(tg.tensor(x), sizes, *map(tg.tensor, weights), eps=0.01).numpy()
    np.testing.assert_allclose(y, normal(x, axes, 0.01) * w + b, **tolerance)
    check_rule(lambda x, *w: F.layer_norm(x, sizes, *w, eps=0.01), x, *weights)
    y = F.rms_norm(tg.tensor(x), sizes, *map(tg.tensor, weights[:1]), eps=0.01).numpy()
    np.testing.assert_allclose(y, normal(x, axes, 0.01, False) * w, **tolerance)
    check_rule(lambda x, *w: F.rms_norm(x, sizes, *w, eps=0.01), x, *weights[:1])


@given(st.sampled_from([(2, 4), (1, 4, 3), (2, 4, 2, 2)]), st.sampled_from([1, 2]), dtypes, st.booleans())
def test_group_norm(shape, groups, dtype, affine):
    x = numbers(shape, dtype)
    weights = (numbers(4, dtype, 1), numbers(4, dtype, 2)) if affine else ()
    w, b = (v.reshape(-1, *(1,) * (len(shape) - 2)) for v in weights) if affine else (1, 0)
    sets = normal(x.reshape(shape[0], groups, -1), 2, 0.01).reshape(shape)
    y = F.group_norm(tg.tensor(x), groups, *map(tg.tensor, weights), eps=0.01).numpy()
    np.testing.assert_allclose(y, sets * w + b, rtol=100 * np.finfo(dtype).eps, atol=10 * np.finfo(dtype).eps)
    check_rule(lambda x, *w: F.group_norm(x, groups, *w, eps=0.01), x, *weights)


def test_rules_of_the_means_and_scales_are_never_asked_for():
    x, w, b = numbers((3, 4)), numbers(4, seed=1), numbers(4, seed=2)
    for p, args in ((normalization._layer, (x, w, b)), (normalization._rms, (x, w))):
        check_rule(lambda *args, p=p: p(*args, eps=0.1)[0], *args)
    x, w, b = numbers((2, 3, 4)), numbers(3, seed=1), numbers(3, seed=2)
    check_rule(lambda *args: normalization._batch(*args, eps=0.1)[0], x, w, b)


def test_the_result_may_be_changed_in_place():
    x = tg.tensor(numbers((2, 3)), requires_grad=True)
    with tg.tape():
        F.layer_norm(x, (3,)).relu_().sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("shape", [(0, 4), (2, 4, 0)])
def test_nothing_is_normalised_to_nothing_and_weights_get_zeros(shape):
    x, w = tg.zeros(*shape, requires_grad=True), tg.ones(4, requires_grad=True)
    with tg.tape():
        y = F.group_norm(x, 2, w, w)
    y.backward(tg.zeros(*shape))
    assert y.shape == x.grad.shape == shape and w.grad.tolist() == [0] * 4
    assert F.layer_norm(tg.zeros(0, 4), 4).shape == F.rms_norm(tg.zeros(0, 4), 4).shape == (0, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.layer_norm(x, (2, 2)), RuntimeError, r"\[layer_norm\] `normalized_shape` \(=\(2, 2\)\)"),
        (lambda x: F.layer_norm(x, 3, tg.ones(2)), RuntimeError, r"\[layer_norm\] `weight` \(shape \(2,\)\)"),
        (lambda x: F.layer_norm(x.long(), 3), RuntimeError, r"\[layer_norm\] `input` \(dtype int64\)"),
        (lambda x: F.rms_norm(x, ()), RuntimeError, r"\[rms_norm\] `normalized_shape`"),
        (lambda x: F.group_norm(x, 2), ValueError, r"\[group_norm\] `num_groups` \(=2\) must divide the 3 channels"),
        (lambda x: F.group_norm(x[0], 1), RuntimeError, r"\[group_norm\] `input` \(shape \(3,\)\)"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
