"""Softmax, its logarithm and its denominator.

All are computed relative to the largest element, so nothing overflows. Sums run over lanes and blocks in a fixed order:
an element of the answer depends on its own row alone.
"""

from ._axes import normalize_axes, normalize_axis
from ._backend import serve


def softmax(x, axis):
    """Normalised exponentials, without overflow.

        y[i, j] = e^x[i, j] / Σ_k e^x[i, k]

    Parameters
    ----------
    x : array, floating
    axis : int

    Returns
    -------
    array, x.shape
        0 at -∞; a row of nothing but -∞, or with an ∞, is NaN, as in PyTorch.

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    axis = _axis("softmax", x, axis)
    return serve("softmax", x).softmax(x, axis)


def log_softmax(x, axis):
    """Logarithm of `softmax`, exact where that underflows.

        y[i, j] = x[i, j] - log Σ_k e^x[i, k]

    Parameters and errors as for `softmax`.
    """
    axis = _axis("log_softmax", x, axis)
    return serve("softmax", x).log_softmax(x, axis)


def softmax_grad(g, y, axis):
    """Cotangent of the argument of a softmax with the answer `y`; also its tangent, for the map is symmetric.

        gx[i, j] = y[i, j] (g[i, j] - Σ_k g[i, k] y[i, k])

    Parameters
    ----------
    g, y : array, floating, of one shape
    axis : int

    Raises
    ------
    TypeError
        If `y` is not floating.
    ValueError
        If the shapes differ.
    """
    axis = _pair("softmax_grad", g, y, axis)
    return serve("softmax", g, y).softmax_grad(g, y, axis)


def log_softmax_grad(g, y, axis):
    """Cotangent of the argument of a log_softmax with the answer `y`.

        gx[i, j] = g[i, j] - e^y[i, j] Σ_k g[i, k]

    Parameters and errors as for `softmax_grad`.
    """
    axis = _pair("log_softmax_grad", g, y, axis)
    return serve("softmax", g, y).log_softmax_grad(g, y, axis)


def logsumexp(x, axis=None, keepdims=False):
    """Logarithm of a sum of exponentials, without overflow.

        y[i] = log Σ_j e^x[i, j]

    Parameters
    ----------
    x : array, floating
    axis, keepdims
        As for `sum`.

    Returns
    -------
    array
        -∞ for a row of -∞ and for an empty one, ∞ where there is an ∞.

    Raises
    ------
    TypeError
        If `x` is not floating.

    Examples
    --------
    >>> logsumexp(np.array([1000.0, 1000.0]))
    array(1000.69314718)
    """
    if x.dtype.kind != "c":
        _floating("logsumexp", x)
    return serve("softmax", x).logsumexp(x, normalize_axes("logsumexp", axis, x.ndim), keepdims)


def _axis(op, x, axis):
    _floating(op, x)
    # a 0-d array has the virtual axes 0 and -1
    return axis if type(axis) is int and 0 <= axis < x.ndim else normalize_axis(op, axis, x.ndim or 1)


def _pair(op, g, y, axis):
    if g.shape != y.shape:
        raise ValueError(f"[{op}] `g` (shape {g.shape}) must have the shape of `y` ({y.shape})")
    return _axis(op, y, axis)


def _floating(op, x):
    if x.dtype.kind != "f":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be floating")
