"""How the steps of a recurrent layer follow each other, whatever its cell, and wherever its arrays are.

A cell is a function of arrays of one step that writes its results into the last ones it is given. States are passed on
as they come out, as views of the results: nothing is copied but where sequences begin and end.
"""

from itertools import accumulate

from ._backend import serve


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
    results = [_empty((u.shape[0], width), u) for width in widths]
    w = w.T.copy().T  # as a right factor it then lies in rows, and is not packed at every step
    now, ends = states, [s.copy() for s in states]
    for a, e in steps(sizes, reverse):
        now = [_fitting(*three, e - a) for three in zip(now, states, ends, strict=True)]
        there = [y[a:e] for y in results]
        cell(u[a:e], linear(now[0], w, b), *now, *there)
        now = there[: len(states)]
    return results, _ended(now, ends)


def backward(cell, matmul, gy, w, cotangents, saved, widths, sizes, reverse, direct=False):
    """Run ``cell(gy[step], *saved[step], *cotangents, *results)`` from the last step to the first.

    `cotangents` are those of the states; `saved` are lists, of an array for each step. The results of a cell are first
    the cotangents of the old states, of h only where it has a `direct` share, one that does not go through w, and only
    that share; then the cotangents of u and, if that is another one, of v: `widths` elements of each.

    Returns
    -------
    results : list of arrays, (M, width)
    cotangents : list of arrays, (N, H)
        At the beginning.
    """
    results = [_empty((gy.shape[0], width), gy) for width in widths]
    now, ends = cotangents, [g.copy() for g in cotangents]
    for (a, e), *values in zip(reversed(steps(sizes, reverse)), *(s[::-1] for s in saved), strict=True):
        now = [_fitting(*three, e - a) for three in zip(now, cotangents, ends, strict=True)]
        old, there = [_empty(g.shape, g) for g in now[not direct :]], [y[a:e] for y in results]
        cell(gy[a:e], *values, *now, *old, *there)
        through = matmul(there[-1], w)
        if direct:
            old[0] += through
        now = old if direct else [through, *old]
    return results, _ended(now, ends)


def projecting(cell, linear, r):
    """A cell whose new h, its last result now, is multiplied with `r`, its first."""
    r = r.T.copy().T  # see `forward`

    def projected(u, v, h, c, y, cells, gates, q):
        cell(u, v, h, c, q, cells, gates)
        y[...] = linear(q, r, None)

    return projected


def projecting_grad(cell, matmul, r, n):
    """The cotangents of such a cell of `n` rows at most; that of h is a result, too, for the gradient of `r`."""
    nothing = serve("creation", r).zeros((n, r.shape[1]), r.dtype)

    def projected(gy, gates, before, c, gh, gc, old, above, gu):
        above[...] = gy + gh
        cell(matmul(above, r), gates, before, c, nothing[: c.shape[0]], gc, old, gu)

    return projected


def after(y, sizes, reverse):
    """The rows of each step."""
    return [y[a:e] for a, e in steps(sizes, reverse)]


def before(y, first, sizes, reverse):
    """The states before each step, of those after it and those at the beginning."""
    found, state = [], first
    for a, e in steps(sizes, reverse):
        state = _fitting(state, first, None, e - a)
        found.append(state)
        state = y[a:e]
    return found


def weight_gradient(matmul, gv, y, first, sizes, reverse):
    """Σ gvᵀ h over all steps, h being the state before each."""
    n = sizes[0]
    if n != sizes[-1]:
        states = before(y, first, sizes, reverse)
        return matmul(gv.T, _together(states[::-1] if reverse else states))
    edge, inner, states = (gv[-n:], gv[:-n], y[n:]) if reverse else (gv[:n], gv[n:], y[:-n])
    gw = matmul(edge.T, first)
    if len(sizes) > 1:
        gw += matmul(inner.T, states)
    return gw


def _fitting(state, first, end, n):
    """The first n rows of a state: others, of sequences that end, go to `end`; some, that begin, come from `first`."""
    rows = state.shape[0]
    if n < rows:
        if end is not None:
            end[n:rows] = state[n:]
        return state[:n]
    return state if n == rows else _together([state, first[rows:n]])


def _ended(states, ends):
    for s, end in zip(states, ends, strict=True):
        end[: s.shape[0]] = s
    return ends


def _empty(shape, like):
    """New memory where `like` is, of its dtype."""
    return serve("creation", like).empty(shape, like.dtype)


def _together(parts):
    """The rows of all parts."""
    ends = [*accumulate(p.shape[0] for p in parts)]
    rows = _empty((ends[-1], *parts[0].shape[1:]), parts[0])
    for part, end in zip(parts, ends, strict=True):
        rows[end - part.shape[0] : end] = part
    return rows
