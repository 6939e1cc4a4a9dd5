"""Rows of a table, looked up by number: `y[i] = weight[input[i]]`."""

from math import inf
from operator import index as integer

import numpy as np

from .. import kernels
from .._tape import Tensor, declare, plain, write_silently
from .cast import as_tensor, cast
from .extrema import max
from .indexing import take_at
from .positions import extent
from .reduce import sum_over
from .region import array_of, constant
from .selection import where
from .shape import reshape, unsqueeze

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
        Accepted for PyTorch's sake: gradients are dense, and `optim.SparseAdam` passes over their zeros.

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
    raw = array_of(flat)
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


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """Look up the rows of a table and combine those of each bag.

        y[b, :] = Σ_{i in bag b} weight[input[i], :]        (mode "sum")

    Parameters
    ----------
    input : integer Tensor or array, (B, N) or (N,)
        Numbers of rows: a bag in each row, or all bags one after the other.
    weight : Tensor, (n, d)
    offsets : integer Tensor or array, (B,), for a 1-D `input`
        Where each bag begins, from 0 on; equal ones make empty bags, whose result is 0.
    max_norm, norm_type, scale_grad_by_freq, sparse
        As for `embedding`.
    mode : {"mean", "sum", "max"}
    per_sample_weights : Tensor or array, input.shape, optional
        Factors of the rows, for "sum" alone.
    include_last_offset : bool
        `offsets` has one more entry, the end of the last bag.
    padding_idx : int, optional
        The row that counts for nothing.

    Returns
    -------
    Tensor, (B, d)

    Raises
    ------
    ValueError
        If the arguments do not fit each other.
    """
    op = "embedding_bag"
    rows = input if hasattr(input, "dtype") else as_tensor(input)
    if mode not in ("mean", "sum", "max"):
        raise ValueError(f"[{op}] `mode` (={mode!r}) must be 'mean', 'sum' or 'max'")
    if mode == "max" and (scale_grad_by_freq or sparse):
        raise ValueError(f"[{op}] `mode` (='max') must not be combined with `scale_grad_by_freq` or `sparse`")
    if per_sample_weights is not None:
        if mode != "sum":
            raise NotImplementedError(f"[{op}] `per_sample_weights` must be None where `mode` is {mode!r}, not 'sum'")
        if per_sample_weights.shape != rows.shape:
            raise ValueError(
                f"[{op}] `per_sample_weights` (shape {per_sample_weights.shape}) must have the shape {rows.shape} "
                "of `input`"
            )
        if per_sample_weights.dtype != weight.dtype:
            raise RuntimeError(
                f"[{op}] `per_sample_weights` (dtype {per_sample_weights.dtype}) must have the dtype of `weight`"
            )
    at, counts = _bags(op, rows, offsets, include_last_offset)
    flat = reshape(rows, -1)
    if padding_idx is not None:
        ignored = integer(padding_idx) % weight.shape[0]
        counts = counts & (kernels.take(array_of(flat), (at,)) != ignored) if at.size else counts
    used = constant(weight, counts.reshape((*counts.shape, 1)))
    every = len(rows.shape) == 2 and padding_idx is None  # place is taken, in order
    terms = embedding(rows if every else flat, weight, None, max_norm, norm_type, scale_grad_by_freq)
    terms = terms if every else _dealt(terms, at)
    if per_sample_weights is not None:
        terms = terms * unsqueeze(per_sample_weights if every else _dealt(reshape(per_sample_weights, -1), at), -1)
    if mode == "max" and at.shape[1]:
        empty = constant(weight, ~kernels.any(counts, 1, True))
        return where(empty, 0, max(where(used, terms, -inf), 1)[0])
    total = sum_over(terms if every else where(used, terms, 0), dim=1)
    if mode == "mean":
        size = kernels.maximum(kernels.count_nonzero(counts, 1, True), 1).astype(weight.dtype)
        return total / constant(weight, size)
    return total


def _dealt(x, at):
    """x[at], for positions on the first axis."""
    return take_at(x, constant(x, at.reshape(-1)), index=(at.shape, ...))


def _bags(op: str, rows, offsets, include_last: bool) -> tuple:
    """Where the members of each bag are, (B, longest), and which of these places are taken."""
    ndim = len(rows.shape)
    if ndim == 2:
        if offsets is not None:
            raise ValueError(f"[{op}] `offsets` must be None for a 2-D `input`")
        at = kernels.arange(0, array_of(rows).size, 1, np.dtype(np.int64), like=array_of(rows)).reshape(rows.shape)
        return at, at >= 0
    if ndim != 1:
        raise ValueError(f"[{op}] `input` (shape {rows.shape}) must be 1-D or 2-D")
    if offsets is None:
        raise ValueError(f"[{op}] `offsets` must be given for a 1-D `input`")
    if len(offsets.shape) != 1 or offsets.dtype.kind not in "iu":
        raise ValueError(f"[{op}] `offsets` (shape {offsets.shape}, dtype {offsets.dtype}) must be 1-D, of integers")
    n, starts = rows.shape[0], kernels.to_numpy(array_of(offsets)).astype(np.int64)
    ends = starts[1:] if include_last else np.append(starts[1:], n)
    starts = starts[: len(ends)]
    if len(starts) and (starts[0] != 0 or ends[-1] > n or (ends < starts).any()):
        raise ValueError(f"[{op}] `offsets` (={starts.tolist()}) must rise from 0 to at most {n}, the size of `input`")
    at = starts[:, None] + np.arange((ends - starts).max(initial=0))
    taken = at < ends[:, None]
    like = array_of(rows)
    return kernels.from_numpy(np.where(taken, at, 0), like=like), kernels.from_numpy(taken, like=like)


def _shorten(weight, rows, max_norm, norm_type) -> None:
    """Scale the rows longer than `max_norm` down to it, in place."""
    array = array_of(weight)
    used = kernels.take(array, (rows,))
    norms = kernels.power(kernels.sum(kernels.power(kernels.absolute(used), norm_type), 1, True), 1 / norm_type)
    factors = kernels.where(kernels.greater(norms, max_norm), max_norm / (norms + 1e-7), 1.0).astype(array.dtype)
    shorter = kernels.put(array, used * factors, (rows,))
    if isinstance(weight, Tensor):
        write_silently(weight, shorter)
    else:
        array[...] = shorter
