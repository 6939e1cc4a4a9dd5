"""Normalisations on the CPU: each set by one thread; what is summed over sets is summed in fixed blocks of them.

Groups of channels and whole channels are the same: R rows of L neighbours, every row with one weight. Only the steps
between the rows differ.
"""

import math

import numpy as np

from ..ref import norm as _ref
from ._columns import COLUMNS, COLUMNS_GRAD
from ._lanes import add_up, lanes, load, store, width
from ._numba import WORTH_THREADS, canonical, kernel, pointer, thread_count
from ._rows import row_dot, row_slopes, row_spread, row_sum
from ._ufunc import Function, quiet, row

__all__ = [
    "batch_norm", "batch_norm_grad", "channel_affine", "group_norm", "group_norm_grad", "layer_norm",
    "layer_norm_grad", "rms_norm", "rms_norm_grad",
]  # fmt: skip

_WORK = 6  # multiply-adds that an element is worth, about
_ROWS = 64  # rows whose weight gradients are added up at once
_SHORT = 64  # channels of up to so many neighbours are taken side by side


def layer_norm(x, weight, bias, eps):
    """Normalise rows."""
    if not _served(x):
        return _ref.layer_norm(x, weight, bias, eps)
    inputs = canonical(x), canonical(weight)[None], canonical(bias)[None], eps
    return _call(_LAYER_NORM, inputs, (_new(x, x.shape), _new(x, x.shape[:1]), _new(x, x.shape[:1])), x.shape)


def layer_norm_grad(g, x, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    if not _served(x):
        return _ref.layer_norm_grad(g, x, weight, mean, scale)
    return _rows_grad(_LAYER_NORM_GRAD, 2, weight, g, x, mean, scale)


def rms_norm(x, weight, eps):
    """Divide rows by their root mean square."""
    if not _served(x):
        return _ref.rms_norm(x, weight, eps)
    inputs = canonical(x), canonical(weight)[None], eps
    return _call(_RMS_NORM, inputs, (_new(x, x.shape), _new(x, x.shape[:1])), x.shape)


def rms_norm_grad(g, x, weight, scale):
    """Cotangents of x and weight."""
    if not _served(x):
        return _ref.rms_norm_grad(g, x, weight, scale)
    return _rows_grad(_RMS_NORM_GRAD, 1, weight, g, x, scale)


def group_norm(x, groups, weight, bias, eps):
    """Normalise groups of channels of each image."""
    if not _served(x):
        return _ref.group_norm(x, groups, weight, bias, eps)
    N, C, L = x.shape
    sets = N * groups, C // groups, L
    y, mean, scale = _new(x, x.shape), _new(x, (N, groups)), _new(x, (N, groups))
    inputs = canonical(x).reshape(sets), _of_groups(weight, N, sets), _of_groups(bias, N, sets), eps
    _call(_SETS, inputs, (y.reshape(sets), mean.reshape(-1), scale.reshape(-1)), sets)
    return y, mean, scale


def group_norm_grad(g, x, groups, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    if not _served(x):
        return _ref.group_norm_grad(g, x, groups, weight, mean, scale)
    N, C, L = x.shape
    sets = N * groups, C // groups, L
    gx, gw, gb = _new(x, x.shape), _new(x, (N, C)), _new(x, (N, C))
    inputs = canonical(g).reshape(sets), canonical(x).reshape(sets), _of_groups(weight, N, sets)
    outputs = gx.reshape(sets), gw.reshape(sets[:2]), gb.reshape(sets[:2])
    _call(_SETS_GRAD, (*inputs, canonical(mean).reshape(-1), canonical(scale).reshape(-1)), outputs, sets)
    return gx, _total(gw, 0), _total(gb, 0)


def batch_norm(x, weight, bias, eps):
    """Normalise channels over the batch."""
    if not _served(x):
        return _ref.batch_norm(x, weight, bias, eps)
    sets = canonical(x).transpose(1, 0, 2)
    outputs = y, mean, scale = _new(x, x.shape), _new(x, x.shape[1:2]), _new(x, x.shape[1:2])
    out = y.transpose(1, 0, 2), mean, scale
    if x.shape[2] <= _SHORT:
        _call(COLUMNS, (sets, canonical(weight), canonical(bias), eps), out, sets.shape)
    else:
        _call(_SETS, (sets, _of_channels(weight, sets), _of_channels(bias, sets), eps), out, sets.shape)
    return outputs


def batch_norm_grad(g, x, weight, mean, scale):
    """Cotangents of x, weight and bias."""
    if not _served(x):
        return _ref.batch_norm_grad(g, x, weight, mean, scale)
    g, sets = canonical(g).transpose(1, 0, 2), canonical(x).transpose(1, 0, 2)
    gx, statistics = _new(x, x.shape), (canonical(mean), canonical(scale))
    if x.shape[2] <= _SHORT:
        gw, gb = _new(x, x.shape[1:2]), _new(x, x.shape[1:2])
        _call(COLUMNS_GRAD, (g, sets, canonical(weight), *statistics), (gx.transpose(1, 0, 2), gw, gb), sets.shape)
        return gx, gw, gb
    gw, gb = _new(x, sets.shape[:2]), _new(x, sets.shape[:2])
    inputs = g, sets, _of_channels(weight, sets), *statistics
    _call(_SETS_GRAD, inputs, (gx.transpose(1, 0, 2), gw, gb), sets.shape)
    return gx, _total(gw, 1), _total(gb, 1)


def channel_affine(x, mean, scale, weight, bias):
    """Normalise channels with a given mean and scale: two NumPy passes."""
    factor = scale * weight
    y = x * factor[:, None]
    y += (bias - mean * factor)[:, None]
    return y


# ---------------------------------------------------------------------------------------- sets as rows


def _served(x):
    return x.size > 0 and _SETS[x.dtype.char] is not None


def _new(x, shape):
    return np.empty(shape, x.dtype.newbyteorder("="))


def _call(function, inputs, outputs, dims):
    """Call for dims[0] sets; inputs of length 1, and numbers, are for all of them."""
    letter, size = inputs[0].dtype.char, math.prod(dims)
    if size * _WORK < WORTH_THREADS or thread_count() == 1:
        function[letter](*inputs, *outputs)
        return outputs
    function.spread((*(np.asarray(a, letter) for a in inputs), *outputs), dims, size * _WORK)
    return outputs


def _rows_grad(function, sums, weight, *arrays):
    """Call for blocks of rows, the last of which may be shorter, and add up what each has summed."""
    arrays, weight = [canonical(a) for a in arrays], canonical(weight)[None]
    N, D = arrays[1].shape
    gx, whole = _new(weight, (N, D)), N // _ROWS * _ROWS
    parts = [_new(weight, (-(-N // _ROWS), D)) for _ in range(sums)]
    for first, last in ((0, whole), (whole, N)):
        if first < last:
            B = max(1, (last - first) // _ROWS)
            g, x, *statistics = (a[first:last].reshape(B, -1, *a.shape[1:]) for a in arrays)
            block = slice(first // _ROWS, first // _ROWS + B)
            outputs = gx[first:last].reshape(x.shape), *(p[block] for p in parts)
            _call(function, (g, x, weight, *statistics), outputs, x.shape)
    return gx, *(_total(p, 0) for p in parts)


def _total(parts, axis):
    return np.add.reduce(parts, axis, np.float64).astype(parts.dtype)


def _of_groups(weight, N, sets):
    return np.broadcast_to(weight, (N, weight.size)).reshape(sets[:2])


def _of_channels(weight, sets):
    weight = canonical(weight)
    return np.ndarray(sets.shape[:2], weight.dtype, weight, 0, (weight.itemsize, 0))


# ------------------------------------------------------------------------------------------------ loops


@kernel
def _inner(kind, args, steps, k, i, r, core):
    """Row r of set i of operand k, the step between whose rows stands at `core`."""
    return pointer(kind, args[k] + i * steps[k] + r * steps[core])


@kernel
def _statistics(near, rest, square, n, eps):
    """Mean and scale from the sums of x - `near` and its square: the rounding of a first mean is made good."""
    rest /= n
    return near + rest, 1.0 / math.sqrt(square / n - rest * rest + eps)


def _layer_norm(args, dims, steps, kind):
    D, w, b = dims[1], pointer(kind, args[1]), pointer(kind, args[2])
    for i in range(dims[0]):
        x, y, eps = row(kind, args, steps, 0, i), row(kind, args, steps, 4, i), row(kind, args, steps, 3, i)[0]
        mean, scale = row(kind, args, steps, 5, i), row(kind, args, steps, 6, i)
        mean[0] = row_sum(x, D) / D
        rest, square = row_spread(x, mean[0], D)
        mean[0], scale[0] = _statistics(mean[0], rest, square, D, eps)
        shift, factor = lanes(x, mean[0]), lanes(x, scale[0])
        for j in range(0, D, width(x)):
            unit = (load(x, j, D, 0.0) - shift) * factor
            store(unit * load(w, j, D, 0.0) + load(b, j, D, 0.0), y, j, D)
    quiet()


def _rms_norm(args, dims, steps, kind):
    D, w = dims[1], pointer(kind, args[1])
    for i in range(dims[0]):
        x, y, eps = row(kind, args, steps, 0, i), row(kind, args, steps, 3, i), row(kind, args, steps, 2, i)[0]
        s = 1.0 / math.sqrt(row_dot(x, x, D) / D + eps)
        row(kind, args, steps, 4, i)[0] = s
        factor = lanes(x, s)
        for j in range(0, D, width(x)):
            store(load(x, j, D, 0.0) * factor * load(w, j, D, 0.0), y, j, D)
    quiet()


@kernel
def _row_grad(g, x, w, gx, gw, gb, m, s, D, centred):
    """Gradient of one row; its shares of gw and gb are added to them."""
    shift, factor = lanes(x, m), lanes(x, s)
    sum_h, sum_hx = lanes(x, 0.0), lanes(x, 0.0)
    for j in range(0, D, width(x)):
        slope = load(g, j, D, 0.0)
        unit = (load(x, j, D, shift) - shift) * factor
        h = slope * load(w, j, D, 0.0)
        sum_h, sum_hx = sum_h + h, sum_hx + h * unit
        store(load(gw, j, D, 0.0) + slope * unit, gw, j, D)
        if centred:
            store(load(gb, j, D, 0.0) + slope, gb, j, D)
    mean_hx = lanes(x, add_up(sum_hx) / D)
    mean_h = lanes(x, add_up(sum_h) / D if centred else 0.0)
    for j in range(0, D, width(x)):
        unit = (load(x, j, D, 0.0) - shift) * factor
        store(factor * (load(g, j, D, 0.0) * load(w, j, D, 0.0) - mean_h - unit * mean_hx), gx, j, D)


@kernel
def _clear(p, n):
    for j in range(0, n, width(p)):
        store(lanes(p, 0.0), p, j, n)


def _layer_norm_grad(args, dims, steps, kind):
    M, D, w = dims[1], dims[2], pointer(kind, args[2])
    # steps within the blocks follow those of the 8 operands: g (m, d), x (m, d), w (d), mean (m), scale (m), gx (m, d)
    for i in range(dims[0]):
        gw, gb = row(kind, args, steps, 6, i), row(kind, args, steps, 7, i)
        _clear(gw, D)
        _clear(gb, D)
        for r in range(M):
            m, s = _inner(kind, args, steps, 3, i, r, 13)[0], _inner(kind, args, steps, 4, i, r, 14)[0]
            g, x = _inner(kind, args, steps, 0, i, r, 8), _inner(kind, args, steps, 1, i, r, 10)
            _row_grad(g, x, w, _inner(kind, args, steps, 5, i, r, 15), gw, gb, m, s, D, True)
    quiet()


def _rms_norm_grad(args, dims, steps, kind):
    M, D, w = dims[1], dims[2], pointer(kind, args[2])
    # steps within the blocks follow those of the 6 operands: g (m, d), x (m, d), w (d), scale (m), gx (m, d)
    for i in range(dims[0]):
        gw = row(kind, args, steps, 5, i)
        _clear(gw, D)
        for r in range(M):
            s = _inner(kind, args, steps, 3, i, r, 11)[0]
            g, x = _inner(kind, args, steps, 0, i, r, 6), _inner(kind, args, steps, 1, i, r, 8)
            _row_grad(g, x, w, _inner(kind, args, steps, 4, i, r, 12), gw, gw, s * 0, s, D, False)
    quiet()


def _sets(args, dims, steps, kind):
    R, L = dims[1], dims[2]
    # steps within the sets follow those of the 7 operands: x (r, l), w (r), b (r), y (r, l)
    for i in range(dims[0]):
        eps, total = row(kind, args, steps, 3, i)[0], 0.0
        for r in range(R):
            total += row_sum(_inner(kind, args, steps, 0, i, r, 7), L)
        mean, scale = row(kind, args, steps, 5, i), row(kind, args, steps, 6, i)
        mean[0], total, squares = total / (R * L), 0.0, 0.0
        for r in range(R):
            rest, square = row_spread(_inner(kind, args, steps, 0, i, r, 7), mean[0], L)
            total, squares = total + rest, squares + square
        mean[0], scale[0] = _statistics(mean[0], total, squares, R * L, eps)
        for r in range(R):
            x, y = _inner(kind, args, steps, 0, i, r, 7), _inner(kind, args, steps, 4, i, r, 11)
            shift = lanes(x, mean[0])
            factor = lanes(x, scale[0] * _inner(kind, args, steps, 1, i, r, 9)[0])
            bias = lanes(x, _inner(kind, args, steps, 2, i, r, 10)[0])
            for j in range(0, L, width(x)):
                store((load(x, j, L, 0.0) - shift) * factor + bias, y, j, L)
    quiet()


def _sets_grad(args, dims, steps, kind):
    R, L = dims[1], dims[2]
    # steps within the sets follow those of the 8 operands: g (r, l), x (r, l), w (r), gx (r, l), gw (r), gb (r)
    for i in range(dims[0]):
        m, s = row(kind, args, steps, 3, i)[0], row(kind, args, steps, 4, i)[0]
        sum_h, sum_hx = 0.0, 0.0
        for r in range(R):
            g, x = _inner(kind, args, steps, 0, i, r, 8), _inner(kind, args, steps, 1, i, r, 10)
            w = _inner(kind, args, steps, 2, i, r, 12)[0]
            gw, gb = _inner(kind, args, steps, 6, i, r, 15), _inner(kind, args, steps, 7, i, r, 16)
            total, product = row_slopes(g, x, m, L)
            gw[0], gb[0] = product * s, total
            sum_h += np.float64(w) * gb[0]
            sum_hx += np.float64(w) * gw[0]
        for r in range(R):
            g, x = _inner(kind, args, steps, 0, i, r, 8), _inner(kind, args, steps, 1, i, r, 10)
            gx, w = _inner(kind, args, steps, 5, i, r, 13), _inner(kind, args, steps, 2, i, r, 12)[0]
            shift, factor = lanes(x, m), lanes(x, w * s)
            mean_h, mean_hx = lanes(x, sum_h / (R * L) * s), lanes(x, sum_hx / (R * L) * s * s)
            for j in range(0, L, width(x)):
                unit = load(x, j, L, 0.0) - shift
                store(load(g, j, L, 0.0) * factor - mean_h - unit * mean_hx, gx, j, L)
    quiet()


_LAYER_NORM = Function(_layer_norm, "xxxx->xxx", "(d),(d),(d),()->(d),(),()")
_LAYER_NORM_GRAD = Function(_layer_norm_grad, "xxxxx->xxx", "(m,d),(m,d),(d),(m),(m)->(m,d),(d),(d)")
_RMS_NORM = Function(_rms_norm, "xxx->xx", "(d),(d),()->(d),()")
_RMS_NORM_GRAD = Function(_rms_norm_grad, "xxxx->xx", "(m,d),(m,d),(d),(m)->(m,d),(d)")
_SETS = Function(_sets, "xxxx->xxx", "(r,l),(r),(r),()->(r,l),(),()")
_SETS_GRAD = Function(_sets_grad, "xxxxx->xxx", "(r,l),(r,l),(r),(),()->(r,l),(r),(r)")
