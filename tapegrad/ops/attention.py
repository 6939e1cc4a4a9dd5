"""Attention: which keys a query looks at, and how much.

weights = softmax(query keyᵀ / √E + mask),   y = weights value
"""

from math import inf, sqrt

from .. import kernels
from .axes import mT
from .cast import as_tensor
from .matmul import matmul
from .rearrange import repeat_interleave
from .reduce import all as all_over
from .region import array_of, constant
from .selection import where
from .softmax import softmax


def attention_weights(query, key, attn_mask=None, is_causal=False, scale=None):
    """How much each query looks at each key: rows that sum to one, or to zero where everything is masked.

        w[i, j] = softmax_j (scale query[i] · key[j] + mask[i, j])

    Parameters
    ----------
    query : Tensor or array, (…, L, E)
    key : Tensor or array, (…, S, E)
    attn_mask : Tensor or array, optional
        Broadcasts to (…, L, S): booleans, True where a query may look, or numbers that are added.
    is_causal : bool
        Query i may look at the keys up to i.
    scale : float, optional
        1/√E if None.

    Returns
    -------
    Tensor or array, (…, L, S)

    Raises
    ------
    ValueError
        If both masks are given.
    """
    op = "scaled_dot_product_attention"
    for name, x in (("query", query), ("key", key)):
        if len(x.shape) < 2:
            raise ValueError(f"[{op}] `{name}` (shape {x.shape}) must have at least two dimensions")
    width = query.shape[-1]
    query = query * ((1 / sqrt(width) if width else 1.0) if scale is None else scale)
    scores = matmul(query, mT(key))
    if is_causal:
        if attn_mask is not None:
            raise ValueError(f"[{op}] `attn_mask` must be None where `is_causal` is True")
        like = array_of(scores)
        seen = kernels.tril(kernels.ones(scores.shape[-2:], like.dtype, like=like))
        # every query may look at the first key: no row is left without any
        return softmax(where(constant(scores, kernels.not_equal(seen, 0)), scores, -inf), -1)
    if attn_mask is None:
        return softmax(scores, -1)
    mask = attn_mask if hasattr(attn_mask, "dtype") else as_tensor(attn_mask)
    if mask.dtype.kind == "b":
        scores = where(mask, scores, -inf)
    elif mask.dtype != query.dtype:
        raise RuntimeError(f"[{op}] `attn_mask` (dtype {mask.dtype}) must be boolean or of the dtype of `query`")
    else:
        scores = scores + mask
    blind = all_over(scores == -inf, -1, keepdim=True)  # a softmax of nothing but -∞ would be NaN
    return where(blind, 0, softmax(where(blind, 0, scores), -1))


def shared_heads(x, heads: int):
    """Keys or values whose heads are shared, each by several heads of the queries."""
    if heads % max(x.shape[-3], 1):
        raise RuntimeError(
            f"[scaled_dot_product_attention] the {heads} heads of `query` must be a multiple of the {x.shape[-3]} "
            "of `key` and `value`"
        )
    return repeat_interleave(x, heads // x.shape[-3], -3)
