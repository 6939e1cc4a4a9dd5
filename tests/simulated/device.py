"""Arrays of the device in tests."""

import numpy as np

from tapegrad.kernels.cuda._array import DeviceArray

to_device = DeviceArray.from_host


def moved(value):
    """NumPy's arrays in a value, a tuple or a list, on the device."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(moved, value))
    return to_device(value) if isinstance(value, np.ndarray) else value


def layouts(x):
    """`(array, the same on the device)` in several layouts, of which the last has gaps and runs backwards."""
    order = (*range(1, x.ndim), 0)
    yield x, to_device(x)
    yield x.transpose(order), to_device(x).transpose(order)
    yield x[::-1, 1:], to_device(x)[::-1, 1:]


def agree(got, want, rtol=0.0):
    """Assert that a result of the device is the wanted one, bit for bit or nearly."""
    if isinstance(want, (tuple, list)):
        assert len(got) == len(want)
        for ours, theirs in zip(got, want, strict=True):
            agree(ours, theirs, rtol)
        return
    assert isinstance(got, DeviceArray)
    got, want = got.to_host(), np.asarray(want)
    assert got.dtype == want.dtype and got.shape == want.shape, (got.dtype, got.shape, want.dtype, want.shape)
    if rtol:
        np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol)
    else:
        np.testing.assert_array_equal(got, want)
