"""Running sums and products."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, into


def _cumulative(name: str):
    def scan(a, axis=None, dtype=None, out=None):
        a = a.reshape(-1) if axis is None else a
        a = a if dtype is None else a.to(dtype)
        return into(out, FUNCTIONS[name](a, dim=0 if axis is None else axis))

    return scan


HANDLED.update({np.cumsum: _cumulative("cumsum"), np.cumprod: _cumulative("cumprod")})
