"""Which implementation serves these arrays.

A *family* is a file name: `conv` is `kernels/conv.py` (the contract) and `kernels/{ref,cpu,cuda}/conv.py`
(the implementations). Contracts ask here for the module that belongs to the type of their arrays:

    ndarray             →  kernels.cpu.F, which starts as kernels.ref.F and overrides what is faster
    a registered type   →  whatever was registered for it

Modules are imported on first use, so nothing is loaded that is not called.
"""

import importlib
import os
import sys

from numpy import generic, ndarray

_HOST = "ref" if os.environ.get("TAPEGRAD_KERNELS") == "ref" else "cpu"
_host = {}  # family -> module, for plain NumPy arrays
_device_types = {}  # array type -> package name, or mapping family -> module
_settle = {}  # array type -> what chooses between several places of arrays of this type
_SCALARS = (bool, int, float, complex, generic, type(None))  # at home everywhere
_PLAIN = frozenset((ndarray, bool, int, float, complex, type(None)))  # needs no second look


class OutOfMemoryError(RuntimeError):
    """A device has less memory left than was asked for. Everything is as it was before, and can be used."""


def serve(family, *arrays):
    """Return the module that implements `family` for these arrays.

    Python and NumPy scalars, and None, count as living wherever the other arrays do.

    Raises
    ------
    RuntimeError
        If the arrays are in different places.
    TypeError
        If one is of a kind that nobody registered.
    """
    for array in arrays:
        if type(array) not in _PLAIN:
            return _serve_mixed(family, arrays)
    return _host.get(family) or _load_host(family)


def register(array_type, implementations, settle=None):
    """Let the kernels work on another array type.

    Parameters
    ----------
    array_type : type
        Instances of it (and of its subclasses) are served by `implementations`.
    implementations : str or mapping
        The name of a package with one module per family, or a mapping from family to module
        (anything with the family's functions as attributes).
    settle : function, optional
        Called with a module and the arrays before the module is used; returns what serves in its place.
    """
    if not isinstance(array_type, type):
        raise TypeError(f"[register] `array_type` (={array_type!r}) must be a type")
    _device_types[array_type] = implementations
    if settle is not None:
        _settle[array_type] = settle


def native(array):
    """Return a NumPy array in the machine's byte order; anything else as it is."""
    if isinstance(array, ndarray) and not array.dtype.isnative:
        return array.astype(array.dtype.newbyteorder("="))
    return array


def _load_host(family):
    module = _host[family] = importlib.import_module(f".{_HOST}.{family}", __package__)
    return module


def _serve_mixed(family, arrays):
    home, first = None, None
    for array in arrays:
        if isinstance(array, _SCALARS):
            continue
        kind = _kind(array)
        if first is not None and kind is not home:
            raise RuntimeError(
                f"[{_contract()}] expected all tensors on the same device, got one of shape {tuple(first.shape)} on "
                f"{_where(first)} and one of shape {tuple(array.shape)} on {_where(array)}; move one with `.to(device)`"
            )
        home, first = kind, array
    if home is None or home is ndarray:
        return _host.get(family) or _load_host(family)
    implementations = _device_types[home]
    if isinstance(implementations, str):
        try:
            module = importlib.import_module(f"{implementations}.{family}")
        except ModuleNotFoundError:
            raise NotImplementedError(
                f"[{family}] has no kernels for {home.__name__} yet: move the arrays to the CPU"
            ) from None
    else:
        module = implementations[family]
    return _settle[home](module, arrays) if home in _settle else module


def _contract():
    """The name of the function that a mistake was made in: the public one nearest to who asks."""
    frame = sys._getframe(3)
    while frame.f_code.co_name.startswith("_") and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_name


def _where(array):
    """The name of the place where an array lives."""
    return getattr(array, "device", type(array).__name__)  # NumPy's say "cpu"


def _kind(array):
    if isinstance(array, ndarray):
        return ndarray
    for base in type(array).__mro__:
        if base in _device_types:
            return base
    raise TypeError(f"arrays must be numpy.ndarray or of a registered type, got {type(array).__name__}")
