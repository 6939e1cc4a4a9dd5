"""What the tests of kernels that go over rows share."""

import numpy as np

from tapegrad.kernels.cuda._array import DeviceArray

on_device = DeviceArray.from_host


def numbers(shape, dtype, seed=0):
    rng, dtype = np.random.default_rng(seed), np.dtype(dtype)
    if dtype.kind in "biu":
        return rng.integers(0, 2 if dtype.kind == "b" else 4, shape).astype(dtype)
    x = rng.normal(size=shape)
    return (x + 1j * rng.normal(size=shape) if dtype.kind == "c" else x).astype(dtype)


def agree(got, want, units=20):
    """The same dtype and shape, and numbers that are some units in the last place apart, at most."""
    if isinstance(want, tuple):
        assert len(got) == len(want)
        for ours, theirs in zip(got, want, strict=True):
            agree(ours, theirs, units)
        return
    got = got.to_host()
    assert got.dtype == want.dtype and got.shape == want.shape, (got.dtype, want.dtype, got.shape, want.shape)
    tolerance = units * np.finfo(want.dtype).eps if want.dtype.kind in "fc" else 0
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def views(x):
    """The same numbers in other layouts, on the host and on the device."""
    yield x, on_device(x)
    yield x, on_device(np.ascontiguousarray(x.transpose())).transpose()
    yield x, on_device(np.repeat(np.repeat(x, 2, -1), 2, 0))[::2, ..., ::2]
    yield x[::-1], on_device(x)[::-1]
