"""Discrete Fourier transforms on the device: CuPy's, which are cuFFT's."""

from ._cupy import call

__all__ = ["dft", "inverse_real_dft", "real_dft"]


def dft(x, axes, norm, inverse):
    """Transform along each of the axes."""
    return call("fft.ifftn" if inverse else "fft.fftn", x, axes=axes, norm=norm)


def real_dft(x, axis, norm):
    """Transform real numbers along an axis."""
    return call("fft.rfft", x, axis=axis, norm=norm)


def inverse_real_dft(x, n, axis, norm):
    """Inverse of `real_dft`."""
    return call("fft.irfft", x, n, axis=axis, norm=norm)
