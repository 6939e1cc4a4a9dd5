"""Adaptive pooling: the caller says how many windows there are, not how large.

    window p of P over n elements:   ⌊p·n/P⌋ … ⌈(p + 1)·n/P⌉

The windows are those of every axis by themselves, so averages are taken axis by axis. Where P divides n, windows are of
one size and the pooling is an ordinary one; a single window is global pooling.
"""

from .. import kernels
from .._tape import declare
from ..kernels._window import along
from ._reduced import want_floats
from ._registry import public
from .global_pool import average_all, check_channels, largest_of_all
from .pool import avg_pool2d, max_pool2d, max_pool3d, take_winners
from .shape import _view

_winner = declare(
    "adaptive_max_pool2D_winner", lambda x, *, out: kernels.adaptive_max_pool2d(x, out)[1], [None], [None]
)
_winner_of_volume = declare(
    "adaptive_max_pool3D_winner", lambda x, *, out: kernels.adaptive_max_pool3d(x, out)[1], [None], [None]
)


resample = declare(
    "upsample",
    lambda x, *, axis, scheme: kernels.resample(x, axis, scheme),
    [lambda g, axis, scheme: _resample_back(g, axis=axis, scheme=scheme)],
    [lambda t, axis, scheme: resample(t, axis=axis, scheme=scheme)],
)

_resample_back = declare(
    "upsample_backward",
    lambda v, *, axis, scheme: kernels.resample_grad(v, axis, scheme),
    [lambda g, axis, scheme: resample(g, axis=axis, scheme=scheme)],
    [lambda t, axis, scheme: _resample_back(t, axis=axis, scheme=scheme)],
)


@public(method=False)
def adaptive_avg_pool2d(x, output_size):
    """Average images over windows that cover them as evenly as they can.

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W)
    output_size : int or (int, int)
        P and Q; None keeps H or W.

    Returns
    -------
    Tensor or array, (N, C, P, Q) or (C, P, Q)

    Examples
    --------
    >>> tg.nn.functional.adaptive_avg_pool2d(tg.tensor([[[1.0, 2.0, 6.0]]]), (1, 2))
    tensor([[[1.5000, 4.0000]]])
    """
    out = _sizes("adaptive_avg_pool2d", x, output_size, 2)
    if set(out) == {1}:
        return average_all("adaptive_avg_pool2d", x, 2)
    if all(n % k == 0 for n, k in zip(x.shape[-2:], out, strict=True)):
        return avg_pool2d(x, tuple(n // k for n, k in zip(x.shape[-2:], out, strict=True)))
    return _average(x, out)


@public(method=False)
def adaptive_avg_pool1d(x, output_size):
    """Average sequences (N, C, W) or (C, W) over windows that cover them as evenly as they can."""
    out = _sizes("adaptive_avg_pool1d", x, output_size, 1)
    return average_all("adaptive_avg_pool1d", x, 1) if set(out) == {1} else _average(x, out)


@public(method=False)
def adaptive_avg_pool3d(x, output_size):
    """Average volumes (N, C, D, H, W) or (C, D, H, W) over windows that cover them as evenly as they can."""
    out = _sizes("adaptive_avg_pool3d", x, output_size, 3)
    return average_all("adaptive_avg_pool3d", x, 3) if set(out) == {1} else _average(x, out)


@public(method=False)
def adaptive_max_pool2d(x, output_size, return_indices=False):
    """Take the largest element of windows that cover images as evenly as they can.

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W)
    output_size : int or (int, int)
        P and Q; None keeps H or W.
    return_indices : bool
        Return the winners as well: h·W + w.

    Returns
    -------
    Tensor or array, (N, C, P, Q) or (C, P, Q)

    Notes
    -----
    Kink: among equals the first wins, and gets the gradient. NaN wins over numbers.
    """
    out = _sizes("adaptive_max_pool2d", x, output_size, 2)
    if set(out) == {1}:
        y, winner = largest_of_all("adaptive_max_pool2d", x, 2)
        return (y, winner) if return_indices else y
    if all(n % k == 0 for n, k in zip(x.shape[-2:], out, strict=True)):
        size = tuple(n // k for n, k in zip(x.shape[-2:], out, strict=True))
        return max_pool2d(x, size, return_indices=return_indices)
    winner = _winner(x, out=out)
    y = take_winners(x, winner, 2)
    return (y, winner) if return_indices else y


@public(method=False)
def adaptive_max_pool1d(x, output_size, return_indices=False):
    """Take the largest element of windows that cover sequences (N, C, W) or (C, W) as evenly as they can."""
    (out,) = _sizes("adaptive_max_pool1d", x, output_size, 1)
    row = _view(x, shape=(*x.shape[:-1], 1, x.shape[-1]))
    y, winner = (_view(a, shape=(*x.shape[:-1], out)) for a in adaptive_max_pool2d(row, (1, out), True))
    return (y, winner) if return_indices else y


@public(method=False)
def adaptive_max_pool3d(x, output_size, return_indices=False):
    """Take the largest element of windows that cover volumes (N, C, D, H, W) or (C, D, H, W) as evenly as they can."""
    out = _sizes("adaptive_max_pool3d", x, output_size, 3)
    if set(out) == {1}:
        y, winner = largest_of_all("adaptive_max_pool3d", x, 3)
        return (y, winner) if return_indices else y
    if all(n % k == 0 for n, k in zip(x.shape[-3:], out, strict=True)):
        size = tuple(n // k for n, k in zip(x.shape[-3:], out, strict=True))
        return max_pool3d(x, size, return_indices=return_indices)
    winner = _winner_of_volume(x, out=out)
    y = take_winners(x, winner, 3)
    return (y, winner) if return_indices else y


def _sizes(op, x, output_size, rank):
    check_channels(op, x, rank)
    given = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * rank
    given = [n if k is None else k for k, n in zip(given, x.shape[-rank:], strict=False)]
    return along(op, "output_size", given, 1, rank)


def _average(x, out):
    want_floats("adaptive_avg_pool", x)
    for axis, count in enumerate(out, len(x.shape) - len(out)):
        x = resample(x, axis=axis, scheme=kernels.Scheme("even", x.shape[axis], count))
    return x
