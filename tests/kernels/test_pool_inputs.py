"""What pooling takes: repeated numbers, any floats, nothing at all, and NaN; and what its averages may err."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tapegrad.kernels import avg_pool2d, avg_pool2d_grad, max_pool2d, put_plane, take_plane
from tests.kernels.arrays import FLOATS, random

ROOT = Path(__file__).parents[2]
POOLS = [  # kernel, stride, padding
    (2, 2, 0),
    (3, 1, 1),
    ((3, 2), 2, (1, 0)),
    ((2, 4), 3, (0, 2)),
    (5, (1, 2), 2),
]


def readings(x, *how):
    """Return all that pooling computes of images."""
    y, winner = max_pool2d(x, *how)
    average = avg_pool2d(x, *how)
    found = y, winner, take_plane(x, winner), put_plane(y, winner, x.shape), average
    return *found, avg_pool2d_grad(average, x.shape, *how)


@pytest.mark.parametrize("how", POOLS)
@pytest.mark.parametrize("axis", range(4))
def test_a_stride_of_zero_is_a_repeated_number(axis, how):
    x = np.broadcast_to(random(1, (3, 2, 11, 19), np.float32).take([0], axis), (3, 2, 11, 19))
    assert x.strides[axis] == 0
    for answer, right in zip(readings(x, *how), readings(x.copy(), *how), strict=True):
        assert np.array_equal(answer, right)


@pytest.mark.parametrize("how", POOLS)
@pytest.mark.parametrize("dtype", "efdg")
def test_averages_are_within_the_bound_of_their_sums(dtype, how):
    x = (random(1, (2, 3, 13, 70)) * np.exp2(random(2, (2, 3, 13, 70)) * 3)).astype(dtype)
    exact, terms = (avg_pool2d(a.astype(np.longdouble), *how) for a in (x, np.abs(x)))
    k, u = np.prod(np.broadcast_to(how[0], 2)) + 1, np.finfo(dtype).eps / 2  # one more: the quotient
    y = avg_pool2d(x, *how)
    assert y.dtype == dtype and (np.abs(y - exact) <= k * u / (1 - k * u) * terms).all()
    g = random(3, y.shape).astype(dtype)
    exact, terms = (avg_pool2d_grad(a.astype(np.longdouble), x.shape, *how) for a in (g, np.abs(g)))
    gx = avg_pool2d_grad(g, x.shape, *how)
    assert gx.dtype == dtype and (np.abs(gx - exact) <= k * u / (1 - k * u) * terms).all()


@pytest.mark.parametrize("dtype", ["e", "f", "d", "g", "b", "q", ">f", ">i"])
def test_the_largest_of_any_real_numbers_is_one_of_them(dtype):
    x = np.round(random(1, (2, 3, 9, 40)) * 20).astype(dtype)
    y, winner = max_pool2d(x, 3, 2, 1)
    expected, place = max_pool2d(x.astype(np.float64), 3, 2, 1)
    assert y.dtype == x.dtype.newbyteorder("=") and np.array_equal(winner, place) and np.array_equal(y, expected)


def test_what_has_no_axes_is_refused_in_words():
    for pool in (max_pool2d, avg_pool2d):
        with pytest.raises(ValueError, match=rf"\[{pool.__name__}\] `x` \(shape \(\)\) must have at least two"):
            pool(np.array(1.0), 1)


@pytest.mark.parametrize("dtype", "efdg")
@pytest.mark.parametrize("lead", [(0,), (0, 3), (2, 0)])
def test_of_no_planes_there_is_nothing(lead, dtype):
    for answer, size in zip(readings(np.ones((*lead, 6, 8), dtype), 2), (12, 12, 12, 48, 12, 48), strict=True):
        assert answer.size == 0 and answer.shape[:-2] == lead and np.prod(answer.shape[-2:]) == size


@pytest.mark.parametrize("how", POOLS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_what_is_not_finite_stays_in_the_windows_it_belongs_to(special, dtype, how):
    spot = np.zeros((1, 2, 11, 45), dtype)
    spot[0, 1, 5, 22] = 1
    x = np.where(spot, dtype(special), random(1, spot.shape, dtype))
    touched = avg_pool2d(spot, *how) > 0
    for y in (avg_pool2d(x, *how), max_pool2d(x, *how)[0]):
        np.testing.assert_array_equal(~np.isfinite(y), touched)
    of_g = np.zeros(touched.shape, dtype)
    of_g[0, 1, of_g.shape[2] // 2, of_g.shape[3] // 2] = 1
    g = np.where(of_g, dtype(special), random(2, of_g.shape, dtype))
    touched = avg_pool2d_grad(of_g, x.shape, *how) > 0
    np.testing.assert_array_equal(~np.isfinite(avg_pool2d_grad(g, x.shape, *how)), touched)


def test_answers_are_the_same_bits_for_any_number_of_threads():
    code = """
import hashlib
from tapegrad.kernels import set_num_threads
from tapegrad.kernels.cpu import _numba
from tests.kernels.test_pool_inputs import *
_numba._WORTH_THREADS = 0
for threads in (1, 2, 3, 3):
    set_num_threads(threads)
    found = hashlib.sha256()
    for dtype in FLOATS:
        for how in POOLS:
            for answer in readings(random(1, (4, 7, 13, 45), dtype), *how):
                found.update(answer)
    print(found.hexdigest())
"""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "3"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 4 and len(set(done.stdout.split())) == 1
