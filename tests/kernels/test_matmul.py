"""Matrix products: the Numba kernel against NumPy in float64."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.kernels import einsum, linear, matmul
from tapegrad.kernels.cpu._gemm import gemm
from tests.kernels.arrays import FLOATS, floats, layouts, random, seeds

sides = st.integers(1, 70)


@given(seeds, floats, sides, sides | st.integers(500, 1100), sides, st.booleans(), st.booleans())
def test_our_kernel_multiplies_matrices_of_any_strides(seed, dtype, m, k, n, flip_a, flip_b):
    a = random(seed, (k, m), dtype).T if flip_a else random(seed, (m, 2 * k), dtype)[::-1, ::2]
    b = random(seed + 1, (n, k), dtype)[::-1].T if flip_b else random(seed + 1, (k, n), dtype)
    c, expected = gemm(a, b), a.astype(np.float64) @ b
    bound = np.finfo(dtype).eps * k * np.abs(a).astype(np.float64) @ np.abs(b)
    assert c.dtype == dtype and (np.abs(c - expected) <= bound).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(256, 256, 256), (65, 2100, 130), (900, 70, 150)])
def test_large_products_go_to_our_kernel_and_are_equal_for_any_number_of_threads(shape, dtype):
    m, k, n = shape
    a, b = random(1, (m, k), dtype), random(2, (k, n), dtype)
    answers = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        answers.append(matmul(a, b))
    assert np.array_equal(*answers) and np.array_equal(answers[0], gemm(a, b))
    np.testing.assert_allclose(answers[0], a.astype(np.float64) @ b, rtol=0, atol=1e-6 * k)


@pytest.mark.parametrize("dtype", FLOATS)
def test_any_layout_gives_the_same_answer(dtype):
    a, b = random(1, (300, 200), dtype), random(2, (200, 300), dtype)
    for p, q in zip(layouts(a), layouts(b), strict=True):
        np.testing.assert_allclose(matmul(p, q), matmul(a, b), rtol=0, atol=1e-3 if dtype == np.float32 else 1e-12)


@given(
    seeds,
    st.sampled_from([((3,), (3,)), ((3,), (2, 3, 4)), ((2, 1, 4, 3), (5, 3, 2)), ((0, 3), (3, 2)), ((2, 0), (0, 3))]),
)
def test_matmul_means_what_numpy_means_and_answers_with_an_array(seed, shapes):
    a, b = (random(seed, shape) for shape in shapes)
    y = matmul(a, b)
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, np.matmul(a, b))


def test_nan_and_infinity_go_through():
    a, b = np.ones((300, 300), np.float32), np.ones((300, 300), np.float32)
    a[3, 5], a[7, 0] = np.nan, np.inf
    c = matmul(a, b)
    assert np.isnan(c[3]).all() and (c[7] == np.inf).all() and np.isfinite(c).sum() == 298 * 300


@given(seeds, st.sampled_from([(4,), (5, 4), (2, 3, 4), (0, 4)]))
def test_linear_is_a_product_with_the_transposed_weights(seed, shape):
    x, w, b = random(seed, shape), random(seed + 1, (6, 4)), random(seed + 2, 6)
    np.testing.assert_allclose(linear(x, w, b), x @ w.T + b, rtol=1e-12)
    np.testing.assert_allclose(linear(x, w), x @ w.T, rtol=1e-12)


def test_einsum_answers_with_an_array():
    a = random(1, (3, 4))
    np.testing.assert_allclose(einsum("ij,kj->ik", a, a), a @ a.T)
    assert type(einsum("ij,ij->", a, a)) is np.ndarray


@pytest.mark.parametrize(
    ("a", "b", "match"),
    [
        ((2, 3), (4, 5), r"`a` \(shape \(2, 3\)\) must have as many columns as `b`"),
        ((3,), (4,), "as many columns"),
        ((), (4,), "`a` .*0-d"),
        ((4,), (), "`b` .*0-d"),
        ((2, 1, 3), (3, 3, 1), "leading axes"),
    ],
)
def test_what_does_not_fit_is_said(a, b, match):
    with pytest.raises(ValueError, match=rf"\[matmul\].*{match}"):
        matmul(np.zeros(a), np.zeros(b))


def test_linear_checks_its_companions():
    w = np.zeros((5, 4))
    with pytest.raises(ValueError, match=r"`w` .* must be 2-D"):
        linear(np.zeros(4), np.zeros(4))
    with pytest.raises(ValueError, match=r"`x` \(shape \(3,\)\) must end in the 4 columns"):
        linear(np.zeros(3), w)
    with pytest.raises(ValueError, match=r"`b` .* one entry for each row"):
        linear(np.zeros(4), w, np.zeros(4))
