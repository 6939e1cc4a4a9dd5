"""Matrix products."""

from ._backend import serve
from .activation import gelu


def matmul(a, b):
    """Multiply matrices.

        y[…, i, j] = Σ_k a[…, i, k] · b[…, k, j]

    Parameters
    ----------
    a : array, (…, M, K) or (K,)
    b : array, (…, K, N) or (K,)
        Leading axes broadcast. A 1-D argument is a row on the left and a column on the right; its axis of length 1
        vanishes from the result.

    Returns
    -------
    array, (…, M, N)
        In NumPy's common dtype of the two.

    Raises
    ------
    ValueError
        If an argument is 0-d, the inner sizes differ, or the leading axes do not broadcast.

    Notes
    -----
    On the CPU our own kernel serves float32 and float64, wherever their elements lie; it reads them in place. Its
    results are the same bits for any number of threads, and within k·u/(1 - k·u)·|a||b| of the exact ones, element by
    element, where k terms are summed with unit roundoff u. float16 is multiplied as float32 and rounded once. NumPy
    serves other dtypes, with its BLAS where they are complex; `use(matmul="blas")` leaves everything to it.
    """
    try:
        return serve("matmul", a, b).matmul(a, b)
    except ValueError:  # small products take less time than their checks: say what was wrong afterwards
        _check("matmul", a.shape, b.shape)
        raise


def linear(x, w, b=None, activation=None):
    """Apply an affine map to the last axis, and an activation to what comes out.

        y[…, k] = act(Σ_c x[…, c] · w[k, c] + b[k])

    Parameters
    ----------
    x : array, (…, C)
    w : array, (K, C)
    b : array, (K,), optional
    activation : {"relu", "gelu"}, optional
        Applied while the results are still at hand; gelu is the exact one.

    Returns
    -------
    array, (…, K)

    Raises
    ------
    ValueError
        If the sizes do not fit, or there is no such activation.
    """
    if w.ndim != 2:
        raise ValueError(f"[linear] `w` (shape {w.shape}) must be 2-D")
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise ValueError(f"[linear] `x` (shape {x.shape}) must end in the {w.shape[1]} columns of `w` ({w.shape})")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"[linear] `b` (shape {b.shape}) must have one entry for each row of `w` (shape {w.shape})")
    served = serve("matmul", x, w, b)
    if activation is None:
        return served.linear(x, w, b)
    if activation == "relu":
        return served.linear_relu(x, w, b)
    if activation == "gelu":
        return gelu(served.linear(x, w, b))
    raise ValueError(f"[linear] `activation` (={activation!r}) must be 'relu', 'gelu' or None")


def einsum(subscripts, *arrays):
    """Sum products over indices, as `numpy.einsum` with a string of subscripts.

    Raises
    ------
    ValueError
        NumPy's own, if subscripts and shapes do not fit.
    """
    return serve("matmul", *arrays).einsum(subscripts, *arrays)


def _check(op, a, b):
    if not a or not b:
        raise ValueError(f"[{op}] `{'b' if a else 'a'}` (0-d) must have at least one dimension")
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        raise ValueError(f"[{op}] `a` (shape {a}) must have as many columns as `b` (shape {b}) has rows")
    for m, n in zip(a[-3::-1], b[-3::-1], strict=False):
        if m != n and m != 1 and n != 1:
            raise ValueError(f"[{op}] leading axes of `a` (shape {a}) and `b` (shape {b}) must broadcast")
