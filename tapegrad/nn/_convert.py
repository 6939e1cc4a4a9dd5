"""Other dtypes and devices for whole modules: checked first, then changed in place."""

from .._creation import check_trackable
from .._device import check_device, device
from .._dtypes import as_dtype
from .._tape import Tensor


def convert(module, *target, device=None, dtype=None, every: bool = False):
    """Convert floating parameters, their gradients and floating buffers (`every`: the others too); returns `module`."""
    device, dtype = _target(target, device, dtype)
    check_device(device)
    if dtype is not None:
        dtype = as_dtype(dtype)
        if not every and dtype.kind not in "fc":
            raise TypeError(f"[to] `dtype` (={dtype}) must be floating: modules hold weights")
        for p in module.parameters():
            if p.requires_grad:
                check_trackable(dtype)
        tensors = [*module.parameters(), *module.buffers()]
        tensors += [g for p in module.parameters() if (g := getattr(p, "_grad", None)) is not None]
        for t in tensors:
            if t._dtype != dtype and (every or t._dtype.kind in "fc"):
                _adopt(t, t._array.astype(dtype))
    return module


def _target(target: tuple, where, dtype):
    """Device and dtype in what `Tensor.to` understands."""
    for t in target:
        if isinstance(t, Tensor):
            dtype = t._dtype
        elif isinstance(t, device) or (isinstance(t, str) and t.partition(":")[0] in ("cpu", "cuda")):
            where = t
        elif t is not None and not isinstance(t, bool):  # a bool is PyTorch's `non_blocking`
            dtype = t
    return where, dtype


def _adopt(t: Tensor, array) -> None:
    """Give `t` memory of its own that nobody else holds."""
    t._array, t._dtype = array, array.dtype
    if hasattr(t, "_generation"):
        t._generation += 1  # views keep the old memory
