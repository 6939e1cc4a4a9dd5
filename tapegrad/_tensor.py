"""Tensor: operators, methods and properties on the bare class of the engine. No mathematics here."""

import warnings

import numpy as np

from . import _creation, _interop, _placement, _random, _tape, autograd, kernels
from ._data import RESHAPING, set_data
from ._device import CPU, device_of, place
from ._dtypes import as_dtype, get_default_dtype
from ._format import format_array
from ._later import Later
from ._tape import OUTSIDE, Frozen, Leaf, Tensor, View, expose, is_exposed, plain, root_of
from .ops import IN_PLACE, METHODS, OPERATORS, axes, parts
from .ops.cast import cast
from .ops.indexing import getitem, setitem


def _init(self, *data, dtype=None, device=None, requires_grad: bool = False):
    """``Tensor(data)`` is ``tensor(data)`` in the default dtype; ``Tensor(2, 3)`` makes zeros of that shape."""
    if len(data) == 1 and not isinstance(data[0], int):
        array = _creation.as_array(data[0], get_default_dtype() if dtype is None else dtype)
    else:
        array = np.zeros(data, get_default_dtype() if dtype is None else as_dtype(dtype))
    array = place(array, device)
    self._array, self._shape, self._dtype, self._node = array, array.shape, array.dtype, None
    if requires_grad:
        self.requires_grad_()


# ---------------------------------------------------------------------------------------- gradients


def _requires_grad(self) -> bool:
    node = self._node
    return node is not None and node.tracked(self)


def _set_requires_grad(self, wanted: bool) -> None:
    self.requires_grad_(wanted)


def requires_grad_(self, requires_grad: bool = True) -> Tensor:
    """Ask for gradients of this tensor (or no longer), making it a leaf; returns it.

    Raises
    ------
    RuntimeError
        If its dtype has no gradients, or it is the result of tracked tensors.
    """
    node = self._node
    if requires_grad == _requires_grad(self):
        return self
    if not requires_grad:
        if type(node) is not Leaf:
            raise RuntimeError(
                "[requires_grad] you can only change requires_grad flags of leaf variables; this is a result. "
                "Use `.detach()` for a constant with its value"
            )
        self._node = Frozen(node)
        return self
    if type(node) is Frozen:
        self._node = node.cell
        return self
    if node is OUTSIDE:
        raise RuntimeError("[requires_grad] this was computed outside a tape from tracked tensors; `.detach()` it")
    _creation.check_trackable(self._dtype)
    if type(node) is View:  # from now on a root of its own, but other tensors reach its memory
        expose(self)
        self._exposed, self._generation = True, 0
    self._node = Leaf(self, exposed=is_exposed(self))
    return self


def _is_leaf(self) -> bool:
    return type(self._node) is Leaf or not _requires_grad(self)


def _grad(self):
    found = getattr(self, "_grad", None)
    if found is None and not _is_leaf(self) and not _retains_grad(self):
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf is being accessed. It is not populated by "
            "backward(); call .retain_grad() on the tensor inside the tape if you want it",
            stacklevel=2,
        )
    return found


def _set_grad(self, value) -> None:
    if value is not None:
        if not isinstance(value, Tensor):
            raise TypeError(f"[grad] assigned grad must be a Tensor or None, got {type(value).__name__}")
        if value._shape != self._shape:
            raise RuntimeError(f"[grad] assigned grad has shape {value._shape}, the tensor has {self._shape}")
        if value._dtype != self._dtype:
            raise RuntimeError(f"[grad] assigned grad has data of dtype {value._dtype}, the tensor has {self._dtype}")
        if (here := device_of(value._array)) != (there := device_of(self._array)):
            raise RuntimeError(f"[grad] assigned grad is on the device {here}, the tensor on {there}")
        if value is self:
            raise RuntimeError("[grad] a tensor can't be its own grad")
    self._grad = value


def _retains_grad(self) -> bool:
    node = self._node
    if node is None or type(node) is Leaf or not node.tracked(self):
        return False
    tape, slot = node.origin(self)
    return any(ref() is self for ref in tape.retained.get(slot, ()))


def backward(self, gradient=None, retain_graph=None, create_graph=None, inputs=None) -> None:
    """Accumulate into `.grad` of the leaves the gradient of this tensor. See `tapegrad.autograd.backward`.

    Parameters
    ----------
    gradient : Tensor, optional
        The cotangent that flows in; needed unless there is exactly one element.
    retain_graph, create_graph, inputs
        As for `tapegrad.autograd.backward`.
    """
    seeds = None if gradient is None else (_as_seed(gradient),)
    if inputs is None:
        _tape.backward((self,), seeds, retain_graph=retain_graph, create_graph=create_graph)
    else:
        autograd.backward((self,), seeds, retain_graph, create_graph, inputs)


def _as_seed(gradient):
    return gradient if isinstance(gradient, Tensor) else _creation.tensor(gradient)


def detach(self) -> Tensor:
    """A constant that shares this tensor's memory."""
    y = plain(self._array)
    node = self._node
    root = root_of(self)
    y._node = View(root, node.how if type(node) is View else (), (None, None, -1), True)
    return y


def detach_(self) -> Tensor:
    """Make this tensor a constant, in place."""
    if type(self._node) is View:
        raise RuntimeError("[detach_] a view can't be detached in place; use `.detach()`")
    if type(self._node) is Leaf:
        return self.requires_grad_(False)
    self._node = _tape.Exposed() if is_exposed(self) else None
    return self


# ---------------------------------------------------------------------------------------- values


def _one(self, op: str):
    if self._array.size != 1:
        raise RuntimeError(f"[{op}] a Tensor with {self._array.size} elements cannot be converted to a scalar")
    return self._array.item()


def item(self):
    """The only element, as a Python number."""
    return _one(self, "item")


def tolist(self):
    """The elements as nested lists of Python numbers (a number, if 0-d)."""
    return _interop.host(self._array).tolist()


def _bool(self) -> bool:
    if self._array.size != 1:
        raise RuntimeError(
            f"[bool] the truth value of a Tensor with {self._array.size} elements is ambiguous; use .any() or .all()"
        )
    return bool(self._array.item())


def _index(self) -> int:
    if self._dtype.kind not in "iub" or self._array.size != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self._array.item())


def _length(self) -> int:
    if not self._shape:
        raise TypeError("len() of a 0-d tensor")
    return self._shape[0]


def _iterate(self):
    if not self._shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(METHODS["unbind"](self))


def _contains(self, value) -> bool:
    return bool(kernels.any(self._array == (value._array if isinstance(value, Tensor) else value), None, False))


def size(self, dim: int | None = None):
    """The shape, or the length of one axis."""
    return self._shape if dim is None else self._shape[dim]


def dim(self) -> int:
    """The number of axes."""
    return len(self._shape)


def numel(self) -> int:
    """The number of elements."""
    return self._array.size


def element_size(self) -> int:
    """Bytes of one element."""
    return self._dtype.itemsize


def stride(self, dim: int | None = None):
    """Steps between neighbours along each axis, in elements."""
    steps = tuple(s // self._dtype.itemsize for s in self._array.strides)
    return steps if dim is None else steps[dim]


def is_contiguous(self) -> bool:
    """Whether the elements lie in C order without gaps."""
    return bool(self._array.flags.c_contiguous)


def _repr(self) -> str:
    prefix, suffixes = "tensor(", []
    node = autograd.node_of(self)
    if node is not None:
        suffixes.append(f"grad_fn=<{node.name()}>")
    elif _requires_grad(self):
        suffixes.append("requires_grad=True")
    values = np.asarray(_interop.host(self._array))
    device = None if type(self._array) is np.ndarray else str(self.device)
    return format_array(values, suffixes=suffixes, prefix=prefix, device=device, default_dtype=get_default_dtype())


def _format(self, spec: str) -> str:
    return format(self._array.item(), spec) if not self._shape else format(str(self), spec)


# ---------------------------------------------------------------------------------------- conversions


def _converter(name: str, dtype):
    def convert(self) -> Tensor:
        return cast(self, dtype)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"This tensor in {np.dtype(dtype)}; itself, if it has that dtype."
    return convert


def type_(self, dtype=None):
    """Convert to another dtype; without argument, the name of its dtype."""
    return str(self._dtype) if dtype is None else cast(self, dtype)


def type_as(self, other: Tensor) -> Tensor:
    """Convert to the dtype of `other`, and move to its device."""
    return self.to(other)


def _swapped(operation):
    def reflected(a, b):
        return operation(b, a)

    return reflected


def _in_place(name: str, compute):
    def change(self, *args, **options) -> Tensor:
        return _tape.write(self, name, compute, *args, **options)

    vars(change)["__wrapped__"] = compute  # its parameters are this one's
    change.__name__ = change.__qualname__ = f"{name}_"
    change.__doc__ = f"`{name}`, written into this tensor; returns it."
    return change


def _numpy_protocol(name: str):
    from ._numpy import protocol

    return getattr(protocol, name)


def _in_place_by_name(name: str):
    return _in_place(name, IN_PLACE[name])


_PROPERTIES = {
    "grad": property(_grad, _set_grad, lambda self: _set_grad(self, None), "The accumulated gradient, or None."),
    "data": property(detach, set_data, None, "A constant sharing this memory; assigning replaces the memory."),
    "requires_grad": property(_requires_grad, _set_requires_grad, None, "Whether gradients flow to this tensor."),
    "is_leaf": property(_is_leaf, None, None, "Whether no tracked operation made this tensor."),
    "retains_grad": property(_retains_grad, None, None, "Whether `retain_grad()` was called."),
    "grad_fn": property(autograd.node_of, None, None, "The operation that made this tensor, or None."),
    "device": property(lambda self: device_of(self._array), None, None, "Where the memory is."),
    "__cuda_array_interface__": property(_interop.__cuda_array_interface__),
    "is_cuda": property(lambda self: device_of(self._array) != CPU, None, None, "Whether it is on a CUDA device."),
    "ndim": property(dim, None, None, "The number of axes."),
    "itemsize": property(element_size, None, None, "Bytes of one element."),
    "nbytes": property(lambda self: self._array.nbytes, None, None, "Bytes of all elements."),
    "T": property(axes.T),
    "mT": property(axes.mT),
    "H": property(axes.H),
    "mH": property(axes.mH),
    "real": property(parts.real),
    "imag": property(parts.imag),
}
_CONVERTERS = {
    "float": "float32", "double": "float64", "half": "float16", "int": "int32", "long": "int64", "short": "int16",
    "char": "int8", "byte": "uint8", "bool": "bool", "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
_SPECIAL = {
    "init": _init, "bool": _bool, "index": _index, "len": _length, "iter": _iterate, "contains": _contains,
    "float": lambda self: float(_one(self, "float")), "int": lambda self: int(_one(self, "int")),
    "complex": lambda self: complex(_one(self, "complex")), "repr": _repr, "str": _repr, "format": _format,
    "getitem": getitem, "setitem": setitem,
}  # fmt: skip
_HERE = (
    requires_grad_, backward, detach, detach_, item, tolist, size, dim, numel, element_size, stride, is_contiguous,
    type_as, *_placement.METHODS, _tape.register_hook, _tape.register_post_accumulate_grad_hook, _tape.retain_grad,
    *_interop.METHODS, *_creation.METHODS, *RESHAPING, _random.uniform_, _random.normal_, _random.bernoulli_,
    _random.cauchy_, _random.exponential_, _random.geometric_, _random.log_normal_, _random.multinomial,
)  # fmt: skip
_BOTH_WAYS = "add sub mul truediv floordiv mod pow and or xor lshift rshift matmul".split()


def _attach() -> None:
    """Put everything on the class."""
    members: dict = {f.__name__: f for f in _HERE}
    members |= {name: METHODS.loaded.get(name) or Later(Tensor, name, METHODS.__getitem__, name) for name in METHODS}
    members |= {"type": type_, "nelement": numel, "ndimension": dim, **_PROPERTIES}
    members |= {f"{name}_": Later(Tensor, f"{name}_", _in_place_by_name, name) for name in IN_PLACE}
    members |= {name: _converter(name, dtype) for name, dtype in _CONVERTERS.items()}
    members |= {f"__{name}__": f for name, f in (OPERATORS | _SPECIAL).items()}
    members |= {f"__r{name}__": _swapped(OPERATORS[name]) for name in _BOTH_WAYS}
    members |= {f"__i{name}__": _in_place(name, OPERATORS[name]) for name in _BOTH_WAYS}
    members |= {name: Later(Tensor, name, _numpy_protocol, name) for name in ("__array_ufunc__", "__array_function__")}
    members["__array_priority__"] = 1000
    for name, member in members.items():
        setattr(Tensor, name, member)


_attach()
