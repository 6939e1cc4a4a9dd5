"""Whole numbers and places: NumPy's answers; mantissas and their slope."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import integers
from tapegrad.testing import check_rule

X = np.array([0.3, -5.0, 1e-300, 0.0, 1.9])


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=1))
def test_divisors_and_multiples_are_numpys(pairs):
    a, b = np.array(pairs).T
    for ours, theirs in ((tg.gcd, np.gcd), (tg.lcm, np.lcm)):
        np.testing.assert_array_equal(ours(tg.tensor(a), tg.tensor(b)).numpy(), theirs(a, b))
        np.testing.assert_array_equal(theirs(tg.tensor(a), b).numpy(), theirs(a, b))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_are_taken_apart_as_in_numpy(dtype):
    x = X.astype(dtype)
    found = tg.frexp(tg.tensor(x))
    for y, want in zip(found, np.frexp(x), strict=True):
        np.testing.assert_array_equal(y.numpy(), want, strict=True)
    check_rule(lambda x: tg.frexp(x).mantissa, np.array([0.3, -5.0, 1.9]))
    check_rule(integers._mantissa, np.array([0.3, -5.0, 1.9]))


def test_places_are_numpys():
    for ours, theirs in ((tg.tril_indices, np.tril_indices), (tg.triu_indices, np.triu_indices)):
        for n, m, k in ((3, 4, 0), (4, 2, -1), (2, 5, 2)):
            np.testing.assert_array_equal(ours(n, m, k).numpy(), np.stack(theirs(n, k, m)))
        assert ours(2, 2, dtype=tg.int32).dtype == tg.int32
    found = tg.unravel_index(tg.tensor([5, 0, -1]), (2, 3))
    assert [y.tolist() for y in found] == [[1, 0, 1], [2, 0, 2]] and tg.unravel_index(np.array(4), (5,))[0] == 4
    assert tg.broadcast_shapes((2, 1), 3, (1,)) == (2, 3)
    x = tg.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert x.nonzero_static(size=3).tolist() == [[0, 0], [1, 1], [-1, -1]]
    assert x.nonzero_static(size=1).tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tg.frexp(tg.tensor([1])), RuntimeError, r"\[frexp\] `x` \(dtype int64\)"),
        (lambda: tg.tril_indices(-1, 2), RuntimeError, r"\[tril_indices\] `row` \(=-1\)"),
        (lambda: tg.triu_indices(1, -2), RuntimeError, r"\[triu_indices\] `col` \(=-2\)"),
        (lambda: tg.unravel_index(tg.tensor([6]), (2, 3)), ValueError, r"`indices` must lie in -6 … 5"),
        (lambda: tg.unravel_index(tg.ones(1), (2,)), ValueError, r"\[unravel_index\] `indices` \(dtype float32\)"),
        (lambda: tg.unravel_index(tg.tensor([0]), (-2,)), ValueError, r"\[unravel_index\] `shape` \(=\(-2,\)\)"),
        (lambda: tg.broadcast_shapes((2,), (3,)), RuntimeError, r"\[broadcast_shapes\] `shapes`"),
        (lambda: tg.ones(2).nonzero_static(size=-1), RuntimeError, r"\[nonzero_static\] `size` \(=-1\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
