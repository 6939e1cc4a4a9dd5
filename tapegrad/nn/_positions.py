"""Where in a sequence something stands, told by angles.

angle[p, j] = p θ_j,   θ_j = base^(-2j / E),   j = 0 … E/2 - 1
"""

import numpy as np

from .. import kernels
from .._creation import check_trackable
from .._dtypes import as_dtype, get_default_dtype
from .._tape import Tensor, plain
from ..ops.indexing import getitem
from ..ops.join import cat
from ..ops.region import array_of, constant


def sinusoidal_positions(length: int, width: int, base: float = 10000.0, dtype=None) -> Tensor:
    """Sines and cosines of positions, to be added to what stands there.

        y[p, 2j] = sin(p θ_j),   y[p, 2j + 1] = cos(p θ_j),   θ_j = base^(-2j / E)

    Parameters
    ----------
    length, width : int
        L positions and E elements for each, an even number.
    base : float
    dtype : dtype, optional
        Floating.

    Returns
    -------
    Tensor, (L, E)

    Raises
    ------
    ValueError
        If `width` is odd.

    Notes
    -----
    Vaswani et al.: Attention is all you need (2017), section 3.5; arXiv:1706.03762.
    """
    dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
    check_trackable(dtype)
    angles = _angles("sinusoidal_positions", np.arange(length), width, base)
    return plain(
        kernels.from_numpy(np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, width).astype(dtype))
    )


def rotary_positions(x, positions=None, base: float = 10000.0):
    """Rotate pairs of elements by angles that grow with the position: products of two tell how far apart they stand.

        y[…, p, j]       = x[…, p, j] cos(p θ_j) - x[…, p, j + E/2] sin(p θ_j)
        y[…, p, j + E/2] = x[…, p, j + E/2] cos(p θ_j) + x[…, p, j] sin(p θ_j),   θ_j = base^(-2j / E)

    Parameters
    ----------
    x : Tensor or array, (…, L, E)
        Queries or keys, as `scaled_dot_product_attention` takes them; element j goes with element j + E/2.
    positions : Tensor or array, (L,), optional
        Where the rows stand; 0 … L-1 if None.
    base : float

    Returns
    -------
    Tensor or array, x.shape

    Raises
    ------
    ValueError
        If E is odd, or there is not one position for each row.

    Notes
    -----
    Su et al.: RoFormer: Enhanced transformer with rotary position embedding; arXiv:2104.09864. The pairs lie as in
    GPT-NeoX; the paper has neighbours, 2j and 2j + 1.
    """
    op = "rotary_positions"
    if len(x.shape) < 2:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have at least two dimensions")
    L, E = x.shape[-2:]
    p = np.arange(L) if positions is None else np.asarray(kernels.to_numpy(array_of(positions)))
    if p.shape != (L,):
        raise ValueError(f"[{op}] `positions` (shape {p.shape}) must have shape {(L,)}, one for each row of `x`")
    angles = _angles(op, p, E, base)
    c, s = (constant(x, kernels.from_numpy(f(angles).astype(x.dtype), like=array_of(x))) for f in (np.cos, np.sin))
    a, b = (getitem(x, (..., half)) for half in (slice(E // 2), slice(E // 2, E)))
    return cat((a * c - b * s, b * c + a * s), -1)


def _angles(op: str, positions: np.ndarray, width: int, base: float) -> np.ndarray:
    """Angles in float64, (L, E/2)."""
    if width % 2:
        raise ValueError(f"[{op}] the number of elements (={width}) must be even: they go in pairs")
    return positions[:, None] * base ** (-np.arange(0, width, 2) / max(width, 1))
