"""`np.fft`."""

import numpy as np

from .. import fft
from .protocol import HANDLED, into


def _transform(ours):
    return lambda a, n=None, axis=-1, norm=None, out=None: into(out, ours(a, n, axis, norm))


def _transform_of_several(ours):
    return lambda a, s=None, axes=None, norm=None, out=None: into(out, ours(a, s, axes, norm))


def _transform_of_images(ours):
    return lambda a, s=None, axes=(-2, -1), norm=None, out=None: into(out, ours(a, s, axes, norm))


for _stem in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    HANDLED[getattr(np.fft, _stem)] = _transform(getattr(fft, _stem))
for _stem in ("fft", "ifft", "rfft", "irfft"):
    HANDLED[getattr(np.fft, f"{_stem}n")] = _transform_of_several(getattr(fft, f"{_stem}n"))
    HANDLED[getattr(np.fft, f"{_stem}2")] = _transform_of_images(getattr(fft, f"{_stem}n"))
HANDLED.update(
    {
        np.fft.fftshift: lambda x, axes=None: fft.fftshift(x, axes),
        np.fft.ifftshift: lambda x, axes=None: fft.ifftshift(x, axes),
    }
)
