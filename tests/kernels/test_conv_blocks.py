"""Convolutions too large for one block: right at every seam, on any number of threads, in little memory."""

import threading
import tracemalloc

import numba
import numpy as np
import pytest

from tapegrad.kernels import conv, conv2d, conv2d_input_grad, conv2d_weight_grad
from tapegrad.kernels.conv import _window
from tapegrad.kernels.cpu import _simd
from tapegrad.kernels.ref import conv as ref
from tests.kernels.arrays import FLOATS, random

TOLERANCE = {np.float32: 2e-5, np.float64: 1e-13}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "how"),
    [
        ((5, 3, 37, 41), (30, 3, 5, 5), {"padding": 2}),  # ragged tiles everywhere
        ((2, 600, 9, 9), (17, 600, 3, 3), {"padding": "same"}),  # several chunks of channels
        ((3, 20, 12, 12), (1100, 20, 1, 1), {}),  # filters deeper than one panel of g
        ((2, 12, 30, 30), (12, 1, 3, 3), {"groups": 12, "stride": 2, "padding": 1}),  # depthwise
        ((64, 1, 28, 28), (10, 1, 5, 5), {}),  # LeNet
        ((37, 70, 5, 4), (30, 70, 3, 3), {"padding": 1}),  # the batch as the vector, in several blocks
        ((2, 9, 23, 31), (15, 3, 3, 2), {"groups": 3, "stride": (2, 3), "dilation": (1, 2), "padding": (1, 0)}),
        ((4, 64, 28, 28), (128, 64, 1, 1), {"stride": 2}),
    ],
)
def test_large_problems_are_blocked_rightly_and_equal_for_any_number_of_threads(x_shape, w_shape, how, dtype):
    x, w = random(1, x_shape, dtype), random(2, w_shape, dtype)
    settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | how
    window, groups = _window("test", x_shape, w_shape, *settings.values()), settings["groups"]
    g = random(3, (x_shape[0], w_shape[0], *window.out), dtype)
    answers = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        answers.append(
            (conv2d(x, w, **how), conv2d_input_grad(g, w, x_shape, **how), conv2d_weight_grad(g, x, w_shape, **how))
        )
    for alone, together in zip(*answers, strict=True):
        assert np.array_equal(alone, together)
    for answer, expected in zip(
        answers[0],
        (
            ref.conv2d(x, w, None, window, groups),
            ref.conv2d_input_grad(g, w, x_shape, window, groups),
            ref.conv2d_weight_grad(g, x, w_shape, window, groups),
        ),
        strict=True,
    ):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(answer / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "how"),
    [
        ((256, 64, 16, 16), (64, 64, 3, 3), {"padding": 1}),  # the batch as the vector
        ((256, 3, 64, 64), (16, 3, 7, 7), {"padding": 3, "stride": 2}),
        ((40, 256, 14, 14), (256, 256, 3, 3), {"stride": 2, "padding": 1}),
        ((8, 512, 7, 7), (512, 512, 3, 3), {"padding": 1}),
        ((4, 96, 56, 56), (96, 1, 7, 7), {"padding": 3, "groups": 96}),  # depthwise
        ((4, 6, 12, 60, 60), (12, 6, 3, 3, 3), {"padding": 1}),  # volumes
    ],
)
def test_workspace_stays_below_4_mb_a_thread(x_shape, w_shape, how, dtype):
    x, w = np.ones(x_shape, dtype), np.ones(w_shape, dtype)
    name = f"conv{x.ndim - 2}d"
    forward, input_grad, weight_grad = (getattr(conv, name + end) for end in ("", "_input_grad", "_weight_grad"))
    y, taken = forward(x, w, **how), []

    def measure(compute):  # in a thread of its own: workspace is kept for a thread's next call
        numba.set_num_threads(1)
        tracemalloc.start()
        result = compute()
        taken.append(tracemalloc.get_traced_memory()[1] - result.nbytes)
        tracemalloc.stop()

    for compute in (
        lambda: forward(x, w, **how),
        lambda: input_grad(y, w, x_shape, **how),
        lambda: weight_grad(y, x, w_shape, **how),
    ):
        thread = threading.Thread(target=measure, args=[compute])
        thread.start()
        thread.join()
    assert len(taken) == 3 and max(taken) <= 4 << 20, taken


def test_tiles_fit_the_registers():
    assert _simd.PANEL == 2 * _simd.VECTOR
    assert 2 * _simd.MR + 3 <= (32 if _simd.VECTOR == 64 else 16)
