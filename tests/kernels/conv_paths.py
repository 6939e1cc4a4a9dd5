"""Small convolutions that between them take every path through the compiled kernels, and what their results may err."""

import numpy as np

from tapegrad.kernels import conv as contract
from tapegrad.kernels.ref import conv as ref

PATHS = {  # images, filters, settings
    "batch": ((17, 5, 6, 7), (13, 5, 3, 3), {"padding": 1}),  # a window at the border has fewer taps
    "batch in blocks": ((33, 70, 3, 4), (30, 70, 3, 3), {"padding": 1}),  # of images, of channels and of filters
    "batch, strided": ((20, 4, 9, 8), (6, 2, 2, 3), {"stride": (2, 3), "dilation": (2, 1), "groups": 2}),
    "rows in place": ((2, 4, 9, 45), (15, 4, 3, 5), {}),
    "rows of a band": ((2, 3, 11, 40), (26, 3, 5, 5), {"padding": (2, 4)}),
    "rows, every second": ((2, 6, 14, 71), (8, 3, 3, 4), {"stride": 2, "padding": 1, "groups": 2}),
    "rows, deep": ((1, 140, 5, 34), (5, 140, 3, 3), {"padding": 1}),
    "rows, padded more than the window is wide": ((2, 3, 6, 18), (5, 3, 2, 2), {"padding": 3}),
    "rows, run together": ((2, 3, 40, 19), (14, 3, 3, 3), {"padding": 1}),  # copied from several stretches
    "planes": ((3, 6, 13, 37), (6, 1, 3, 3), {"padding": 1, "groups": 6}),
    "planes, every second": ((3, 6, 13, 37), (6, 1, 3, 3), {"stride": 2, "padding": 1, "groups": 6}),
    "planes, a column": ((2, 3, 15, 20), (6, 1, 5, 4), {"padding": (4, 1), "groups": 3}),
    "planes, a tap, any stride": ((2, 3, 9, 20), (6, 1, 2, 3), {"stride": (2, 3), "dilation": (1, 2), "groups": 3}),
    "panels": ((2, 40, 7, 9), (50, 40, 3, 3), {"padding": "same"}),
    "panels, deep": ((1, 300, 4, 5), (28, 300, 3, 3), {"padding": 1}),
    "panels, deep, of two images": ((2, 150, 4, 7), (28, 150, 3, 3), {"padding": 1}),
    "panels, every second": ((3, 30, 14, 13), (40, 30, 3, 3), {"stride": 2, "padding": 1}),
    "panels, every second, deep": ((2, 14, 5, 8), (150, 14, 3, 3), {"stride": 2, "padding": 1}),
    "panels, every third": ((2, 18, 11, 13), (60, 9, 4, 2), {"stride": 3, "padding": (3, 0), "groups": 2}),
    "panels, dilated": ((2, 20, 12, 10), (30, 20, 3, 2), {"dilation": (2, 3), "padding": (1, 2)}),
    "one tap": ((3, 60, 5, 7), (70, 60, 1, 1), {}),
    "one tap, every second": ((3, 60, 6, 7), (70, 60, 1, 1), {"stride": 2}),
    "many filters": ((2, 3, 6, 6), (140, 3, 2, 2), {}),
    "thin": ((18, 1, 15, 14), (10, 1, 5, 5), {}),
    "volumes, deep": ((1, 60, 3, 4, 9), (5, 60, 2, 3, 4), {"padding": 1}),
    "volumes, every second": ((2, 4, 4, 5, 7), (3, 4, 3, 2, 3), {"stride": 2, "padding": 1, "dilation": (1, 1, 2)}),
    "volumes": ((2, 4, 5, 6, 7), (6, 2, 3, 2, 3), {"stride": (1, 2, 1), "padding": (1, 0, 2), "groups": 2}),
}
READINGS = ("", "_input_grad", "_weight_grad")


def numbers(seed, shape, dtype):
    """Numbers of either sign and of very different sizes: a bound on norms would not see what is lost of the small."""
    random = np.random.default_rng(seed)
    return (random.standard_normal(shape) * np.exp2(random.integers(-12, 12, shape))).astype(dtype)


def operands(path, dtype, draw=numbers):
    """Return the images x, the filters w, the bias b and the cotangent g of a path."""
    x_shape, w_shape, _ = PATHS[path]
    shapes = (x_shape, w_shape, w_shape[:1], (x_shape[0], w_shape[0], *window_of(path).out))
    return tuple(draw(seed, shape, dtype) for seed, shape in enumerate(shapes))


def window_of(path):
    """Return the resolved window of a path."""
    x_shape, w_shape, how = PATHS[path]
    settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | how
    return contract._window("test", x_shape, w_shape, *settings.values(), rank=len(x_shape) - 2)


def answers(path, dtype):
    """Return what the kernels say, in the order of `READINGS`."""
    x, w, b, g = operands(path, dtype)
    name, how = f"conv{x.ndim - 2}d", PATHS[path][2]
    forward, input_grad, weight_grad = (getattr(contract, name + reading) for reading in READINGS)
    return forward(x, w, b, **how), input_grad(g, w, x.shape, **how), weight_grad(g, x, w.shape, **how)


def oracle(path, x, w, b, g):
    """Return what the reference says, in the order of `READINGS`."""
    how = window_of(path), PATHS[path][2].get("groups", 1)
    return (
        ref.conv2d(x, w, b, *how),
        ref.conv2d_input_grad(g, w, x.shape, *how),
        ref.conv2d_weight_grad(g, x, w.shape, *how),
    )


def excess(path, dtype):
    """Return, for each reading, the largest error in units of its bound, k·u/(1 - k·u)·Σ|terms| for k terms."""
    arrays, wide = operands(path, dtype), np.float64 if dtype == np.float32 else np.longdouble
    exact = oracle(path, *(a.astype(wide) for a in arrays))
    terms = oracle(path, *(np.abs(a).astype(np.float64) for a in arrays))
    counts = oracle(path, *(np.ones(a.shape) for a in arrays))
    found = []
    for answer, right, sizes, k in zip(answers(path, dtype), exact, terms, counts, strict=True):
        assert answer.dtype == dtype and answer.shape == right.shape
        u, own = np.finfo(dtype).eps / 2, k * np.finfo(wide).eps  # what the oracle may err itself
        bound = (k * u / (1 - k * u) + own) * sizes
        error = np.abs(answer - right)
        assert not error[bound == 0].any()
        found.append(float((error / np.where(bound == 0, 1, bound)).max()))
    return found
