"""`tapegrad.masked`: reductions and scans of the elements alone for which a boolean mask, broadcast to `x`, holds.

What the mask leaves out is replaced by what changes nothing (0 of a sum, -∞ of a maximum), and has the gradient 0.
Where nothing is left the answer is that value, or NaN where there is none.
"""

from math import inf, nan

import numpy as np

from .ops import FUNCTIONS
from .ops import norm as _norms
from .ops._dims import dim_of
from .ops._reduced import in_floats
from .ops._registry import call_by
from .ops.cast import cast
from .ops.elementwise import sqrt
from .ops.selection import maximum, where
from .ops.shape import expand_to

__all__ = [
    "amax", "amin", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logaddexp", "logsumexp", "mean", "median",
    "norm", "normalize", "prod", "softmax", "softmin", "std", "sum", "var",
]  # fmt: skip


def _kept(op: str, x, mask, neutral, dtype=None):
    """`x` in `dtype`, with `neutral` where the mask does not hold."""
    x = x if dtype is None else cast(x, dtype)
    if mask is None:
        return x
    return where(_mask(op, x, mask), x, neutral(x.dtype) if callable(neutral) else neutral)


def _mask(op: str, x, mask):
    if mask.dtype != bool:
        raise TypeError(f"[masked.{op}] `mask` (dtype {mask.dtype}) must be boolean")
    try:
        return mask if mask.shape == x.shape else expand_to(mask, shape=np.broadcast_shapes(mask.shape, x.shape))
    except ValueError:
        raise RuntimeError(
            f"[masked.{op}] `mask` (shape {mask.shape}) must broadcast to the shape of `x` {x.shape}"
        ) from None


def _least(dtype):
    return -inf if dtype.kind in "fc" else int(np.iinfo(dtype).min)


def _greatest(dtype):
    return inf if dtype.kind == "f" else int(np.iinfo(dtype).max)


def sum(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Sum of what the mask keeps; see `tapegrad.sum`."""
    return FUNCTIONS["sum"](_kept("sum", x, mask, 0, dtype), dim, keepdim)


def prod(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Product of what the mask keeps; see `tapegrad.prod`."""
    return FUNCTIONS["prod"](_kept("prod", x, mask, 1, dtype), dim, keepdim)


def amax(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Maximum of what the mask keeps; see `tapegrad.amax`."""
    return FUNCTIONS["amax"](_kept("amax", x, mask, _least, dtype), dim, keepdim)


def amin(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Minimum of what the mask keeps; see `tapegrad.amin`."""
    return FUNCTIONS["amin"](_kept("amin", x, mask, _greatest, dtype), dim, keepdim)


def argmax(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Place of the maximum of what the mask keeps; see `tapegrad.argmax`."""
    return FUNCTIONS["argmax"](_kept("argmax", x, mask, _least, dtype), dim, keepdim)


def argmin(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Place of the minimum of what the mask keeps; see `tapegrad.argmin`."""
    return FUNCTIONS["argmin"](_kept("argmin", x, mask, _greatest, dtype), dim, keepdim)


def mean(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Mean of what the mask keeps; NaN of nothing."""
    if mask is None:
        return FUNCTIONS["mean"](x if dtype is None else cast(x, dtype), dim, keepdim)
    x = in_floats(x if dtype is None else cast(x, dtype))
    return sum(x, dim, keepdim=keepdim, mask=mask) / FUNCTIONS["sum"](_mask("mean", x, mask), dim, keepdim)


def median(x, dim=-1, *, keepdim=False, dtype=None, mask=None):
    """Median along a dim of what the mask keeps, the lower of two; NaN of nothing."""
    x = _kept("median", in_floats(x), mask, nan)
    y = FUNCTIONS["nanmedian"](x, dim_of("masked.median", dim, len(x.shape)), keepdim)[0]
    return y if dtype is None else cast(y, dtype)


def norm(x, ord=2.0, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Norm of what the mask keeps; see `tapegrad.linalg.vector_norm`."""
    return _norms.vector_norm(_kept("norm", x, mask, inf if ord == -inf else 0, dtype), ord, dim, keepdim)


def normalize(x, ord, dim, *, eps=1e-12, dtype=None, mask=None):
    """Divide by the norm along a dim, `eps` at least, of what the mask keeps; the rest is 0."""
    size = norm(x, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _kept("normalize", x, mask, 0, dtype) / maximum(size, eps)


def logsumexp(x, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Logarithm of the sum of the exponentials of what the mask keeps."""
    return FUNCTIONS["logsumexp"](_kept("logsumexp", x, mask, _least, dtype), dim, keepdim)


def var(x, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """Variance of what the mask keeps; see `tapegrad.var`."""
    if unbiased is not None and correction is not None:
        raise TypeError("[masked.var] `unbiased` and `correction` say the same: give one")
    correction = (1 if unbiased is None or unbiased else 0) if correction is None else correction
    x = in_floats(x if dtype is None else cast(x, dtype))
    if mask is None:
        return FUNCTIONS["var"](x, dim, keepdim=keepdim, correction=correction)
    d = x - mean(x, dim, keepdim=True, mask=mask)
    freedom = cast(FUNCTIONS["sum"](_mask("var", x, mask), dim, keepdim), x.dtype) - correction
    return sum(d * d, dim, keepdim=keepdim, mask=mask) / where(freedom > 0, freedom, 0)


def std(x, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """Standard deviation of what the mask keeps: the square root of `var`."""
    return sqrt(var(x, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask))


def softmax(x, dim, *, dtype=None, mask=None):
    """Softmax along a dim of what the mask keeps, 0 elsewhere; NaN where nothing is kept."""
    return FUNCTIONS["softmax"](_kept("softmax", x, mask, -inf, dtype), dim)


def log_softmax(x, dim, *, dtype=None, mask=None):
    """Logarithm of `softmax`: -∞ where the mask does not hold."""
    return FUNCTIONS["log_softmax"](_kept("log_softmax", x, mask, -inf, dtype), dim)


def softmin(x, dim, *, dtype=None, mask=None):
    """Softmax of -x of what the mask keeps."""
    return FUNCTIONS["softmax"](-_kept("softmin", x, mask, inf, dtype), dim)


def cumsum(x, dim, *, dtype=None, mask=None):
    """Running sum of what the mask keeps."""
    return FUNCTIONS["cumsum"](_kept("cumsum", x, mask, 0, dtype), dim)


def cumprod(x, dim, *, dtype=None, mask=None):
    """Running product of what the mask keeps."""
    return FUNCTIONS["cumprod"](_kept("cumprod", x, mask, 1, dtype), dim)


def logaddexp(x, other, *, dtype=None, input_mask=None, other_mask=None):
    """Logarithm of the sum of two exponentials, each only where its mask holds."""
    a, b = _kept("logaddexp", x, input_mask, -inf, dtype), _kept("logaddexp", other, other_mask, -inf, dtype)
    return FUNCTIONS["logaddexp"](a, b)


for _name in __all__:
    call_by(globals()[_name], {"x": "input"})
