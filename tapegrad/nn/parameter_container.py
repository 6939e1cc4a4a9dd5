"""Modules that hold parameters, as a list or by name."""

from collections.abc import Iterable, Iterator, Mapping
from operator import index
from typing import Any

from .._tape import Tensor
from .module import Module
from .parameter import Parameter


class _Parameters(Module):
    """Values under names: Tensors become Parameters, anything else stays what it is."""

    _keys: dict[str, None]

    def __init__(self):
        super().__init__()
        self.__dict__["_keys"] = {}

    def _put(self, key: str, value) -> None:
        if isinstance(value, Tensor) and not isinstance(value, Parameter):
            value = Parameter(value)
        setattr(self, key, value)
        self._keys[key] = None

    def _get(self, key: str) -> Any:
        for registry in (self._parameters, self._modules, self.__dict__):  # first: a name may be a method's
            if key in registry:
                return registry[key]
        raise KeyError(key)

    def _drop(self, key: str) -> Any:
        value = self._get(key)
        delattr(self, key)
        del self._keys[key]
        return value

    def __len__(self) -> int:
        return len(self._keys)

    def forward(self, *args, **kwargs):
        raise RuntimeError(f"{type(self).__name__} should not be called.")

    def extra_repr(self) -> str:
        return "\n".join(f"  ({key}): {_described(self._get(key))}" for key in self._keys)


def _described(value) -> str:
    """One line about a value."""
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    size = "x".join(map(str, value.shape))
    place = f" ({value.device})" if value.device.type == "cuda" else ""
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"{kind} containing: [{value.dtype} of size {size}{place}]"


class ParameterList(_Parameters):
    """A list of parameters, which the module that holds it finds.

    Parameters
    ----------
    values : iterable, optional
        Tensors become Parameters; anything else is kept as it is.

    Examples
    --------
    >>> import tapegrad as tg
    >>> weights = tg.nn.ParameterList([tg.ones(2), tg.zeros(3)])
    >>> [p.shape for p in weights]
    [(2,), (3,)]
    """

    def __init__(self, values: Iterable[Any] | None = None):
        super().__init__()
        self.extend(() if values is None else values)

    def _key(self, i) -> str:
        n, k = len(self), index(i)
        if not -n <= k < n:
            raise IndexError(f"[ParameterList] index {k} is out of range: there are {n} parameters")
        return str(k % n)

    def __getitem__(self, i):
        return type(self)(list(self)[i]) if isinstance(i, slice) else self._get(self._key(i))

    def __setitem__(self, i, value) -> None:
        self._put(self._key(i), value)

    def __iter__(self) -> Iterator[Any]:
        return (self._get(key) for key in self._keys)

    def __iadd__(self, values: Iterable[Any]):
        return self.extend(values)

    def append(self, value):
        """Add a value at the end; returns this list."""
        self._put(str(len(self)), value)
        return self

    def extend(self, values: Iterable[Any]):
        """Add values at the end; returns this list."""
        if isinstance(values, Tensor) or not isinstance(values, Iterable):
            raise TypeError(f"[extend] `values` must be an iterable of parameters, got {type(values).__name__}")
        for value in tuple(values):
            self.append(value)
        return self


class ParameterDict(_Parameters):
    """A dictionary of parameters, which the module that holds it finds.

    Parameters
    ----------
    parameters : mapping, or iterable of (name, value), optional
        Tensors become Parameters; anything else is kept as it is.
    """

    def __init__(self, parameters: Any = None):
        super().__init__()
        self.update(() if parameters is None else parameters)

    def __getitem__(self, key: str):
        if key not in self._keys:
            raise KeyError(key)
        return self._get(key)

    def __setitem__(self, key: str, value) -> None:
        if not isinstance(key, str):
            raise TypeError(f"[ParameterDict] a name must be a string, got {type(key).__name__}")
        self._put(key, value)

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def keys(self):
        """The names."""
        return self._keys.keys()

    def values(self):
        """The parameters."""
        return [self[key] for key in self]

    def items(self):
        """Names and parameters."""
        return [(key, self[key]) for key in self]

    def get(self, key: str, default=None):
        """The parameter of this name, or `default`."""
        return self[key] if key in self else default

    def setdefault(self, key: str, default=None):
        """The parameter of this name; if there is none, `default` becomes it."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str):
        """Take a parameter out; returns it."""
        if key not in self:
            raise KeyError(key)
        return self._drop(key)

    def popitem(self) -> tuple[str, Any]:
        """Take the last parameter out; returns its name and it."""
        if not self._keys:
            raise KeyError("[popitem] the ParameterDict is empty")
        key = next(reversed(self._keys))
        return key, self._drop(key)

    def clear(self) -> None:
        """Take all parameters out."""
        for key in list(self):
            self._drop(key)

    def update(self, parameters) -> None:
        """Add the parameters of a mapping, or of (name, value) pairs."""
        for key, value in parameters.items() if isinstance(parameters, Mapping | ParameterDict) else parameters:
            self[key] = value

    def copy(self) -> "ParameterDict":
        """Another dictionary of the same parameters."""
        return type(self)(self)

    def fromkeys(self, keys: Iterable[str], default=None) -> "ParameterDict":
        """A dictionary of these names, all with one value."""
        return type(self)((key, default) for key in keys)

    def __or__(self, other) -> "ParameterDict":
        joined = self.copy()
        joined.update(other)
        return joined

    def __ror__(self, other) -> "ParameterDict":
        joined = type(self)(other)
        joined.update(self)
        return joined

    def __ior__(self, other):
        self.update(other)
        return self
