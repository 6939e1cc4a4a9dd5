"""Normalisations over a batch, with running estimates, and by the neighbouring channels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.nn import functional as F
from tapegrad.testing import check_rule
from tests.ops.test_normalization import dtypes, normal, numbers

shapes = st.sampled_from([(4, 3), (2, 3, 2), (2, 3, 2, 2)])


def along(v, shape):
    return v.reshape(-1, *(1,) * (len(shape) - 2))


@given(shapes, dtypes, st.booleans())
def test_batch_norm_of_training_and_its_estimates(shape, dtype, affine):
    x = numbers(shape, dtype)
    weights = (numbers(3, dtype, 1), numbers(3, dtype, 2)) if affine else ()
    w, b = (along(v, shape) for v in weights) if affine else (1, 0)
    axes = (0, *range(2, len(shape)))
    tolerance = {"rtol": 200 * np.finfo(dtype).eps, "atol": 20 * np.finfo(dtype).eps}
    mean, var = tg.zeros(3, dtype=x.dtype), tg.ones(3, dtype=x.dtype)
    y = F.batch_norm(tg.tensor(x), mean, var, *map(tg.tensor, weights), training=True, momentum=0.3, eps=0.01)
    np.testing.assert_allclose(y.numpy(), normal(x, axes, 0.01) * w + b, **tolerance)
    np.testing.assert_allclose(mean.numpy(), 0.3 * x.mean(axes), **tolerance)
    np.testing.assert_allclose(var.numpy(), 0.7 + 0.3 * x.var(axes, ddof=1), **tolerance)
    check_rule(lambda x, *w: F.batch_norm(x, None, None, *w, training=True, eps=0.01), x, *weights)


@given(shapes, dtypes)
def test_batch_norm_of_evaluation(shape, dtype):
    x, w, b, mean, var = numbers(shape, dtype), *(numbers(3, dtype, k) for k in (1, 2, 3)), numbers(3, dtype, 4) ** 2
    y = F.batch_norm(*map(tg.tensor, (x, mean, var, w, b)), eps=0.01).numpy()
    expected = (x - along(mean, shape)) / np.sqrt(along(var, shape) + 0.01) * along(w, shape) + along(b, shape)
    np.testing.assert_allclose(y, expected, rtol=1e-4 if dtype == np.float32 else 1e-12, atol=1e-5)
    check_rule(lambda x, w, b: F.batch_norm(x, tg.tensor(mean), tg.tensor(var), w, b, eps=0.01), x, w, b)


def test_instance_norm_takes_each_channel_of_each_image():
    x, w, b = numbers((2, 3, 4)), numbers(3, seed=1), numbers(3, seed=2)
    mean, var = tg.zeros(3, dtype=tg.float64), tg.ones(3, dtype=tg.float64)
    y = F.instance_norm(tg.tensor(x), mean, var, tg.tensor(w), tg.tensor(b), momentum=0.5).numpy()
    np.testing.assert_allclose(y, normal(x, 2, 1e-5) * along(w, x.shape) + along(b, x.shape))
    np.testing.assert_allclose(mean.numpy(), 0.5 * x.mean((0, 2)))
    np.testing.assert_allclose(var.numpy(), 0.5 + 0.5 * x.var(2, ddof=1).mean(0))
    check_rule(lambda x, w, b: F.instance_norm(x, None, None, w, b), x, w, b)
    still = F.instance_norm(tg.tensor(x), mean, var, use_input_stats=False).numpy()
    np.testing.assert_allclose(still, F.batch_norm(tg.tensor(x), mean, var).numpy())


@given(st.sampled_from([(2, 3, 2), (1, 4, 2, 2)]), st.integers(1, 4))
def test_local_response_norm_divides_by_the_neighbours(shape, size):
    x = numbers(shape)
    squares = np.zeros((shape[0], shape[1] + size - 1, *shape[2:]))
    squares[:, size // 2 : size // 2 + shape[1]] = x * x
    around = sum(squares[:, k : k + shape[1]] for k in range(size)) / size
    y = F.local_response_norm(tg.tensor(x), size, 0.5, 0.75, 2.0).numpy()
    np.testing.assert_allclose(y, x / (2 + 0.5 * around) ** 0.75)
    check_rule(F.local_response_norm, x, size, 0.5)


@pytest.mark.parametrize("training", [True, False])
def test_nothing_is_normalised_to_nothing(training):
    assert F.batch_norm(tg.zeros(0, 3, 2), tg.zeros(3), tg.ones(3), training=training).shape == (0, 3, 2)
    assert F.instance_norm(tg.zeros(2, 3, 0)).shape == (2, 3, 0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.batch_norm(x, None, None), RuntimeError, r"\[batch_norm\] `running_mean`"),
        (lambda x: F.batch_norm(x, tg.ones(2), None), RuntimeError, r"\[batch_norm\] `running_mean` \(shape \(2,\)\)"),
        (lambda x: F.batch_norm(x[:1, :, 0], None, None, training=True), ValueError, r"more than one value"),
        (lambda x: F.batch_norm(x[0, 0], None, None, training=True), RuntimeError, r"at least two dimensions"),
        (lambda x: F.instance_norm(x[:, :, :1]), ValueError, r"\[instance_norm\] `input`"),
        (lambda x: F.instance_norm(x, use_input_stats=False), RuntimeError, r"\[instance_norm\] `running_mean`"),
        (lambda x: F.local_response_norm(x[0], 2), ValueError, r"\[local_response_norm\] `input`"),
        (lambda x: F.local_response_norm(x, 0), ValueError, r"\[local_response_norm\] `size` \(=0\)"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3, 2))
