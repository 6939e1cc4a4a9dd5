"""Memory that goes to NumPy and comes from there."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape


def test_numpy_shares_memory():
    t = tg.zeros(3)
    t.numpy()[1] = 5
    assert t.tolist() == [0.0, 5.0, 0.0]
    zero = tg.tensor(2.0).numpy()
    assert type(zero) is np.ndarray and zero.shape == ()


def test_tracked_tensors_are_not_cut_silently():
    x = tg.ones(2, requires_grad=True)
    for cut in (x.numpy, lambda: np.asarray(x), lambda: np.array(x)):
        with pytest.raises(RuntimeError, match=r"detach\(\)\.numpy\(\)"):
            cut()
    with pytest.raises(BufferError, match="requires grad"):
        np.from_dlpack(x)
    assert x.numpy(force=True).tolist() == x.detach().cpu().numpy().tolist() == [1.0, 1.0]


def test_asarray_of_a_constant():
    t = tg.tensor([1.0, 2.0])
    assert np.asarray(t).dtype == np.float32 and np.asarray(t, dtype=np.float64).tolist() == [1.0, 2.0]
    assert np.shares_memory(np.asarray(t), t.numpy()) and not np.shares_memory(np.array(t), t.numpy())


@pytest.mark.parametrize(
    "array",
    [np.arange(4.0)[::-1], np.arange(6.0).reshape(2, 3).T, np.broadcast_to(1.0, (2, 3)), np.array(3.0), np.ones((0, 2)),
     np.arange(8.0)[::3], np.array([True, False]), np.arange(3, dtype=np.uint8), np.ones(2, np.float16)],
)  # fmt: skip
def test_from_numpy_takes_every_layout(array):
    t = tg.from_numpy(array)
    assert t.shape == array.shape and t.dtype == array.dtype and (np.shares_memory(t.numpy(), array) or not array.size)
    np.testing.assert_array_equal(t.numpy(), array)
    if array.dtype.kind == "f":
        leaf = tg.from_numpy(array).requires_grad_()
        with tape():
            y = (leaf * leaf).sum()
        y.backward()
        np.testing.assert_array_equal(leaf.grad.numpy(), 2 * array)


@pytest.mark.parametrize(
    ("array", "error"),
    [(np.ones(2, ">f8"), ValueError), (np.ones(2, np.longdouble), ValueError), (np.array(["a"]), ValueError),
     ([1.0], TypeError)],
)  # fmt: skip
def test_from_numpy_refuses_what_tensors_do_not_have(array, error):
    with pytest.raises(error, match=r"\[from_numpy\] `array`"):
        tg.from_numpy(array)


def test_dlpack_goes_both_ways():
    a = np.arange(3.0)
    t = tg.from_dlpack(a)
    assert np.shares_memory(t.numpy(), a) and np.shares_memory(np.from_dlpack(t), a)
