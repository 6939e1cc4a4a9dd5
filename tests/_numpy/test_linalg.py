"""np.linalg.f(tensor) gives NumPy's answers, and records."""

import numpy as np
import pytest
from numpy import linalg

import tapegrad as tg
from tests.kernels.arrays import random

A, B = random(0, (2, 3, 3)), random(1, (2, 3, 2))
S = A @ A.mT + np.eye(3)

CALLS = {
    "cholesky": (lambda a: linalg.cholesky(a, upper=True), S),
    "cond": (lambda a: linalg.cond(a, 1), A),
    "cross": (lambda a: np.cross(a, A, axisa=1, axisb=2, axisc=0), A),
    "cross of a vector": (lambda a: np.cross(a, A[0, 0]), A),
    "det": (linalg.det, A),
    "diagonal": (np.diagonal, A),
    "eigh": (lambda a: linalg.eigh(a).eigenvalues, S),
    "eigvals": (lambda a: np.abs(linalg.eigvals(a)), A),
    "eigvalsh": (lambda a: linalg.eigvalsh(a, "U"), S),
    "inv": (linalg.inv, A),
    "linalg.cross": (lambda a: linalg.cross(a, A, axis=1), A),
    "linalg.diagonal": (lambda a: linalg.diagonal(a, offset=1), A),
    "linalg.matmul": (lambda a: linalg.matmul(a, A), A),
    "linalg.outer": (lambda a: linalg.outer(a, A[0, 0]), A[0, 1]),
    "linalg.tensordot": (lambda a: linalg.tensordot(a, A, axes=([1, 2], [1, 2])), A),
    "linalg.trace": (lambda a: linalg.trace(a, offset=1), A),
    "linalg.vecdot": (lambda a: linalg.vecdot(a, A, axis=0), A),
    "lstsq": (lambda a: linalg.lstsq(a, B[0], rcond=None)[0], A[0]),
    "lstsq of a vector": (lambda a: linalg.lstsq(a, A[0, :, 0], rcond=None)[1], B[0]),
    "matrix_norm": (lambda a: linalg.matrix_norm(a, keepdims=True), A),
    "matrix_power": (lambda a: linalg.matrix_power(a, -2), A),
    "matrix_transpose": (np.matrix_transpose, A),
    "matvec": (lambda a: np.matvec(A, a), A[:, 0]),
    "multi_dot": (lambda a: linalg.multi_dot([a, A[0], B[0]]), A[0]),
    "norm": (linalg.norm, A),
    "norm of matrices": (lambda a: linalg.norm(a, "nuc", axis=(0, 1)), A),
    "norm of rows": (lambda a: linalg.norm(a, 1, 1, keepdims=True), A),
    "pinv": (linalg.pinv, B),
    "qr": (lambda a: np.abs(linalg.qr(a, mode="r")), B),
    "slogdet": (lambda a: linalg.slogdet(a).logabsdet, A),
    "solve": (lambda a: linalg.solve(a, B), A),
    "solve for a vector": (lambda a: linalg.solve(a, B[0, :, 0]), A),
    "solve for a matrix": (lambda a: linalg.solve(a, A[0]), random(2, (3, 3, 3))),
    "svd": (lambda a: linalg.svd(a, compute_uv=False), A),
    "svdvals": (linalg.svdvals, B),
    "tensorinv": (linalg.tensorinv, random(3, (3, 2, 6))),
    "tensorsolve": (lambda a: linalg.tensorsolve(a, B[0], axes=(0,)), random(4, (6, 3, 2))),
    "trace": (np.trace, A),
    "vander": (lambda a: np.vander(a, 4), A[0, 0]),
    "vdot": (lambda a: np.vdot(a, A), A),
    "vecdot": (lambda a: np.vecdot(a, A), A),
    "vecmat": (lambda a: np.vecmat(a, A), A[:, 0]),
    "vector_norm": (lambda a: linalg.vector_norm(a, axis=1, ord=1), A),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_numpys_values_and_is_recorded(call):
    function, x = CALLS[call]
    a = tg.tensor(x, requires_grad=True)
    with tg.tape():
        y = function(a)
        y.sum().backward()
    want = function(x)
    assert y.shape == np.shape(want)
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-9, atol=1e-12)
    assert a.grad.shape == x.shape


def test_what_has_no_gradient_is_right_too():
    a = tg.tensor(A)
    assert linalg.matrix_rank(a).tolist() == [3, 3]
    assert linalg.lstsq(a[0], tg.tensor(B[0]), rcond=None)[2] == 3
    with pytest.raises(linalg.LinAlgError, match=r"\[inv\] `A` \(batch element 0\) is singular"):
        linalg.inv(a * 0)
