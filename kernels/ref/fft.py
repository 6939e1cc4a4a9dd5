"""Discrete Fourier transforms by NumPy's pocketfft, in the precision of the argument."""

import numpy as np

__all__ = ["dft", "inverse_real_dft", "real_dft"]


def dft(x, axes, norm, inverse):
    """Transform along each of the axes."""
    return (np.fft.ifftn if inverse else np.fft.fftn)(x, axes=axes, norm=norm)


def real_dft(x, axis, norm):
    """Transform real numbers along an axis."""
    return np.fft.rfft(x, axis=axis, norm=norm)


def inverse_real_dft(x, n, axis, norm):
    """Inverse of `real_dft`."""
    return np.fft.irfft(x, n, axis=axis, norm=norm)
