"""`tapegrad.special`: special functions, under PyTorch's names.

Where an operation has a name in `tapegrad`, too, it is the same function.
"""

from .ops import FUNCTIONS
from .ops.bessel import airy_ai, spherical_bessel_j0
from .ops.bessel import j0 as bessel_j0
from .ops.bessel import j1 as bessel_j1
from .ops.bessel import y0 as bessel_y0
from .ops.bessel import y1 as bessel_y1
from .ops.gamma import zeta
from .ops.gaussian import entr, erfcx, log_ndtr, ndtr, ndtri
from .ops.modified_bessel import i0, i0e, i1, i1e
from .ops.modified_bessel import i0 as modified_bessel_i0
from .ops.modified_bessel import i1 as modified_bessel_i1
from .ops.modified_bessel import k0 as modified_bessel_k0
from .ops.modified_bessel import k0e as scaled_modified_bessel_k0
from .ops.modified_bessel import k1 as modified_bessel_k1
from .ops.modified_bessel import k1e as scaled_modified_bessel_k1
from .ops.orthogonal import (
    chebyshev_polynomial_t,
    chebyshev_polynomial_u,
    chebyshev_polynomial_v,
    chebyshev_polynomial_w,
    hermite_polynomial_h,
    hermite_polynomial_he,
    laguerre_polynomial_l,
    legendre_polynomial_p,
    shifted_chebyshev_polynomial_t,
    shifted_chebyshev_polynomial_u,
    shifted_chebyshev_polynomial_v,
    shifted_chebyshev_polynomial_w,
)

digamma, erf, erfc, erfinv = (FUNCTIONS[name] for name in ("digamma", "erf", "erfc", "erfinv"))
exp2, expit, expm1, log1p, logit = (FUNCTIONS[name] for name in ("exp2", "sigmoid", "expm1", "log1p", "logit"))
gammainc, gammaincc = FUNCTIONS["igamma"], FUNCTIONS["igammac"]
gammaln, multigammaln, polygamma, psi = (FUNCTIONS[name] for name in ("lgamma", "mvlgamma", "polygamma", "digamma"))
log_softmax, logsumexp, softmax = (FUNCTIONS[name] for name in ("log_softmax", "logsumexp", "softmax"))
round, sinc, xlog1py, xlogy = (FUNCTIONS[name] for name in ("round", "sinc", "xlog1py", "xlogy"))

__all__ = [
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "sinc",
    "softmax",
    "spherical_bessel_j0",
    "xlog1py",
    "xlogy",
    "zeta",
]
