"""Fractional max pooling: windows of one size whose starts are drawn at random. The winners are read as in `pool`."""

from math import prod
from operator import index

from .. import kernels
from .._dtypes import int64
from .._tape import declare
from .pool import take_winners

# Graham: Fractional max-pooling; arXiv:1412.6071


def starts(samples, n: int, size: int, window: int):
    """Where the `size` windows along an axis of `n` begin, for each sample in [0, 1): (…, size).

    They are ⌊(i + u) α⌋ - ⌊u α⌋ with α = (n - window) / (size - 1), and n - window for the last.
    """
    if size == 1:
        return kernels.full((*samples.shape, 1), n - window, int64, like=samples)
    alpha = samples.dtype.type((n - window) / (size - 1))
    u = samples.reshape((*samples.shape, 1))
    steps = kernels.arange(0, size, 1, samples.dtype, like=samples)
    at = ((steps + u) * alpha).astype(int64) - (u * alpha).astype(int64)
    return kernels.where(steps == size - 1, n - window, at)


def _search(x, samples, *, windows, sizes):
    rank = len(sizes)
    lead, image = x.shape[:-rank], x.shape[-rank:]
    n = prod(lead)
    order = range(rank) if rank == 3 else range(rank - 1, -1, -1)  # PyTorch's: W before H, but D before H before W
    samples = samples.reshape((-1, rank))[:n]  # PyTorch takes more than it needs, too
    places = kernels.zeros((n, *(1,) * 2 * rank), int64, like=x)
    for axis, column in enumerate(order):
        at = starts(samples[:, column], image[axis], sizes[axis], windows[axis])
        inside = kernels.arange(0, windows[axis], 1, int64, like=x)
        at = at.reshape((n, *(sizes[axis] if k == axis else 1 for k in range(2 * rank))))
        inside = inside.reshape(tuple(windows[axis] if k == rank + axis else 1 for k in range(2 * rank)))
        places = places * image[axis] + (at + inside)
    places = places.reshape((n, prod(sizes), prod(windows)))
    rows = kernels.arange(0, n, 1, int64, like=x).reshape((n, 1, 1))
    first = kernels.argmax(kernels.take(x.reshape((n, prod(image))), (rows, places)), -1, True)
    return kernels.take_along_axis(places, first, -1).reshape((*lead, *sizes))


_winner = declare("fractional_max_pool_winner", _search, [None, None], [None, None])


def fractional_max_pool(op: str, rank: int, x, kernel_size, output_size, output_ratio, samples):
    """The largest elements of windows with random starts, and where they were.

    Parameters
    ----------
    x : Tensor or array, (N, C, …) or (C, …)
    kernel_size : int or `rank` of them
    output_size : int or `rank` of them, or None
    output_ratio : float or `rank` of them, or None
        Output over input, in (0, 1), where the size is not given.
    samples : Tensor or array, (N, C, rank)
        In [0, 1).

    Raises
    ------
    ValueError
        If the arguments do not fit.
    """
    if len(x.shape) not in (rank + 1, rank + 2):
        raise ValueError(f"[{op}] `input` (shape {x.shape}) must have {rank + 1} or {rank + 2} dimensions")
    image = x.shape[-rank:]
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"[{op}] one of `output_size` and `output_ratio` must be given")
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * rank
        if not all(0 < ratio < 1 for ratio in ratios):
            raise ValueError(f"[{op}] `output_ratio` (={output_ratio}) must be between 0 and 1")
        output_size = [int(n * ratio) for n, ratio in zip(image, ratios, strict=True)]
    windows, sizes = (
        tuple(map(index, value if isinstance(value, (tuple, list)) else (value,) * rank))
        for value in (kernel_size, output_size)
    )
    for n, window, size in zip(image, windows, sizes, strict=True):
        if not (window >= 1 and size >= 1 and size + window - 1 <= n):
            raise ValueError(
                f"[{op}] windows of {windows} with an output of {sizes} must fit the image {image} without more overlap"
            )
    if prod(samples.shape) < prod(x.shape[:-rank]) * rank:
        raise ValueError(f"[{op}] `_random_samples` (shape {samples.shape}) must hold {rank} numbers for each plane")
    winner = _winner(x, samples, windows=windows, sizes=sizes)
    return take_winners(x, winner, rank), winner
