"""tapegrad: reverse-mode automatic differentiation on a tape you can read."""

from . import _autograd as autograd
from ._creation import *  # interim
from ._creation import variable as Variable
from ._dtypes import *
from ._format import get_printoptions, printoptions, set_printoptions
from ._interop import from_dlpack
from ._tape import Tensor, TapeError, enable_grad, is_grad_enabled, no_grad, set_grad_enabled, tape
from . import _tensor
from .ops import FUNCTIONS as _F

globals().update(_F)
