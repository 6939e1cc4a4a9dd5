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
}

OPERATORS = tuple(name for names in FAMILIES.values() for name in names.split())

ALWAYS_DOUBLE = frozenset({"float_power"})  # float64 whatever the arguments are

# The memory layout of the arguments is part of what these mean.
NOT_COMPARABLE = frozenset({"as_strided", "as_strided_scatter"})

# The database that the corpus comes from puts some arguments in an order of its own.
_REORDERED = {
    "where": lambda where: lambda x, condition, y: where(condition, x, y),
    "einsum": lambda einsum: lambda operands, equation: einsum(equation, *operands),
}


def resolve(name):
    """Return tapegrad's callable for an operator of the corpus, None where it has none."""
    path = "__rtruediv__" if name == "__rdiv__" else name
    function = _look_up(path) or _look_up(path.rpartition(".")[0])
    return _REORDERED[name](function) if function and name in _REORDERED else function


def _look_up(path):
    """Follow a path from the package, a single name also among the methods of Tensor."""
    found = tg
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is None and path and "." not in path:
        found = getattr(tg.Tensor, path, None)
    return found if found is None or callable(found) else attrgetter(path)  # `T` is no method
