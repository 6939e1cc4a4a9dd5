"""Distances between vectors, and the angle between them.

    d(a, b) = ‖a - b‖ₚ

Kinks are those of the norm: where two vectors are equal the gradient of their distance is 0. Euclidean distances of
two sets come from one product of matrices, |a - b|² = |a|² + |b|² - 2 a·b, and so do their rules; those within one set
from differences, which a kernel takes on the fly.
"""

from numpy import broadcast_shapes

from .. import kernels
from .._tape import declare
from ._dims import dim_of
from ._reduced import want_floats
from ._registry import public
from .axes import mT
from .matmul import matmul
from .norm import _over, vector_norm
from .positions import index_select
from .reduce import sum_over
from .region import constant
from .selection import clamp_min, where
from .shape import broadcast_tensors, expand_to, unsqueeze

_MANY = 25  # points; PyTorch multiplies matrices from here on


def _distances(a, b):
    rows, columns = kernels.sum(a * a, -1, True), kernels.sum(b * b, -1, True)
    swap = (*range(b.ndim - 2), b.ndim - 1, b.ndim - 2)
    between = rows + columns.transpose(swap) - 2 * kernels.matmul(a, b.transpose(swap))
    return kernels.sqrt(kernels.maximum(between, 0))


_euclid = declare(
    "cdist",
    _distances,
    [lambda g, a, b, y: _pull(_over(g, y), a, b), lambda g, a, b, y: _pull(mT(_over(g, y)), b, a)],
    [lambda t, a, b, y: _over(_push(t, a, b), y), lambda t, a, b, y: _over(mT(_push(t, b, a)), y)],
)


def _pull(share, a, b):
    """Σ_j share[i, j] (a[i] - b[j])."""
    return a * sum_over(share, dim=len(share.shape) - 1, keepdim=True) - matmul(share, b)


def _push(t, a, b):
    """t[i] · (a[i] - b[j])."""
    return sum_over(t * a, dim=len(t.shape) - 1, keepdim=True) - matmul(t, mT(b))


_dots = declare(
    "pdist_dots",
    lambda a, b: kernels.pair_dots(a, b),
    [lambda g, b: _pull_at_all(g, b), lambda g, a: _pull_at_all(g, a)],
    [lambda t, b: _dots(t, b), lambda t, a: _dots(a, t)],
)

_pull_at_all = declare(
    "pdist_backward",
    lambda s, a: kernels.pair_pull(s, a),
    [lambda g, a: _dots(g, a), lambda g, s: _pull_at_all(s, g)],
    [lambda t, a: _pull_at_all(t, a), lambda t, s: _pull_at_all(s, t)],
)

_pairs = declare(
    "pdist",
    lambda x: kernels.sqrt(kernels.pair_dots(x, x)),
    [lambda g, x, y: _pull_at_all(_over(g, y), x)],
    [lambda t, x, y: _over(_dots(t, x), y)],
)


def _norms(difference, p):
    """The norms of rows; those of rows without elements are 0, whatever `p`."""
    return vector_norm(difference, p if difference.shape[-1] else 1, -1)


@public(method=False)
def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Distances of each point to each other.

        y[i, j] = ‖x1[i] - x2[j]‖ₚ

    Parameters
    ----------
    x1 : Tensor or array, (…, P, M)
    x2 : Tensor or array, (…, R, M)
        Batches broadcast.
    p : float
        Which norm: not negative, ∞ included.
    compute_mode : str
        Whether Euclidean distances come from a product of matrices, which is much faster, but rounds distances that
        are small against the points themselves: "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist", or by
        default with more than 25 points.

    Returns
    -------
    Tensor or array, (…, P, R)

    Raises
    ------
    RuntimeError
        If the shapes do not fit, `p` is negative, or a dtype is not floating.
    ValueError
        For another `compute_mode`.

    Examples
    --------
    >>> tg.cdist(tg.tensor([[0.0, 0.0]]), tg.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    for name, x in (("x1", x1), ("x2", x2)):
        want_floats("cdist", x)
        if len(x.shape) < 2:
            raise RuntimeError(f"[cdist] `{name}` (shape {x.shape}) must have at least two dimensions")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"[cdist] `x2` (shape {x2.shape}) must have as many columns as `x1` (shape {x1.shape})")
    _check_p("cdist", p)
    modes = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
    if compute_mode not in modes:
        raise ValueError(f"[cdist] `compute_mode` (={compute_mode!r}) must be one of {', '.join(modes)}")
    try:
        batch = broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    except ValueError:
        raise RuntimeError(f"[cdist] the batches of {x1.shape} and {x2.shape} must broadcast") from None
    many = max(x1.shape[-2], x2.shape[-2]) > _MANY
    if p == 2 and compute_mode in (modes[:2] if many else modes[1:2]):
        return _euclid(*(expand_to(x, shape=(*batch, *x.shape[-2:])) for x in (x1, x2)))
    return _norms(unsqueeze(x1, -2) - unsqueeze(x2, -3), p)


@public(function=True, method=False)
def pdist(input, p=2.0):
    """Distances of all pairs of rows, i < j: the upper triangle of `cdist`, row by row.

    Parameters
    ----------
    input : Tensor or array, (N, M)
    p : float
        Which norm: not negative, ∞ included.

    Returns
    -------
    Tensor or array, (N (N - 1) / 2,)

    Raises
    ------
    RuntimeError
        If `input` is no matrix of floats, or `p` is negative.
    """
    want_floats("pdist", input)
    if len(input.shape) != 2:
        raise RuntimeError(f"[pdist] `input` (shape {input.shape}) must be a matrix")
    _check_p("pdist", p)
    if p == 2:
        return _pairs(input)
    n, like = input.shape[0], getattr(input, "_array", input)
    pairs = kernels.nonzero(kernels.triu(kernels.ones((n, n), like.dtype, like=like), 1))
    first, second = (index_select(input, 0, constant(input, at)) for at in pairs)
    return _norms(first - second, p)


@public()
def dist(x, other, p=2):
    """Norm of a difference, ‖x - other‖ₚ over all elements; the two broadcast.

    Examples
    --------
    >>> tg.dist(tg.tensor([0.0, 0.0]), tg.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return vector_norm(x - other, p)


@public(method=False)
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """Distances of pairs of vectors.

        y[i] = ‖x1[i] - x2[i] + ε‖ₚ

    Parameters
    ----------
    x1, x2 : Tensor or array, (…, D)
        They broadcast.
    p : float
        Which norm.
    eps : float
        ε, added to every difference.
    keepdim : bool
        Keep the last axis with length 1.
    """
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


@public(method=False)
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """Cosine of the angle between vectors.

        y = x1 · x2 / (max(‖x1‖, ε) max(‖x2‖, ε))

    Parameters
    ----------
    x1, x2 : Tensor or array, floating
        They broadcast.
    dim : int
        The axis of the vectors.
    eps : float
        ε. A norm below it counts as a constant in the gradient, too.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast, or a dtype is not floating.
    IndexError
        If there is no such axis.

    Examples
    --------
    >>> tg.cosine_similarity(tg.tensor([1.0, 0.0]), tg.tensor([1.0, 1.0]), dim=0)
    tensor(0.7071)
    """
    for x in (x1, x2):
        want_floats("cosine_similarity", x)
    x1, x2 = broadcast_tensors(x1, x2)
    d = dim_of("cosine_similarity", dim, len(x1.shape))
    a, b = (x / clamp_min(vector_norm(x, 2, d, keepdim=True), eps) for x in (x1, x2))
    return sum_over(a * b, dim=d)


@public(in_place=True)
def renorm(x, p, dim, maxnorm):
    """Scale down every slice `x.select(dim, i)` whose p-norm exceeds `maxnorm`.

        y = x maxnorm / (‖x‖ₚ + 10⁻⁷) where ‖x‖ₚ > maxnorm, else x

    Parameters
    ----------
    x : Tensor or array
        Of at least two dimensions.
    p : float
        Positive.
    dim : int
    maxnorm : float
        Not negative.

    Raises
    ------
    RuntimeError
        If a parameter is not as it must be.
    """
    if len(x.shape) < 2:
        raise RuntimeError(f"[renorm] `x` (shape {x.shape}) must have at least two dimensions")
    if not p > 0:
        raise RuntimeError(f"[renorm] `p` (={p}) must be positive")
    if not maxnorm >= 0:
        raise RuntimeError(f"[renorm] `maxnorm` (={maxnorm}) must not be negative")
    d = dim_of("renorm", dim, len(x.shape))
    norms = vector_norm(x, p, tuple(i for i in range(len(x.shape)) if i != d), keepdim=True)
    return x * where(norms > maxnorm, maxnorm / (norms + 1e-7), 1)


def _check_p(op: str, p) -> None:
    if not p >= 0:
        raise RuntimeError(f"[{op}] `p` (={p}) must not be negative")
