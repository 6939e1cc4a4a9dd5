"""Normalisations: a set of elements is shifted and scaled to mean 0 and variance 1, then once more by weights.

    y = (x - μ) σ⁻¹ · w + b,   μ = mean of the set,   σ⁻¹ = 1 / √(mean of (x - μ)² + ε)

    layer_norm   a set is a row (N, D) → N sets; weights (D,)
    rms_norm     the same with μ = 0 and b = 0
    group_norm   a set is a group of channels of one image: (N, C, L) → N · groups sets; weights (C,)
    batch_norm   a set is a channel of all images: (N, C, L) → C sets; weights (C,)

Each answers with y and with what its gradient needs: μ and σ⁻¹ of the sets. Sums run in a fixed order, those over more
than a row in float64.
"""

from ._backend import serve


def layer_norm(x, weight, bias, eps=1e-5):
    """Normalise rows.

    Parameters
    ----------
    x : array, (N, D), floating
    weight, bias : array, (D,)
        Of the dtype of `x`.
    eps : float

    Returns
    -------
    y : array, (N, D)
    mean, scale : array, (N,)
        μ and σ⁻¹.

    Raises
    ------
    TypeError
        If `x` is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit.
    """
    _check("layer_norm", x, 2, x.shape[-1:], weight=weight, bias=bias)
    return serve("norm", x, weight, bias).layer_norm(x, weight, bias, eps)


def layer_norm_grad(g, x, weight, mean, scale):
    """Cotangents of the arguments of `layer_norm`.

        h = w g,  x̂ = (x - μ) σ⁻¹,  gx = σ⁻¹ (h - mean(h) - x̂ mean(h x̂)),  gw = Σ_n g x̂,  gb = Σ_n g

    Parameters
    ----------
    g, x : array, (N, D)
    weight : array, (D,)
    mean, scale : array, (N,)
        From `layer_norm`.

    Returns
    -------
    gx : array, (N, D)
    gw, gb : array, (D,)
    """
    _check("layer_norm_grad", x, 2, x.shape[-1:], weight=weight)
    _like("layer_norm_grad", g, x)
    return serve("norm", g, x, weight).layer_norm_grad(g, x, weight, mean, scale)


def rms_norm(x, weight, eps=1e-5):
    """Divide rows by their root mean square.

    Parameters and errors as for `layer_norm`.

    Returns
    -------
    y : array, (N, D)
    scale : array, (N,)
        σ⁻¹.
    """
    _check("rms_norm", x, 2, x.shape[-1:], weight=weight)
    return serve("norm", x, weight).rms_norm(x, weight, eps)


def rms_norm_grad(g, x, weight, scale):
    """Cotangents (gx, gw) of the arguments of `rms_norm`.

    h = w g,  x̂ = x σ⁻¹,  gx = σ⁻¹ (h - x̂ mean(h x̂)),  gw = Σ_n g x̂
    """
    _check("rms_norm_grad", x, 2, x.shape[-1:], weight=weight)
    _like("rms_norm_grad", g, x)
    return serve("norm", g, x, weight).rms_norm_grad(g, x, weight, scale)


def group_norm(x, groups, weight, bias, eps=1e-5):
    """Normalise groups of channels of each image; one group for each channel is the instance norm.

    Parameters
    ----------
    x : array, (N, C, L), floating
    groups : int
        Divides C.
    weight, bias : array, (C,)
    eps : float

    Returns
    -------
    y : array, (N, C, L)
    mean, scale : array, (N, groups)

    Raises
    ------
    TypeError, ValueError
        As for `layer_norm`, and if `groups` does not divide C.
    """
    _check("group_norm", x, 3, x.shape[1:2], weight=weight, bias=bias)
    _groups("group_norm", x, groups)
    return serve("norm", x, weight, bias).group_norm(x, groups, weight, bias, eps)


def group_norm_grad(g, x, groups, weight, mean, scale):
    """Cotangents (gx, gw, gb) of the arguments of `group_norm`, by the formula of `layer_norm_grad`."""
    _check("group_norm_grad", x, 3, x.shape[1:2], weight=weight)
    _groups("group_norm_grad", x, groups)
    _like("group_norm_grad", g, x)
    return serve("norm", g, x, weight).group_norm_grad(g, x, groups, weight, mean, scale)


def batch_norm(x, weight, bias, eps=1e-5):
    """Normalise channels over the batch.

    Parameters
    ----------
    x : array, (N, C, L), floating
    weight, bias : array, (C,)
    eps : float

    Returns
    -------
    y : array, (N, C, L)
    mean, scale : array, (C,)

    Raises
    ------
    TypeError, ValueError
        As for `layer_norm`.
    """
    _check("batch_norm", x, 3, x.shape[1:2], weight=weight, bias=bias)
    return serve("norm", x, weight, bias).batch_norm(x, weight, bias, eps)


def batch_norm_grad(g, x, weight, mean, scale):
    """Cotangents (gx, gw, gb) of the arguments of `batch_norm`, by the formula of `layer_norm_grad`."""
    _check("batch_norm_grad", x, 3, x.shape[1:2], weight=weight)
    _like("batch_norm_grad", g, x)
    return serve("norm", g, x, weight).batch_norm_grad(g, x, weight, mean, scale)


def channel_affine(x, mean, scale, weight, bias):
    """Normalise channels with a given mean and scale: the batch norm of evaluation.

        y[n, c, l] = (x[n, c, l] - μ[c]) σ⁻¹[c] w[c] + b[c]

    Parameters
    ----------
    x : array, (N, C, L), floating
    mean, scale, weight, bias : array, (C,)
    """
    _check("channel_affine", x, 3, x.shape[1:2], mean=mean, scale=scale, weight=weight, bias=bias)
    return serve("norm", x, mean, scale, weight, bias).channel_affine(x, mean, scale, weight, bias)


def _check(op, x, ndim, shape, **others):
    if x.dtype.kind != "f":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be floating")
    if x.ndim != ndim:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have {ndim} axes")
    for name, other in others.items():
        if other.shape != shape:
            raise ValueError(f"[{op}] `{name}` (shape {other.shape}) must have shape {shape} for `x` of {x.shape}")
        if other.dtype != x.dtype:
            raise TypeError(f"[{op}] `{name}` (dtype {other.dtype}) must have the dtype of `x` ({x.dtype})")


def _like(op, g, x):
    if g.shape != x.shape or g.dtype != x.dtype:
        raise ValueError(f"[{op}] `g` (shape {g.shape}, dtype {g.dtype}) must be like `x` ({x.shape}, {x.dtype})")


def _groups(op, x, groups):
    if groups < 1 or x.shape[1] % groups:
        raise ValueError(f"[{op}] `groups` (={groups}) must divide the channels (={x.shape[1]})")
