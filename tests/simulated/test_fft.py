"""Fourier transforms on the device, with NumPy in CuPy's place."""

import sys

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import kernels, tape
from tapegrad.kernels.cuda._array import DeviceArray

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 5)) + 1j * RNG.normal(size=(3, 4, 5))


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x, norm: kernels.dft(x, (0, 2), norm, False), X),
        (lambda x, norm: kernels.dft(x, (1,), norm, True), X.astype(np.complex64)),
        (lambda x, norm: kernels.real_dft(x, 1, norm), X.real),
        (lambda x, norm: kernels.inverse_real_dft(x, 7, 1, norm), X),
    ],
)
def test_transforms_are_the_references(f, x, norm, cupy):
    found, wanted = f(DeviceArray.from_host(x), norm).to_host(), f(x, norm)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(f(DeviceArray.from_host(x.T).T, norm).to_host(), found)


def test_gradients_come_through(cupy):
    grads = []
    for device in ("cpu", "cuda"):
        x = tg.tensor(X.real, device=device, requires_grad=True)
        with tape():
            y = tg.fft.irfft(tg.fft.rfft(x) * 2.0, n=5)
        y.backward(tg.ones(3, 4, 5, dtype=y.dtype, device=device))
        grads.append(x.grad.cpu().numpy())
    np.testing.assert_allclose(grads[1], grads[0], rtol=1e-12)


def test_without_cupy_the_choice_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(NotImplementedError, match=r"\[fftn\].*CuPy.*to the CPU"):
        kernels.dft(DeviceArray.from_host(X), (0,), "ortho", False)
