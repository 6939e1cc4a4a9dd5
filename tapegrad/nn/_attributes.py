"""Attributes of a module: assigning a parameter, a buffer or a module to one registers it."""

from typing import Any

from .._tape import Tensor
from .parameter import Buffer, Parameter


class Attributes:
    """The attributes of a `Module`; three registries, by name, hold those that are more than attributes."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent: set[str]

    def __getattr__(self, name: str) -> Any:  # only what is no ordinary attribute comes here
        fields = self.__dict__
        for registry in ("_parameters", "_modules", "_buffers"):
            if registry in fields and name in fields[registry]:
                return fields[registry][name]
        cure = "" if "_modules" in fields else "; did its __init__ forget super().__init__()?"
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{cure}")

    def __setattr__(self, name: str, value) -> None:
        fields = self.__dict__
        for kind, registry, what, title in _KINDS:
            if isinstance(value, kind):
                if registry not in fields:
                    raise AttributeError(f"cannot assign {what} before Module.__init__() call")
                self._forget(name, keep=registry)
                fields[registry][name] = value
                return
            if registry in fields and name in fields[registry]:
                if value is not None:
                    raise TypeError(
                        f"cannot assign '{type(value).__name__}' as {what} '{name}' ({title} or None expected)"
                    )
                fields[registry][name] = None
                return
        if isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
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
        (self._non_persistent.discard if persistent else self._non_persistent.add)(name)

    def register_module(self, name: str, module) -> None:
        """Add a module under a name."""
        self.add_module(name, module)

    def add_module(self, name: str, module) -> None:
        """Add a module under a name."""
        self._check_new("module", name, module, Attributes, "_modules")
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
            title = "Module" if kind is Attributes else kind.__name__
            raise TypeError(f"[register_{what}] `{name}` (of type {type(value).__name__}) must be a {title} or None")


_KINDS = [(Parameter, "_parameters", "parameter", "Parameter"), (Attributes, "_modules", "module", "Module")]
