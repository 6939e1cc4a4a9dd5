"""Global pooling: one window, the whole of every channel. Adaptive pooling to a size of 1 is the same.

The pooled axes stay, with length 1, as with ONNX's GlobalAveragePool and GlobalMaxPool.
"""

from math import prod

from .. import kernels
from .._tape import declare
from ._reduced import want_floats
from ._registry import public
from .pool import take_winners
from .reduce import mean_over


def _first_largest(x, *, rank):
    channels, image = x.shape[:-rank], x.shape[-rank:]
    return kernels.argmax(x.reshape((*channels, prod(image))), -1).reshape((*channels, *(1,) * rank))


_winner = declare("global_max_pool_winner", _first_largest, [None], [None])


@public(function=False, method=False)
def global_avg_pool1d(x):
    """Average every channel of sequences (N, C, W) or (C, W): (N, C, 1) or (C, 1)."""
    return average_all("global_avg_pool1d", x, 1)


@public(function=False, method=False)
def global_avg_pool2d(x):
    """Average every channel of images.

        y[n,c,0,0] = 1 / (H W) Σ_{h,w} x[n,c,h,w]

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W)

    Returns
    -------
    Tensor or array, (N, C, 1, 1) or (C, 1, 1)

    Raises
    ------
    ValueError
        If `x` has another rank, or no elements along its last axes.

    Examples
    --------
    >>> tg.nn.functional.global_avg_pool2d(tg.tensor([[[1.0, 2.0], [4.0, 5.0]]]))
    tensor([[[3.]]])
    """
    return average_all("global_avg_pool2d", x, 2)


@public(function=False, method=False)
def global_avg_pool3d(x):
    """Average every channel of volumes (N, C, D, H, W) or (C, D, H, W): (N, C, 1, 1, 1) or (C, 1, 1, 1)."""
    return average_all("global_avg_pool3d", x, 3)


@public(function=False, method=False)
def global_max_pool1d(x):
    """Take the largest element of every channel of sequences (N, C, W) or (C, W): (N, C, 1) or (C, 1)."""
    return largest_of_all("global_max_pool1d", x, 1)[0]


@public(function=False, method=False)
def global_max_pool2d(x):
    """Take the largest element of every channel of images.

        y[n,c,0,0] = max_{h,w} x[n,c,h,w]

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W)

    Returns
    -------
    Tensor or array, (N, C, 1, 1) or (C, 1, 1)

    Raises
    ------
    ValueError
        As for `global_avg_pool2d`.

    Notes
    -----
    Kink: among equals the first wins, and gets the gradient. NaN wins over numbers.
    """
    return largest_of_all("global_max_pool2d", x, 2)[0]


@public(function=False, method=False)
def global_max_pool3d(x):
    """Take the largest element of every channel of volumes: (N, C, 1, 1, 1) or (C, 1, 1, 1)."""
    return largest_of_all("global_max_pool3d", x, 3)[0]


def average_all(op, x, rank):
    """The mean over the last `rank` axes, which stay."""
    check_channels(op, x, rank)
    want_floats(op, x)
    return mean_over(x, dim=tuple(range(len(x.shape) - rank, len(x.shape))), keepdim=True)


def largest_of_all(op, x, rank):
    """The largest element of the last `rank` axes, which stay, and its flat position."""
    check_channels(op, x, rank)
    winner = _winner(x, rank=rank)
    return take_winners(x, winner, rank), winner


def check_channels(op, x, rank):
    """Raise unless an array is channels of `rank` axes each, in a batch or not."""
    if len(x.shape) not in (rank + 1, rank + 2):
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must be {rank + 1}-D or {rank + 2}-D")
    if 0 in x.shape[-rank:]:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have elements along its last axes")
