"""New arrays mean what NumPy means."""

import numpy as np
import pytest

from tapegrad import kernels


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
def test_arrays_of_one_value(dtype):
    assert kernels.zeros((2, 3), dtype).tolist() == np.zeros((2, 3), dtype).tolist()
    assert kernels.ones((), dtype).tolist() == 1 and kernels.ones((), dtype).shape == ()
    assert (kernels.full((2, 0, 3), 1, dtype) == 1).all() and kernels.full(3, 1, dtype).dtype == dtype
    assert kernels.empty((4,), dtype).shape == (4,) and kernels.empty((4,), dtype).dtype == dtype


def test_sequences():
    assert kernels.arange(1, 2, 0.25, np.float32).tolist() == [1, 1.25, 1.5, 1.75]
    assert kernels.arange(3, 0, -1, np.int64).tolist() == [3, 2, 1]
    assert kernels.linspace(0, 1, 5, np.float64).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert kernels.eye(2, 3, np.float32).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_numpy_is_at_home():
    x = np.ones(3)
    assert kernels.to_numpy(x) is x and kernels.from_numpy(x, x) is x


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: kernels.arange(0, 1, 0, np.float32), r"\[arange\] `step` \(=0\) must not be zero"),
        (lambda: kernels.linspace(0, 1, -1, np.float32), r"\[linspace\] `num` \(=-1\) must not be negative"),
        (lambda: kernels.eye(-1, 2, np.float32), r"\[eye\] `n` \(=-1\)"),
    ],
)
def test_what_does_not_fit_is_said(call, match):
    with pytest.raises(ValueError, match=match):
        call()
