"""Attention as a function, in one head and in several."""

from math import inf, sqrt

from .._creation import full
from ..ops.attention import attention_weights, shared_heads
from ..ops.axes import mT, transpose
from ..ops.cast import cast
from ..ops.join import cat
from ..ops.matmul import linear, matmul
from ..ops.rearrange import pad
from ..ops.reduce import mean_over
from ..ops.region import zeros
from ..ops.selection import where
from ..ops.shape import expand_to, reshape, squeeze, unsqueeze
from ..ops.softmax import softmax
from ..ops.split import split
from ._noise import dropout

OP = "multi_head_attention"


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p: float = 0.0, is_causal=False, scale=None, enable_gqa=False
):
    """Let each query collect the values of the keys it resembles.

        y = softmax(scale query keyᵀ + mask) value

    Parameters
    ----------
    query : Tensor or array, (…, L, E)
    key : Tensor or array, (…, S, E)
    value : Tensor or array, (…, S, D)
    attn_mask : Tensor or array, optional
        Broadcasts to (…, L, S): booleans, True where a query may look, or numbers that are added.
    dropout_p : float
        The probability that a weight is cleared; see `dropout`.
    is_causal : bool
        Query i looks at no key after i.
    scale : float, optional
        1/√E if None.
    enable_gqa : bool
        Keys and values have fewer heads (axis -3) than queries, each shared by several of these.

    Returns
    -------
    Tensor or array, (…, L, D)
        0 for a query that may look nowhere.

    Raises
    ------
    ValueError
        If an argument has fewer than two dimensions, or both masks are given.
    """
    if enable_gqa:
        key, value = (shared_heads(x, query.shape[-3]) for x in (key, value))
    weights = attention_weights(query, key, attn_mask, is_causal, scale)
    return matmul(dropout(weights, dropout_p), value)


def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight,
    out_proj_bias,
    training: bool = True,
    key_padding_mask=None,
    need_weights: bool = True,
    attn_mask=None,
    use_separate_proj_weight: bool = False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
):
    """Let queries collect values of the keys that they resemble, in several heads, between linear maps.

    Parameters are the fields and the settings of `MultiheadAttention`, query, key and value (L, N, E), (S, N, kdim) and
    (S, N, vdim), without N of one sequence; E is `embed_dim_to_check`.

    Returns
    -------
    y : Tensor, (L, N, E)
    weights : Tensor, (N, L, S), or (N, num_heads, L, S) without `average_attn_weights`; None without `need_weights`

    Raises
    ------
    AssertionError
        If the shapes do not fit.
    RuntimeError
        If a mask has another shape, or `is_causal` comes without one.
    """
    projections = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    one = len(query.shape) == 2
    back = (lambda x: unsqueeze(x, 0)) if one else (lambda x: transpose(x, 0, 1))
    _check(query, key, value, key_padding_mask, attn_mask, num_heads)
    turned = {id(x): back(x) for x in (query, key, value)}  # one and the same stays one and the same
    q, k, v = (turned[id(x)] for x in (query, key, value))
    y, weights = _attend(
        q,
        k,
        v,
        (projections, in_proj_bias, bias_k, bias_v, out_proj_weight, out_proj_bias),
        embed_dim_to_check,
        num_heads,
        add_zero_attn,
        dropout_p if training else 0.0,
        unsqueeze(key_padding_mask, 0) if one and key_padding_mask is not None else key_padding_mask,
        attn_mask,
        need_weights,
        average_attn_weights,
        is_causal,
    )
    if one:
        return squeeze(y, 0), None if weights is None else squeeze(weights, 0)
    return transpose(y, 0, 1), weights


def _attend(
    query, key, value, parameters, width, heads, zero, dropout_p, padding, mask, need_weights, average, is_causal
):
    """`multi_head_attention_forward` of batches (N, L, E), their shapes being right."""
    N, L, E = query.shape
    S = key.shape[1]
    projections, b, bias_k, bias_v, w_out, b_out = parameters
    if width != E:
        raise AssertionError(f"[{OP}] `query` (shape {query.shape}) must have {width} columns, `embed_dim`")
    if E % heads:
        raise AssertionError(f"[{OP}] `num_heads` (={heads}) must divide `embed_dim` (={E})")
    if is_causal and mask is None:
        raise RuntimeError(
            f"[{OP}] `attn_mask` must be given where `is_causal` says what it is; see "
            "Transformer.generate_square_subsequent_mask"
        )
    if mask is not None and mask.shape not in ((L, S), (N * heads, L, S)):
        raise RuntimeError(f"[{OP}] `attn_mask` (shape {mask.shape}) must have shape {(L, S)} or {(N * heads, L, S)}")
    if padding is not None and padding.shape != (N, S):
        raise AssertionError(f"[{OP}] `key_padding_mask` (shape {padding.shape}) must have shape {(N, S)}")
    is_causal = is_causal and padding is None and not need_weights
    padding = added(OP, "key_padding_mask", padding, query)
    mask = None if is_causal else added(OP, "attn_mask", mask, query)

    q, k, v = _projected(query, key, value, projections, b)
    if bias_k is not None:
        k, v = (cat((x, expand_to(extra, shape=(N, 1, E))), 1) for x, extra in ((k, bias_k), (v, bias_v)))
    if zero:
        k, v = (cat((x, zeros(x, (N, 1, E))), 1) for x in (k, v))
    more = k.shape[1] - S
    if more:
        mask, padding = (None if m is None else pad(m, (0, more)) for m in (mask, padding))
        S += more
    q, k, v = (transpose(reshape(x, (N, x.shape[1], heads, E // heads)), 1, 2) for x in (q, k, v))
    mask = _merged(mask, padding, (N, heads, L, S))
    weights = None
    if need_weights:
        scores = matmul(q * sqrt(heads / E), mT(k))
        weights = softmax(scores if mask is None else scores + mask, -1)
        weights = dropout(weights, dropout_p)
        y = matmul(weights, v)
        weights = mean_over(weights, dim=(1,), keepdim=False) if average else weights
    else:
        y = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
    return linear(reshape(transpose(y, 1, 2), (N, L, E)), w_out, b_out), weights


def _projected(query, key, value, w, b):
    """Queries, keys and values after their linear maps; of one tensor in one product."""
    E = query.shape[2]
    if isinstance(w, tuple):
        biases = (None,) * 3 if b is None else split(b, E)
        return [linear(x, *wb) for x, *wb in zip((query, key, value), w, biases, strict=True)]
    if key.shape != value.shape:
        raise AssertionError(f"[{OP}] `key` (shape {key.shape}) must have the shape of `value` ({value.shape})")
    if query is key and key is value:
        return split(linear(query, w, b), E, -1)
    if key is value:
        (wq, wk), (bq, bk) = split(w, (E, 2 * E)), (None, None) if b is None else split(b, (E, 2 * E))
        return linear(query, wq, bq), *split(linear(key, wk, bk), E, -1)
    biases = (None,) * 3 if b is None else split(b, E)
    return [linear(x, *wb) for x, *wb in zip((query, key, value), split(w, E), biases, strict=True)]


def _merged(mask, padding, shape: tuple[int, ...]):
    """Both masks as one that is added to the scores (N, heads, L, S)."""
    N, _, L, S = shape
    if mask is not None and len(mask.shape) == 3:
        mask = reshape(mask, shape)
    if padding is None:
        return mask
    padding = reshape(padding, (N, 1, 1, S))
    return expand_to(padding, shape=(N, 1, L, S)) if mask is None else mask + padding


def added(op: str, name: str, mask, like):
    """A mask as numbers that are added to scores: -∞ where a boolean one is True."""
    if mask is None or mask.dtype == like.dtype:
        return mask
    if mask.dtype.kind == "f":
        return cast(mask, like.dtype)
    if mask.dtype.kind != "b":
        raise AssertionError(f"[{op}] `{name}` (dtype {mask.dtype}) must be boolean or floating")
    return where(mask, full((), -inf, dtype=like.dtype), full((), 0.0, dtype=like.dtype))


def _check(query, key, value, padding, mask, heads: int) -> None:
    """Raise unless all are batches, or all single sequences."""
    ndim = len(query.shape)
    if ndim not in (2, 3):
        raise AssertionError(f"[{OP}] `query` (shape {query.shape}) must be 2-D or 3-D")
    for name, x in (("key", key), ("value", value)):
        if len(x.shape) != ndim:
            raise AssertionError(f"[{OP}] `{name}` (shape {x.shape}) must be {ndim}-D, as `query` is")
    if padding is not None and len(padding.shape) != ndim - 1:
        raise AssertionError(f"[{OP}] `key_padding_mask` (shape {padding.shape}) must be {ndim - 1}-D")
    if mask is not None and len(mask.shape) not in (2, 3):
        raise AssertionError(f"[{OP}] `attn_mask` (shape {mask.shape}) must be 2-D or 3-D")
    if mask is not None and ndim == 2 and len(mask.shape) == 3 and mask.shape[0] != heads:
        raise AssertionError(f"[{OP}] `attn_mask` (shape {mask.shape}) must hold a mask for each of {heads} heads")
