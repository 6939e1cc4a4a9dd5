"""Sums over all paths: against all paths one by one, slopes, the reference."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tapegrad.kernels.ref import ctc as ref
from tests.kernels.arrays import floats, layouts, seeds


def problem(seed, dtype, T, N, C, L):
    """X, states, barriers, times and last states; labels repeat, some sequences are empty."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((T, N, C)) * 2
    labels = rng.integers(1, C, (N, L))
    states, barrier = np.zeros((N, 2 * L + 1), int), np.full((N, 2 * L + 1), -np.inf, dtype)
    states[:, 1::2] = labels
    barrier[:, 3::2][labels[:, 1:] != labels[:, :-1]] = 0
    return x.astype(dtype), states, barrier, rng.integers(0, T + 1, N), 2 * rng.integers(0, L + 1, N)


def paths(states, barrier, last, length):
    """All that begin in the first two states and end in the last two."""
    for path in itertools.product(range(last + 1), repeat=length):
        steps = [b - a for a, b in itertools.pairwise(path)]
        jumps = [barrier[b] == 0 for a, b in itertools.pairwise(path) if b - a == 2]
        if path[0] < 2 and path[-1] >= last - 1 and all(0 <= s <= 2 for s in steps) and all(jumps):
            yield states[list(path)]


@given(seeds, floats)
def test_all_paths_are_added_up(seed, dtype):
    x, states, barrier, times, sizes = given = problem(seed, dtype, 4, 3, 3, 2)
    y, alpha = kernels.ctc(*given)
    assert y.dtype == dtype and alpha.shape == (3, 4, 7)
    for n in range(3):
        if times[n]:
            every = paths(states[n], barrier[n], sizes[n], times[n])
            total = sum(np.exp(sum(float(x[t, n, c]) for t, c in enumerate(path))) for path in every)
            with np.errstate(divide="ignore"):
                np.testing.assert_allclose(y[n], -np.log(total), rtol=1e-5, atol=1e-5)
        else:
            assert y[n] == (0 if sizes[n] == 0 else np.inf)


@given(seeds, floats, st.sampled_from([(9, 3, 5, 3), (12, 2, 4, 9), (20, 5, 30, 17), (1, 2, 3, 1), (3, 2, 3, 0)]))
def test_the_reference_agrees(seed, dtype, sizes):
    given = problem(seed, dtype, *sizes)
    (y, alpha), (expected, reached) = kernels.ctc(*given), ref.ctc(*given)
    tolerance = 1e3 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, expected, rtol=tolerance, atol=tolerance)
    g = np.random.default_rng(seed).standard_normal(len(y)).astype(dtype)
    gx = kernels.ctc_grad(g, y, alpha, *given)
    assert gx.dtype == dtype
    np.testing.assert_allclose(gx, ref.ctc_grad(g, expected, reached, *given), atol=10 * tolerance)


def test_the_slope_is_that_of_the_loss():
    x, *rest = problem(3, np.float64, 6, 4, 3, 2)
    rest[-2][:] = [6, 5, 4, 6]
    y, alpha = kernels.ctc(x, *rest)
    g, step = np.ones(4), 1e-6 * np.random.default_rng(0).standard_normal(x.shape)
    change = kernels.ctc(x + step, *rest)[0] - kernels.ctc(x - step, *rest)[0]
    assert np.vdot(kernels.ctc_grad(g, y, alpha, x, *rest), step) == pytest.approx(change.sum() / 2, rel=1e-7)


@given(floats)
def test_any_layout_gives_the_same(dtype):
    x, states, barrier, times, sizes = problem(0, dtype, 8, 3, 5, 3)
    times[:] = 8
    y, alpha = kernels.ctc(x, states, barrier, times, sizes)
    gx = kernels.ctc_grad(y, y, alpha, x, states, barrier, times, sizes)
    for a, b, c in zip(layouts(x), layouts(states), layouts(barrier), strict=True):
        np.testing.assert_array_equal(kernels.ctc(a, b.astype(int), c, times, sizes)[0], y)
        np.testing.assert_array_equal(kernels.ctc_grad(y, y, alpha, a, b.astype(int), c, times, sizes), gx)


def test_no_path_costs_everything_and_has_no_slope_and_nan_stays():
    x, states, barrier, times, sizes = problem(0, np.float32, 2, 2, 3, 3)
    times[:], sizes[:] = 2, [6, 0]
    x[0, 1] = np.nan
    y, alpha = kernels.ctc(x, states, barrier, times, sizes)
    np.testing.assert_array_equal(y, [np.inf, np.nan])
    gx = kernels.ctc_grad(np.ones(2, "f"), y, alpha, x, states, barrier, times, sizes)
    assert not gx[:, 0].any() and np.isnan(gx[:, 1]).any()


def test_what_does_not_fit_is_said():
    x, states, *rest = problem(0, np.float64, 2, 2, 3, 2)
    with pytest.raises(ValueError, match=r"\[ctc\] `x` \(shape \(2, 2, 3\)\) must be \(T, N, C\), `states` \(1, 5\)"):
        kernels.ctc(x, states[:1], *rest)
