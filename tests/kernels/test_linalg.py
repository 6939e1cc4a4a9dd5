"""Factorizations against SciPy, and against the equation that each of them solves."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tests.kernels.arrays import layouts, random, seeds

SHAPES = [(1, 1), (3, 3), (5, 3), (3, 5), (2, 3, 4, 4), (0, 3, 3), (2, 0, 0), (3, 0, 2), (90, 70), (70, 100)]
DTYPES = [np.float64, np.float32, np.complex128]
TOLERANCE = {np.float64: 1e-11, np.float32: 2e-3, np.complex128: 1e-11}


def matrices(shape, dtype=np.float64, seed=0):
    x = random(seed, shape)
    return x.astype(dtype) if dtype != np.complex128 else x + 1j * random(seed + 1, shape)


def triangles(lu):
    """L and U."""
    k = min(lu.shape[-2:])
    return np.tril(lu[..., :k], -1) + np.eye(lu.shape[-2], k), np.triu(lu[..., :k, :])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_lu_factors_multiply_to_the_matrix_with_its_rows_in_order(shape, dtype):
    a = matrices(shape, dtype)
    lu, pivots, info = kernels.lu_factor(a)
    assert (lu.dtype, pivots.dtype, info.dtype) == (dtype, np.int32, np.int32)
    assert not info.any()
    lower, upper = triangles(lu)
    order = kernels.pivot_order(pivots, shape[-2])
    np.testing.assert_allclose(
        lower @ upper, np.take_along_axis(a, order[..., None], -2), rtol=0, atol=TOLERANCE[dtype]
    )
    assert (np.abs(lower) < np.sqrt(2)).all()  # of complex pivots |Re| + |Im| is compared


@pytest.mark.parametrize("shape", [(33, 33), (80, 90), (3, 6)])
def test_lu_is_scipys(shape):
    a = matrices(shape)
    lu, pivots, _ = kernels.lu_factor(a)
    expected, exchanges = scipy.linalg.lu_factor(a)
    np.testing.assert_allclose(lu, expected, rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(pivots, exchanges + 1)


def test_info_counts_the_first_zero_of_u_from_one():
    a = np.stack([np.diag([1.0, 0, 0]), np.eye(3), np.zeros((3, 3)), np.ones((3, 3))])
    assert kernels.lu_factor(a)[2].tolist() == [2, 0, 1, 2]


def test_without_exchanges_every_row_stays():
    lu, pivots, _ = kernels.lu_factor(np.array([[1.0, 2.0], [3.0, 4.0]]), pivot=False)
    assert lu.tolist() == [[1, 2], [3, -2]]
    assert pivots.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("a", "b"), [((4, 4), (4, 2)), ((3, 1, 4, 4), (2, 4, 1)), ((5, 5), (3, 5, 2)), ((2, 80, 80), (2, 80, 12))]
)
def test_lu_solves(a, b, transposed, dtype):
    a, b = matrices(a, dtype) + np.eye(a[-1], dtype=dtype) * a[-1] ** 0.5, matrices(b, dtype, 5)
    x = kernels.lu_solve(*kernels.lu_factor(a)[:2], b, transposed)
    assert x.dtype == dtype
    np.testing.assert_allclose((a.mT if transposed else a) @ x, b + 0 * x, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("n", [1, 4, 160])
def test_a_triangle_is_solved_without_reading_the_other(n, upper, unit, dtype):
    a = matrices((n, n), dtype) / n + 2 * np.eye(n, dtype=dtype)
    b = matrices((n, 3), dtype, 7)
    x = kernels.solve_triangular(a, b, upper, unit)
    expected = scipy.linalg.solve_triangular(a, b, lower=not upper, unit_diagonal=unit)
    np.testing.assert_allclose(x, expected, rtol=0, atol=TOLERANCE[dtype])
    other = np.tril(np.ones((n, n)), -1) if upper else np.triu(np.ones((n, n)), 1)
    nothing = np.where(other + unit * np.eye(n) > 0, np.nan, a)
    np.testing.assert_array_equal(kernels.solve_triangular(nothing, b, upper, unit), x)


@given(seeds, st.sampled_from([np.float32, np.float64]))
def test_every_layout_gives_the_same_bits(seed, dtype):
    a, b = matrices((2, 3, 3), dtype, seed), matrices((2, 3, 2), dtype, seed + 9)
    lu, pivots, _ = kernels.lu_factor(a)
    x = kernels.solve_triangular(a, b, True)
    for laid_a, laid_b in zip(layouts(a), layouts(b), strict=True):
        np.testing.assert_array_equal(kernels.lu_factor(laid_a)[0], lu)
        np.testing.assert_array_equal(kernels.solve_triangular(laid_a, laid_b, True), x)
        np.testing.assert_array_equal(kernels.lu_solve(lu, pivots, laid_b), kernels.lu_solve(lu, pivots, b))


def test_results_do_not_depend_on_the_number_of_threads():
    a = matrices((6, 100, 100))
    before = kernels.get_num_threads()
    try:
        found = []
        for n in (1, 2):
            kernels.set_num_threads(n)
            lu, pivots, _ = kernels.lu_factor(a)
            found.append((lu, kernels.lu_solve(lu, pivots, a)))
    finally:
        kernels.set_num_threads(before)
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


@given(seeds)
def test_nan_goes_through(seed):
    a = matrices((4, 4), seed=seed)
    a[2, 1] = np.nan
    assert np.isnan(kernels.lu_factor(a)[0]).any()
    assert np.isnan(kernels.lu_solve(*kernels.lu_factor(a)[:2], np.ones((4, 1)))).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_determinants_are_numpys(dtype):
    a = matrices((3, 4, 4), dtype)
    a[0, 1] = a[0, 2]
    lu, pivots, _ = kernels.lu_factor(a)
    np.testing.assert_allclose(kernels.lu_det(lu, pivots), np.linalg.det(a), rtol=1e-4, atol=1e-6)
    for got, wanted in zip(kernels.lu_slogdet(lu[1:], pivots[1:]), np.linalg.slogdet(a[1:]), strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-5)
    assert [v.item() for v in kernels.lu_slogdet(np.zeros((2, 2)), np.array([1, 2]))] == [0, -np.inf]


def test_a_regular_matrix_is_next_to_a_singular_one():
    lu = np.array([[[2.0, 1.0], [0.0, 0.0]], [[3.0, 1.0], [0.5, 4.0]]])
    near = kernels.lu_regular(lu)
    np.testing.assert_array_equal(near[1], lu[1])
    assert 0 < near[0, 1, 1] < 1e-15


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [0, 1e-6, 0.1, 3, 10])
def test_exponentials_are_scipys(size, dtype):
    a = (size * matrices((3, 4, 4), dtype)).astype(dtype)
    expected = scipy.linalg.expm(a)
    y = kernels.matrix_exp(a)
    assert y.dtype == dtype
    scale = np.abs(expected).max((-1, -2), keepdims=True)
    np.testing.assert_allclose(y / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


def test_cholesky_finds_the_matrices_without_a_factor():
    a = np.stack([np.eye(3), np.diag([1.0, 1, -1]), np.diag([1.0, 0, 1])])
    lower, info = kernels.cholesky(a)
    assert info.tolist() == [0, 3, 2]
    np.testing.assert_array_equal(lower[0], np.eye(3))
    assert np.isnan(lower[1:]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES[:8])
def test_decompositions_multiply_to_the_matrix(shape, dtype):
    a = matrices(shape, dtype)
    near = {"rtol": 0, "atol": TOLERANCE[dtype]}
    for mode in ("reduced", "complete"):
        q, r = kernels.qr(a, mode)
        np.testing.assert_allclose(q @ r, a, **near)
    u, s, vh = kernels.svd(a)
    np.testing.assert_allclose((u * s[..., None, :]) @ vh, a, **near)
    np.testing.assert_allclose(kernels.svdvals(a), s, **near)
    if shape[-1] == shape[-2]:
        hermitian = a + a.mT.conj()
        w, v = kernels.eigh(hermitian)
        np.testing.assert_allclose((v * w[..., None, :]) @ v.mT.conj(), hermitian, **near)
        np.testing.assert_allclose(kernels.eigvalsh(hermitian, upper=True), w, **near)
        w, v = kernels.eig(a)
        assert w.dtype == v.dtype == np.result_type(dtype, np.complex64)
        np.testing.assert_allclose(a @ v, v * w[..., None, :], **near)
        np.testing.assert_allclose(np.sort_complex(kernels.eigvals(a)), np.sort_complex(w), **near)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: kernels.lu_factor(a[0]), ValueError, r"\[lu_factor\] `a` \(shape \(2,\)\) must have at least two"),
        (lambda a: kernels.svd(a.astype(int)), TypeError, r"\[svd\] `a` \(dtype int64\) must be float32"),
        (lambda a: kernels.solve_triangular(a, a[:1]), ValueError, r"\[solve_triangular\] `a` .* rows of `b`"),
        (lambda a: kernels.solve_triangular(a, a.astype(np.float32)), TypeError, r"`b` \(dtype float32\)"),
        (lambda a: kernels.svd(a * np.nan), kernels.LinAlgError, r"\[svd\] SVD did not converge"),
        (lambda a: kernels.eig(a * np.nan), np.linalg.LinAlgError, r"\[eig\] "),
        (lambda a: kernels.eig(a * np.nan), RuntimeError, r"\[eig\] "),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(np.eye(2))
