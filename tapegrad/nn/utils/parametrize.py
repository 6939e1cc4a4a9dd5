"""Parametrizations: a parameter of a module computed from others, each time that it is asked for.

`register_parametrization(module, "weight", f)` moves the weight to `module.parametrizations.weight.original` and makes
`module.weight` mean f(original), recorded like any other computation.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..._tape import Tensor, no_grad, write_silently
from ..container import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

_values: ContextVar[dict | None] = ContextVar("values", default=None)  # inside `cached()`


class ParametrizationList(ModuleList):
    """What one tensor of a module is computed by: the parametrizations, in order, and the tensors they start from.

    Fields
    ------
    original : Parameter or Tensor
        Or original0, original1, …, where the first `right_inverse` gives several.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False):
        super().__init__(modules)
        self.unsafe = unsafe
        parts = self._inverse(original, strict=False)
        self.is_tensor = isinstance(parts, Tensor)
        parts = (parts,) if self.is_tensor else parts
        if not (isinstance(parts, Sequence) and all(isinstance(part, Tensor) for part in parts)):
            raise ValueError(
                "[register_parametrization] `right_inverse` must return a Tensor or a sequence of Tensors, got "
                f"{type(parts).__name__}"
            )
        self.ntensors = len(parts)
        if not unsafe:
            if self.is_tensor:
                _check_like("`right_inverse`", parts[0], original)
            with no_grad():
                _check_like("the parametrization", self._value(parts), original)
        trained = isinstance(original, Parameter)
        if self.is_tensor and parts[0].shape == original.shape:
            if parts[0] is not original:
                write_silently(original, parts[0]._array)
            parts = (original,)  # the very one that an optimiser may know
        elif trained:
            parts = [Parameter(part.detach().clone(), original.requires_grad) for part in parts]
        for name, part in zip(self._names(), parts, strict=True):
            (self.register_parameter if trained else self.register_buffer)(name, part)

    def _names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{k}" for k in range(self.ntensors)]

    def _inverse(self, value, strict: bool):
        """The tensors to start from so that `value` comes out."""
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        value = module.right_inverse(value)
                    except NotImplementedError:  # not for all settings: as if there were none
                        if strict:
                            raise
                elif strict:
                    raise RuntimeError(
                        f"[parametrize] a tensor was assigned, but {type(module).__name__} has no `right_inverse`"
                    )
        return value

    def right_inverse(self, value: Tensor) -> None:
        """Set the tensors to start from so that `value` comes out."""
        parts = self._inverse(value, strict=True)
        parts = (parts,) if isinstance(parts, Tensor) else tuple(parts)
        held = [getattr(self, name) for name in self._names()]
        if len(parts) != len(held):
            raise ValueError(f"[parametrize] `right_inverse` must return {len(held)} tensors, got {len(parts)}")
        for own, part in zip(held, parts, strict=True):
            _check_like("`right_inverse`", part, own)
        for own, part in zip(held, parts, strict=True):
            write_silently(own, part._array)

    def forward(self):
        return self._value(tuple(getattr(self, name) for name in self._names()))

    def _value(self, parts: Sequence[Tensor]):
        first, *others = self
        x = first(*parts)
        for module in others:
            x = module(x)
        return x


def _check_like(what: str, y, x: Tensor) -> None:
    """Raise unless `y` is a tensor that can stand for `x`."""
    if not isinstance(y, Tensor):
        raise ValueError(f"[register_parametrization] {what} must return a Tensor, got {type(y).__name__}")
    if (y.dtype, y.shape) != (x.dtype, x.shape):
        raise ValueError(
            f"[register_parametrization] {what} must keep dtype and shape ({x.dtype}, {x.shape}), not return "
            f"({y.dtype}, {y.shape}); `unsafe=True` allows it"
        )


def _lists(module) -> Any:
    """The parametrizations of a module by the names of tensors; a module that is being copied has none yet."""
    return module.__dict__.get("_modules", {}).get("parametrizations", {})


class _Parametrized(Module):
    """What a module with parametrizations has more than its class: some of its attributes are computed."""

    def __getattr__(self, name: str) -> Any:
        lists = _lists(self)
        if name not in lists:
            return super().__getattr__(name)
        values = _values.get()
        if values is None:
            return lists[name]()
        if lists[name] not in values:
            values[lists[name]] = lists[name]()
        return values[lists[name]]

    def __setattr__(self, name: str, value) -> None:
        lists = _lists(self)
        if name in lists:
            lists[name].right_inverse(value)
        else:
            super().__setattr__(name, value)

    def __dir__(self):
        return sorted({*super().__dir__(), *_lists(self)})


def _parametrized(kind: type) -> type:
    return type(f"Parametrized{kind.__name__}", (_Parametrized, kind), {"__doc__": kind.__doc__})


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Compute a parameter or buffer of a module from another tensor from now on.

    Parameters
    ----------
    module : Module
    tensor_name : str
    parametrization : Module
        Its `forward` computes the value. It may define `right_inverse`, which gives the tensor, or several, to start
        from for a value; without, the value itself. A second one applies to what the first gives.
    unsafe : bool
        The value may have another dtype or shape than the original, and is not checked.

    Returns
    -------
    Module
        The module, of a class of its own now.

    Raises
    ------
    ValueError
        If there is no such tensor, or the parametrization does not fit it; nothing has changed then.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad.nn.utils import parametrize
    >>> class Symmetric(tg.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = parametrize.register_parametrization(tg.nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        known = module.parametrizations[tensor_name]
        if not unsafe:
            with no_grad():
                x = known()
                _check_like("the parametrization", parametrization(x), x)
        known.append(parametrization)
        known.unsafe |= unsafe
        return module
    original = module._parameters.get(tensor_name, module._buffers.get(tensor_name))
    if original is None:
        raise ValueError(
            f"[register_parametrization] `tensor_name` (={tensor_name!r}) must name a parameter or a buffer of "
            f"{type(module).__name__}"
        )
    values = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
        module.__class__ = _parametrized(type(module))
    module.parametrizations[tensor_name] = values
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of a module is computed by parametrizations (None: whether any is)."""
    lists = _lists(module) if isinstance(module, _Parametrized) else {}
    return len(lists) > 0 if tensor_name is None else tensor_name in lists


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a computed tensor of a module an ordinary one again.

    Parameters
    ----------
    module : Module
    tensor_name : str
    leave_parametrized : bool
        Its value is what was computed last; False: the tensor to start from, if there is one alone.

    Raises
    ------
    ValueError
        If the tensor is not parametrized, or `leave_parametrized` cannot be False.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"[remove_parametrizations] `tensor_name` (={tensor_name!r}) is not parametrized")
    values = module.parametrizations[tensor_name]
    original = getattr(values, values._names()[0])
    trained = isinstance(original, Parameter)
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name).detach()
        if values.is_tensor and (value.shape, value.dtype) == (original.shape, original.dtype):
            write_silently(original, value._array)
        else:
            original = Parameter(value, original.requires_grad) if trained else value
    elif not values.is_tensor:
        raise ValueError(
            "[remove_parametrizations] `leave_parametrized` (=False) must be True where there are several originals"
        )
    del module.parametrizations[tensor_name]
    if not len(module.parametrizations):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[1]
    (module.register_parameter if trained else module.register_buffer)(tensor_name, original)
    return module


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once inside the block: ``with tape(), cached(): …``."""
    if _values.get() is not None:
        yield
        return
    token = _values.set({})
    try:
        yield
    finally:
        _values.reset(token)
