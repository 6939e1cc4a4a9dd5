"""The normal distribution, its quantiles, and the error functions that go with them."""

from math import inf, pi, sqrt

from .. import kernels
from .._tape import unary
from ._operands import of_floats
from ._registry import public
from .elementwise import exp, log

erfinv = unary("erfinv", of_floats(kernels.erfinv),       lambda y: exp(y * y) * (sqrt(pi) / 2))
erfcx = unary("erfcx", of_floats(kernels.erfcx),          lambda x: _erfcx_slope(x))
_erfcx_slope = unary("erfcx", lambda x: kernels.erfcx(x, 1), lambda x, y: (x * y + erfcx(x)) * 2)
ndtr = unary("ndtr", of_floats(kernels.ndtr),             lambda x: exp(x * x * -0.5) * sqrt(0.5 / pi))
log_ndtr = unary("log_ndtr", of_floats(kernels.log_ndtr), lambda g, x: g / erfcx(x * -sqrt(0.5)) * sqrt(2 / pi))
ndtri = unary("ndtri", of_floats(kernels.ndtri),          lambda y: exp(y * y * 0.5) * sqrt(2 * pi))


def _entropy(x):
    z = kernels.where(x <= 0, 1, x)  # NaN stays
    return kernels.where(x < 0, -inf, 0 - z * kernels.log(z))


entr = unary("entr", of_floats(_entropy), lambda x: -1 - log(x))

for _f, _text in (
    (erfcx, "Scaled complementary error function: e^(x²) erfc(x), which does not underflow."),
    (ndtr, "Normal distribution function: 1/√(2π) ∫ e^(-t²/2) dt from -∞ to x, exact in the lower tail."),
    (log_ndtr, "Logarithm of `ndtr`, also where that underflows."),
    (ndtri, "Quantiles of the normal distribution, the inverse of `ndtr`: ∓∞ at 0 and 1, NaN outside."),
    (entr, "Entropy: -x log x, 0 at 0 and -∞ below. The slope at 0 is ∞."),
):
    _f.__doc__ = _text
    public(_f.__name__, function=False, method=False)(_f)

erfinv.__doc__ = "Inverse of `erf`: ±∞ at ±1, NaN outside."
public("erfinv", in_place=True)(erfinv)
