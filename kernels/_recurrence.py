"""How the steps of a recurrent layer follow each other, whatever its cell: for NumPy's and compiled cells.

A cell is a function of arrays of one step that writes its results into the last ones it is given.
"""

from itertools import accumulate

import numpy as np


def steps(sizes, reverse):
    """First row of each step and the row behind its last, in the order in which the steps are made."""
    spans = [(end - n, end) for n, end in zip(sizes, accumulate(sizes), strict=True)]
    return spans[::-1] if reverse else spans


def forward(cell, linear, u, w, b, states, widths, sizes, reverse):
    """Run ``cell(u[step], v, *states, *results)`` step by step, v = linear(h, w, b).

    The results of a cell are first its new states, then what the gradient wants: `widths` elements of each.

    Returns
    -------
    results : list of arrays, (M, width)
    states : list of arrays, (N, H)
        At the end.
    """
    results = [np.empty((u.shape[0], width), u.dtype) for width in widths]
    states = [s.copy() for s in states]
    w = np.asfortranarray(w)  # as a right factor it then lies in rows, and is not packed at every step
    for a, e in steps(sizes, reverse):
        now, there = [s[: e - a] for s in states], [y[a:e] for y in results]
        cell(u[a:e], linear(now[0], w, b), *now, *there)
        for s, y in zip(now, there, strict=False):
            s[...] = y
    return results, states


def backward(cell, matmul, gy, w, cotangents, saved, widths, sizes, reverse):
    """Run ``cell(gy[step], *saved[step], *cotangents, *results)`` from the last step to the first.

    `cotangents` are those of the states. The results of a cell are first their share that does not go through w, then
    the cotangents of u and, if that is another one, of v: `widths` elements of each.

    Returns
    -------
    results : list of arrays, (M, width)
    cotangents : list of arrays, (N, H)
        At the beginning.
    """
    cotangents = [g.copy() for g in cotangents]
    results = [np.empty((gy.shape[0], width), gy.dtype) for width in widths]
    for a, e in reversed(steps(sizes, reverse)):
        now, there = [g[: e - a] for g in cotangents], [y[a:e] for y in results]
        fresh = [np.empty_like(g) for g in now]
        cell(gy[a:e], *(s[a:e] for s in saved), *now, *fresh, *there)
        fresh[0] += matmul(there[-1], w)
        for g, new in zip(now, fresh, strict=True):
            g[...] = new
    return results, cotangents


def before(y, first, sizes, reverse):
    """The states before every step, of those after it and those at the beginning."""
    x, state = np.empty_like(y), first.copy()
    for a, e in steps(sizes, reverse):
        x[a:e] = state[: e - a]
        state[: e - a] = y[a:e]
    return x
