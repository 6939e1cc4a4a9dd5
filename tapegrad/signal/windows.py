"""Windows: weights of M samples that fade out towards both ends.

`sym` windows are symmetric, for filters; others are one period of a periodic sequence, for spectra: the first M of
M + 1 symmetric points. Under the names that end in `_window` they are PyTorch's older functions, periodic by default.
"""

from operator import index

import numpy as np

from .._creation import finish
from .._dtypes import as_dtype, get_default_dtype
from .._tape import Tensor

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann",
    "kaiser", "nuttall",
]  # fmt: skip


def _window(op: str, M, sym: bool, shape, options: dict) -> Tensor:
    """The function `shape` of the places -1 … 1, M of them, or the first M of M + 1."""
    if not hasattr(M, "__index__") or index(M) < 0:
        raise ValueError(f"[{op}] `M` (={M!r}) must be an integer, not negative")
    dtype = options.pop("dtype", None)
    dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"[{op}] `dtype` (={dtype}) must be floating")
    n = index(M)
    points = n if sym else n + 1
    place = 2 * np.arange(n) / (points - 1) - 1 if n > 1 else np.zeros(n)  # of one sample the middle
    unknown = options.keys() - {"device", "requires_grad"}
    if unknown:
        raise TypeError(f"[{op}] got an unexpected keyword argument `{min(unknown)}`")
    return finish(np.asarray(shape(place, points), dtype), **options)


def general_cosine(M, *, a, sym=True, **options):
    """Sum of cosines: Σ_k (-1)^k a[k] cos(2πk i / (M - 1)).

    Parameters
    ----------
    M : int
    a : sequence of numbers
    sym : bool
    **options
        dtype, device, requires_grad.
    """
    weights = np.asarray(a, np.float64)
    if weights.ndim != 1 or not weights.size:
        raise ValueError(f"[general_cosine] `a` (={a!r}) must be a row of numbers")
    k = np.arange(len(weights))

    def shape(place, points):
        return np.ones(1) if len(place) == 1 else np.cos(np.pi * np.multiply.outer(place, k)) @ weights

    return _window("general_cosine", M, sym, shape, options)


def general_hamming(M, *, alpha=0.54, sym=True, **options):
    """Raised cosine: α - (1 - α) cos(2π i / (M - 1))."""
    return general_cosine(M, a=[alpha, 1 - alpha], sym=sym, **options)


def hamming(M, *, sym=True, **options):
    """Hamming's window: `general_hamming` with α = 0.54."""
    return general_hamming(M, sym=sym, **options)


def hann(M, *, sym=True, **options):
    """Hann's window: `general_hamming` with α = ½."""
    return general_hamming(M, alpha=0.5, sym=sym, **options)


def blackman(M, *, sym=True, **options):
    """Blackman's window, of three cosines."""
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **options)


def nuttall(M, *, sym=True, **options):
    """Nuttall's window, of four cosines with least side lobes."""
    return general_cosine(M, a=[0.3635819, 0.4891775, 0.1365995, 0.0106411], sym=sym, **options)


def bartlett(M, *, sym=True, **options):
    """Triangle: 1 - |x| on -1 … 1."""
    return _window("bartlett", M, sym, lambda x, n: 1 - np.abs(x), options)


def cosine(M, *, sym=True, **options):
    """Half a sine wave: sin(π (i + ½) / M)."""
    return _window(
        "cosine", M, sym, lambda x, n: np.sin(np.pi * (np.arange(len(x)) + 0.5) / (n if len(x) > 1 else 1)), options
    )


def gaussian(M, *, std=1.0, sym=True, **options):
    """Normal curve around the middle; `std` counts samples."""
    if not std > 0:
        raise ValueError(f"[gaussian] `std` (={std}) must be positive")
    return _window("gaussian", M, sym, lambda x, n: np.exp(-((x * (n - 1) / 2 / std) ** 2) / 2), options)


def exponential(M, *, center=None, tau=1.0, sym=True, **options):
    """Decay to both sides of `center` (the middle by default, and if `sym`): e^(-|i - center| / τ)."""
    if not tau > 0:
        raise ValueError(f"[exponential] `tau` (={tau}) must be positive")
    if sym and center is not None:
        raise ValueError(f"[exponential] `center` (={center}) must be None for a symmetric window")

    def shape(x, n):
        middle = (n - 1) / 2 if center is None else center
        return np.ones(1) if len(x) == 1 else np.exp(-np.abs(np.arange(len(x)) - middle) / tau)

    return _window("exponential", M, sym, shape, options)


def kaiser(M, *, beta=12.0, sym=True, **options):
    """Kaiser's window: I₀(β √(1 - x²)) / I₀(β) on -1 … 1."""
    if beta < 0:
        raise ValueError(f"[kaiser] `beta` (={beta}) must not be negative")

    def shape(x, n):
        return np.i0(beta * np.sqrt(np.maximum(1 - x * x, 0))) / np.i0(beta)

    return _window("kaiser", M, sym, shape, options)


def _older(window, **defaults):
    def make(window_length, periodic=True, *args, **options):
        """See the window of that name in `tapegrad.signal.windows`; periodic by default."""
        given = dict(zip(defaults, args, strict=False))
        named = {k: options.pop(k, v) for k, v in {**defaults, **given}.items()}
        return window(window_length, sym=not periodic, **named, **options)

    make.__name__ = make.__qualname__ = f"{window.__name__.removeprefix('general_')}_window"
    return make


bartlett_window, blackman_window, hann_window = _older(bartlett), _older(blackman), _older(hann)
hamming_window, kaiser_window = _older(general_hamming, alpha=0.54), _older(kaiser, beta=12.0)
