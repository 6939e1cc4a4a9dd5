"""Rows of a table, looked up by number: `y[i] = weight[input[i]]`."""

from operator import index as integer

import numpy as np

from .. import kernels
from .._tape import Tensor, declare, plain, write_silently
from .cast import as_tensor, cast
from .indexing import take_at
from .positions import extent
from .selection import where

_weigh_gradient = declare(  # the identity, but the gradient of each row is multiplied
    "embedding_scale",
    lambda x, scale: x,
    [lambda g, scale: g * scale, None],
    [lambda t, scale: t * scale, None],
)


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    """Look up the rows of a table.

        y[…, :] = weight[input[…], :]

    Parameters
    ----------
    input : integer Tensor or array
        Numbers of rows, in 0 … n-1.
    weight : Tensor, (n, d)
    padding_idx : int, optional
        The row that gets no gradient.
    max_norm : float, optional
        First scale the rows that are looked up and longer than this down to it, in place.
    norm_type : float, default 2
        Which norm `max_norm` means.
    scale_grad_by_freq : bool
        Divide the gradient of a row by how often the row is looked up.
    sparse : bool
        Accepted for PyTorch's sake; gradients are dense.

    Returns
    -------
    Tensor, (*input.shape, d)

    Raises
    ------
    RuntimeError
        If `weight` is not a matrix, or `input` does not hold integers.
    IndexError
        If there is no such row.
    """
    rows = input if hasattr(input, "dtype") else as_tensor(input)
    if rows.dtype.kind not in "iu":
        raise RuntimeError(f"[embedding] `input` (of dtype {rows.dtype}) must hold integers")
    if len(weight.shape) != 2:
        raise RuntimeError(f"[embedding] `weight` (shape {weight.shape}) must be a matrix")
    at = cast(rows, np.int64)
    n, shape = weight.shape[0], at.shape
    flat = at.reshape(-1)
    raw = flat._array if isinstance(flat, Tensor) else flat
    low, high = extent(raw)
    if low < 0 or high >= n:
        raise IndexError(f"[embedding] `input` (in {low} … {high}) must lie in 0 … {n - 1}")
    if max_norm is not None:
        _shorten(weight, raw, max_norm, norm_type)
    y = take_at(weight, flat, index=(shape, ...))
    if scale_grad_by_freq:
        counts = kernels.add_at((n,), kernels.ones(raw.shape, weight.dtype, like=raw), (raw,))
        scale = kernels.true_divide(1, kernels.take(counts, (raw,))).astype(weight.dtype)
        y = _weigh_gradient(y, plain(scale.reshape((*shape, 1))))
    if padding_idx is not None:
        row = integer(padding_idx)
        if not -n <= row < n:
            raise RuntimeError(f"[embedding] `padding_idx` (={row}) must lie in {-n} … {n - 1}")
        padding = kernels.equal(raw, row % n).reshape((*shape, 1))
        y = where(plain(padding), plain(y._array), y) if isinstance(y, Tensor) else y
    return y


def _shorten(weight, rows, max_norm, norm_type) -> None:
    """Scale the rows longer than `max_norm` down to it, in place."""
    array = weight._array if isinstance(weight, Tensor) else weight
    used = kernels.take(array, (rows,))
    norms = kernels.power(kernels.sum(kernels.power(kernels.absolute(used), norm_type), 1, True), 1 / norm_type)
    factors = kernels.where(kernels.greater(norms, max_norm), max_norm / (norms + 1e-7), 1.0).astype(array.dtype)
    shorter = kernels.put(array, used * factors, (rows,))
    if isinstance(weight, Tensor):
        write_silently(weight, shorter)
    else:
        array[...] = shorter
