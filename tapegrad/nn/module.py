"""Module: what every layer and every network is. Its registry finds parameters, buffers and modules by attribute."""

from collections.abc import Callable, Iterator
from typing import Any

from .._creation import check_trackable
from .._dtypes import as_dtype
from .._tape import RemovableHandle, Tensor
from ._convert import convert
from ._repr import layers, row
from ._state import IncompatibleKeys, collect, load
from ._summary import summary
from ._zero_grad import zero_grad
from .parameter import Parameter


class Module:
    """Base class of layers and networks.

    A subclass calls ``super().__init__()``, assigns layers and Parameters to attributes, and defines ``forward``.

    Fields
    ------
    training : bool
        Whether layers that differ between training and evaluation are in training mode.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc = nn.Linear(3, 2)
    ...
    ...     def forward(self, x):
    ...         return self.fc(x).relu()
    >>> net = Net()
    >>> net(tg.ones(4, 3)).shape
    (4, 2)
    >>> [name for name, _ in net.named_parameters()]
    ['fc.weight', 'fc.bias']
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]

    def __init__(self):
        fields = self.__dict__
        fields["training"] = True
        fields["_parameters"] = {}
        fields["_buffers"] = {}
        fields["_non_persistent"] = set()
        fields["_modules"] = {}
        fields["_forward_pre_hooks"] = {}
        fields["_forward_hooks"] = {}

    def forward(self, *args, **kwargs):
        """Compute the output; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        if not (self._forward_pre_hooks or self._forward_hooks):
            return self.forward(*args, **kwargs)
        for hook in tuple(self._forward_pre_hooks.values()):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        y = self.forward(*args, **kwargs)
        for hook in tuple(self._forward_hooks.values()):
            changed = hook(self, args, y)
            if changed is not None:
                y = changed
        return y

    # ------------------------------------------------------------------------------------ attributes

    def __getattr__(self, name: str) -> Any:  # only what is no ordinary attribute comes here
        fields = self.__dict__
        for registry in ("_parameters", "_modules", "_buffers"):
            if registry in fields and name in fields[registry]:
                return fields[registry][name]
        cure = "" if "_modules" in fields else "; did its __init__ forget super().__init__()?"
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{cure}")

    def __setattr__(self, name: str, value) -> None:
        fields = self.__dict__
        for kind, registry, what in _KINDS:
            if isinstance(value, kind):
                if registry not in fields:
                    raise AttributeError(f"cannot assign {what} before Module.__init__() call")
                self._forget(name, keep=registry)
                fields[registry][name] = value
                return
            if registry in fields and name in fields[registry]:
                if value is not None:
                    raise TypeError(
                        f"cannot assign '{type(value).__name__}' as {what} '{name}' ({kind.__name__} or None expected)"
                    )
                fields[registry][name] = None
                return
        if "_buffers" in fields and name in fields["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"cannot assign '{type(value).__name__}' as buffer '{name}' (Tensor or None expected)")
            fields["_buffers"][name] = value
            return
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if any(name in registry for registry in (self._parameters, self._buffers, self._modules)):
            self._forget(name)
        else:
            object.__delattr__(self, name)

    def __dir__(self):
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(name for name in names if not name[:1].isdigit())

    def _forget(self, name: str, keep: str | None = None) -> None:
        """Take `name` out of every place where attributes are, except the registry `keep`."""
        if keep is not None:
            self.__dict__.pop(name, None)
        self._non_persistent.discard(name)
        for registry in ("_parameters", "_buffers", "_modules"):
            if registry != keep:
                self.__dict__[registry].pop(name, None)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter (None: an absent one that keeps its name)."""
        self._check_new("parameter", name, param, Parameter, "_parameters")
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state but is not trained; `persistent`: and to the `state_dict`."""
        self._check_new("buffer", name, tensor, Tensor, "_buffers")
        self._buffers[name] = tensor
        if not persistent:
            self._non_persistent.add(name)

    def register_module(self, name: str, module: "Module | None") -> None:
        """Add a module under a name."""
        self.add_module(name, module)

    def add_module(self, name: str, module: "Module | None") -> None:
        """Add a module under a name."""
        self._check_new("module", name, module, Module, "_modules")
        self._modules[name] = module

    def _check_new(self, what: str, name: str, value, kind: type, registry: str) -> None:
        if registry not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"[register_{what}] `name` must be a string, got {type(name).__name__}")
        if "." in name or name == "":
            raise KeyError(f"[register_{what}] `name` (={name!r}) must not be empty or contain a dot")
        if hasattr(self, name) and name not in self.__dict__[registry]:
            raise KeyError(f"[register_{what}] attribute '{name}' already exists")
        if value is not None and not isinstance(value, kind):
            raise TypeError(
                f"[register_{what}] `{name}` (of type {type(value).__name__}) must be a {kind.__name__} or None"
            )

    # ------------------------------------------------------------------------------------ traversal

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, "Module"]]:
        """The module itself and all below it, each with its dotted name; a shared one once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator["Module"]:
        """The module itself and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """The modules directly below, each once, with their names."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator["Module"]:
        """The modules directly below, each once."""
        return (module for _, module in self.named_children())

    def _named_members(self, registry: str, prefix: str, recurse: bool, remove_duplicate: bool):
        seen = set()
        owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in owners:
            for name, value in getattr(module, registry).items():
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of this module (`recurse`: and of all below), with their names; a shared one once."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module (`recurse`: and of all below), each once."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers of this module (`recurse`: and of all below), with their names; a shared one once."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module (`recurse`: and of all below), each once."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> "Module":
        """The module at a dotted path below this one; "" is this one."""
        module = self
        for name in target.split(".") if target else ():
            found = getattr(module, name, None)
            if not isinstance(found, Module):
                raise AttributeError(f"{type(module).__name__} has no module `{name}` (of the path '{target}')")
            module = found
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        return self._get_member("_parameters", target)

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        return self._get_member("_buffers", target)

    def _get_member(self, registry: str, target: str):
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if getattr(module, registry).get(name) is None:
            raise AttributeError(f"{type(module).__name__} has no {registry[1:-1]} `{name}` (of the path '{target}')")
        return getattr(module, registry)[name]

    # ------------------------------------------------------------------------------------ modes and gradients

    def apply(self, fn: Callable[["Module"], None]) -> "Module":
        """Call `fn` on every module below, then on this one; returns it."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> "Module":
        """Put this module and all below it in training mode (False: in evaluation mode); returns it."""
        if not isinstance(mode, bool):
            raise ValueError(f"[train] `mode` (={mode!r}) must be a bool")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> "Module":
        """Put this module and all below it in evaluation mode; returns it."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> "Module":
        """Ask for gradients of all parameters, or no longer; returns this module."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters (`set_to_none=False`: make them zeros)."""
        zero_grad(self.parameters(), set_to_none)

    # ------------------------------------------------------------------------------------ state

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """Parameters and persistent buffers by dotted name, detached (unless `keep_vars`), sharing memory."""
        return collect(self, prefix, keep_vars)

    def load_state_dict(self, state_dict, strict: bool = True) -> IncompatibleKeys:
        """Copy values into parameters and buffers. Nothing changes unless everything fits.

        Parameters
        ----------
        state_dict : mapping of names to Tensors or arrays
        strict : bool
            Demand exactly the names of `state_dict()`.

        Returns
        -------
        named tuple (missing_keys, unexpected_keys)

        Raises
        ------
        RuntimeError
            If shapes differ, or (strict) names do; the message lists all of them.
        """
        return load(self, state_dict, strict)

    def to(self, *target, device=None, dtype=None) -> "Module":
        """Convert all floating parameters and buffers, in place: ``to(float64)``, ``to("cpu")``, ``to(tensor)``."""
        return convert(self, *target, device=device, dtype=dtype)

    def type(self, dst_type) -> "Module":
        """Convert all parameters and buffers to one dtype, in place."""
        check_trackable(as_dtype(dst_type))
        return convert(self, dtype=dst_type, every=True)

    def float(self) -> "Module":
        """Convert all floating parameters and buffers to float32, in place."""
        return convert(self, dtype="float32")

    def double(self) -> "Module":
        """Convert all floating parameters and buffers to float64, in place."""
        return convert(self, dtype="float64")

    def half(self) -> "Module":
        """Convert all floating parameters and buffers to float16, in place."""
        return convert(self, dtype="float16")

    def cpu(self) -> "Module":
        """Move all parameters and buffers to the CPU."""
        return convert(self, device="cpu")

    def cuda(self, device=None) -> "Module":
        """Move all parameters and buffers to a CUDA device."""
        return convert(self, device="cuda" if device is None else device)

    # ------------------------------------------------------------------------------------ hooks

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before every `forward`; what it returns, if not None, replaces `args`."""
        return _add_hook(self, "_forward_pre_hooks", hook, prepend)

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after every `forward`; what it returns, if not None, is the output."""
        return _add_hook(self, "_forward_hooks", hook, prepend)

    # ------------------------------------------------------------------------------------ display

    def summary(self, *input_shape) -> None:
        """Print a table of the layers that a forward pass calls.

        One row a layer: its input and output shapes, its parameters, and the multiply-adds of a forward pass.
        Functional calls do not appear; a shared module has one row, a shared parameter counts once. The pass runs on
        zeros in evaluation mode, and leaves modes, buffers, gradients and random generators as they were.

        Parameters
        ----------
        *input_shape : tuples of ints, or one list of them
            One for each argument of `forward`, batch included. A Tensor serves too, and is what `forward` gets.
        """
        print(summary(self, input_shape))

    def extra_repr(self) -> str:
        """What stands between the brackets of this layer's repr."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        """Multiplications followed by an addition that one forward pass with an output of this shape takes."""
        return 0

    def _rows(self) -> list[str]:
        return [row(name, module) for name, module in self._modules.items()]

    def __repr__(self):
        return layers(self._get_name(), self.extra_repr(), self._rows())


_KINDS = [(Parameter, "_parameters", "parameter"), (Module, "_modules", "module")]


def _add_hook(module: Module, registry: str, hook: Callable, prepend: bool) -> RemovableHandle:
    hooks = getattr(module, registry)
    handle = RemovableHandle(hooks)
    rest = dict(hooks) if prepend else {}
    for key in rest:
        del hooks[key]
    hooks[handle.id] = hook
    hooks.update(rest)
    return handle
