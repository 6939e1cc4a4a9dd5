"""Indexing against NumPy's brackets, and the transposes of each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices

from tapegrad import kernels
from tapegrad.kernels.ref import indexing as ref
from tests.kernels.arrays import dot, layouts, random, seeds

SHAPE = (3, 4, 2)
ARRAYS = [
    (np.array([0, 2, 0, -1]),),
    (np.array([[0, 1], [2, 0]]), slice(None), 1),
    (slice(None), np.array([1, 1, 3])),
    (np.array([0, 0]), slice(1, 3), np.array([1, 1])),
    (..., np.array([0, 1, 0])),
    (None, np.array([2, 2, 2]), np.array([0, 0, 1])),
    (np.arange(24).reshape(SHAPE) % 5 == 0,),
    (np.array([True, False, True]), 0),
    (np.zeros(3, bool),),
    (np.array([], np.int64),),
    np.array([1, 0, 1]),
]
indices = basic_indices(SHAPE, allow_newaxis=True, allow_ellipsis=True) | st.sampled_from(ARRAYS)


@given(seeds, indices)
def test_take_and_put_are_numpys_brackets(seed, index):
    x = random(seed, SHAPE)
    y = kernels.take(x, index)
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, x[index])
    expected, before = x.copy(), x.copy()
    expected[index] = 7
    np.testing.assert_array_equal(kernels.put(x, 7, index), expected)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("laid", [np.array, np.asfortranarray, lambda a: a[::-1, ::-1].copy()[::-1, ::-1]])
def test_put_keeps_the_last_of_a_repeated_position_in_any_layout(laid):
    rows, v = laid(np.zeros((2, 3), np.int64)), laid(np.arange(6.0).reshape(2, 3))
    assert kernels.put(np.zeros(2), v, (rows,))[0] == 5
    np.testing.assert_array_equal(kernels.put_along_axis(np.zeros((1, 3)), v, rows, 0), [[3, 4, 5]])


@given(seeds, indices)
def test_add_at_is_the_transpose_of_take(seed, index):
    x = random(seed, SHAPE)
    y = kernels.take(x, index)
    g = random(seed + 1, y.shape)
    assert dot(g, y) == pytest.approx(dot(kernels.add_at(SHAPE, g, index), x), abs=1e-12)


@given(seeds, st.sampled_from(ARRAYS), st.sampled_from([np.float16, np.float32, np.int64, np.complex128]))
def test_add_at_adds_up_what_repeats(seed, index, dtype):
    g = (10 * random(seed, np.zeros(SHAPE)[index].shape)).astype(dtype)
    expected = np.zeros(SHAPE, np.complex128 if dtype == np.complex128 else np.float64)
    np.add.at(expected, index, g)
    y = kernels.add_at(SHAPE, g, index)
    assert y.dtype == dtype
    np.testing.assert_allclose(
        y, expected, rtol=2e-3 if dtype == np.float16 else 1e-5, atol=0.05 if dtype == np.float16 else 1e-4
    )


def test_add_at_broadcasts_and_sums_halves_in_single():
    ones = np.ones((), np.float16)
    assert kernels.add_at((2,), ones, np.zeros(3000, np.int64)).tolist() == [3000, 0]


@given(seeds, st.integers(-3, 2), st.integers(0, 5))
def test_add_along_axis_is_the_transpose_of_take_along_axis(seed, axis, n):
    x = random(seed, SHAPE)
    shape = list(SHAPE)
    shape[axis] = n
    index = np.random.default_rng(seed).integers(-SHAPE[axis], SHAPE[axis], shape)
    y = kernels.take_along_axis(x, index, axis)
    np.testing.assert_array_equal(y, np.take_along_axis(x, index, axis))
    g = random(seed + 1, y.shape)
    assert dot(g, y) == pytest.approx(dot(kernels.add_along_axis(SHAPE, g, index, axis), x), abs=1e-12)
    expected = x.copy()
    np.put_along_axis(expected, index, g, axis)
    np.testing.assert_array_equal(kernels.put_along_axis(x, g, index, axis), expected)


@given(seeds, st.integers(-2, 1), st.booleans())
def test_sorting_is_stable_and_puts_nan_last(seed, axis, descending):
    x = np.random.default_rng(seed).integers(0, 3, (5, 6)).astype(float)
    x[x == 1] = np.nan
    order = kernels.argsort(x, axis, descending)
    assert order.dtype == np.int64
    key = np.nan_to_num(-x if descending else x, nan=-9 if descending else 9)
    np.testing.assert_array_equal(order, np.argsort(key, axis, kind="stable"))
    np.testing.assert_array_equal(kernels.sort(x, axis, descending), np.take_along_axis(x, order, axis))


def test_nonzero_is_numpys():
    x = np.array([[0, 2], [np.nan, 0]])
    np.testing.assert_array_equal(kernels.nonzero(x), np.nonzero(x))


def test_any_layout_gives_the_same_answer():
    x, index = random(1, (3, 4)), (np.array([0, 2, 0]), slice(1, 3))
    g = random(2, (3, 2))
    for a, c in zip(layouts(x), layouts(g), strict=True):
        np.testing.assert_array_equal(kernels.take(a, index), x[index])
        np.testing.assert_array_equal(kernels.add_at(x.shape, c, index), kernels.add_at(x.shape, g, index))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda x: kernels.take(x, 3), IndexError, "out of bounds"),
        (lambda x: kernels.add_at((3,), x, np.array([3])), IndexError, "out of bounds"),
        (lambda x: kernels.put(x, np.ones(5), slice(None)), ValueError, "broadcast"),
        (lambda x: kernels.take_along_axis(x, np.zeros((1, 1), int), 0), ValueError, "`index` .* as many axes"),
        (lambda x: kernels.take_along_axis(x, np.zeros(1), 0), IndexError, "must hold integers"),
        (lambda x: kernels.sort(x, 1), IndexError, r"\[sort\] `axis` \(=1\)"),
        (lambda x: kernels.nonzero(np.array(1)), ValueError, r"\[nonzero\] `x` \(0-d\)"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call(np.ones(3))


@pytest.mark.parametrize("dtype", (np.float16, np.float32, np.float64, np.int64))
@pytest.mark.parametrize("rest", [(), (7,), (3, 130)])
def test_rows_are_added_in_the_order_of_the_terms(dtype, rest):
    rows = np.random.default_rng(1).integers(-9, 9, (60, 90))
    g = (100 * random(2, (*rows.shape, *rest))).astype(dtype)
    x = kernels.add_at((9, *rest), g, (rows,))
    expected = np.zeros((9, *rest), np.float32 if dtype == np.float16 else dtype)
    np.add.at(expected, rows, g.astype(expected.dtype))
    np.testing.assert_array_equal(x, expected.astype(dtype))
    np.testing.assert_array_equal(kernels.add_at((9, *rest), np.asfortranarray(g), rows), x)


@pytest.mark.parametrize("dtype", ["f", "d", ">f4", "i8"])
@pytest.mark.parametrize("rest", [(7,), (3, 11)])
def test_many_rows_are_read_as_by_brackets(dtype, rest):
    x = random(1, (50, *rest)).astype(dtype)
    rows = np.random.default_rng(2).integers(-50, 50, (40, 60))
    for index in (
        rows,
        rows.astype(np.int32),
        rows[::2, ::3],
        (rows,),
        (rows, ...),
        np.abs(rows[:, 0] % 50).astype("u1"),
    ):
        for table in (x, x[::-1], np.asfortranarray(x)):
            np.testing.assert_array_equal(kernels.take(table, index), table[index])


@pytest.mark.parametrize("row", [50, -51])
def test_rows_outside_of_a_table_are_refused(row):
    rows = np.zeros(5000, np.int64)
    rows[4321] = row
    with pytest.raises(IndexError, match=f"index {row} is out of bounds"):
        kernels.take(np.ones((50, 8)), rows)


def test_rows_that_do_not_exist_are_refused():
    for row in (-10, 9):
        with pytest.raises(IndexError, match=r"\[add_at\] `index` must lie in -9 … 8"):
            kernels.add_at((9, 100), np.ones((50, 100)), np.full(50, row))


@pytest.mark.parametrize("how", ["maximum", "minimum"])
def test_values_are_combined_one_after_the_other(how):
    x, v, index = random(0, (3, 2)), random(1, (4, 2)), np.array([[0, 2], [0, 1], [2, 1], [0, 1]])
    expected = x.copy()
    for i, j in np.ndindex(v.shape):
        expected[index[i, j], j] = getattr(np, how)(expected[index[i, j], j], v[i, j])
    for a, b in zip(layouts(x), layouts(v), strict=True):
        np.testing.assert_array_equal(kernels.combine_along_axis(a, b, index, 0, how), expected)


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_many_positions_along_an_axis_give_what_few_do(dtype, axis):
    shape = (5, 40, 9)
    x, v = random(0, shape).astype(dtype), random(1, shape).astype(dtype)
    v[2, 3, 4] = np.nan
    index = np.random.default_rng(2).integers(-shape[axis], shape[axis], shape)
    for laid in layouts(x):
        np.testing.assert_array_equal(kernels.take_along_axis(laid, index, axis), ref.take_along_axis(x, index, axis))
    for laid in layouts(v):
        for got, expected in (
            (kernels.put_along_axis(x, laid, index, axis), ref.put_along_axis(x, v, index, axis)),
            (kernels.add_along_axis(shape, laid, index, axis), ref.add_along_axis(shape, v, index, axis)),
            (
                kernels.combine_along_axis(x, laid, index, axis, "minimum"),
                ref.combine_along_axis(x, v, index, axis, "minimum"),
            ),
            (kernels.keep_last(laid, index, shape[axis], axis), ref.keep_last(v, index, shape[axis], axis)),
        ):
            np.testing.assert_array_equal(got, expected)
    index[4, 5, 6] = shape[axis]
    with pytest.raises(IndexError):
        kernels.take_along_axis(x, index, axis)
    with pytest.raises(IndexError):
        kernels.put_along_axis(x, v, index, axis)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("descending", [False, True])
def test_many_floats_are_sorted_with_equals_in_their_order(axis, descending):
    x = np.random.default_rng(0).integers(-3, 4, (40, 60)).astype("f")
    x[x == 3], x[x == -3] = np.nan, -np.nan
    x[x == 2], x[5, 5], x[::2] = np.inf, -np.inf, -x[::2]
    np.testing.assert_array_equal(kernels.argsort(x, axis, descending), ref.argsort(x, axis, descending))


@pytest.mark.parametrize("dtype", ["f", "d", "i8"])
@pytest.mark.parametrize("count", [20, 3000])
@pytest.mark.parametrize("shape", [(30, 40), (9, 8, 5), (300, 400)])
def test_positions_on_several_axes_add_up_in_the_order_of_the_terms(dtype, count, shape):
    rng = np.random.default_rng(3)
    index = tuple(rng.integers(-n, n, count) for n in shape[:2])
    g = (100 * random(4, (count, *shape[2:]))).astype(dtype)
    expected = np.zeros(shape, dtype)
    np.add.at(expected, index, g)
    np.testing.assert_array_equal(kernels.add_at(shape, g, index), expected)
    np.testing.assert_array_equal(kernels.add_at(shape, g, (*index, ...)), expected)
    index[1][7] = shape[1]
    with pytest.raises(IndexError, match=f"index {shape[1]} is out of bounds"):
        kernels.add_at(shape, g, index)
