"""The polynomials behind compiled activations, over all of float32, against SciPy in float64."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from tapegrad import kernels
from tapegrad.kernels.cpu import _functions
from tapegrad.kernels.cpu._lanes import width
from tapegrad.kernels.cpu._ufunc import Function, get, put


def _exp(args, dims, steps, kind):
    for i in range(0, dims[0], width(kind)):
        put(_functions.exp(get(kind, args, steps, 0, i, dims[0])), args, steps, 1, i, dims[0])


def _tanh(args, dims, steps, kind):
    for i in range(0, dims[0], width(kind)):
        put(_functions.tanh(get(kind, args, steps, 0, i, dims[0])), args, steps, 1, i, dims[0])


INSIDE = {"exp": Function(_exp, "x->x"), "tanh": Function(_tanh, "x->x")}  # no kernels: NumPy's are as fast
EXACT = {  # function: (its value, units in the last place allowed)
    "exp": (np.exp, 1.5),
    "sigmoid": (special.expit, 3.5),
    "tanh": (np.tanh, 6),
    "silu": (lambda x: x * special.expit(x), 4),
    "softplus": (lambda x: np.where(x > 20, x, np.logaddexp(0, x)), 4),
    "erf": (special.erf, 2.5),
    "erfc": (special.erfc, 8),
    "gelu": (lambda x: x * special.ndtr(x), 7),
}
STEP = 4099  # every so many floats: a prime, for all mantissas
SUBNORMALS, INFINITY = 0x00800000, 0x7F800000  # as bits


def all_float32():
    """Finite numbers of either sign, subnormals the densest, with both zeros and the largest."""
    bits = [np.arange(0, SUBNORMALS, STEP // 16), np.arange(SUBNORMALS, INFINITY, STEP), [INFINITY - 1]]
    positive = np.concatenate(bits).astype(np.uint32).view(np.float32)
    return np.concatenate([positive, -positive])


def ulps(y, truth):
    """Largest distance from the truth, in units of the last place of float32 there."""
    largest = float(np.finfo(np.float32).max)
    beyond = np.abs(truth) > largest
    assert np.isinf(y[beyond]).all()
    y, truth = y[~beyond], truth[~beyond]
    return (np.abs(y - truth) / np.spacing(np.minimum(np.abs(truth), 3.4e38).astype(np.float32))).max()


def worst():
    """The largest distance of each function."""
    x, found = all_float32(), {}
    with np.errstate(all="ignore"):
        for name, (exact, _) in EXACT.items():
            y = INSIDE[name]["f"](x) if name in INSIDE else getattr(kernels, name)(x)
            found[name] = ulps(y, exact(x.astype("d")))
    return found


def test_functions_keep_their_bounds_over_all_of_float32():
    for name, distance in worst().items():
        assert distance <= EXACT[name][1], name


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="takes instructions of x86-64 away")
@pytest.mark.parametrize(
    ("shape", "processor", "features"),
    [("avx2", "haswell", "+avx2,+fma"), ("portable", "x86-64", "+sse2")],
)
def test_functions_keep_their_bounds_with_fewer_instructions(shape, processor, features):
    code = """
from tapegrad.kernels.cpu import _simd
from tests.kernels.test_functions import EXACT, worst
print(_simd.SHAPE, [name for name, distance in worst().items() if not distance <= EXACT[name][1]])
"""
    settings = {"TAPEGRAD_SIMD": shape, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(root), **settings}, cwd=root,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == f"{shape} []\n", done.stderr
