"""Normalisations on the device.

Where a set is a row, the kernel that finds its mean and variance writes what it normalises, too: three times over a row
that is in the cache after the first. A channel of a batch lies scattered and is long: one fold, in parts, finds its
statistics, and one kernel of elements applies them. Sums run in the precision of the elements, float16 in float32,
blocked; variances are those of differences from the mean, and lose nothing where that is large.
"""

import numpy as np

from ._fold import fold
from ._fuse import fused

__all__ = [
    "batch_norm", "batch_norm_grad", "channel_affine", "group_norm", "group_norm_grad", "layer_norm",
    "layer_norm_grad", "rms_norm", "rms_norm_grad",
]  # fmt: skip


def layer_norm(x, weight, bias, eps):
    """Normalise rows."""
    return fold(_normalise, (x, weight, bias), axes=1, settings=(x.dtype, eps))


def layer_norm_grad(g, x, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    gx = fold(_input_grad, (g, x, weight), (mean, scale), 1, (x.dtype,))
    return gx, *fold(_weight_grads, (g, x, mean[:, None], scale[:, None]), axes=0, settings=(x.dtype,))


def rms_norm(x, weight, eps):
    """Divide rows by their root mean square."""
    return fold(_divide, (x, weight), axes=1, settings=(x.dtype, eps))


def rms_norm_grad(g, x, weight, scale):
    """Cotangents of x and weight."""
    gx = fold(_quotient_grad, (g, x, weight), (scale,), 1, (x.dtype,))
    return gx, fold(_factor_grad, (g, x, scale[:, None]), axes=0, settings=(x.dtype,))


def group_norm(x, groups, weight, bias, eps):
    """Normalise groups of channels of each image."""
    weight, bias = _of_groups(weight, groups), _of_groups(bias, groups)
    y, mean, scale = fold(_normalise, (_sets(x, groups), weight, bias), axes=(2, 3), settings=(x.dtype, eps))
    return y.reshape(x.shape), mean, scale


def group_norm_grad(g, x, groups, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    g, sets = _sets(g, groups), _sets(x, groups)
    gx = fold(_input_grad, (g, sets, _of_groups(weight, groups)), (mean, scale), (2, 3), (x.dtype,))
    mean, scale = mean[:, :, None, None], scale[:, :, None, None]
    gw, gb = fold(_weight_grads, (g, sets, mean, scale), axes=(0, 3), settings=(x.dtype,))
    return gx.reshape(x.shape), gw.reshape(weight.shape), gb.reshape(weight.shape)


def batch_norm(x, weight, bias, eps):
    """Normalise channels over the batch."""
    mean, scale = fold(_statistics, (x,), axes=(0, 2), settings=(x.dtype, eps))
    return channel_affine(x, mean, scale, weight, bias), mean, scale


def batch_norm_grad(g, x, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    gw, gb = fold(_channel_grads, (g, x), (mean, scale), (0, 2), (x.dtype,))
    count = float(x.shape[0] * x.shape[2])
    return _centred(g, x, *(a[:, None] for a in (weight, mean, scale, gw, gb)), count), gw, gb


def channel_affine(x, mean, scale, weight, bias):
    """Normalise channels with a given mean and scale."""
    return _affine(x, *(a[:, None] for a in (mean, scale, weight, bias)))


def _sets(x, groups):
    """X with the channels of each group apart."""
    (N, C, L), (of_n, of_c, of_l) = x.shape, x.steps
    return x.view((N, groups, C // groups, L), (of_n, of_c * (C // groups), of_c, of_l))


def _of_groups(weight, groups):
    (C,), (step,) = weight.shape, weight.steps
    return weight.view((groups, C // groups, 1), (step * (C // groups), step, 0))


# ------------------------------------------------------------------------------------- formulas of rows


def _normalise(row, dtype, eps):
    mean = row.mean(lambda x, w, b: x)
    scale = 1 / np.sqrt(row.mean(lambda x, w, b: np.square(x - mean)) + eps)
    row.each(lambda x, w, b: ((x - mean) * scale * w + b).astype(dtype))
    return mean.astype(dtype), scale.astype(dtype)


def _input_grad(row, dtype):
    mean, scale = row.operands
    h, along = row.mean(lambda g, x, w: (g * w, g * w * ((x - mean) * scale)))
    row.each(lambda g, x, w: (scale * (g * w - h - (x - mean) * scale * along)).astype(dtype))


def _weight_grads(row, dtype):
    gw, gb = row.sum(lambda g, x, mean, scale: (g * ((x - mean) * scale), g))
    return gw.astype(dtype), gb.astype(dtype)


def _channel_grads(row, dtype):
    mean, scale = row.operands
    gw, gb = row.sum(lambda g, x: (g * ((x - mean) * scale), g))
    return gw.astype(dtype), gb.astype(dtype)


def _divide(row, dtype, eps):
    scale = 1 / np.sqrt(row.mean(lambda x, w: np.square(x)) + eps)
    row.each(lambda x, w: (x * scale * w).astype(dtype))
    return scale.astype(dtype)


def _quotient_grad(row, dtype):
    (scale,) = row.operands
    along = row.mean(lambda g, x, w: g * w * (x * scale))
    row.each(lambda g, x, w: (scale * (g * w - x * scale * along)).astype(dtype))


def _factor_grad(row, dtype):
    return row.sum(lambda g, x, scale: g * (x * scale)).astype(dtype)


def _statistics(row, dtype, eps):
    """Counts, means and sums of squared differences of parts are merged (Chan, Golub and LeVeque 1983)."""

    def together(n, mean, square, m, other, more):
        both = n + m
        share, gap = m / np.maximum(both, 1), other - mean
        return both, mean + gap * share, square + more + gap * gap * (n * share)

    def element(x):
        return np.ones_like(x), x, np.zeros_like(x)

    count, mean, square = row.fold(element, together, lambda *dtypes: (0, 0, 0))
    return mean.astype(dtype), (1 / np.sqrt(square / count + eps)).astype(dtype)


# ------------------------------------------------------------------------------------- of elements


@fused
def _affine(x, mean, scale, weight, bias):
    return ((x - mean) * (scale * weight) + bias).astype(x.dtype)


@fused
def _centred(g, x, weight, mean, scale, gw, gb, count):
    unit = (x - mean) * scale
    return (weight * scale * (g - gb / count - unit * (gw / count))).astype(x.dtype)
