"""Discrete Fourier transforms.

    y[k] = s Σ_j x[j] e^(∓2πi jk/n)        - forward, + inverse

The scale s is 1, 1/√n or 1/n, by `norm` as NumPy and PyTorch say it: "backward" puts 1/n on the inverse, "forward" on
the forward transform, "ortho" 1/√n on both. Axes are not negative; lengths are those of the arrays.
"""

from ._backend import native, serve


def dft(x, axes, norm, inverse):
    """Transform along each of the axes.

    Parameters
    ----------
    x : array, complex
    axes : tuple of ints
    norm : {"backward", "ortho", "forward"}
    inverse : bool

    Returns
    -------
    array, x.shape
    """
    x = native(x)
    return serve("fft", x).dft(x, axes, norm, inverse)


def real_dft(x, axis, norm):
    """Transform real numbers along an axis: the first n//2 + 1 results, the others being their conjugates."""
    x = native(x)
    return serve("fft", x).real_dft(x, axis, norm)


def inverse_real_dft(x, n, axis, norm):
    """Inverse of `real_dft`: n real numbers of n//2 + 1 complex ones, the imaginary parts of the ends not counting."""
    x = native(x)
    return serve("fft", x).inverse_real_dft(x, n, axis, norm)
