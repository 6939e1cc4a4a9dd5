"""Normalisations in NumPy, in float64 inside. Sets are brought to the last axes, (sets, rows, elements of a row)."""

import numpy as np

__all__ = [
    "batch_norm", "batch_norm_grad", "channel_affine", "group_norm", "group_norm_grad", "layer_norm",
    "layer_norm_grad", "rms_norm", "rms_norm_grad",
]  # fmt: skip


def layer_norm(x, weight, bias, eps):
    """Normalise rows."""
    mean, scale = _statistics(x, (1,), eps)
    y = (x - mean[:, None]) * scale[:, None] * weight + bias
    return y.astype(x.dtype), mean.astype(x.dtype), scale.astype(x.dtype)


def layer_norm_grad(g, x, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    wide, unit = g.astype(np.float64), (x.astype(np.float64) - mean[:, None]) * scale[:, None]
    gx = _input_grad(wide * weight, unit, scale[:, None], (1,), True)
    return gx.astype(x.dtype), (wide * unit).sum(0).astype(x.dtype), wide.sum(0).astype(x.dtype)


def rms_norm(x, weight, eps):
    """Divide rows by their root mean square."""
    scale = 1 / np.sqrt(np.mean(x.astype(np.float64) ** 2, 1) + eps)
    return (x * scale[:, None] * weight).astype(x.dtype), scale.astype(x.dtype)


def rms_norm_grad(g, x, weight, scale):
    """Cotangents of x and weight."""
    wide, unit = g.astype(np.float64), x.astype(np.float64) * scale[:, None]
    gx = _input_grad(wide * weight, unit, scale[:, None], (1,), False)
    return gx.astype(x.dtype), (wide * unit).sum(0).astype(x.dtype)


def group_norm(x, groups, weight, bias, eps):
    """Normalise groups of channels of each image."""
    sets = x.reshape(x.shape[0], groups, x.shape[1] // groups, x.shape[2])
    mean, scale = _statistics(sets, (2, 3), eps)
    unit = ((sets - mean[:, :, None, None]) * scale[:, :, None, None]).reshape(x.shape)
    y = unit * weight[:, None] + bias[:, None]
    return y.astype(x.dtype), mean.astype(x.dtype), scale.astype(x.dtype)


def group_norm_grad(g, x, groups, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    sets = x.shape[0], groups, x.shape[1] // groups, x.shape[2]
    wide, scale = g.astype(np.float64), scale[:, :, None, None]
    unit = (x.astype(np.float64).reshape(sets) - mean[:, :, None, None]) * scale
    gx = _input_grad((wide * weight[:, None]).reshape(sets), unit, scale, (2, 3), True).reshape(x.shape)
    gw = (wide * unit.reshape(x.shape)).sum((0, 2))
    return gx.astype(x.dtype), gw.astype(x.dtype), wide.sum((0, 2)).astype(x.dtype)


def batch_norm(x, weight, bias, eps):
    """Normalise channels over the batch."""
    mean, scale = _statistics(x, (0, 2), eps)
    y = channel_affine(x.astype(np.float64), mean, scale, weight, bias)
    return y.astype(x.dtype), mean.astype(x.dtype), scale.astype(x.dtype)


def batch_norm_grad(g, x, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    wide, unit = g.astype(np.float64), (x.astype(np.float64) - mean[:, None]) * scale[:, None]
    gx = _input_grad(wide * weight[:, None], unit, scale[:, None], (0, 2), True)
    return gx.astype(x.dtype), (wide * unit).sum((0, 2)).astype(x.dtype), wide.sum((0, 2)).astype(x.dtype)


def channel_affine(x, mean, scale, weight, bias):
    """Normalise channels with a given mean and scale."""
    return (x - mean[:, None]) * (scale * weight)[:, None] + bias[:, None]


def _statistics(x, axes, eps):
    wide = x.astype(np.float64)
    return wide.mean(axes), 1 / np.sqrt(wide.var(axes) + eps)


def _input_grad(h, unit, scale, axes, centred):
    gx = h - unit * (h * unit).mean(axes, keepdims=True)
    return scale * (gx - h.mean(axes, keepdims=True) if centred else gx)
