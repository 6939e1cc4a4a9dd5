"""`tapegrad.fft`: discrete Fourier transforms, with PyTorch's names and meanings."""

from ._creation import arange
from .ops.fft import (
    fft,
    fft2,
    fftn,
    fftshift,
    hfft,
    hfft2,
    hfftn,
    ifft,
    ifft2,
    ifftn,
    ifftshift,
    ihfft,
    ihfft2,
    ihfftn,
    irfft,
    irfft2,
    irfftn,
    rfft,
    rfft2,
    rfftn,
)

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip


def fftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False):
    """Frequencies of the `n` numbers of `fft`, in cycles per unit of the spacing `d`: 0, 1, …, -2, -1 over n·d."""
    return _frequencies("fftfreq", n, d, range(-(n // 2), (n + 1) // 2), n // 2, dtype, device, requires_grad)


def rfftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False):
    """Frequencies of the numbers of `rfft`: 0, 1, …, n//2 over n·d."""
    return _frequencies("rfftfreq", n, d, range(n // 2 + 1), 0, dtype, device, requires_grad)


def _frequencies(op, n, d, steps, front, dtype, device, requires_grad):
    if n < 1:
        raise RuntimeError(f"[{op}] `n` (={n}) must be at least 1")
    numbers = arange(steps.start, steps.stop, dtype=dtype, device=device).roll(-front) / (n * d)
    return (numbers if dtype is None else numbers.to(dtype)).requires_grad_(requires_grad)
