"""Differences of pairs against SciPy, and the transposes of each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from tapegrad import kernels
from tapegrad.kernels.ref import distance as ref
from tests.kernels.arrays import dot, floats, layouts, random, seeds

sizes = st.integers(0, 9)


@given(seeds, sizes, st.sampled_from([0, 1, 5, 40]))
def test_dots_of_equals_are_squared_distances(seed, N, M):
    a = random(seed, (N, M))
    expected = pdist(a, "sqeuclidean") if N > 1 and M else np.zeros(N * (N - 1) // 2)
    np.testing.assert_allclose(kernels.pair_dots(a, a), expected, rtol=1e-13, atol=1e-13)


@given(seeds, sizes, st.sampled_from([1, 5, 40]))
def test_pulls_are_the_transpose_of_dots(seed, N, M):
    a, b, s = random(seed, (N, M)), random(seed + 1, (N, M)), random(seed + 2, N * (N - 1) // 2)
    assert dot(s, kernels.pair_dots(a, b)) == pytest.approx(dot(kernels.pair_pull(s, a), b), abs=1e-10)


@given(floats)
def test_the_reference_agrees_in_any_layout(dtype):
    a, b, s = random(1, (7, 21), dtype), random(2, (7, 21), dtype), random(3, 21, dtype)
    eps = 200 * np.finfo(dtype).eps
    for p, q in zip(layouts(a), layouts(b), strict=True):
        np.testing.assert_allclose(kernels.pair_dots(p, q), ref.pair_dots(a, b), rtol=eps, atol=eps)
        np.testing.assert_allclose(kernels.pair_pull(s, p), ref.pair_pull(s, a), rtol=eps, atol=eps)


def test_what_does_not_fit_is_said():
    a = np.ones((3, 2))
    with pytest.raises(ValueError, match=r"\[pair_dots\] `b`"):
        kernels.pair_dots(a, a[:2])
    with pytest.raises(ValueError, match=r"\[pair_pull\] `s`"):
        kernels.pair_pull(np.ones(4), a)
