"""Elimination on the device against the reference; what CuPy does, with NumPy in its place, against NumPy."""

import sys

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.cuda._array import DeviceArray
from tapegrad.kernels.ref import linalg as ref

RNG = np.random.default_rng(0)
SHAPES = [(3, 3), (5, 3), (3, 5), (2, 1, 4, 4), (0, 3, 3), (2, 0, 0), (3, 0, 2)]
TOLERANCE = {"f": 2e-3, "d": 1e-11, "F": 2e-3, "D": 1e-11}
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def matrices(shape, dtype="d"):
    x = RNG.normal(size=shape)
    return (x + 1j * RNG.normal(size=shape) if dtype in "FD" else x).astype(dtype)


def there(*arrays):
    return [DeviceArray.from_host(a) for a in arrays]


def agree(found, wanted, tolerance):
    for a, b in zip(found, wanted, strict=True):
        a = a.to_host()
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("pivot", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_lu_is_the_references(shape, pivot):
    a = matrices(shape)
    agree(kernels.lu_factor(*there(a), pivot), ref.lu_factor(a, pivot), 1e-11)


@dtypes
def test_every_dtype_is_eliminated(dtype):
    a, b = matrices((2, 5, 5), dtype), matrices((2, 5, 2), dtype)
    lu, pivots, info = ref.lu_factor(a, True)
    agree(kernels.lu_factor(*there(a)), (lu, pivots, info), TOLERANCE[dtype])
    agree([kernels.lu_solve(*there(lu, pivots, b))], [ref.lu_solve(lu, pivots, b, False)], 10 * TOLERANCE[dtype])
    agree([kernels.lu_det(*there(lu, pivots))], [ref.lu_det(lu, pivots)], TOLERANCE[dtype])
    agree(kernels.lu_slogdet(*there(lu, pivots)), ref.lu_slogdet(lu, pivots), TOLERANCE[dtype])


def test_singular_and_unknown_numbers_are_treated_as_the_reference_does():
    a = np.stack([np.diag([1.0, 0, 0]), np.eye(3), np.zeros((3, 3)), np.ones((3, 3)), np.diag([1, np.nan, 1])])
    lu, pivots, info = ref.lu_factor(a, True)
    agree(kernels.lu_factor(*there(a)), (lu, pivots, info), 0)
    agree(kernels.lu_slogdet(*there(lu, pivots)), ref.lu_slogdet(lu, pivots), 0)
    agree([kernels.lu_regular(*there(lu))], [ref.lu_regular(lu)], 0)


def test_the_first_of_equal_pivots_is_taken():
    a = np.ones((9, 9)) + np.tri(9, k=-6)
    agree(kernels.lu_factor(*there(a)), ref.lu_factor(a, True), 1e-14)


@pytest.mark.parametrize(("m", "k"), [(5, 5), (6, 3), (3, 0)])
def test_exchanges_make_an_order(m, k):
    pivots = np.array([RNG.integers(i + 1, m + 1, 2) for i in range(k)]).reshape(k, 2).T.astype(np.int32)
    agree([kernels.pivot_order(*there(pivots), m)], [ref.pivot_order(pivots, m)], 0)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("a", "b"), [((5, 5), (5, 2)), ((2, 1, 3, 3), (2, 3, 1)), ((3, 3), (2, 3, 2)), ((0, 0), (0, 2))]
)
def test_right_hand_sides_of_any_batch_are_solved(a, b, transposed):
    lu, pivots, _ = ref.lu_factor(matrices(a), True)
    b = matrices(b)
    agree([kernels.lu_solve(*there(lu, pivots, b), transposed)], [ref.lu_solve(lu, pivots, b, transposed)], 1e-10)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("unit", [False, True])
def test_a_triangle_is_solved_without_reading_the_other(upper, unit):
    a, b = matrices((5, 5)) + 3 * np.eye(5), matrices((2, 5, 3))
    other = np.tril(np.ones((5, 5)), -1) if upper else np.triu(np.ones((5, 5)), 1)
    a = np.where(other + unit * np.eye(5) > 0, np.nan, a)
    for x in there(a), [there(np.ascontiguousarray(a.T))[0].T]:
        y = kernels.solve_triangular(*x, *there(b), upper, unit)
        agree([y], [ref.solve_triangular(np.nan_to_num(a), b, upper, unit)], 1e-12)


@dtypes
@pytest.mark.parametrize("shape", [(5, 5), (2, 3, 3), (0, 0)])
def test_roots_are_the_references(shape, dtype):
    a = matrices(shape, dtype)
    a = a @ a.conj().mT + np.eye(shape[-1], dtype=dtype)
    agree(kernels.cholesky(*there(a + np.triu(a, 1))), ref.cholesky(a), TOLERANCE[dtype])


def test_a_matrix_without_a_root_says_which_minor():
    a = np.stack([np.eye(4), np.diag([1.0, 1, 0, 1]), -np.eye(4), np.diag([1, np.nan, 1, 1])])
    agree(kernels.cholesky(*there(a)), ref.cholesky(a), 0)


@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (0, 0)])
def test_the_exponential_of_a_matrix_is_the_references(shape):
    a = matrices(shape) * 4
    agree([kernels.matrix_exp(*there(a))], [ref.matrix_exp(a)], 1e-9)


@dtypes
def test_every_dtype_has_an_exponential_and_regular_factors(dtype):
    a = matrices((3, 3), dtype)
    agree([kernels.matrix_exp(*there(a))], [ref.matrix_exp(a)], TOLERANCE[dtype])
    lu = np.tril(a) * (np.arange(3) > 0)
    agree([kernels.lu_regular(*there(lu))], [ref.lu_regular(lu)], TOLERANCE[dtype] / 1000)


CUPYS = {
    "qr": lambda module, a: module.qr(a, "complete"),
    "svd": lambda module, a: module.svd(a, False),
    "svdvals": lambda module, a: module.svdvals(a),
    "geqrf": lambda module, a: module.geqrf(a),
    "eigh": lambda module, a: module.eigh(a, False),
    "eigvalsh": lambda module, a: module.eigvalsh(a, True),
    "eig": lambda module, a: module.eig(a),
    "eigvals": lambda module, a: module.eigvals(a),
}


def as_tuple(y):
    return y if isinstance(y, tuple) else (y,)


@pytest.mark.parametrize("name", CUPYS)
@pytest.mark.parametrize("shape", [(4, 4), (2, 3, 3), (0, 2, 2)])
def test_cupy_factorizes_the_memory_of_our_arrays(name, shape, cupy):
    a, f = matrices(shape), CUPYS[name]
    if name == "geqrf" and not a.size:
        return
    agree(as_tuple(f(kernels, *there(a))), as_tuple(f(ref, a)), 1e-12)
    if shape == (4, 4):
        agree(as_tuple(f(kernels, there(np.ascontiguousarray(a.T))[0].T)), as_tuple(f(ref, a)), 1e-12)


def test_what_does_not_converge_is_the_contracts_error(cupy):
    with pytest.raises(kernels.linalg.LinAlgError, match=r"\[svd\]"):
        kernels.svd(*there(np.full((2, 2), np.nan)))


def test_without_cupy_the_choice_is_named(monkeypatch, cupy):
    del cupy.linalg.eig
    with pytest.raises(NotImplementedError, match=r"\[eig\] is not in CuPy stand-in: install a newer one, or"):
        kernels.eig(*there(np.eye(2)))
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(NotImplementedError, match=r"\[qr\].*tapegrad\[cupy12\].*tapegrad\[cupy13\].*to the CPU"):
        kernels.qr(*there(np.eye(2)))
