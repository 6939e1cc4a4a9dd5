"""`nn.functional`: what layers compute, as functions with PyTorch's names and arguments.

Many are operations of `tapegrad.ops` as they are. Others add `inplace`, which writes the result into the input, or
randomness.
"""

from functools import partial
from math import prod
from numbers import Real

from .. import kernels
from .._random import Generator, generator_of
from .._tape import Tensor, plain
from ..ops._registry import whole
from ..ops.activation import (
    gelu,
    glu,
    hardshrink,
    logsigmoid,
    prelu,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
)
from ..ops.adaptive_pool import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from ..ops.arithmetic import multiply
from ..ops.attention import attention_weights, shared_heads
from ..ops.batch_norm import batch_norm, instance_norm, local_response_norm
from ..ops.columns import fold, unfold
from ..ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from ..ops.cross_entropy import cross_entropy, linear_cross_entropy, nll_loss
from ..ops.ctc import ctc_loss
from ..ops.distance import cosine_similarity, pairwise_distance, pdist
from ..ops.einsum import bilinear
from ..ops.elementwise import sigmoid, tanh
from ..ops.embedding import embedding, embedding_bag
from ..ops.grid import affine_grid, grid_sample
from ..ops.imbalance import dice_loss, sigmoid_focal_loss
from ..ops.likelihood import gaussian_nll_loss, poisson_nll_loss
from ..ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from ..ops.margin import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from ..ops.matmul import linear, matmul
from ..ops.norm import vector_norm
from ..ops.normalization import group_norm, layer_norm, rms_norm
from ..ops.pool import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from ..ops.random import dropout as _dropout
from ..ops.rearrange import one_hot, pad
from ..ops.resize import interpolate, upsample, upsample_bilinear, upsample_nearest
from ..ops.selection import clamp_min
from ..ops.shuffle import channel_shuffle, pixel_shuffle, pixel_unshuffle
from ..ops.softmax import log_softmax, softmax, softmin
from ._in_place import (
    celu,
    elu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    mish,
    relu,
    relu6,
    run,
    selu,
    silu,
    threshold,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "affine_grid",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dice_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "elu",
    "embedding",
    "embedding_bag",
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "grid_sample",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "linear_cross_entropy",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "sigmoid_focal_loss",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]


def normalize(input, p: float = 2.0, dim=1, eps: float = 1e-12):
    """Divide by the p-norm along `dim`, or by `eps` where that is larger: x / max(‖x‖ₚ, ε)."""
    return input / clamp_min(vector_norm(input, p, dim, keepdim=True), eps)


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


# ---------------------------------------------------------------------------------------- dropout


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None):
    """Clear each element with probability `p`, and divide the others by 1 - p.

        y[i] = x[i] · [u[i] ≥ p] / (1 - p),   u uniform in [0, 1) with 32 bits, two of them in a word of the stream

    Parameters
    ----------
    input : Tensor or array, floating
    p : float
        In [0, 1].
    training : bool
        False: return the input itself.
    inplace : bool
        Write into the input.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `p` is no probability.
    RuntimeError
        If the input is not floating.
    """
    if not _drops("dropout", input, p, training):
        return input
    seed, offset = generator_of(generator).skip((prod(input.shape) + 1) // 2)
    return run(partial(_dropout, p=float(p), seed=seed, offset=offset), input, inplace)


def dropout1d(
    input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
):
    """`dropout` of whole channels, rows of (N, C, L) or (C, L), which are cleared or kept as one."""
    return _dropped("dropout1d", input, _channels("dropout1d", input, 1), p, training, inplace, generator)


def dropout2d(
    input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
):
    """`dropout` of whole channels, planes of (N, C, H, W) or (C, H, W), which are cleared or kept as one."""
    return _dropped("dropout2d", input, _channels("dropout2d", input, 2), p, training, inplace, generator)


def _channels(op: str, x, ndim: int) -> tuple[int, ...]:
    """The shape of one number for each channel."""
    if len(x.shape) not in (ndim + 1, ndim + 2):
        raise ValueError(
            f"[{op}] `input` (shape {x.shape}) must have {ndim + 1} or {ndim + 2} dimensions; see `dropout`"
        )
    return (*x.shape[:-ndim], *(1,) * ndim)


def check_probability(op: str, p: float) -> None:
    """Raise unless `p` lies in [0, 1]."""
    if not isinstance(p, Real):
        raise TypeError(f"[{op}] dropout probability `p` (={p!r}) must be a number")
    if not 0 <= p <= 1:
        raise ValueError(f"[{op}] dropout probability `p` (={p}) must be between 0 and 1")


def _drops(op: str, x, p: float, training: bool) -> bool:
    """Tell whether there is anything to do, and whether it can be done."""
    check_probability(op, p)
    if not training or p == 0:
        return False
    if x.dtype.kind != "f":
        raise RuntimeError(f"[{op}] `input` (dtype {x.dtype}) must be floating")
    return True


def _dropped(op: str, x, shape: tuple[int, ...], p: float, training: bool, inplace: bool, generator):
    """Multiply by one number of `shape` for each channel."""
    if not _drops(op, x, p, training):
        return x
    u = generator_of(generator).uniform(shape, x.dtype)
    number = x.dtype.type
    kept = kernels.where(u >= p, number(1 / (1 - p) if p < 1 else 0), number(0))
    return run(multiply, x, inplace, plain(kept) if isinstance(x, Tensor) else kept)


for _name in """
    adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d bilinear binary_cross_entropy
    binary_cross_entropy_with_logits conv1d conv2d conv3d conv_transpose1d conv_transpose2d cosine_embedding_loss
    cosine_similarity cross_entropy ctc_loss dice_loss embedding_bag fold gaussian_nll_loss glu hinge_embedding_loss
    kl_div linear_cross_entropy lp_pool1d lp_pool2d margin_ranking_loss max_pool1d max_pool2d multi_margin_loss
    multilabel_margin_loss multilabel_soft_margin_loss normalize pairwise_distance pdist poisson_nll_loss
    scaled_dot_product_attention sigmoid_focal_loss soft_margin_loss softmin triplet_margin_loss
    triplet_margin_with_distance_loss unfold
""".split():
    globals()[_name] = whole(globals()[_name])
