"""Axes of another length: every new element is a weighted sum of a few old ones.

    y[…, i, …] = Σ_k weight[i, k] x[…, at[i, k], …]         transpose: gx[…, at[i, k], …] += weight[i, k] g[…, i, …]

A `Scheme` says which ones and how much of each.
"""

from ._axes import normalize_axis
from ._backend import native, serve
from ._scheme import Scheme, even_windows

__all__ = ["Scheme", "even_windows", "resample", "resample_grad"]


def resample(x, axis, scheme):
    """Resize an axis.

    Parameters
    ----------
    x : array
        scheme.n long on the axis.
    axis : int
    scheme : Scheme

    Returns
    -------
    array
        scheme.out long on the axis.

    Raises
    ------
    ValueError
        If the axis has another length.

    Examples
    --------
    >>> resample(np.array([1.0, 2.0, 6.0]), 0, Scheme("even", 3, 2))
    array([1.5, 4. ])
    """
    return _served("resample", x, axis, scheme, False)


def resample_grad(g, axis, scheme):
    """Cotangent of the argument of `resample`: the transpose.

    Parameters
    ----------
    g : array
        scheme.out long on the axis.
    axis, scheme
        As there, with the same error.

    Returns
    -------
    array
        scheme.n long on the axis.
    """
    return _served("resample_grad", g, axis, scheme, True)


def _served(op, x, axis, scheme, transposed):
    x, axis = native(x), normalize_axis(op, axis, x.ndim)
    n = scheme.out if transposed else scheme.n
    if x.shape[axis] != n:
        raise ValueError(f"[{op}] the argument (shape {x.shape}) must have {n} elements along axis {axis}")
    return serve("resample", x).resample(x, axis, scheme, transposed)
