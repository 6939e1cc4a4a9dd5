"""Joins, against NumPy, with PyTorch's dtypes and empty tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule


@st.composite
def joinable(draw, *, same=False, min_dims=1):
    shape = draw(arrays(min_dims=min_dims, max_side=3)).shape
    dim = draw(st.integers(-len(shape) - same, len(shape) - 1 + same))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    xs = []
    for _ in range(draw(st.integers(1, 4))):
        own = list(shape)
        if not same:
            own[dim] = draw(st.integers(0, 3))
        xs.append(draw(arrays(tuple(own), dtype=dtype)).reshape(own))
    if all(x.shape == (0,) for x in xs):
        dim = 0 if not same else dim
    return xs, dim


@given(joinable())
def test_cat_has_the_right_rules(problem):
    xs, dim = problem
    for f in (tg.cat, tg.concatenate, tg.concat):
        np.testing.assert_array_equal(f([tg.tensor(x) for x in xs], dim).numpy(), np.concatenate(xs, dim))
    np.testing.assert_array_equal(tg.cat(xs, axis=dim), np.concatenate(xs, dim))
    check_rule(tg.cat, xs, dim=dim)


@given(joinable(same=True, min_dims=0))
def test_stack_has_the_right_rules(problem):
    xs, dim = problem
    np.testing.assert_array_equal(tg.stack(xs, dim), np.stack(xs, dim))
    check_rule(tg.stack, xs, dim=dim)


@given(st.integers(1, 3), st.integers(0, 3), st.data())
def test_the_stacks_of_numpy_do_what_they_do_there(n, ndim, data):
    xs = [data.draw(arrays((2,) * ndim, dtype="float64")) for _ in range(n)]
    for ours, numpys in (
        (tg.hstack, np.hstack), (tg.vstack, np.vstack), (tg.row_stack, np.vstack),
        (tg.dstack, np.dstack), (tg.column_stack, np.column_stack),
    ):  # fmt: skip
        np.testing.assert_array_equal(ours([tg.tensor(x) for x in xs]).numpy(), numpys(xs))


def test_a_join_has_the_dtype_that_promotion_gives_and_gradients_their_own():
    a, b = tg.ones(1, requires_grad=True), tg.ones(1, dtype=tg.float64, requires_grad=True)
    assert tg.cat([a, tg.tensor([1])]).dtype == tg.float32
    assert tg.cat([tg.tensor([True]), tg.tensor([1], dtype=tg.int32)]).dtype == tg.int32
    with tg.tape():
        y = tg.stack([a, b]).sum()
    y.backward()
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (tg.float64, tg.float32, tg.float64)


def test_one_tensor_in_several_places_gets_the_sum():
    x = tg.ones(2, requires_grad=True)
    with tg.tape():
        y = (tg.cat([x, x * 2, x]) * tg.arange(6.0)).sum()
    y.backward()
    assert x.grad.tolist() == [8, 12]


def test_cat_skips_empty_one_dimensional_tensors():
    x = tg.ones(2, 3)
    assert tg.cat([tg.zeros(0), x, tg.zeros(0)]).shape == (2, 3)
    assert tg.cat([tg.zeros(0), tg.zeros(0)]).shape == (0,)


def test_meshgrid_is_numpys():
    a, b, c = tg.arange(2), tg.arange(3), tg.arange(4)
    for indexing in ("ij", "xy"):
        ours = tg.meshgrid(a, b, c, indexing=indexing)
        expected = np.meshgrid(np.arange(2), np.arange(3), np.arange(4), indexing=indexing)
        for y, e in zip(ours, expected, strict=True):
            np.testing.assert_array_equal(y.numpy(), e)
    assert [y.shape for y in tg.meshgrid([a, b])] == [(2, 3)] * 2
    check_rule(lambda a, b: tg.stack(tg.meshgrid(a, b)), np.ones(2), np.ones(3))


def test_cartesian_prod_lists_all_combinations():
    pairs = tg.cartesian_prod(tg.tensor([1, 2]), tg.tensor([3, 4, 5]))
    assert pairs.tolist() == [[1, 3], [1, 4], [1, 5], [2, 3], [2, 4], [2, 5]]
    assert tg.cartesian_prod(tg.tensor([1, 2])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: tg.cat([]), RuntimeError, r"\[cat\] `tensors` must hold at least one"),
        (lambda x: tg.cat([x, x], 2), IndexError, r"\[cat\] `dim` \(=2\) must lie in -2 … 1"),
        (
            lambda x: tg.cat([x, x[:, :2]]),
            RuntimeError,
            r"\[cat\] `tensors\[1\]` \(shape \(2, 2\)\) must match the first",
        ),
        (lambda x: tg.cat([x[0, 0]]), RuntimeError, r"\[cat\] `tensors\[0\]` \(shape \(\)\) must have an axis"),
        (lambda x: tg.cat(["a"]), TypeError, r"\[cat\] `tensors` must be a sequence of tensors"),
        (
            lambda x: tg.stack([x, x.T]),
            RuntimeError,
            r"\[stack\] `tensors\[1\]` \(shape \(3, 2\)\) must have the shape",
        ),
        (lambda x: tg.meshgrid(x), RuntimeError, r"\[meshgrid\] `tensors`"),
        (lambda x: tg.meshgrid(x[0], indexing="yx"), RuntimeError, r"\[meshgrid\] `indexing` \(='yx'\)"),
    ],
)
def test_a_join_that_does_not_fit_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
