"""Pooling: rules, PyTorch's values and ties, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
import tapegrad.nn.functional as F
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


@given(pool_problems(3))
def test_max_pool3d_rules(problem):
    x, how = problem
    check_rule(F.max_pool3d, x, **how)


@given(pool_problems(3, dilated=False), st.booleans(), st.sampled_from([None, 3]))
def test_avg_pool3d_rules(problem, count_include_pad, divisor_override):
    x, how = problem
    check_rule(F.avg_pool3d, x, **how, count_include_pad=count_include_pad, divisor_override=divisor_override)


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_max_unpool_rules(rank, data):
    x, how = data.draw(pool_problems(rank, dilated=False))
    how["stride"] = None  # windows that do not overlap have winners of their own
    y, winner = getattr(F, f"max_pool{rank}d")(x, **how, return_indices=True)
    unpool = getattr(F, f"max_unpool{rank}d")
    check_rule(lambda y: unpool(y, winner, how["kernel_size"], output_size=x.shape), y)


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data(), st.sampled_from([1, 2, 3.5]))
def test_lp_pool_rules(rank, data, p):
    x, how = data.draw(pool_problems(rank, dilated=False))
    how = {name: how[name] for name in ("kernel_size", "stride")}
    check_rule(getattr(F, f"lp_pool{rank}d"), np.abs(x) + x.dtype.type(0.5), norm_type=p, **how)


@given(pool_problems(3))
def test_max_pool3d_takes_the_largest_of_a_volume_and_knows_where(problem):
    x, how = problem
    y, winner = F.max_pool3d(x, **how, return_indices=True)
    flat = x.reshape(*x.shape[:2], -1) if x.size else x.reshape(*x.shape[:2], 0)
    size, pads, d = (np.broadcast_to(how[name], 3) for name in ("kernel_size", "padding", "dilation"))
    u = size if how["stride"] is None else np.broadcast_to(how["stride"], 3)
    for place in np.ndindex(y.shape[2:]) if x.size else ():
        taps = [np.arange(r) * e + p * s - a for r, e, p, s, a in zip(size, d, place, u, pads, strict=True)]
        inside = [t[(t >= 0) & (t < n)] for t, n in zip(taps, x.shape[2:], strict=True)]
        np.testing.assert_array_equal(y[(..., *place)], x[(..., *np.ix_(*inside))].max((2, 3, 4)))
        np.testing.assert_array_equal(
            np.take_along_axis(flat, winner[(..., *place)][..., None], 2)[..., 0], y[(..., *place)]
        )


def test_unpooling_is_pytorchs():
    y, winner = F.max_pool2d(tg.arange(16.0).reshape(1, 4, 4), 2, return_indices=True)
    back = F.max_unpool2d(y, winner, 2)
    assert back.tolist() == [[[0, 0, 0, 0], [0, 5, 0, 7], [0, 0, 0, 0], [0, 13, 0, 15]]]


def test_of_elements_put_at_one_place_the_last_stays_and_all_get_its_gradient():
    x = tg.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    with tg.tape():
        y = F.max_unpool1d(x, tg.tensor([[4, 0, 4]]), 2)
    y.backward(tg.arange(6.0).reshape(1, 6) + 1)
    assert (y.tolist(), x.grad.tolist()) == ([[2, 0, 0, 0, 3, 0]], [[5, 1, 5]])


def test_lp_pool_is_a_norm():
    assert F.lp_pool2d(tg.tensor([[[3.0, 0.0], [4.0, 0.0]]]), 2, 2).item() == 5


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
        (lambda x: F.max_pool3d(x[0, 0], 2), ValueError, r"\[max_pool3d\] `x` .* at least three dimensions"),
        (lambda x: F.avg_pool3d(x[0], 2), ValueError, r"\[avg_pool3d\] `x`"),
        (lambda x: F.avg_pool3d(x, 2, divisor_override=0), ValueError, r"`divisor_override` \(=0\)"),
        (lambda x: F.lp_pool2d(x, 0, 2), ValueError, r"\[lp_pool2d\] `norm_type` \(=0\)"),
        (lambda x: F.max_unpool2d(x, x.long()[0], 2), ValueError, r"\[max_unpool2d\] `indices`"),
        (lambda x: F.max_unpool1d(x, x.long(), 2), ValueError, r"\[max_unpool1d\] `x`"),
        (lambda x: avg_pool1d(x[0], (2, 2)), ValueError, r"`kernel_size` \(=\(2, 2\)\) must be one int"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(1, 1, 4, 4))
