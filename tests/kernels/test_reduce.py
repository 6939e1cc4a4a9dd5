"""Reductions against NumPy, exact sums and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from tapegrad import kernels
from tests.kernels.arrays import FLOATS, floats, layouts, random, seeds


@st.composite
def problems(draw):
    """X of up to three axes, some of which may be empty, and some of them."""
    x = random(draw(seeds), draw(array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)), draw(floats))
    axes = draw(st.lists(st.integers(-x.ndim, x.ndim - 1), unique_by=lambda a: a % x.ndim).map(tuple))
    return x, draw(st.sampled_from([axes, None, *axes[:1]]))


@given(problems(), st.sampled_from(["sum", "prod", "any", "all", "count_nonzero"]), st.booleans())
def test_reductions_mean_what_numpy_means_and_answer_with_an_array(problem, name, keepdims):
    x, axis = problem
    y = getattr(kernels, name)(x, axis, keepdims)
    assert type(y) is np.ndarray
    np.testing.assert_allclose(y, getattr(np, name)(x, axis=axis, keepdims=keepdims), rtol=1e-6)


@given(problems(), st.sampled_from(["max", "min"]))
def test_extremes_are_numpys_and_refuse_what_is_empty(problem, name):
    x, axis = problem
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis)
    if any(x.shape[a] == 0 for a in axes):
        with pytest.raises(ValueError, match=rf"\[{name}\] `x` .* must not be empty"):
            getattr(kernels, name)(x, axis)
    else:
        np.testing.assert_array_equal(getattr(kernels, name)(x, axis), getattr(np, name)(x, axis=axis))


def test_nan_propagates():
    x = np.array([[1.0, np.nan], [3.0, 2.0]])
    for name in ("sum", "prod", "max", "min"):
        np.testing.assert_array_equal(np.isnan(getattr(kernels, name)(x, 1)), [True, False])
    assert kernels.argmax(x).item() == kernels.argmin(x).item() == 1


def test_positions_are_the_first_and_int64():
    x = np.array([[2, 5, 5], [1, 1, 0]])
    assert kernels.argmax(x, 1).tolist() == [1, 0] and kernels.argmin(x, 1, True).tolist() == [[0], [2]]
    assert kernels.argmax(x).dtype == np.int64 and kernels.argmax(x).shape == ()
    with pytest.raises(ValueError, match=r"\[argmax\] `x` .* must not be empty"):
        kernels.argmax(np.zeros((2, 0)), 1)


@pytest.mark.parametrize("axis", [0, 1, None])
def test_half_precision_is_summed_in_single(axis):
    x = np.ones((3000, 2) if axis != 1 else (2, 3000), np.float16)
    y = kernels.sum(x, axis)
    assert y.dtype == np.float16 and (y == (3000 if axis is not None else 6000)).all()


def excess(x, axis):
    """Largest error of a sum, in units of what eight roundings of Σ|x| allow."""
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis)
    rows = np.moveaxis(x, axes, range(-len(axes), 0)).astype(np.longdouble, order="C")  # NumPy adds these pairwise
    rows = rows.reshape(*rows.shape[: x.ndim - len(axes)], -1)
    allowed = np.abs(rows).sum(-1) * np.finfo(x.dtype).eps * 4
    return np.max(np.abs(kernels.sum(x, axis) - rows.sum(-1)) / allowed, initial=0)


@st.composite
def large_problems(draw):
    """X of four axes in any order in memory, too large for NumPy's own sum, and some of them."""
    shape = draw(st.permutations([1, 2, 9, draw(st.integers(60, 200))]))
    x = random(draw(seeds), shape, draw(floats)) + draw(st.sampled_from([0, 3]))
    axes = draw(st.lists(st.integers(0, 3), unique=True, min_size=1, max_size=2).map(tuple))
    return x.transpose(draw(st.permutations(range(4)))), axes


@given(large_problems())
def test_sums_are_accurate_along_every_axis(problem):
    assert excess(*problem) <= 1


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("shape", "axis"),
    [((10**6,), 0), ((1000, 1000), 0), ((1000, 1000), 1), ((3 * 10**5, 3), 0), ((20, 50, 999), (0, 2)),
     ((2**20 + 77,), None)],
)  # fmt: skip
def test_long_sums_are_accurate_along_every_axis(shape, axis, dtype):
    x = np.full(shape, 0.1, dtype)  # each addition would round the same way
    assert excess(x, axis) <= 1
    assert excess(np.broadcast_to(x.ravel()[:1], shape), axis) <= 1
    assert excess(x + random(1, shape, dtype), axis) <= 1


@pytest.mark.parametrize("shape", [(2000,), (40, 50), (50, 3, 40)])
def test_long_sums_keep_infinities_and_nan(shape):
    x = np.ones(shape, np.float32)
    x.flat[7] = np.inf
    for axis in (None, *range(x.ndim)):
        np.testing.assert_array_equal(kernels.sum(x, axis), np.sum(x, axis))
    x.flat[9], x.flat[-1] = -np.inf, np.nan
    with np.errstate(invalid="ignore"):
        for axis in (None, *range(x.ndim)):
            np.testing.assert_array_equal(kernels.sum(x, axis), np.sum(x, axis))


def test_long_sums_keep_dims_and_read_any_layout():
    x = random(1, (30, 7, 20))
    for a in layouts(x):
        for axis in (0, 1, 2, (0, 2), None):
            y = kernels.sum(a, axis, True)
            assert y.dtype == np.float64 and y.dtype.isnative and y.shape == np.sum(x, axis=axis, keepdims=True).shape
            np.testing.assert_allclose(y, np.sum(x, axis=axis, keepdims=True), rtol=1e-12, atol=1e-12)


@given(seeds, st.sampled_from(["cumsum", "cumprod", "logcumsumexp"]), st.sampled_from([0, 1, -2]))
def test_cumulative_functions_are_numpys(seed, name, axis):
    x = random(seed, (3, 4))
    expected = {"cumsum": np.cumsum, "cumprod": np.cumprod, "logcumsumexp": np.logaddexp.accumulate}[name](x, axis=axis)
    np.testing.assert_array_equal(getattr(kernels, name)(x, axis), expected)


@pytest.mark.parametrize("name", ["sum", "max", "argmax"])
def test_any_layout_gives_the_same_answer(name):
    x = random(1, (3, 4))
    for a in layouts(x):
        np.testing.assert_allclose(getattr(kernels, name)(a, 1), getattr(kernels, name)(x, 1), rtol=1e-14)


def test_a_0d_array_has_the_virtual_axes_0_and_minus_1():
    x = np.array(3.0)
    assert kernels.sum(x, 0) == kernels.max(x, -1) == kernels.cumsum(x, 0) == 3
    assert kernels.argmax(x, 0) == 0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda x: kernels.sum(x, 2), IndexError, r"\[sum\] `axis` \(=2\) must lie in -2 … 1"),
        (lambda x: kernels.max(x, (0, -2)), ValueError, r"\[max\] `axis` .* must not name an axis twice"),
        (lambda x: kernels.sum(x, 1.0), TypeError, r"\[sum\] `axis` \(=1.0\) must be an integer"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call(np.ones((2, 3)))


@pytest.mark.parametrize("dtype", ["f", "d", "D"])
@pytest.mark.parametrize("n", [1, 9, 200])
def test_a_recurrence_is_solved_step_by_step(dtype, n):
    a, b = random(0, (3, n)).astype(dtype), random(1, (3, n)).astype(dtype)
    s, expected = np.zeros(3, dtype), np.empty_like(b)
    for i in range(n):
        s = expected[:, i] = a[:, i] * s + b[:, i]
    for p, q in zip(layouts(a), layouts(b), strict=True):
        np.testing.assert_allclose(kernels.recurrence(p, q), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_long_scans_are_rounded_once(name, axis):
    x = (1 + random(0, (7, 30, 9)) / 10).astype("f")
    for laid in layouts(x):
        expected = getattr(np, name)(x, axis=axis, dtype=np.float64).astype("f")
        np.testing.assert_array_equal(getattr(kernels, name)(laid, axis), expected)
