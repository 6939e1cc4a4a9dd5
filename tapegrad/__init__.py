"""tapegrad: reverse-mode automatic differentiation on a tape you can read.

    with tape() as t:
        y = (x**2 - 2 * x + 1).sum()
    y.backward()
    print(t)

Operations carry PyTorch's names and meanings (``tapegrad.f`` and ``Tensor.f``), NumPy's come through ``np.f(tensor)``.
`nn`, `optim`, `data` and `testing` are loaded on first use; Numba by the first kernel that needs it.
"""

import importlib as _importlib

from . import _autograd as autograd
from . import _device, _numpy, _tensor
from ._creation import *
from ._creation import variable as Variable
from ._device import device
from ._dtypes import *
from ._dtypes import bool_ as bool
from ._extend import Function, primitive
from ._format import get_printoptions, printoptions, set_printoptions
from ._interop import from_dlpack
from ._random import *
from ._tape import TapeError, Tensor, enable_grad, is_grad_enabled, no_grad, set_grad_enabled, tape
from .ops import FUNCTIONS as _FUNCTIONS

autograd.Function = Function
globals().update(_FUNCTIONS)

__version__ = "0.1.0"
_LAZY = ("data", "nn", "optim", "testing")


def __getattr__(name: str):
    if name in _LAZY:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
