"""Other dtypes and devices for whole modules: checked first, then changed in place."""

from .._creation import check_trackable, empty
from .._device import device_of, place
from .._dtypes import as_dtype
from .._placement import target as targeted
from .._tape import Tensor


def convert(module, *target, device=None, dtype=None, non_blocking: bool = False, every: bool = False):
    """Convert floating parameters, their gradients and floating buffers (`every`: the others too); returns `module`."""
    device, dtype, wait = targeted(target, device, dtype, non_blocking)
    dtype = None if dtype is None else as_dtype(dtype)
    if dtype is not None:
        if not every and dtype.kind not in "fc":
            raise TypeError(f"[to] `dtype` (={dtype}) must be floating: modules hold weights")
        for p in module.parameters():
            if p.requires_grad:
                check_trackable(dtype)
    changed = [(t, _converted(t._array, device, dtype, wait, every)) for t in _tensors(module, True)]
    for t, array in changed:
        if array is not t._array:
            _adopt(t, array)
    return module


def to_empty(module, device, recurse: bool):
    """Give parameters, their gradients and buffers new memory on a device; returns `module`."""
    tensors = _tensors(module, recurse)
    made = [empty(t._shape, device=device or device_of(t._array), dtype=t._dtype)._array for t in tensors]
    for t, array in zip(tensors, made, strict=True):
        _adopt(t, array)
    return module


def _tensors(module, recurse: bool) -> list[Tensor]:
    """Parameters, their gradients and buffers."""
    params = [*module.parameters(recurse)]
    return [*params, *module.buffers(recurse), *(p._grad for p in params if getattr(p, "_grad", None) is not None)]


def _converted(array, where, dtype, wait: bool, every: bool):
    """The array of a tensor of the module as it shall be; itself, if there is nothing to do."""
    if dtype is not None and array.dtype != dtype and (every or array.dtype.kind in "fc"):
        array = array.astype(dtype)
    return place(array, where, wait)


def _adopt(t: Tensor, array) -> None:
    """Give `t` memory of its own that nobody else holds."""
    t._array, t._dtype = array, array.dtype
    if hasattr(t, "_generation"):
        t._generation += 1  # views keep the old memory
