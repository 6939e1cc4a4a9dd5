"""Differences of all pairs of rows i < j, in the order (0, 1), (0, 2), …, (1, 2), …: P = N (N - 1) / 2 of them.

`pair_dots` is linear in each argument, and `pair_pull` is its transpose in either.
"""

from ._backend import native, serve


def pair_dots(a, b):
    """Multiply differences of rows.

        y[i, j] = (a[i] - a[j]) · (b[i] - b[j])

    Parameters
    ----------
    a, b : array, (N, M)

    Returns
    -------
    array, (P,)

    Raises
    ------
    ValueError
        If they are no matrices of one shape and dtype.
    """
    a, b = native(a), native(b)
    if a.ndim != 2 or a.shape != b.shape or a.dtype != b.dtype:
        raise ValueError(
            f"[pair_dots] `b` (shape {b.shape}, dtype {b.dtype}) must be a matrix like `a` ({a.shape}, {a.dtype})"
        )
    return serve("distance", a, b).pair_dots(a, b)


def pair_pull(s, a):
    """Pull each row at all others.

        y[i] = Σ_j s[i, j] (a[i] - a[j]),   s being symmetric

    Parameters
    ----------
    s : array, (P,)
    a : array, (N, M)

    Returns
    -------
    array, (N, M)

    Raises
    ------
    ValueError
        If there is not one number for each pair, of the dtype of `a`.
    """
    s, a = native(s), native(a)
    n = a.shape[0] if a.ndim else 0
    if a.ndim != 2 or s.shape != (n * (n - 1) // 2,) or s.dtype != a.dtype:
        raise ValueError(
            f"[pair_pull] `s` (shape {s.shape}, dtype {s.dtype}) must be one number for each pair of rows of `a` "
            f"({a.shape}, {a.dtype})"
        )
    return serve("distance", s, a).pair_pull(s, a)
