"""tapegrad: reverse-mode automatic differentiation on a tape you can read.

    with tape() as t:
        y = (x**2 - 2 * x + 1).sum()
    y.backward()
    print(t)

Operations carry PyTorch's names and meanings (``tapegrad.f`` and ``Tensor.f``); NumPy's come through ``np.f(tensor)``.
What importing can do without is loaded on first use: `nn`, `optim` and the other subpackages, most families of
operations, and Numba, by the first kernel that needs it. All names are listed in `__init__.pyi`.
"""

import importlib as _importlib
import math as _math
import os as _os

if not _os.path.isdir(_os.path.join(__path__[0], "kernels")):
    # a checkout whose link `kernels` came out as a text file (Windows without the right to make links)
    __path__.append(_os.path.dirname(__path__[0]))

from . import (
    _creation,
    _device,
    _dtypes,
    _extend,
    _format,
    _interop,
    _random,
    _tape,
    _tensor,  # noqa: F401  (attaches the members of Tensor)
    autograd,
    kernels,
)
from .ops import FUNCTIONS as _FUNCTIONS

__version__ = "0.1.0"

_LAZY = tuple("cuda data fft io linalg masked nn optim signal special testing training utils viz".split())
_LAZY_NAMES = {"load": "io", "save": "io"} | dict.fromkeys(
    "bartlett_window blackman_window hamming_window hann_window kaiser_window".split(), "signal.windows"
)
_SOURCES = {
    _tape: "Tensor TapeError enable_grad is_grad_enabled no_grad set_grad_enabled tape",
    _creation: """
        BoolTensor DoubleTensor FloatTensor IntTensor LongTensor arange as_tensor empty empty_like eye from_numpy full
        full_like is_complex is_floating_point is_tensor linspace logspace numel ones ones_like result_type tensor zeros
        zeros_like""",
    _random: """
        Generator bernoulli get_rng_state initial_seed manual_seed multinomial normal rand rand_like randint
        randint_like randn randn_like randperm seed set_rng_state""",
    _dtypes: """
        complex64 complex128 finfo iinfo float16 float32 float64 get_default_dtype int8 int16 int32 int64 promote_types
        set_default_dtype uint8 uint16 uint32 uint64""",
    _device: "device",
    _extend: "Function primitive",
    _format: "get_printoptions printoptions set_printoptions",
    _interop: "from_dlpack",
    kernels: "get_num_threads set_num_threads",
}
_PUBLIC = {name: getattr(module, name) for module, names in _SOURCES.items() for name in names.split()}
_PUBLIC |= _FUNCTIONS.loaded
_PUBLIC |= {
    "autograd": autograd,
    "Variable": _creation.variable,
    "bool": _dtypes.bool_,
    "cdouble": _dtypes.complex128,
    "cfloat": _dtypes.complex64,
    "double": _dtypes.float64,
    "e": _math.e,
    "float": _dtypes.float32,
    "half": _dtypes.float16,
    "inference_mode": _tape.no_grad,
    "inf": _math.inf,
    "int": _dtypes.int32,
    "long": _dtypes.int64,
    "nan": _math.nan,
    "newaxis": None,
    "pi": _math.pi,
}
globals().update(_PUBLIC)
autograd.Function = _extend.Function  # type: ignore[attr-defined]
autograd.Variable = _creation.variable  # type: ignore[attr-defined]
for _mode in (_tape.enable_grad, _tape.no_grad, _tape.set_grad_enabled):
    setattr(autograd, _mode.__name__, _mode)

__all__ = sorted({*_PUBLIC, *_FUNCTIONS, *_LAZY, *_LAZY_NAMES, "kernels"})


def __getattr__(name: str):
    if name in _LAZY:
        return _importlib.import_module(f"{__name__}.{name}")
    if name in _LAZY_NAMES:
        return getattr(_importlib.import_module(f"{__name__}.{_LAZY_NAMES[name]}"), name)
    if name in _FUNCTIONS:
        globals()[name] = f = _FUNCTIONS[name]
        return f
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_FUNCTIONS, *_LAZY, *_LAZY_NAMES})
