"""Pooling in NumPy: a loop over the taps of the window."""

import numpy as np

__all__ = [
    "adaptive_max_pool2d", "avg_pool2d", "avg_pool2d_grad", "max_pool2d", "put_plane", "take_plane",
]  # fmt: skip


def max_pool2d(x, window):
    """Keep the best element so far, tap by tap."""
    y = np.zeros((*x.shape[:-2], *window.out), x.dtype)
    winner = np.full(y.shape, -1, np.int64)
    for h, w, inside in _taps(window):
        v = x[..., h, w]
        better = inside & ((winner < 0) | (v > y) | (v != v))
        y = np.where(better, v, y)
        winner = np.where(better, h * window.image[1] + w, winner)
    return y, winner


def adaptive_max_pool2d(x, rows, columns):
    """Search the windows one by one, each a pair of a range of rows and one of columns."""
    y = np.empty((*x.shape[:-2], len(rows), len(columns)), x.dtype)
    winner = np.empty(y.shape, np.int64)
    for p, (h, below) in enumerate(rows):
        for q, (w, beyond) in enumerate(columns):
            cut = x[..., h:below, w:beyond]
            cut = cut.reshape(*cut.shape[:-2], (below - h) * (beyond - w))
            unknown = cut != cut
            last = cut.shape[-1] - 1 - unknown[..., ::-1].argmax(-1)
            place = np.where(unknown.any(-1), last, cut.argmax(-1))
            winner[..., p, q] = (h + place // (beyond - w)) * x.shape[-1] + w + place % (beyond - w)
            y[..., p, q] = np.take_along_axis(cut, place[..., None], -1)[..., 0]
    return y, winner


def take_plane(x, winner):
    """Read by flat position."""
    planes, positions = _flat("take_plane", x, winner)
    return np.take_along_axis(planes, positions, -1).reshape(winner.shape)


def put_plane(g, winner, x_shape):
    """Add by flat position, in the order of g; float16 in float32."""
    x = np.zeros(x_shape, np.float32 if g.dtype == np.float16 else g.dtype)
    planes, positions = _flat("put_plane", x, winner)
    np.add.at(planes, (np.arange(len(planes))[:, None], positions), g.reshape(positions.shape).astype(x.dtype))
    return x.astype(g.dtype, copy=False)


def avg_pool2d(x, window, count_include_pad, divisor):
    """Add the taps, divide by their number."""
    y = np.zeros((*x.shape[:-2], *window.out), np.float32 if x.dtype == np.float16 else x.dtype)
    for h, w, inside in _taps(window):
        y += np.where(inside, x[..., h, w], 0)
    rows, columns = counts(window, count_include_pad, divisor)
    return (y / np.multiply.outer(rows, columns).astype(y.dtype)).astype(x.dtype, copy=False)


def avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor):
    """Give every tap its share."""
    x = np.zeros(x_shape, np.float32 if g.dtype == np.float16 else g.dtype)
    rows, columns = counts(window, count_include_pad, divisor)
    share = g / np.multiply.outer(rows, columns).astype(x.dtype)
    for h, w, inside in _taps(window):
        np.add.at(x, (..., h, w), np.where(inside, share, 0))
    return x.astype(g.dtype, copy=False)


def _taps(window):
    """Yield, tap by tap, the rows (P, 1) and columns (1, Q) read, clipped into the image, and where that is right."""
    (height, width), (columns, rows) = window.image, np.meshgrid(np.arange(window.out[1]), np.arange(window.out[0]))
    for r in range(window.size[0]):
        for s in range(window.size[1]):
            h = rows[:, :1] * window.stride[0] + r * window.dilation[0] - window.pads[0][0]
            w = columns[:1] * window.stride[1] + s * window.dilation[1] - window.pads[1][0]
            inside = (h >= 0) & (h < height) & (w >= 0) & (w < width)
            yield np.clip(h, 0, height - 1), np.clip(w, 0, width - 1), inside


def counts(window, count_include_pad, divisor):
    """Return what windows are divided by, as a product of numbers of their row (P,) and of their column (Q,)."""
    if divisor is not None:
        return np.full(window.out[0], divisor), np.ones(window.out[1], int)
    along = []
    for n, size, stride, (pad, _), out in zip(
        window.image, window.size, window.stride, window.pads, window.out, strict=True
    ):
        start = np.arange(out) * stride - pad
        end = np.minimum(start + size, n + pad)
        along.append(end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0))
    return tuple(along)


def _flat(op, x, winner):
    size = x.shape[-2] * x.shape[-1]
    planes = x.reshape(int(np.prod(x.shape[:-2])), size)
    positions = winner.reshape(len(planes), winner.shape[-2] * winner.shape[-1])
    if positions.size and not (0 <= positions.min() and positions.max() < size):
        raise IndexError(f"[{op}] `winner` must lie in 0 … {size - 1}")
    return planes, positions
