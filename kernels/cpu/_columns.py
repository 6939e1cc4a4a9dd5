"""Normalisation of channels without neighbours, (N, C): as many side by side as there are lanes."""

from ._lanes import is_narrow, lanes, load, sqrt, store, width
from ._numba import kernel, pointer
from ._rows import BLOCK
from ._ufunc import Function, quiet


@kernel
def _down(x, g, m, what, c, C, N, row):
    """Sums over columns of x (what = 0), of (x - m)² (1) or of g (x - m) (2), for the lanes from c on."""
    total = lanes(x, 0.0)
    for first in range(0, N, BLOCK):
        part = lanes(x, 0.0)
        for n in range(first, min(N, first + BLOCK)):
            value = load(x, n * row + c, n * row + C, 0.0)
            if what == 1:
                value = (value - m) * (value - m)
            elif what == 2:
                value = (value - m) * load(g, n * row + c, n * row + C, 0.0)
            part = part + value
        total = total + part
    return total


def _columns(args, dims, steps, kind):
    C, N, row = dims[0], dims[1], steps[7] // (4 if is_narrow(kind) else 8)
    x, w, b, eps = pointer(kind, args[0]), pointer(kind, args[1]), pointer(kind, args[2]), pointer(kind, args[3])[0]
    y, mean, scale = pointer(kind, args[4]), pointer(kind, args[5]), pointer(kind, args[6])
    for c in range(0, C, width(kind)):
        m = _down(x, x, lanes(kind, 0.0), 0, c, C, N, row) / N
        s = 1.0 / sqrt(_down(x, x, m, 1, c, C, N, row) / N + eps)
        store(m, mean, c, C)
        store(s, scale, c, C)
        factor, bias = s * load(w, c, C, 0.0), load(b, c, C, 0.0)
        for n in range(N):
            value = (load(x, n * row + c, n * row + C, 0.0) - m) * factor + bias
            store(value, y, n * row + c, n * row + C)
    quiet()


def _columns_grad(args, dims, steps, kind):
    C, N, row = dims[0], dims[1], steps[8] // (4 if is_narrow(kind) else 8)
    g, x, w, mean = pointer(kind, args[0]), pointer(kind, args[1]), pointer(kind, args[2]), pointer(kind, args[3])
    scale, gx, gw, gb = pointer(kind, args[4]), pointer(kind, args[5]), pointer(kind, args[6]), pointer(kind, args[7])
    for c in range(0, C, width(kind)):
        m, s = load(mean, c, C, 0.0), load(scale, c, C, 0.0)
        bias, weight = _down(g, g, m, 0, c, C, N, row), _down(x, g, m, 2, c, C, N, row) * s
        store(weight, gw, c, C)
        store(bias, gb, c, C)
        factor, mean_g, mean_gx = load(w, c, C, 0.0) * s, bias / N, weight * s / N
        for n in range(N):
            unit = load(x, n * row + c, n * row + C, 0.0) - m
            slope = load(g, n * row + c, n * row + C, 0.0)
            store((slope - mean_g - unit * mean_gx) * factor, gx, n * row + c, n * row + C)
    quiet()


COLUMNS = Function(_columns, "xxxx->xxx", "(n),(),(),()->(n),(),()")
COLUMNS_GRAD = Function(_columns_grad, "xxxxx->xxx", "(n),(n),(),(),()->(n),(),()")
