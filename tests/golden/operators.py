"""The operators that tapegrad must offer, by PyTorch's names, and how to call each.

A name of the corpus is a path such as ``nn.functional.gelu`` or ``std``, sometimes with a variant at its end:
``std.unbiased`` is `std`, called in that one way.
"""

from operator import attrgetter

import tapegrad as tg

FAMILIES = {
    "arithmetic": """
        add sub mul div.no_rounding_mode div.floor_rounding div.trunc_rounding true_divide neg positive abs sign
        pow float_power square sqrt rsqrt reciprocal remainder floor ceil round trunc rsub
        __radd__ __rsub__ __rmul__ __rdiv__ __rpow__""",
    "comparison": "eq ne lt le gt ge isnan isinf isfinite",
    "exponential": "exp exp2 expm1 log log2 log10 log1p logaddexp",
    "trigonometric": "sin cos tan asin acos atan atan2",
    "hyperbolic": "sinh cosh tanh asinh acosh atanh",
    "activation": """
        sigmoid erf nn.functional.relu nn.functional.softplus nn.functional.gelu nn.functional.silu
        nn.functional.leaky_relu""",
    "choice": "where clamp clamp_min clamp_max maximum minimum max.binary min.binary",
    "reduction": """
        sum mean prod var var.unbiased std std.unbiased logsumexp norm norm.fro norm.inf linalg.vector_norm
        amax amin max.reduction_no_dim max.reduction_with_dim min.reduction_no_dim min.reduction_with_dim
        argmax argmin all any""",
    "shape": """
        reshape view flatten ravel transpose permute movedim t T mT squeeze squeeze.multiple unsqueeze
        expand expand_as broadcast_to cat stack split split.list_args split_with_sizes chunk unbind
        flip repeat clone contiguous nn.functional.pad.constant""",
    "indexing": "__getitem__ index_put select narrow index_select gather take_along_dim masked_fill masked_select",
    "product": "matmul __rmatmul__ mm bmm mv dot outer nn.functional.linear einsum",
    "window": "nn.functional.conv2d nn.functional.max_pool2d nn.functional.avg_pool2d",
    "softmax": "softmax softmax.with_dtype log_softmax log_softmax.with_dtype",
    "loss": """
        nn.functional.cross_entropy nn.functional.nll_loss nn.functional.binary_cross_entropy_with_logits
        nn.functional.mse_loss""",
    "transforms": """
        fft.fftshift fft.hfft fft.hfft2 fft.hfftn fft.ifftshift fft.irfft fft.irfft2 fft.irfftn stft""",
    "linear algebra": """
        addbmm addmm addmv addr baddbmm cholesky cholesky_inverse cholesky_solve cross inner kron
        linalg.cholesky linalg.cholesky_ex linalg.cond linalg.cross linalg.det linalg.diagonal
        linalg.eigvalsh linalg.inv linalg.inv_ex linalg.lstsq linalg.lu_factor linalg.lu_factor_ex
        linalg.lu_solve linalg.matrix_norm linalg.matrix_power linalg.multi_dot linalg.norm
        linalg.norm.subgradients_at_zero linalg.pinv linalg.pinv.hermitian linalg.slogdet linalg.solve
        linalg.solve_ex linalg.solve_triangular linalg.svdvals linalg.tensorinv linalg.tensorsolve
        linalg.vander linalg.vecdot logdet lu lu_solve matrix_exp pinverse tensordot trace triangular_solve
        vdot""",
    "special functions": """
        digamma erfc erfinv i0 lgamma logit mvlgamma.mvlgamma_p_1 mvlgamma.mvlgamma_p_3
        mvlgamma.mvlgamma_p_5 polygamma.polygamma_n_0 polygamma.polygamma_n_1 polygamma.polygamma_n_2
        polygamma.polygamma_n_3 polygamma.polygamma_n_4 sinc special.entr special.erfcx special.i0e
        special.i1 special.i1e special.log_ndtr special.ndtr special.ndtri special.xlog1py xlogy""",
    "masked": """
        masked.amax masked.amin masked.cumprod masked.cumsum masked.log_softmax masked.logaddexp
        masked.logsumexp masked.mean masked.median masked.norm masked.normalize masked.prod masked.softmax
        masked.softmin masked.std masked.sum masked.var""",
    "networks": """
        nn.functional.adaptive_avg_pool1d nn.functional.adaptive_avg_pool2d
        nn.functional.adaptive_avg_pool3d nn.functional.adaptive_max_pool1d
        nn.functional.adaptive_max_pool2d nn.functional.adaptive_max_pool3d nn.functional.avg_pool1d
        nn.functional.avg_pool3d nn.functional.bilinear
        nn.functional.binary_cross_entropy nn.functional.celu nn.functional.channel_shuffle
        nn.functional.conv1d nn.functional.conv3d nn.functional.conv_transpose1d
        nn.functional.conv_transpose2d nn.functional.conv_transpose3d nn.functional.cosine_embedding_loss
        nn.functional.cosine_similarity nn.functional.ctc_loss nn.functional.elu nn.functional.embedding
        nn.functional.embedding_bag nn.functional.gaussian_nll_loss nn.functional.glu
        nn.functional.grid_sample nn.functional.group_norm nn.functional.hardshrink
        nn.functional.hardsigmoid nn.functional.hardswish nn.functional.hardtanh
        nn.functional.hinge_embedding_loss nn.functional.huber_loss
        nn.functional.interpolate.area nn.functional.interpolate.bicubic nn.functional.interpolate.bilinear
        nn.functional.interpolate.linear nn.functional.interpolate.nearest
        nn.functional.interpolate.nearest-exact nn.functional.interpolate.trilinear nn.functional.kl_div
        nn.functional.l1_loss nn.functional.layer_norm nn.functional.local_response_norm
        nn.functional.logsigmoid nn.functional.margin_ranking_loss nn.functional.max_pool1d
        nn.functional.max_pool3d nn.functional.max_unpool1d nn.functional.max_unpool1d.grad
        nn.functional.max_unpool2d nn.functional.max_unpool2d.grad nn.functional.max_unpool3d
        nn.functional.max_unpool3d.grad nn.functional.mish nn.functional.multi_margin_loss
        nn.functional.multilabel_margin_loss nn.functional.multilabel_soft_margin_loss
        nn.functional.normalize nn.functional.pad.circular nn.functional.pad.reflect
        nn.functional.pad.replicate nn.functional.pad.replicate_negative nn.functional.pairwise_distance
        nn.functional.pdist nn.functional.pixel_shuffle nn.functional.pixel_unshuffle
        nn.functional.poisson_nll_loss nn.functional.prelu nn.functional.relu6 nn.functional.rms_norm
        nn.functional.selu nn.functional.smooth_l1_loss
        nn.functional.soft_margin_loss nn.functional.softmin nn.functional.softmin.with_dtype
        nn.functional.softshrink nn.functional.softsign nn.functional.tanhshrink nn.functional.threshold
        nn.functional.triplet_margin_loss nn.functional.unfold nn.functional.upsample_bilinear
        nn.functional.upsample_nearest""",
    "the rest": """
        addcdiv addcmul aminmax angle argsort atleast_1d atleast_2d atleast_3d block_diag
        broadcast_tensors cartesian_prod cdist column_stack combinations conj conj_physical constant_pad_nd
        copysign count_nonzero cummax cummin cumprod cumsum cumulative_trapezoid deg2rad diag diag_embed
        diagflat diagonal diagonal_scatter diff dist dsplit dstack fill fliplr flipud fmax fmin fmod frac
        grid_sampler_2d heaviside hsplit hstack hypot index_add index_copy index_fill index_reduce.amax
        index_reduce.amin index_reduce.mean index_reduce.prod isclose kthvalue ldexp lerp logaddexp2
        logcumsumexp masked_scatter median meshgrid.list_of_tensors meshgrid.variadic_tensors mode msort
        nan_to_num nanmean nanmedian nanquantile nansum nextafter nonzero put quantile rad2deg real renorm
        repeat_interleave reshape_as roll rot90 round.decimals_0 round.decimals_3 round.decimals_neg_3
        scatter scatter_add scatter_reduce.amax scatter_reduce.amin scatter_reduce.mean scatter_reduce.prod
        scatter_reduce.sum select_scatter slice_scatter sort std_mean std_mean.unbiased sum_to_size take
        tensor_split tile topk trapezoid trapz tril triu unflatten unfold var_mean var_mean.unbiased view_as
        vsplit vstack
        cov corrcoef gradient searchsorted unique""",
}

OPERATORS = tuple(name for names in FAMILIES.values() for name in names.split())

ALWAYS_DOUBLE = frozenset({"float_power"}) # float64 whatever the arguments are

# The memory layout of the arguments is part of what these mean; they change an argument, draw numbers, answer a bool.
NOT_COMPARABLE = frozenset({
    "as_strided", "as_strided_scatter", "nn.functional.batch_norm", "nn.functional.instance_norm",
    "nn.functional.scaled_dot_product_attention", "allclose",
})  # fmt: skip

# The database that the corpus comes from puts some arguments in an order of its own.
_REORDERED = {
    "where": lambda where: lambda x, condition, y: where(condition, x, y),
    "einsum": lambda einsum: lambda operands, equation: einsum(equation, *operands),
    "nn.functional.embedding": lambda embedding: lambda w, i, **how: embedding(i, w, **how),
    "nn.functional.embedding_bag": lambda bag: lambda w, i, *args, **how: bag(i, w, *args, **how),
    "polygamma": lambda polygamma: lambda x, n: polygamma(int(n), x),
}


def resolve(name):
    """Return tapegrad's callable for an operator of the corpus, None where it has none."""
    path = "__rtruediv__" if name == "__rdiv__" else name
    function = _look_up(path) or _look_up(path.rpartition(".")[0])
    reorder = _REORDERED.get(name) or _REORDERED.get(name.partition(".")[0])
    return reorder(function) if function and reorder else function


def _look_up(path):
    """Follow a path from the package, a single name also among the methods of Tensor."""
    found = tg
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is None and path and "." not in path:
        found = getattr(tg.Tensor, path, None)
    return found if found is None or callable(found) else attrgetter(path) # `T` is no method
