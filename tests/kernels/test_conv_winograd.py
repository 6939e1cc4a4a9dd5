"""Winograd's convolution: on request only, within its bound, on any vectors and any number of threads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.kernels import conv2d, conv2d_input_grad, use
from tapegrad.kernels.conv import _window
from tapegrad.kernels.cpu import _conv_winograd, conv
from tapegrad.kernels.ref import conv as ref
from tests.kernels.arrays import random, seeds

ROOT = Path(__file__).parents[2]
SUITED = ((2, 64, 17, 18), (64, 64, 3, 3))


@pytest.fixture
def on_request():
    use(conv="winograd")
    yield
    use(conv="direct")


def winograd(x, w, b=None, padding=0):
    """Convolve by this algorithm, whatever the sizes."""
    window = _window("test", x.shape, w.shape, 1, padding, 1, 1)
    y = np.full((x.shape[0], w.shape[0], *window.out), np.nan, x.dtype)
    _conv_winograd.convolve(x, w, y, np.zeros(1, x.dtype) if b is None else b, window, False)
    return y


def winograd_input_grad(g, w, x_shape, padding=0):
    """Compute the input gradient by this algorithm, whatever the sizes."""
    window = conv._backwards(_window("test", x_shape, w.shape, 1, padding, 1, 1))
    x = np.full(x_shape, np.nan, g.dtype)
    _conv_winograd.convolve(g, w, x, np.zeros(1, g.dtype), window, True)
    return x


def bound(x, w, b):
    """2304 · γ · (|b| + Σ_c max|w| · max|x|), of each plane of the result."""
    m, u = w.shape[1] + 20, 2.0**-24
    largest = [np.abs(a).max((2, 3)).astype(np.float64) for a in (x, w)]
    return (2304 * m * u / (1 - m * u) * (np.abs(b) + largest[0] @ largest[1].T))[..., None, None]


def excess(seed, images, channels, filters, image, padding):
    """Return the largest error in units of the bound, forward and backward; numbers of very different sizes."""
    shapes = ((images, channels, *image), (filters, channels, 3, 3), (filters,))
    scales = (np.exp2(random(seed + 9, shape) * 4) for shape in shapes)
    x, w, b = (
        (random(seed + i, s) * scale).astype("f") for i, (s, scale) in enumerate(zip(shapes, scales, strict=True))
    )
    window = _window("test", x.shape, w.shape, 1, padding, 1, 1)
    y = winograd(x, w, b, padding)
    error = np.abs(y - ref.conv2d(*(a.astype(np.float64) for a in (x, w, b)), window, 1))
    forward = (error / bound(x, w, b)).max()
    g = random(seed + 3, y.shape).astype("f")
    exact = ref.conv2d_input_grad(g.astype(np.float64), w.astype(np.float64), x.shape, window, 1)
    error = np.abs(winograd_input_grad(g, w, x.shape, padding) - exact)
    return max(forward, (error / bound(g, w.swapaxes(0, 1), np.zeros(channels))).max())


@given(
    seeds, st.integers(1, 3), st.integers(1, 20), st.integers(1, 30),
    st.tuples(st.integers(3, 30), st.integers(3, 140)),
    st.integers(0, 4) | st.tuples(st.integers(0, 3), st.integers(0, 3)) | st.just("same"),
)  # fmt: skip
def test_errors_are_within_the_bound(seed, images, channels, filters, image, padding):
    assert excess(seed, images, channels, filters, image, padding) <= 1


def test_errors_are_usually_a_few_times_the_direct_ones():
    x, w = (random(seed, shape).astype("f") for seed, shape in enumerate(SUITED))
    exact = conv2d(x.astype(np.float64), w.astype(np.float64), padding=1)
    direct, quick = (np.square(y - exact).mean() ** 0.5 for y in (conv2d(x, w, padding=1), winograd(x, w, padding=1)))
    assert 2 * direct < quick < 10 * direct


def test_what_is_not_finite_stays_in_the_tiles_that_read_it():
    x, w = np.ones((1, 3, 20, 20), np.float32), random(1, (2, 3, 3, 3)).astype("f")
    x[0, 1, 9, 12] = np.nan
    wrong = np.isnan(winograd(x, w, padding=1))
    assert wrong[:, :, 8:11, 11:14].all() and wrong[:, :, 8:12, 12:15].all()  # its own sums, and more than those
    assert wrong.sum() == wrong[:, :, 8:12, 8:16].sum()


def test_it_serves_on_request_and_where_it_pays(on_request):
    x, w = (random(seed, shape).astype("f") for seed, shape in enumerate(SUITED))
    b = random(2, 64).astype("f")
    g = conv2d(x, w, b, padding=1)
    np.testing.assert_array_equal(g, winograd(x, w, b, 1))
    np.testing.assert_array_equal(conv2d_input_grad(g, w, x.shape, padding=1), winograd_input_grad(g, w, x.shape, 1))
    window = _window("test", *SUITED, 1, 1, 1, 1)
    for change in (
        {"channels": 63}, {"channels": 513}, {"filters": 63}, {"groups": 2}, {"dtype": np.float64}, {"images": 1},
        {"window": window._replace(stride=(1, 2))}, {"window": window._replace(dilation=(2, 1))},
        {"window": window._replace(size=(3, 1))}, {"window": window._replace(out=(13, 40))},
    ):  # fmt: skip
        fitting = {"images": 2, "channels": 64, "filters": 64, "window": window, "groups": 1, "dtype": np.float32}
        assert _conv_winograd.suits(**fitting) and not _conv_winograd.suits(**fitting | change)
    use(conv="direct")
    assert not np.array_equal(conv2d(x, w, b, padding=1), g)


def test_a_choice_is_checked_before_anything_changes(on_request):
    with pytest.raises(ValueError, match=r"\[use\] `conv` \(='fast'\) must be 'direct' or 'winograd'"):
        use(matmul="blas", conv="fast")
    with pytest.raises(ValueError, match=r"\[use\] `matmul`"):
        use(matmul="mkl", conv="direct")
    x, w = (random(seed, shape).astype("f") for seed, shape in enumerate(SUITED))
    use(matmul="numba")
    np.testing.assert_array_equal(conv2d(x, w, padding=1), winograd(x, w, padding=1))


def test_a_thread_has_less_than_4_mb_of_its_own(monkeypatch):
    taken = []
    monkeypatch.setattr(_conv_winograd, "run", lambda task, work, dtype, arrays, numbers, room: taken.append(room * 4))
    for filters in (64, 127, 512, 2048):
        winograd(np.empty((1, 512, 20, 300), np.float32), np.empty((filters, 512, 3, 3), np.float32))
    assert len(taken) == 8 and max(taken) <= 4 << 20


def start(code, **environment):
    code = f"from tests.kernels.test_conv_winograd import *\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_answers_are_the_same_bits_for_any_number_of_threads():
    words = start(
        """
import hashlib
from tapegrad.kernels import set_num_threads
from tapegrad.kernels.cpu import _numba
_numba._WORTH_THREADS = 0
x, w = random(1, (3, 20, 30, 31)).astype("f"), random(2, (70, 20, 3, 3)).astype("f")
for threads in (1, 2, 3, 3):
    set_num_threads(threads)
    y = winograd(x, w, padding=1)
    print(hashlib.sha256(y.tobytes() + winograd_input_grad(y, w, x.shape, 1).tobytes()).hexdigest())
""",
        NUMBA_NUM_THREADS="3",
    )
    assert len(words) == 4 and len(set(words)) == 1


@pytest.mark.parametrize("shape", ["avx2", "portable"])
def test_other_vectors_keep_the_bound(shape):
    code = "from tapegrad.kernels.cpu._simd import VECTOR\nprint(VECTOR, excess(1, 2, 9, 20, (11, 75), 1) <= 1)"
    assert start(code, TAPEGRAD_SIMD=shape) == [{"avx2": "32", "portable": "16"}[shape], "True"]
