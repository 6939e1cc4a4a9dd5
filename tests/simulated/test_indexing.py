"""Indexing on the device: every index that NumPy knows, with NumPy's answers and errors."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.ref import indexing as ref
from tests.simulated.device import agree, layouts, moved, to_device

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 2))
MASK = np.arange(24).reshape(X.shape) % 5 == 0
INDICES = [
    np.array([1, 0, 1]),
    [0, -1],
    True,
    False,
    (True, np.array([0, 1])),
    (np.array([0, 2, 0, -1]),),
    (np.array([[0, 1], [2, 0]]), slice(None), 1),
    (slice(None), np.array([1, 1, 3], np.int32)),
    (np.array([0, 0]), slice(1, 3), np.array([1, 1])),
    (..., np.array([0, 1, 0], np.uint8)),
    (None, np.array([2, 2, 2]), np.array([0, 0, 1])),
    (MASK,),
    (np.array([True, False, True]), 0),
    (np.zeros(3, bool),),
    (np.array([], np.int64),),
    (0, slice(None), np.array([1, 0])),
    (np.array([1, 2])[:, None], np.array([0, -1])),
    (slice(None), MASK[0]),
    (np.array(1), ..., np.array([0, 1, 1])),
    (np.array([1]), ..., 0, None),
    (np.array([0, 1]), ..., np.array([0, 1]), np.array([1, 1])),
    (slice(None, None, -1), [3, 0], None, 1),
    (1, slice(None, None, -2)),
    (..., 0),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_brackets_read_and_write_as_numpys(index):
    want = ref.take(X, index)
    v = RNG.normal(size=want.shape)
    for k, there in enumerate([to_device(X), to_device(X[::-1].copy())[::-1]]):
        at = moved(index) if k else index  # arrays of NumPy are brought over
        agree(kernels.take(there, at), want)
        agree(kernels.put(there, to_device(v), at), ref.put(X, v, index))
        agree(there, X)
        there[at] = 7
        agree(there, ref.put(X, 7, index))


@pytest.mark.parametrize(
    "index",
    [
        3,
        np.array([0, 3]),
        (slice(None), np.array([0, -5])),
        (0, np.array([1]), np.array([0, 2])),
        (0, 0, 0, 0),
        (..., ...),
        np.zeros(4, bool),
        (np.array([0, 1]), np.array([0, 1, 2])),
        np.array([1.0]),
    ],
    ids=str,
)
def test_what_does_not_exist_is_numpys_error_before_anything_is_written(index):
    with pytest.raises(IndexError) as theirs:
        X[index]
    for at in (index, moved(index)):
        there = to_device(X)
        for call in (lambda a=there, i=at: a[i], lambda a=there, i=at: a.__setitem__(i, 1.0)):
            with pytest.raises(IndexError) as ours:
                call()
            assert str(ours.value) == str(theirs.value).strip()
        agree(there, X)


def test_what_does_not_broadcast_is_refused():
    with pytest.raises(ValueError, match="broadcast"):
        to_device(X)[np.array([0, 1])] = np.zeros(3)


def test_along_an_axis():
    index = RNG.integers(-4, 4, (3, 5, 2))
    v = RNG.normal(size=index.shape)
    for x, there in [*layouts(X)][:1]:
        for i in (index, index[:1]):
            agree(kernels.take_along_axis(there, to_device(i), 1), ref.take_along_axis(x, i, 1))
            agree(kernels.put_along_axis(there, 4.0, to_device(i), 1), ref.put_along_axis(x, 4.0, i, 1))
        agree(kernels.put_along_axis(there, to_device(v), to_device(index), 1), ref.put_along_axis(x, v, index, 1))
    agree(kernels.take_along_axis(to_device(X[:1]), to_device(index), 1), ref.take_along_axis(X[:1], index, 1))


def test_what_does_not_exist_along_an_axis_is_an_error():
    there, index = to_device(X), to_device(np.full((3, 1, 2), 4))
    for call in (
        lambda: kernels.take_along_axis(there, index, 1),
        lambda: kernels.put_along_axis(there, 1.0, index, 1),
        lambda: kernels.add_along_axis(X.shape, to_device(np.ones((3, 1, 2))), index, 1),
    ):
        with pytest.raises(IndexError, match="index 4 is out of bounds for axis 1 with size 4"):
            call()


def test_nonzero_counts_in_c_order_and_across_tiles():
    for x, there in layouts(MASK.astype(np.float32)):
        agree(kernels.nonzero(there), np.nonzero(x))
    agree(kernels.nonzero(to_device(np.zeros((0, 2)))), np.nonzero(np.zeros((0, 2))))
    many = RNG.integers(0, 3, 150)
    agree(kernels.nonzero(to_device(many)), np.nonzero(many))


@pytest.mark.parametrize("index", [i for i in INDICES if i is not False], ids=str)
def test_sums_at_repeated_positions_are_the_references(index):
    g = RNG.normal(size=ref.take(X, index).shape)
    agree(kernels.add_at(X.shape, to_device(g), moved(index)), ref.add_at(X.shape, g, _arrays(index)), 1e-14)


def _arrays(index):
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(np.asarray(i) if isinstance(i, list) else i for i in parts)


@pytest.mark.parametrize("dtype", ["?", "b", "i", "l", "e", "f", "d", "F"])
@pytest.mark.parametrize("width", [(), (2,)])
def test_runs_of_equals_that_go_over_many_chunks_are_added_up(dtype, width):
    rows = np.array([*[4] * 23, 0, 1, 1, 0, -1, *[2] * 9, 4, 0, 2])
    g = (3 * RNG.normal(size=(rows.size, *width))).astype(dtype)
    rtol = {"e": 2e-3, "f": 1e-6, "d": 1e-13, "F": 1e-6}.get(dtype, 0)
    agree(kernels.add_at((6, *width), to_device(g), to_device(rows)), ref.add_at((6, *width), g, rows), rtol)


def test_sums_do_not_depend_on_the_number_of_blocks(monkeypatch):
    from tapegrad.kernels.cuda import _driver

    rows, g = RNG.integers(0, 3, 40), RNG.normal(size=(40, 3)).astype("f")
    answers = []
    for blocks in (1, 3):
        monkeypatch.setattr(_driver, "BLOCKS", blocks)
        answers.append(kernels.add_at((3, 3), to_device(g), to_device(rows)).to_host())
    np.testing.assert_array_equal(*answers)


def test_sums_broadcast_and_halves_are_added_in_single():
    ones = np.ones((), np.float16)
    assert kernels.add_at((2,), to_device(ones), np.zeros(40, np.int64)).to_host().tolist() == [40, 0]
    with pytest.raises(IndexError):
        kernels.add_at((2,), to_device(np.ones(2)), to_device(np.array([0, 2])))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_combinations_along_an_axis(axis):
    shape = list(X.shape)
    shape[axis] = 5
    index = RNG.integers(-X.shape[axis], X.shape[axis], shape)
    v = RNG.normal(size=shape)
    v[0, 0] = np.nan
    same = np.broadcast_to(index[tuple(slice(None) if a == axis else slice(1) for a in range(3))], shape)
    there, values, n = to_device(index), to_device(v), X.shape[axis]
    agree(kernels.add_along_axis(X.shape, values, there, axis), ref.add_along_axis(X.shape, v, index, axis), 1e-13)
    for how in ("maximum", "minimum"):
        want = ref.combine_along_axis(X, v, index, axis, how)
        agree(kernels.combine_along_axis(to_device(X), values, there, axis, how), want)
    agree(kernels.keep_last(values, there, n, axis), ref.keep_last(v, index, n, axis))
    one = index[tuple(slice(None) if a == axis else slice(1) for a in range(3))]
    for narrow in (to_device(one), kernels.broadcast_to(to_device(one), tuple(shape))):
        got = kernels.add_along_axis(X.shape, values, narrow, axis)
        agree(got, ref.add_along_axis(X.shape, v, same, axis), 1e-13)


@pytest.mark.parametrize("dtype", ["b", "L", "i", "e", "f", "d"])
@pytest.mark.parametrize("descending", [False, True])
def test_order_is_stable_with_nan_last(dtype, descending):
    x = (3 * RNG.normal(size=(2, 20))).astype(dtype)
    x[:, 4:7] = 1
    if np.dtype(dtype).kind == "f":
        x[:, ::5], x[0, 1], x[1, 2], x[0, 3] = np.nan, 0.0, -0.0, -np.inf
    if dtype == "L":
        x[0, 0] = 2**64 - 1
    agree(kernels.argsort(to_device(x), -1, descending), ref.argsort(x, -1, descending))
    agree(kernels.sort(to_device(x), -1, descending), ref.sort(x, -1, descending))
    agree(kernels.sort(to_device(x), 0, descending), ref.sort(x, 0, descending))


def test_complex_numbers_are_ordered_by_their_parts():
    x = RNG.integers(-2, 2, 24) + 1j * RNG.integers(-2, 2, 24)
    x[3], x[5], x[9], x[11] = complex(1, np.nan), complex(np.nan, 1), complex(-1, np.nan), complex(np.nan, np.nan)
    agree(kernels.argsort(to_device(x)), np.argsort(x, kind="stable"))


@pytest.mark.parametrize("shape", [(1,), (3, 2), (5, 8), (2, 9), (1, 33), (0, 4), (4, 0)])
def test_rows_of_any_length_are_sorted(shape):
    x = RNG.integers(-3, 3, shape)
    agree(kernels.argsort(to_device(x)), np.argsort(x, -1, kind="stable"))
