"""`tapegrad.special`: PyTorch's names, no second version of what has a name elsewhere, slopes with all their digits."""

import mpmath as mp
import numpy as np
import pytest

import tapegrad as tg
from tests.kernels.accuracy import assert_accurate, sizes

special = tg.special
LINE = np.concatenate([np.linspace(-12.03, 12.01, 40), sizes(1e-8, 0.9, 3), [25, -25.5]])
RIGHT, UNIT = LINE[LINE > 0], np.concatenate([np.linspace(0.01, 0.99, 20), 1 - np.geomspace(1e-12, 0.1, 5)])


def normal(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


SLOPES = {  # of each function the derivative, and where it is tried
    "gammaln": (mp.digamma, LINE),
    "digamma": (lambda x: mp.psi(1, x), LINE),
    "erf": (lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x), LINE),
    "erfc": (lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x), LINE),
    "erfcx": (lambda x: 2 * x * mp.exp(x * x) * mp.erfc(x) - 2 / mp.sqrt(mp.pi), LINE),
    "erfinv": (lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2), UNIT),
    "logit": (lambda x: 1 / (x * (1 - x)), UNIT),
    "ndtr": (normal, LINE),
    "log_ndtr": (lambda x: normal(x) / mp.erfc(-x / mp.sqrt(2)) * 2, LINE),
    "entr": (lambda x: -1 - mp.log(x), RIGHT),
    "sinc": (lambda x: (mp.cos(mp.pi * x) - mp.sinc(mp.pi * x)) / x, LINE),
    "i0": (lambda x: mp.besseli(1, x), LINE),
    "i1": (lambda x: mp.besseli(1, x, derivative=1), LINE),
    "i0e": (lambda x: mp.exp(-abs(x)) * (mp.besseli(1, x) - mp.sign(x) * mp.besseli(0, x)), LINE),
    "i1e": (lambda x: mp.exp(-abs(x)) * (mp.besseli(1, x, derivative=1) - mp.besseli(1, abs(x))), LINE),
    "modified_bessel_k0": (lambda x: -mp.besselk(1, x), RIGHT),
    "modified_bessel_k1": (lambda x: -mp.besselk(0, x) - mp.besselk(1, x) / x, RIGHT),
    "scaled_modified_bessel_k0": (lambda x: mp.exp(x) * (mp.besselk(0, x) - mp.besselk(1, x)), RIGHT),
    "bessel_j0": (lambda x: -mp.besselj(1, x), LINE),
    "bessel_j1": (lambda x: mp.besselj(1, x, derivative=1), LINE),
    "bessel_y0": (lambda x: -mp.bessely(1, x), RIGHT),
    "bessel_y1": (lambda x: mp.bessely(0, x) - mp.bessely(1, x) / x, RIGHT),
    "airy_ai": (lambda x: mp.airyai(x, derivative=1), LINE),
    "spherical_bessel_j0": (lambda x: (mp.cos(x) - mp.sinc(x)) / x, LINE),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_as_accurate_as_functions(name):
    def slope(points):
        x = tg.tensor(points, requires_grad=True)
        with tg.tape():
            y = getattr(special, name)(x).sum()
        y.backward()
        return x.grad.numpy()

    exact, points = SLOPES[name]
    assert_accurate(slope, exact, points)


def test_what_has_two_names_is_one_function():
    assert special.expit is tg.sigmoid
    assert special.psi is special.digamma is tg.digamma
    for name in "erf erfc erfinv exp2 expm1 i0 log1p log_softmax logit logsumexp polygamma round sinc softmax".split():
        assert getattr(special, name) is getattr(tg, name)
    assert {"xlogy", "xlog1py", "entr", "zeta"} <= set(special.__all__)


def test_every_name_is_there():
    assert all(callable(getattr(special, name)) for name in special.__all__)
