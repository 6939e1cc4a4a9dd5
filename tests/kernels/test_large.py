"""Positions beyond 2³¹ are addressed rightly, in images of zeros that take no memory where nobody looks."""

from tempfile import TemporaryFile

import numpy as np
import pytest

from tapegrad.kernels import (
    avg_pool2d,
    conv2d,
    conv2d_input_grad,
    conv2d_weight_grad,
    max_pool2d,
    put_plane,
    take_plane,
)

H, W = (1 << 16) + 2, (1 << 15) + 2
STRIDE = (H - 2, W - 2)  # of windows 2 × 2: one in each corner, the last behind more than 2³¹ elements
LAST = np.array([[1, 2], [3, 5]], np.float32)  # what is in it
TAPS = np.array([[7, 11], [13, 17]], np.float32)


def zeros(shape, dtype=np.float32):
    """Return zeros whose memory is there once it is used: those of a file that is all hole."""
    with TemporaryFile() as file:
        return np.asarray(np.memmap(file, dtype, "w+", shape=shape))


@pytest.fixture
def x():
    """An image that is empty but for its last corner."""
    x = zeros((1, 1, H, W))
    assert x.size - 2 * W > 1 << 31
    x[0, 0, -2:, -2:] = LAST
    return x


def test_convolution_reads_far_pixels(x):
    y = conv2d(x, TAPS[None, None], stride=STRIDE)
    assert y[0, 0].tolist() == [[0, 0], [0, np.vdot(LAST, TAPS)]]
    gw = conv2d_weight_grad(np.full((1, 1, 2, 2), 2, np.float32), x, (1, 1, 2, 2), stride=STRIDE)
    assert gw[0, 0].tolist() == (2 * LAST).tolist()


def test_convolution_writes_far_pixels(monkeypatch):
    g = np.array([[1, 2], [3, 4]], np.float32)[None, None]
    monkeypatch.setattr(np, "zeros", zeros)
    gx = conv2d_input_grad(g, TAPS[None, None], (1, 1, H, W), stride=STRIDE)
    assert gx[0, 0, :2, :2].tolist() == TAPS.tolist() and gx[0, 0, -2:, -2:].tolist() == (4 * TAPS).tolist()


def test_pooling_reads_and_writes_far_pixels(x, monkeypatch):
    y, winner = max_pool2d(x, 2, STRIDE)
    assert y[0, 0].tolist() == [[0, 0], [0, 5]] and winner[0, 0, 1, 1] == H * W - 1 > 1 << 31
    assert np.array_equal(take_plane(x, winner), y)
    assert avg_pool2d(x, 2, STRIDE)[0, 0, 1, 1] == LAST.mean()
    monkeypatch.setattr(np, "zeros", zeros)
    assert put_plane(y, winner, x.shape)[0, 0, -1, -1] == 5
