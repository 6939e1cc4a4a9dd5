"""Covariances of variables, and slopes of sampled functions."""

from .. import kernels
from ._dims import dim_of
from ._registry import public
from .axes import mH
from .diagonal import diagonal
from .elementwise import sqrt
from .join import cat
from .matmul import matmul
from .parts import real
from .reduce import sum_over
from .region import array_of
from .selection import clamp
from .shape import _view, reshape
from .split import narrow


@public()
def cov(x, *, correction=1, fweights=None, aweights=None):
    """Covariances of variables: rows of `x`, each column being an observation.

        C[i, j] = Σ_k w[k] (x[i, k] - μ[i]) (x[j, k] - μ[j])* / n,   w = fweights · aweights

    Parameters
    ----------
    x : Tensor or array, (M, N), (N,) or ()
    correction : number
        n = Σ w - correction Σ w aweights / Σ w, at least 0.
    fweights : integer Tensor or array, (N,), optional
        How often each observation was made.
    aweights : floating Tensor or array, (N,), optional
        How important each observation is.

    Returns
    -------
    Tensor or array, (M, M) or ()

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit, or a weight is negative.

    Examples
    --------
    >>> tg.cov(tg.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if len(x.shape) > 2:
        raise RuntimeError(f"[cov] `x` (shape {x.shape}) must have at most two dimensions")
    if x.dtype.kind == "b":
        raise RuntimeError("[cov] `x` (dtype bool) must hold numbers")
    rows = x if len(x.shape) == 2 else reshape(x, (1, -1))
    n = rows.shape[1]
    w = None
    for name, weights, kinds in (("fweights", fweights, "iu"), ("aweights", aweights, "f")):
        if weights is None:
            continue
        if weights.shape != (n,) or weights.dtype.kind not in kinds:
            wanted = "integers" if kinds == "iu" else "floats"
            raise RuntimeError(
                f"[cov] `{name}` (shape {weights.shape}, dtype {weights.dtype}) must be {n} {wanted}"
            )
        if kernels.any(kernels.less(array_of(weights), 0)):
            raise RuntimeError(f"[cov] `{name}` must not be negative")
        w = weights if w is None else w * weights
    if w is None:
        mean = sum_over(rows, dim=1, keepdim=True) / n
        apart = rows - mean
        scaled, total = apart, max(n - correction, 0)
    else:
        whole = sum_over(w)
        apart = rows - sum_over(rows * w, dim=1, keepdim=True) / whole
        lost = correction if aweights is None else correction * sum_over(w * aweights) / whole
        scaled, total = apart * w, clamp(whole - lost, min=0)
    c = matmul(scaled, mH(apart)) / total
    return c if len(x.shape) == 2 and x.shape[0] != 1 else reshape(c, ())


@public()
def corrcoef(x):
    """Correlation of variables: `cov` divided by both standard deviations, in -1 … 1.

    Parameters
    ----------
    x : Tensor or array, (M, N), (N,) or ()
    """
    c = cov(x)
    if not c.shape:
        return c / c
    deviation = sqrt(real(diagonal(c)))
    c = c / _view(deviation, shape=(-1, 1)) / deviation
    return c if c.dtype.kind == "c" else clamp(c, min=-1, max=1)


@public(method=False)
def gradient(input, *, spacing=1, dim=None, edge_order=1):
    """Slopes of a sampled function, from differences of second order.

        y[i] = (x[i + 1] - x[i - 1]) / 2h inside, (x[1] - x[0]) / h at the edge

    Parameters
    ----------
    input : Tensor or array
    spacing : number, or one number or 1-D Tensor for each dim
        h, or the coordinates of the samples along each dim.
    dim : int or tuple of ints, optional
        All if None.
    edge_order : 1 or 2
        Of the differences at the edges.

    Returns
    -------
    tuple of Tensors or arrays, input.shape
        One for each dim.

    Raises
    ------
    RuntimeError
        If the arguments do not fit each other, or an axis has fewer than edge_order + 1 samples.
    """
    ndim = len(input.shape)
    dims = tuple(range(ndim)) if dim is None else tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
    dims = tuple(dim_of("gradient", d, ndim) for d in dims)
    if len(set(dims)) < len(dims):
        raise RuntimeError(f"[gradient] `dim` (={dims}) must not name an axis twice")
    if edge_order not in (1, 2):
        raise RuntimeError(f"[gradient] `edge_order` (={edge_order}) must be 1 or 2")
    spacing = 1 if spacing is None else spacing
    steps = tuple(spacing) if isinstance(spacing, (tuple, list)) else (spacing,) * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(f"[gradient] `spacing` ({len(steps)} given) must have one for each of {len(dims)} dims")
    for d, h in zip(dims, steps, strict=True):
        n = input.shape[d] if input.shape else 1
        if n <= edge_order:
            raise RuntimeError(f"[gradient] `input` (shape {input.shape}) must have {edge_order + 1} samples along {d}")
        if getattr(h, "shape", ()) not in ((), (n,)):
            raise RuntimeError(f"[gradient] `spacing` (shape {h.shape}) must have {n} coordinates")
    return tuple(_slope(input, d, h, edge_order) for d, h in zip(dims, steps, strict=True))


def _slope(x, d: int, h, order: int):
    """The slope along one axis."""
    n = x.shape[d]

    def part(start, length):
        return narrow(x, d, start, length)

    def step(start, length):
        return narrow(h, 0, start, length) if getattr(h, "shape", ()) else h

    if getattr(h, "shape", ()):
        h = _view(narrow(h, 0, 1, n - 1) - narrow(h, 0, 0, n - 1), shape=(-1,) + (1,) * (len(x.shape) - d - 1))
    first, last = step(0, 1), step(n - 2, 1)
    if order == 1:
        start, end = (part(1, 1) - part(0, 1)) / first, (part(n - 1, 1) - part(n - 2, 1)) / last
    else:
        start = _edge(part(0, 1), part(1, 1), part(2, 1), first, step(1, 1))
        end = -_edge(part(n - 1, 1), part(n - 2, 1), part(n - 3, 1), last, step(n - 3, 1))
    if n == 2:
        return cat((start, end), d)
    left, right = step(0, n - 2), step(1, n - 2)
    low, middle, high = part(0, n - 2), part(1, n - 2), part(2, n - 2)
    inner = ((high - middle) * left / right + (middle - low) * right / left) / (left + right)
    return cat((start, inner, end), d)


def _edge(a, b, c, h, k):
    """The slope at the first of three samples, h and k apart."""
    return (b - a) * ((h + k) / (h * k)) - (c - a) * (h / (k * (h + k)))
