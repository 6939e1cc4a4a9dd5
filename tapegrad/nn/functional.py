"""`nn.functional`: what layers compute, as functions with PyTorch's names and arguments.

Many are operations of `tapegrad.ops` as they are. Others add `inplace`, which writes the result into the input, or
randomness.
"""

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
from ..ops.batch_norm import batch_norm, instance_norm, local_response_norm
from ..ops.columns import fold, unfold
from ..ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from ..ops.cross_entropy import cross_entropy, linear_cross_entropy, nll_loss
from ..ops.ctc import ctc_loss
from ..ops.distance import cosine_similarity, pairwise_distance, pdist
from ..ops.einsum import bilinear
from ..ops.elementwise import sigmoid, tanh
from ..ops.embedding import embedding, embedding_bag
from ..ops.global_pool import (
    global_avg_pool1d,
    global_avg_pool2d,
    global_avg_pool3d,
    global_max_pool1d,
    global_max_pool2d,
    global_max_pool3d,
)
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
from ..ops.matmul import linear
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
from ..ops.rearrange import one_hot, pad
from ..ops.resize import interpolate, upsample, upsample_bilinear, upsample_nearest
from ..ops.selection import clamp_min
from ..ops.shuffle import channel_shuffle, pixel_shuffle, pixel_unshuffle
from ..ops.softmax import log_softmax, softmax, softmin
from ._attention import multi_head_attention_forward, scaled_dot_product_attention
from ._in_place import (
    celu,
    celu_,
    elu,
    elu_,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    mish,
    relu,
    relu6,
    relu_,
    selu,
    selu_,
    silu,
    threshold,
    threshold_,
)
from ._noise import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
    fractional_max_pool2d,
    fractional_max_pool3d,
    gumbel_softmax,
    rrelu,
    rrelu_,
)
from ._positions import rotary_positions, sinusoidal_positions

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "affine_grid",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
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
    "dropout3d",
    "elu",
    "elu_",
    "embedding",
    "embedding_bag",
    "feature_alpha_dropout",
    "fold",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "gaussian_nll_loss",
    "gelu",
    "global_avg_pool1d",
    "global_avg_pool2d",
    "global_avg_pool3d",
    "global_max_pool1d",
    "global_max_pool2d",
    "global_max_pool3d",
    "glu",
    "grid_sample",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
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
    "multi_head_attention_forward",
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
    "relu_",
    "rms_norm",
    "rotary_positions",
    "rrelu",
    "rrelu_",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "sigmoid_focal_loss",
    "silu",
    "sinusoidal_positions",
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
    "threshold_",
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


for _name in """
    adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d bilinear binary_cross_entropy
    binary_cross_entropy_with_logits conv1d conv2d conv3d conv_transpose1d conv_transpose2d
    cosine_embedding_loss cosine_similarity cross_entropy ctc_loss dice_loss embedding_bag fold
    gaussian_nll_loss global_max_pool1d global_max_pool3d glu gumbel_softmax hinge_embedding_loss kl_div
    linear_cross_entropy lp_pool1d lp_pool2d margin_ranking_loss max_pool1d max_pool2d multi_margin_loss
    multilabel_margin_loss multilabel_soft_margin_loss normalize pairwise_distance pdist poisson_nll_loss
    scaled_dot_product_attention sigmoid_focal_loss soft_margin_loss softmin triplet_margin_loss
    triplet_margin_with_distance_loss unfold
""".split():
    globals()[_name] = whole(globals()[_name])
