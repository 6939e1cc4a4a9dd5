"""Weighted sums along an axis on the device against the reference."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels import Scheme
from tapegrad.kernels.cuda._array import DeviceArray

RNG = np.random.default_rng(0)
SCHEMES = [
    Scheme("nearest", 5, 7, 5 / 7), Scheme("nearest-exact", 5, 3, 5 / 3), Scheme("linear", 5, 8, 4 / 7, True),
    Scheme("cubic", 5, 7, 5 / 7), Scheme("wide-linear", 5, 2, 2.5), Scheme("even", 5, 3),
]  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: s.kind)
@pytest.mark.parametrize("shape", [(2, 5, 3), (5,), (0, 5)])
def test_both_directions_are_the_references(scheme, shape):
    axis = shape.index(5)
    for f, n in ((kernels.resample, scheme.n), (kernels.resample_grad, scheme.out)):
        x = RNG.normal(size=[n if k == 5 else k for k in shape])
        y = f(DeviceArray.from_host(x), axis, scheme).to_host()
        np.testing.assert_allclose(y, f(x, axis, scheme), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", "?BhilefdFD")
def test_every_dtype_is_resized(dtype):
    x = (RNG.normal(size=(2, 5)) * 5).astype(dtype)
    for scheme in SCHEMES[:2] if x.dtype.kind in "biu" else SCHEMES[::3]:
        for f, a in ((kernels.resample, x), (kernels.resample_grad, np.resize(x, (2, scheme.out)))):
            y, wanted = f(DeviceArray.from_host(a), 1, scheme).to_host(), f(a, 1, scheme)
            assert y.dtype == wanted.dtype
            np.testing.assert_allclose(y, wanted, rtol=2e-3 if dtype == "e" else 1e-5, atol=1e-5)


def test_views_are_resized():
    x = RNG.normal(size=(3, 5, 2))
    y = kernels.resample(DeviceArray.from_host(x).transpose(2, 1, 0), 1, SCHEMES[2]).to_host()
    np.testing.assert_allclose(y, kernels.resample(x.T, 1, SCHEMES[2]), rtol=1e-12)
