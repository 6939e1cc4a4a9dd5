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


def test_nonzero_counts_in_c_order_and_across_tiles():
    for x, there in layouts(MASK.astype(np.float32)):
        agree(kernels.nonzero(there), np.nonzero(x))
    agree(kernels.nonzero(to_device(np.zeros((0, 2)))), np.nonzero(np.zeros((0, 2))))
    many = RNG.integers(0, 3, 150)
    agree(kernels.nonzero(to_device(many)), np.nonzero(many))
