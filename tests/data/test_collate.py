"""A batch has the structure of its samples."""

from typing import NamedTuple

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.data import default_collate


class Point(NamedTuple):
    x: tg.Tensor
    y: int


@pytest.mark.parametrize(
    ("samples", "dtype"),
    [
        ([tg.ones(2), tg.zeros(2)], tg.float32),
        ([np.ones(2), np.zeros(2)], tg.float64),
        ([np.float32(1), np.float32(0)], tg.float32),
        ([1, 0], tg.int64),
        ([True, False], np.dtype(bool)),
        ([1.0, 0.0], tg.float64),
    ],
)
def test_values_become_one_tensor_of_their_dtype(samples, dtype):
    batch = default_collate(samples)
    assert batch.dtype == dtype
    assert batch.tolist() == [np.asarray(s.tolist() if hasattr(s, "tolist") else s).tolist() for s in samples]


def test_structures_are_joined_entry_by_entry():
    batch = default_collate([{"a": (1, [tg.ones(2)]), "b": "x"}, {"a": (2, [tg.zeros(2)]), "b": "y"}])
    assert batch["b"] == ["x", "y"]
    numbers, (rows,) = batch["a"]
    assert numbers.tolist() == [1, 2]
    assert rows.tolist() == [[1, 1], [0, 0]]


def test_a_named_tuple_keeps_its_names():
    batch = default_collate([Point(tg.ones(1), 5), Point(tg.zeros(1), 6)])
    assert isinstance(batch, Point)
    assert batch.x.tolist() == [[1], [0]]
    assert batch.y.tolist() == [5, 6]


def test_tracked_samples_keep_their_history():
    x = tg.ones(3, requires_grad=True)
    with tg.tape():
        default_collate([x, x]).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("samples", "error", "complaint"),
    [
        ([], ValueError, "must not be empty"),
        ([np.ones(2), np.ones(3)], ValueError, r"must agree in their shapes, found \(2,\) and \(3,\)"),
        ([(1, 2), (1,)], ValueError, "must agree in their lengths, found 2 and 1"),
        ([{"a": 1}, {"b": 1}], ValueError, "must agree in their keys"),
        ([object()], TypeError, "`samples` hold object; .* Pass your own `collate_fn`"),
    ],
)
def test_samples_that_do_not_fit_are_refused(samples, error, complaint):
    with pytest.raises(error, match=rf"\[default_collate\] .*{complaint}"):
        default_collate(samples)
