"""Steps in units of the gradient's size: those of the reference bit by bit, and the reference against the formulas."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.ref import update_scaled as reference
from tests.kernels.arrays import FLOATS, random

STEPS = {  # number of arrays, and settings
    "adagrad": (3, [(0.1, 1e-10, 0.0), (0.1, 1e-10, 0.05)]),
    "adadelta": (4, [(1.0, 0.9, 1e-6, 0.05)]),
    "rmsprop": (3, [(None, None, 0.01, 0.99, 1e-8, 0.05, 0.0)]),
    "adamax": (4, [(0.002, 0.9, 0.999, 1e-8, 0.05)]),
    "nadam": (4, [(1e-3, 2e-3, 0.9, 0.999, 0.5, 1e-8, 0.05, 0.99)]),
    "radam": (4, [(1e-3, 0.0, 0.9, 0.999, 1e-8, 0.0, 0.99), (1e-3, 0.7, 0.9, 0.999, 1e-8, 0.05, 1.0)]),
    "novograd": (3, [(0.01, 0.3, 0.95, 1.0, 0.0), (0.01, 0.3, 0.95, 0.05, 0.1)]),
    "sparse_adam": (4, [(1e-3, 0.9, 0.999, 1e-8)]),
}
CASES = [(name, count, settings) for name, (count, several) in STEPS.items() for settings in several]


def arrays(count, shape, dtype):
    """Parameter, gradient and state that is not negative."""
    made = [np.asarray(random(k, shape), dtype) for k in range(count)]
    return [*made[:2], *(np.abs(a, out=...) for a in made[2:])]


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize("shape", [(), (3, 5), (300, 201), (0,)])
@pytest.mark.parametrize(("name", "count", "settings"), CASES)
def test_a_step_is_that_of_the_reference_bit_by_bit(name, count, settings, shape, dtype):
    ours, theirs = arrays(count, shape, dtype), arrays(count, shape, dtype)
    getattr(kernels, name)(*ours, *settings)
    getattr(reference, name)(*theirs, *settings)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("summed", [False, True])
def test_rmsprop_keeps_only_what_it_is_given(centered, summed, dtype):
    runs = []
    for module in (kernels, reference):
        p, g, s, m, b = arrays(5, (50_000,), dtype)
        s += m * m  # no negative variance
        kept = m if centered else None, b if summed else None
        module.rmsprop(p, g, s, *kept, 0.01, 0.99, 1e-8, 0.05, 0.9)
        runs.append((p, s, m, b))
    for a, b in zip(*runs, strict=True):
        np.testing.assert_array_equal(a, b)
    _, _, _, m, b = arrays(5, (50_000,), dtype)
    assert ((runs[0][2] != m).any(), (runs[0][3] != b).any()) == (centered, summed)


@pytest.mark.parametrize(("name", "count", "settings"), CASES)
def test_a_step_writes_through_any_strides(name, count, settings):
    plain = arrays(count, (6,), np.float64)
    strided = [np.zeros((6, 2))[:, 0] for _ in plain]
    for a, b in zip(strided, plain, strict=True):
        a[...] = b
    getattr(kernels, name)(*plain, *settings)
    getattr(kernels, name)(*strided, *settings)
    for a, b in zip(strided, plain, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("every", [3, 100])  # a few of a vector; most vectors are zeros alone
def test_sparse_adam_changes_nothing_where_the_gradient_is_zero(every, dtype):
    ours = arrays(4, (50_001,), dtype)
    ours[0][:4], ours[2][1], ours[3][1] = (np.nan, -0.0, np.inf, 1.0), -0.0, np.nan
    there = np.arange(50_001) % every == 3 % every
    ours[1][~there] = 0
    ours[1][[1, every + 3]] = -0.0, np.nan
    before, theirs = [a.copy() for a in ours], [a.copy() for a in ours]
    kernels.sparse_adam(*ours, 0.1, 0.9, 0.99, 1e-8)
    reference.sparse_adam(*theirs, 0.1, 0.9, 0.99, 1e-8)
    assert [a.tobytes() for a in ours] == [a.tobytes() for a in theirs]
    for a, b in zip((ours[0], *ours[2:]), (before[0], *before[2:]), strict=True):
        assert a[~there].tobytes() == b[~there].tobytes() and (a[there] != b[there])[1:].all()


def test_nan_stays_in_the_largest_of_late():
    p, g, m = np.ones(2), np.array([1.0, np.nan]), np.zeros(2)
    u = np.array([np.nan, 1.0])
    kernels.adamax(p, g, m, u, 0.1, 0.9, 0.999, 1e-8)
    assert np.isnan(u).all() and np.isnan(p).all()


def test_nothing_changes_when_something_does_not_fit():
    p, g, s = np.ones(3), np.ones(3), np.ones(2)
    with pytest.raises(ValueError, match=r"\[adagrad\] `s` \(shape \(2,\), dtype float64\) must be like `p` \(\(3,\)"):
        kernels.adagrad(p, g, s, 0.1, 1e-10)
    with pytest.raises(ValueError, match=r"\[rmsprop\] `b`"):
        kernels.rmsprop(p, g, g.copy(), None, s, 0.1, 0.9, 1e-8)
    assert (p == 1).all()


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4)])
def test_orthogonalize_moves_singular_values_towards_one(shape):
    g = random(0, shape)
    u, _, vh = np.linalg.svd(g, full_matrices=False)
    y = kernels.orthogonalize(g, (3.4445, -4.775, 2.0315), 5, 1e-7)
    assert y.dtype == g.dtype
    np.testing.assert_array_less(np.abs(np.linalg.svd(y)[1] - 0.95), 0.35)
    np.testing.assert_allclose(u.T @ y @ vh.T, np.diag(np.diag(u.T @ y @ vh.T)), atol=0.05)


@pytest.mark.parametrize("shape", [(30, 70), (70, 30), (1, 4), (0, 3)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_orthogonalize_is_that_of_the_reference_but_for_ties(shape, dtype):
    g, settings = np.asarray(random(0, shape), dtype), ((3.4445, -4.775, 2.0315), 5, 1e-7)
    ours, theirs = kernels.orthogonalize(g, *settings), reference.orthogonalize(g, *settings)
    np.testing.assert_allclose(ours, theirs, atol=0.02)  # sums in another order may round the other way
    assert g.size == 0 or (ours == theirs).mean() > 0.8


def test_infinities_and_nan_spread_as_in_the_reference():
    for value in (np.inf, np.nan):
        g = np.array([[value, 1.0], [2.0, 3.0]], np.float32)
        with np.errstate(all="ignore"):
            expected = reference.orthogonalize(g, (1.0, 2.0, 3.0), 2, 1e-7)
            np.testing.assert_array_equal(kernels.orthogonalize(g, (1.0, 2.0, 3.0), 2, 1e-7), expected)


def test_orthogonalize_of_zeros_is_zero_and_wants_a_matrix():
    assert not kernels.orthogonalize(np.zeros((2, 3)), (1.0, 1.0, 1.0), 2, 1e-7).any()
    with pytest.raises(ValueError, match="must be a matrix"):
        kernels.orthogonalize(np.ones(3), (1.0, 1.0, 1.0), 2, 1e-7)
    with pytest.raises(ValueError, match="exactly 3"):
        kernels.orthogonalize(np.ones((2, 2)), (1.0, 1.0), 2, 1e-7)
