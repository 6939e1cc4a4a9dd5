"""Recurrent layers: a cell applied step after step to its own state.

Sequences may have different lengths. Row by row they lie as PyTorch packs them: first the first elements of all of
them, longest sequence first, then the second elements, and so on, `sizes` of each, a list that never grows. Step by
step the first `sizes[s]` rows of the state are replaced; `reverse` goes from the last step to the first. So the state
after the last step is every sequence's own last one, in either direction.

    M = Σ_s sizes[s] rows in all,   N = sizes[0] sequences,   H elements of a state

What depends on the inputs alone comes in ready, `u`: one product for all steps, which the caller makes.
"""

from itertools import pairwise

from ._backend import serve


def rnn(u, w, h, sizes, reverse=False, nonlinearity="tanh"):
    """Run the plain recurrent cell.

        h ← f(u[m] + h wᵀ),   y[m] = h

    Parameters
    ----------
    u : array, (M, H), floating
    w : array, (H, H)
    h : array, (N, H)
        The state at the beginning.
    sizes : sequence of int
        Of one step at least; they never grow.
    reverse : bool
    nonlinearity : {"tanh", "relu"}

    Returns
    -------
    y : array, (M, H)
    h : array, (N, H)
        The state at the end.

    Raises
    ------
    TypeError
        If the arrays are not floating, or of several dtypes.
    ValueError
        If the shapes do not fit.
    """
    _check("rnn", 1, u, w, sizes, h=h)
    return serve("recurrent", u, w, h).rnn(u, w, h, sizes, reverse, nonlinearity)


def rnn_grad(gy, gh, w, h, y, sizes, reverse=False, nonlinearity="tanh"):
    """Cotangents (gu, gw, gh) of the arguments of `rnn`, of those of its results, its state at the beginning, and y."""
    return serve("recurrent", gy, gh, w, h, y).rnn_grad(gy, gh, w, h, y, sizes, reverse, nonlinearity)


def lstm(u, w, h, c, sizes, reverse=False):
    """Run the long short-term memory.

        i, f, g, o = σ, σ, tanh, σ of the four parts of u[m] + h wᵀ
        c ← f c + i g,   h ← o tanh(c),   y[m] = h

    Parameters
    ----------
    u : array, (M, 4H), floating
    w : array, (4H, H)
    h, c : array, (N, H)
        The state at the beginning.
    sizes, reverse
        As for `rnn`, with the same errors.

    Returns
    -------
    y : array, (M, H)
    h, c : array, (N, H)
        The state at the end.
    cells : array, (M, H)
        c after every step, for the gradient.
    gates : array, (M, 4H)
        i, f, g and o.
    """
    _check("lstm", 4, u, w, sizes, h=h, c=c)
    return serve("recurrent", u, w, h, c).lstm(u, w, h, c, sizes, reverse)


def lstm_grad(gy, gh, gc, w, h, c, y, cells, gates, sizes, reverse=False):
    """Cotangents (gu, gw, gh, gc) of the arguments of `lstm`.

    Parameters
    ----------
    gy, gh, gc : array
        Cotangents of y and of the state at the end.
    w, h, c, y, cells, gates : array
        Arguments and results of `lstm`.
    """
    return serve("recurrent", gy, w, h, c).lstm_grad(gy, gh, gc, w, h, c, y, cells, gates, sizes, reverse)


def projected_lstm(u, w, r, h, c, sizes, reverse=False):
    """Run the long short-term memory whose new h is multiplied with a matrix.

        c ← f c + i g,   q = o tanh(c),   h ← q rᵀ,   y[m] = h

    Parameters
    ----------
    u : array, (M, 4H), floating
    w : array, (4H, P)
    r : array, (P, H)
    h : array, (N, P)
    c : array, (N, H)
        The state at the beginning.
    sizes, reverse
        As for `rnn`, with the same errors.

    Returns
    -------
    y, h, c, cells, gates
        As of `lstm`, y and h with P columns.
    q : array, (M, H)
        What is multiplied, for the gradient.
    """
    _check_sizes("projected_lstm", sizes)
    P, N, H = r.shape[0], sizes[0], r.shape[-1]
    shapes = {"w": (w, (4 * H, P)), "r": (r, (P, H)), "h": (h, (N, P)), "c": (c, (N, H))}
    _check_shapes("projected_lstm", u=(u, (sum(sizes), 4 * H)), **shapes)
    return serve("recurrent", u, w, r, h, c).projected_lstm(u, w, r, h, c, sizes, reverse)


def projected_lstm_grad(gy, gh, gc, w, r, h, c, y, cells, gates, q, sizes, reverse=False):
    """Cotangents (gu, gw, gr, gh, gc) of the arguments of `projected_lstm`; parameters are those of `lstm_grad`."""
    module = serve("recurrent", gy, w, r, h, c)
    return module.projected_lstm_grad(gy, gh, gc, w, r, h, c, y, cells, gates, q, sizes, reverse)


def gru(u, w, b, h, sizes, reverse=False):
    """Run the gated recurrent unit.

        v = h wᵀ + b,   r, z = σ of the first two parts of u[m] + v
        n = tanh(u_n[m] + r v_n),   h ← (1 - z) n + z h,   y[m] = h

    Parameters
    ----------
    u : array, (M, 3H), floating
    w : array, (3H, H)
    b : array, (3H,)
    h : array, (N, H)
        The state at the beginning.
    sizes, reverse
        As for `rnn`, with the same errors.

    Returns
    -------
    y : array, (M, H)
    h : array, (N, H)
        The state at the end.
    gates : array, (M, 4H)
        r, z, n and v_n, for the gradient.
    """
    _check("gru", 3, u, w, sizes, h=h)
    if b.shape != w.shape[:1] or b.dtype.char != u.dtype.char:
        found = f"shape {b.shape}, dtype {b.dtype}"
        raise ValueError(f"[gru] `b` ({found}) must have shape {w.shape[:1]} and dtype {u.dtype}")
    return serve("recurrent", u, w, b, h).gru(u, w, b, h, sizes, reverse)


def gru_grad(gy, gh, w, h, y, gates, sizes, reverse=False):
    """Cotangents (gu, gw, gb, gh) of the arguments of `gru`."""
    return serve("recurrent", gy, gh, w, h).gru_grad(gy, gh, w, h, y, gates, sizes, reverse)


def _check(op, parts, u, w, sizes, **states):
    _check_sizes(op, sizes)
    H, N = w.shape[-1], sizes[0]
    shapes = {"u": (u, (sum(sizes), parts * H)), "w": (w, (parts * H, H))}
    _check_shapes(op, **shapes, **{name: (x, (N, H)) for name, x in states.items()})


def _check_sizes(op, sizes):
    if len(sizes) == 0 or sizes[-1] < 0 or any(a < b for a, b in pairwise(sizes)):
        raise ValueError(f"[{op}] `sizes` (={sizes}) must be numbers that never grow")


def _check_shapes(op, u, **others):
    """Raise unless arrays, each with the shape that it must have, are floats of one dtype."""
    dtype = u[0].dtype
    if dtype.kind != "f":
        raise TypeError(f"[{op}] `u` (dtype {dtype}) must be floating")
    for name, (x, shape) in {"u": u, **others}.items():
        if x.dtype.char != dtype.char:
            raise TypeError(f"[{op}] `{name}` (dtype {x.dtype}) must have the dtype of `u` ({dtype})")
        if x.shape != shape:
            raise ValueError(f"[{op}] `{name}` (shape {x.shape}) must have shape {shape}")
