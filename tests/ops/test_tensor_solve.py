"""Equations between tensors, against NumPy."""

import numpy as np
import pytest
from hypothesis import given

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random


@given(few)
def test_tensorinv_is_numpys(seed):
    a = random(seed, (4, 6, 8, 3)) + 3 * np.eye(24).reshape(4, 6, 8, 3)
    np.testing.assert_allclose(tg.linalg.tensorinv(a), np.linalg.tensorinv(a), rtol=1e-8, atol=1e-10)
    small = a[:1, :4, :2, :2]
    check_rule(tg.linalg.tensorinv, small + 3 * np.eye(4).reshape(1, 4, 2, 2), order=1)
    check_rule(tg.linalg.tensorinv, np.array([[[2.0]], [[3.0]]])[:1], ind=1, order=1)


@given(few)
def test_tensorsolve_is_numpys(seed):
    a, b = random(seed, (2, 3, 6)) + 3 * np.eye(6).reshape(2, 3, 6), random(seed + 1, (2, 3))
    np.testing.assert_allclose(tg.linalg.tensorsolve(a, b), np.linalg.tensorsolve(a, b), rtol=1e-8, atol=1e-10)
    check_rule(tg.linalg.tensorsolve, a, b, order=1)
    moved = np.moveaxis(a, -1, 0)
    np.testing.assert_array_equal(tg.linalg.tensorsolve(moved, b, dims=(0,)), tg.linalg.tensorsolve(a, b))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda a: tg.linalg.tensorinv(a, 0), r"\[tensorinv\] `ind` \(=0\) must be positive"),
        (lambda a: tg.linalg.tensorinv(a, 2), r"`A` \(shape \(2, 2\)\) must have as many elements in its first 2 axes"),
        (lambda a: tg.linalg.tensorsolve(a, a), r"\[tensorsolve\] `A` \(shape \(2, 2\)\) must have as many elements"),
        (lambda a: tg.linalg.tensorinv(a.long(), 1), r"\[tensorinv\] `A` \(dtype int64\)"),
    ],
)
def test_misuse_is_named(call, text):
    with pytest.raises(RuntimeError, match=text):
        call(tg.eye(2))
