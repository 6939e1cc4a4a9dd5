"""Modules that hold modules."""

from collections.abc import Iterable, Iterator, Mapping
from operator import index

from . import _repr
from .module import Module


class _Numbered(Module):
    """Modules under the names "0", "1", …, with the methods of a list."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def _key(self, i) -> str:
        n, k = len(self._modules), index(i)
        if not -n <= k < n:
            raise IndexError(f"[{type(self).__name__}] index {k} is out of range: there are {n} modules")
        return list(self._modules)[k]

    def __getitem__(self, i):
        return self._part(i) if isinstance(i, slice) else self._modules[self._key(i)]

    def _part(self, i: slice) -> Module:
        """A container of the modules in a slice, under the names that they have here."""
        part = type(self)()
        for name, module in list(self._modules.items())[i]:
            part.add_module(name, module)
        return part

    def __setitem__(self, i, module: Module) -> None:
        setattr(self, self._key(i), module)

    def __delitem__(self, i) -> None:
        gone = list(self._modules)[i] if isinstance(i, slice) else [self._key(i)]
        rest = [(name, module) for name, module in self._modules.items() if name not in gone]
        renumber = all(name.isdigit() for name in self._modules)
        self._modules = {str(k) if renumber else name: module for k, (name, module) in enumerate(rest)}

    def append(self, module: Module):
        """Add a module at the end; returns this container."""
        k = len(self)
        while str(k) in self._modules:  # a slice keeps its numbers
            k += 1
        self.add_module(str(k), module)
        return self

    def insert(self, i: int, module: Module):
        """Add a module before the `i`-th; returns this container."""
        n, k = len(self), index(i)
        if not -n <= k <= n:
            raise IndexError(f"[insert] `index` (={k}) must lie in {-n} … {n}")
        if not isinstance(module, Module):
            raise TypeError(f"[insert] `module` must be a Module, got {type(module).__name__}")
        modules = list(self)
        modules.insert(k, module)
        self._modules = {str(j): m for j, m in enumerate(modules)}
        return self

    def extend(self, modules: Iterable[Module]):
        """Add modules at the end; returns this container."""
        for module in tuple(modules):
            self.append(module)
        return self

    def pop(self, i=-1) -> Module:
        """Take a module out; returns it."""
        module = self[i]
        del self[i]
        return module


class Sequential(_Numbered):
    """Modules in a row: each gets what the one before returns.

    Parameters
    ----------
    *modules : Modules, or one mapping of names to Modules

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad import nn
    >>> net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> net
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): ReLU()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    >>> net(tg.ones(5, 4)).shape
    (5, 1)
    """

    def __init__(self, *modules):
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], Mapping) else None
        for name, module in named or ((str(k), module) for k, module in enumerate(modules)):
            self.add_module(name, module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input

    def __add__(self, other: "Sequential") -> "Sequential":
        return Sequential(*self, *other) if isinstance(other, Sequential) else NotImplemented

    def __iadd__(self, other: "Sequential"):
        return self.extend(other) if isinstance(other, Sequential) else NotImplemented

    def __mul__(self, n: int) -> "Sequential":
        return Sequential(*list(self) * _times(n))

    __rmul__ = __mul__

    def __imul__(self, n: int):
        return self.extend(list(self) * (_times(n) - 1))


def _times(n: int) -> int:
    if not isinstance(n, int):
        raise TypeError(f"[Sequential] the factor (={n!r}) must be an int")
    if n <= 0:
        raise ValueError(f"[Sequential] the factor (={n}) must be positive")
    return n


class ModuleList(_Numbered):
    """A list of modules. It finds their parameters; calling them is up to you."""

    def __init__(self, modules: Iterable[Module] | None = None):
        super().__init__()
        self.extend(() if modules is None else modules)

    def __iadd__(self, modules: Iterable[Module]):
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> "ModuleList":
        return type(self)([*self, *other])

    def _part(self, i: slice) -> Module:
        return type(self)(list(self)[i])

    def _rows(self) -> list[str]:
        return _repr.runs(self)


class ModuleDict(Module):
    """A dictionary of modules. It finds their parameters; calling them is up to you."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None):
        super().__init__()
        self.update(() if modules is None else modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def keys(self):
        """The names."""
        return self._modules.keys()

    def values(self):
        """The modules."""
        return self._modules.values()

    def items(self):
        """Names and modules."""
        return self._modules.items()

    def pop(self, key: str) -> Module:
        """Take a module out; returns it."""
        return self._modules.pop(key)

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add the modules of a mapping, or of (name, module) pairs."""
        for key, module in modules.items() if isinstance(modules, Mapping | ModuleDict) else modules:
            self[key] = module
