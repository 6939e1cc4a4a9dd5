"""Sequences of different lengths: as one padded tensor, packed without padding, or as a list.

A packed sequence holds first the first elements of all sequences, the longest sequence first, then the second ones, and
so on: `batch_sizes` of each. Recurrent layers take it as it is.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ... import kernels
from ..._creation import full, tensor
from ..._tape import Tensor, plain
from ...ops.axes import transpose
from ...ops.indexing import getitem
from ...ops.join import cat, stack
from ...ops.positions import index_select
from ...ops.region import array_of, constant
from ...ops.shape import reshape


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences without padding, as `pack_padded_sequence` and `pack_sequence` make them.

    Fields
    ------
    data : Tensor, (M, …)
        M = Σ batch_sizes.
    batch_sizes : Tensor, (T,), int64
        How many sequences have a first element, a second one, …
    sorted_indices, unsorted_indices : Tensor, (N,), int64, or None
        Where the sequences were before they were sorted by length, and where they are now.
    """

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if batch_sizes is None:
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *target, **named) -> "PackedSequence":
        """Convert the data as `Tensor.to` does."""
        data = self.data.to(*target, **named)
        return self if data is self.data else type(self)(data, *self[1:])

    def float(self) -> "PackedSequence":
        """Convert the data to float32."""
        return self.to("float32")

    def double(self) -> "PackedSequence":
        """Convert the data to float64."""
        return self.to("float64")

    def half(self) -> "PackedSequence":
        """Convert the data to float16."""
        return self.to("float16")

    def cpu(self) -> "PackedSequence":
        """Move the data to the CPU."""
        return self.to("cpu")

    def cuda(self, device=None) -> "PackedSequence":
        """Move the data to a CUDA device."""
        return self.to("cuda" if device is None else device)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The inverse of a permutation of 0 … n-1; None of None."""
    if permutation is None:
        return None
    return constant(permutation, kernels.from_numpy(np.argsort(_host(permutation)), like=array_of(permutation)))


def pack_padded_sequence(input, lengths, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Pack padded sequences.

    Parameters
    ----------
    input : Tensor, (T, N, …)
        (N, T, …) with `batch_first`.
    lengths : Tensor or sequence of int, (N,)
        Of the sequences; what lies behind them is left out.
    batch_first : bool
    enforce_sorted : bool
        The longest sequence comes first already. False: sort them, and remember where they were.

    Raises
    ------
    RuntimeError
        If there is not one length from 1 to T for each sequence, or they are not sorted though they should be.
    """
    op = "pack_padded_sequence"
    lengths = _host(lengths)
    N, T = input.shape[:2] if batch_first else input.shape[1::-1]
    if lengths.shape != (N,):
        raise RuntimeError(f"[{op}] `lengths` (shape {lengths.shape}) must hold one length for each of {N} sequences")
    if N == 0 or lengths.min() < 1 or lengths.max() > T:
        raise RuntimeError(f"[{op}] `lengths` (={lengths.tolist()}) must lie in 1 … {T}")
    order = np.arange(N)
    if not enforce_sorted:
        order = np.argsort(-lengths, kind="stable")
    elif (lengths[1:] > lengths[:-1]).any():
        raise RuntimeError(f"[{op}] `lengths` (={lengths.tolist()}) must fall, or `enforce_sorted` be False")
    sizes = _sizes(lengths)
    steps = np.repeat(np.arange(len(sizes)), sizes)
    ranks = np.concatenate([np.arange(n) for n in sizes])
    rows = order[ranks] * T + steps if batch_first else steps * N + order[ranks]
    data = _picked(reshape(input, (N * T, *input.shape[2:])), rows)
    return PackedSequence(data, tensor(sizes), None if enforce_sorted else _beside(input, order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Pad packed sequences: what `pack_padded_sequence` took apart.

    Parameters
    ----------
    sequence : PackedSequence
    batch_first : bool
    padding_value : float
    total_length : int, optional
        T; the length of the longest sequence if None.

    Returns
    -------
    padded : Tensor, (T, N, …), or (N, T, …) with `batch_first`
    lengths : Tensor, (N,), int64

    Raises
    ------
    ValueError
        If `total_length` is less than that of the longest sequence.
    """
    data, batch_sizes, _, unsorted = sequence
    sizes = _host(batch_sizes)
    T, N = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < T:
            raise ValueError(
                f"[pad_packed_sequence] `total_length` (={total_length}) must be at least the length {T} "
                "of the longest sequence"
            )
        sizes = np.concatenate([sizes, np.zeros(total_length - T, np.int64)])
        T = total_length
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    order = np.arange(N) if unsorted is None else _host(unsorted)
    there = order < sizes[:, None]  # (T, N)
    rows = np.where(there, first[:, None] + order, data.shape[0])
    padding = full((1, *data.shape[1:]), padding_value, dtype=data.dtype, device=data.device)
    padded = _picked(cat((data, padding)), (rows.T if batch_first else rows).reshape(-1))
    shape = (N, T) if batch_first else (T, N)
    return reshape(padded, (*shape, *data.shape[1:])), tensor(there.sum(0))


def pad_sequence(
    sequences, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Stack sequences (L, …) of different lengths as (T, N, …), or (N, T, …) with `batch_first`, padded to T = max L.

    Raises
    ------
    RuntimeError
        If `sequences` is empty, or what follows the lengths differs.
    ValueError
        If `padding_side` is neither "left" nor "right".
    """
    if padding_side not in ("left", "right"):
        raise ValueError(f"[pad_sequence] `padding_side` (={padding_side!r}) must be 'left' or 'right'")
    sequences = _listed("pad_sequence", sequences)
    T, rows = max(x.shape[0] for x in sequences), []
    for x in sequences:
        padding = full((T - x.shape[0], *x.shape[1:]), padding_value, dtype=x.dtype, device=x.device)
        rows.append(cat((padding, x) if padding_side == "left" else (x, padding)) if x.shape[0] < T else x)
    return stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first: bool = False) -> list[Tensor]:
    """The sequences in a padded tensor (T, N, …), or (N, T, …) with `batch_first`, as a list."""
    x = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    return [getitem(x, (i, slice(int(n)))) for i, n in enumerate(_host(lengths))]


def pack_sequence(sequences, enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (L, …) of different lengths. See `pack_padded_sequence`."""
    sequences = _listed("pack_sequence", sequences)
    lengths = [x.shape[0] for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences in a packed one, as a list."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def _listed(op: str, sequences: Iterable[Tensor]) -> list[Tensor]:
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError(f"[{op}] `sequences` must hold at least one sequence")
    wanted = sequences[0].shape[1:]
    for i, x in enumerate(sequences):
        if not x.shape or x.shape[1:] != wanted:
            raise RuntimeError(f"[{op}] `sequences[{i}]` (shape {x.shape}) must have shape (L, {str(wanted)[1:]}")
    return sequences


def _host(x) -> np.ndarray:
    """Integers as an array of NumPy's."""
    return np.asarray(kernels.to_numpy(array_of(x)) if isinstance(x, Tensor) else x).astype(np.int64)


def _sizes(lengths: np.ndarray) -> np.ndarray:
    """How many sequences are longer than 0, than 1, and so on."""
    return (lengths > np.arange(lengths.max())[:, None]).sum(1)


def _beside(x: Tensor, array: np.ndarray) -> Tensor:
    return plain(kernels.from_numpy(array, like=array_of(x)))


def _picked(x: Tensor, rows: np.ndarray) -> Tensor:
    return index_select(x, 0, _beside(x, rows))
