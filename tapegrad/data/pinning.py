"""Batches in memory that a device copies while the program goes on."""

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kernels


def pinned_batches(epoch: Iterator) -> Iterator:
    """The batches of an epoch, pinned; as they are where no device is."""
    return map(pinned, epoch) if kernels.cuda_is_available() else epoch


def pinned(batch: Any) -> Any:
    """A batch with all that can be pinned in it pinned: Tensors, and what has a method `pin_memory` of its own."""
    if hasattr(batch, "pin_memory"):
        return batch if getattr(batch, "is_cuda", False) else batch.pin_memory()
    if isinstance(batch, Mapping):
        return type(batch)({key: pinned(value) for key, value in batch.items()})  # type: ignore[call-arg]
    if isinstance(batch, tuple):
        values = map(pinned, batch)
        return type(batch)(*values) if hasattr(batch, "_fields") else type(batch)(values)
    return type(batch)(map(pinned, batch)) if isinstance(batch, list) else batch
