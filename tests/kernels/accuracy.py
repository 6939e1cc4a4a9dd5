"""How right a function of one number is: its error beside that of rounding the argument and the answer."""

from pathlib import Path

import mpmath
import numpy as np
import scipy.special

ROUNDINGS = 16  # error ≤ 16 u (|f| + |x f'|)

mp = mpmath.mp


def assert_accurate(function, exact, x):
    """Hold a kernel against an exact function (of and in mpmath's numbers) at the elements of `x`."""
    with np.errstate(all="raise"):
        y = function(x)
    assert y.dtype == x.dtype
    assert y.shape == x.shape
    with mpmath.workdps(50):
        for a, b in zip(x.tolist(), y.tolist(), strict=True):
            v = mp.mpf(a)
            truth, change = mp.re(exact(v)), abs(mp.re(exact(v * (1 + mp.mpf(10) ** -20)) - exact(v))) * 10**20
            assert _near(b, truth, change, x.dtype), f"f({a!r}) = {b!r}, not {mp.nstr(truth, 20)}"


def assert_table(function, name, x, y, chosen=lambda rows: slice(None)):
    """Hold a kernel against a table that SciPy took from Boost: column `y` is the function of column(s) `x`."""
    table = np.load(Path(scipy.special.__file__).parent / "tests" / "data" / "boost.npz")[name]
    table = table[chosen(table)]
    *others, last = table[:, x].T if isinstance(x, tuple) else (table[:, x],)
    slope = np.abs(function(*others, np.nextafter(last, np.inf)) - function(*others, np.nextafter(last, -np.inf))) / 2
    wrong = ~(np.abs(function(*others, last) - table[:, y]) <= ROUNDINGS * (np.spacing(np.abs(table[:, y])) + slope))
    assert len(table) >= 10
    assert not wrong.any(), table[wrong]


def sizes(low, high, count):
    """Numbers of every order of magnitude, of both signs."""
    x = np.geomspace(low, high, count)
    return np.concatenate([-x, x])


def _near(y, truth, change, dtype):
    limits = np.finfo(dtype)
    if abs(truth) > float(limits.max):
        return y == (np.inf if truth > 0 else -np.inf)
    bound = ROUNDINGS * mp.mpf(float(limits.eps)) / 2 * (abs(truth) + change) + float(limits.smallest_subnormal)
    return np.isfinite(y) and abs(mp.mpf(y) - truth) <= bound
