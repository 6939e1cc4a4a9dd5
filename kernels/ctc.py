"""Connectionist temporal classification: sums over all paths through states, forwards and backwards.

    α[t, s] = log(e^α[t-1, s] + e^α[t-1, s-1] + e^(α[t-1, s-2] + barrier[s])) + x[t, label of s]

Paths begin in the first or second state, and end in the last or the one before it.
"""

from ._backend import native, serve


def ctc(x, states, barrier, times, sizes):
    """Loss of each sequence, summed over all paths.

        y[n] = -log Σ_paths e^Σ_t x[t, n, label of path[t]]

    Parameters
    ----------
    x : array, (T, N, C), floating
        Logarithms of probabilities.
    states : int64 array, (N, S)
        Labels of the states, in 0 … C - 1.
    barrier : array, (N, S), of the dtype of x
        0 where a path may come from two states before, else -∞.
    times : int64 array, (N,)
        How long each sequence is, in 0 … T.
    sizes : int64 array, (N,)
        The last state of each, in 0 … S - 1.

    Returns
    -------
    y : array, (N,)
        ∞ where there is no path.
    alpha : array, (N, T, S + 2)
        For `ctc_grad`; α stands behind two -∞. Undefined after the end of a sequence.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    x, barrier = native(x), native(barrier)
    _fit("ctc", x, states, barrier, times, sizes)
    return serve("ctc", x, states, barrier, times, sizes).ctc(x, states, barrier, times, sizes)


def ctc_grad(g, y, alpha, x, states, barrier, times, sizes):
    """Cotangent of x: how probable each label is at each time, given that a path is taken; 0 where y is ∞.

        gx[t, n, c] = -g[n] Σ_{s of label c} e^(α[t, s] + β[t, s] + y[n])

    Parameters
    ----------
    g : array, (N,)
    y, alpha
        From `ctc`.
    x, states, barrier, times, sizes
        As there, with the same error.

    Returns
    -------
    array, (T, N, C)
    """
    x, barrier = native(x), native(barrier)
    _fit("ctc_grad", x, states, barrier, times, sizes)
    backend = serve("ctc", g, y, alpha, x, states, barrier, times, sizes)
    return backend.ctc_grad(native(g), y, alpha, x, states, barrier, times, sizes)


def _fit(op, x, states, barrier, times, sizes):
    N = x.shape[1] if len(x.shape) == 3 else -1
    if states.shape != barrier.shape or states.shape[0] != N or times.shape != (N,) or sizes.shape != (N,):
        raise ValueError(
            f"[{op}] `x` (shape {x.shape}) must be (T, N, C), `states` {states.shape} and `barrier` {barrier.shape} "
            f"(N, S), `times` {times.shape} and `sizes` {sizes.shape} (N,)"
        )
