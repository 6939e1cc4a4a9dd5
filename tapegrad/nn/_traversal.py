"""What a module holds, level by level: iterators and paths."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from .._tape import Tensor
from ._attributes import Attributes
from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class Traversal(Attributes):
    """The walks through a `Module`: all of it, its children, its parameters and buffers, one by its path."""

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, "Module"]]:
        """The module itself and all below it, each with its dotted name; a shared one once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, cast("Module", self)
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
        module = cast("Module", self)
        for name in target.split(".") if target else ():
            found = getattr(module, name, None)
            if not isinstance(found, Traversal):
                raise AttributeError(f"{type(module).__name__} has no module `{name}` (of the path '{target}')")
            module = cast("Module", found)
        return module

    def set_submodule(self, target: str, module: "Module", strict: bool = False) -> None:
        """Put `module` at a dotted path below this one, in the place of a module (`strict`: there must be one).

        Raises
        ------
        ValueError
            If the path or the module is none.
        AttributeError
            If no module is on the way there, or something else than a module is in its place.
        """
        if not target:
            raise ValueError("[set_submodule] `target` (='') must name a module below this one")
        if not isinstance(module, Traversal):
            raise ValueError(f"[set_submodule] `module` must be a Module, got {type(module).__name__}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if (strict or hasattr(parent, name)) and not isinstance(getattr(parent, name, None), Traversal):
            raise AttributeError(f"{type(parent).__name__} has no module `{name}` (of the path '{target}')")
        setattr(parent, name, module)

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
