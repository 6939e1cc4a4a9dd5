"""Pooling: rules, PyTorch's values and ties, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.pool import _put, _spread, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from tapegrad.testing import check_rule, pool_problems


@given(pool_problems())
def test_max_pool2d_rules(problem):
    x, how = problem
    check_rule(max_pool2d, x, **how)
    g, winner = max_pool2d(x, **how, return_indices=True)
    check_rule(_put, g, winner, shape=x.shape)


@given(pool_problems(1))
def test_max_pool1d_rules(problem):
    x, how = problem
    check_rule(max_pool1d, x, **how)


@given(pool_problems(dilated=False), st.booleans(), st.sampled_from([None, 3]))
def test_avg_pool2d_rules(problem, count_include_pad, divisor_override):
    x, how = problem
    how |= {"count_include_pad": count_include_pad, "divisor_override": divisor_override}
    check_rule(avg_pool2d, x, **how)
    check_rule(_spread, avg_pool2d(x, **how), shape=x.shape, how=tuple(how.values()))


@given(pool_problems(1, dilated=False), st.booleans())
def test_avg_pool1d_rules(problem, count_include_pad):
    x, how = problem
    check_rule(avg_pool1d, x, **how, count_include_pad=count_include_pad)


@given(pool_problems(dilated=False))
def test_pools_read_what_slices_read(problem):
    x, how = problem
    (r, s), (top, left) = (np.broadcast_to(how[name], 2) for name in ("kernel_size", "padding"))
    u, v = (r, s) if how["stride"] is None else np.broadcast_to(how["stride"], 2)
    largest, index = max_pool2d(x, **how, return_indices=True)
    average = avg_pool2d(x, **how, count_include_pad=False)
    for p, q in np.ndindex(largest.shape[2:]):
        h, w = p * u - top, q * v - left
        window = x[:, :, max(h, 0) : h + r, max(w, 0) : w + s]
        np.testing.assert_array_equal(largest[:, :, p, q], window.max((2, 3)))
        np.testing.assert_allclose(average[:, :, p, q], window.mean((2, 3)), 1e-5, 1e-6)
    for nc in np.ndindex(x.shape[:2]):
        np.testing.assert_array_equal(x[nc].ravel()[index[nc]], largest[nc])


def test_max_pool_sends_ties_to_the_first():
    x = tg.ones(1, 2, 2, requires_grad=True)
    with tg.tape():
        max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[1, 0], [0, 0]]]


def test_max_pool_keeps_nan():
    assert np.isnan(max_pool2d(tg.tensor([[[1.0, np.nan], [3.0, 2.0]]]), 2).item())


def test_divisor_is_what_pytorch_divides_by():
    x = tg.ones(1, 3, 3)
    assert avg_pool2d(x, 2, padding=1).tolist() == [[[0.25, 0.5], [0.5, 1]]]
    assert avg_pool2d(x, 2, padding=1, count_include_pad=False).tolist() == [[[1, 1], [1, 1]]]
    assert avg_pool2d(x, 3, divisor_override=2).item() == 4.5


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_an_empty_batch_is_pooled(pool):
    assert pool(tg.ones(0, 1, 4, 4), 2).shape == (0, 1, 2, 2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: max_pool2d(x, 2, padding=2), RuntimeError, r"\[max_pool2d\] `padding` \(=2\) must be at most half"),
        (lambda x: avg_pool2d(x, 9), RuntimeError, "must not be larger than the padded input"),
        (lambda x: max_pool2d(x, 2, stride=0), ValueError, r"\[max_pool2d\] `stride` \(=0\)"),
        (lambda x: max_pool2d(x[0, 0, 0], 2), ValueError, "at least two dimensions"),
        (lambda x: avg_pool2d(x, 2, divisor_override=0), ValueError, r"`divisor_override` \(=0\)"),
        (lambda x: avg_pool2d(x.long(), 2), TypeError, "must be floating"),
        (lambda x: max_pool1d(x, 2), ValueError, r"\[max_pool1d\] `x` \(shape \(1, 1, 4, 4\)\)"),
        (lambda x: avg_pool1d(x[0], (2, 2)), ValueError, r"`kernel_size` \(=\(2, 2\)\) must be one int"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(1, 1, 4, 4))
