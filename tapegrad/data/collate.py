"""From a list of samples to one batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import kernels
from .._creation import finish, tensor
from .._tape import Tensor
from ..ops.join import stack


def default_collate(samples: Sequence) -> Any:
    """Join samples of one structure into a batch of that structure.

    Tensors, arrays and numbers get a new first axis; tuples, named tuples, lists and mappings are joined entry by
    entry; strings and bytes stay a list.

    Parameters
    ----------
    samples : list
        At least one.

    Raises
    ------
    ValueError
        If the samples are none, or differ in structure or in shape.
    TypeError
        If there are samples of another kind: pass your own `collate_fn` then.

    Examples
    --------
    >>> tg.data.default_collate([(tg.tensor([1.0, 2.0]), 7), (tg.tensor([3.0, 4.0]), 8)])
    (tensor([[1., 2.],
            [3., 4.]]), tensor([7, 8]))
    """
    if not samples:
        raise ValueError("[default_collate] `samples` must not be empty")
    first = samples[0]
    if isinstance(first, Tensor):
        return _stacked_tensors(samples)
    if isinstance(first, (np.ndarray, np.generic)):
        return tensor(_stacked(samples))
    if isinstance(first, (bool, int)):
        numbers = np.array(samples)
        return finish(numbers) if numbers.dtype.kind in "bi" else tensor(list(samples))
    if isinstance(first, float):
        return tensor(list(samples), dtype=np.float64)  # as PyTorch has it
    if isinstance(first, (str, bytes)):
        return list(samples)
    if isinstance(first, Mapping):
        _check_alike([tuple(sample) for sample in samples], "keys")
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, (tuple, list)):
        _check_alike([len(sample) for sample in samples], "lengths")
        parts = [default_collate(list(part)) for part in zip(*samples, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    raise TypeError(
        f"[default_collate] `samples` hold {type(first).__name__}; they must be tensors, arrays, numbers, strings, "
        "or tuples, lists or mappings of these. Pass your own `collate_fn`"
    )


def _stacked_tensors(samples: Sequence) -> Tensor:
    """What `stack` gives, without the questions that it asks of every tensor where there is nothing to ask."""
    arrays = [sample._array for sample in samples if type(sample) is Tensor and not sample.requires_grad]
    if len(arrays) < len(samples) or len({(a.shape, a.dtype, type(a)) for a in arrays}) > 1:
        return stack(list(samples))
    return finish(kernels.stack(arrays))


def _stacked(arrays: Sequence) -> np.ndarray:
    _check_alike([np.shape(a) for a in arrays], "shapes")
    return np.stack(arrays)


def _check_alike(found: list, what: str) -> None:
    for other in found:
        if other != found[0]:
            raise ValueError(f"[default_collate] `samples` must agree in their {what}, found {found[0]} and {other}")
