"""Losses that ask for a margin: nothing to pay where one number exceeds another by enough.

    l = max(0, margin - (what should be large - what should be small))

The hinge has slope 0 at its kink in `multi_margin_loss` and `multilabel_margin_loss`, 1 elsewhere, as in PyTorch. The
margins of `soft_margin_loss` and `multilabel_soft_margin_loss` are smooth.
"""

import numpy as np

from .. import kernels
from .._tape import declare
from ._losses import check_arrays, chosen_reduction, functional, reduced_loss
from .activation import logsigmoid, relu
from .cast import cast
from .distance import pairwise_distance
from .elementwise import sqrt
from .gather import gather
from .reduce import sum_over
from .region import array_of, constant
from .selection import clamp_min, minimum, where
from .shape import broadcast_tensors, reshape, unsqueeze


def _want_arrays(op: str, **tensors) -> None:
    for name, x in tensors.items():
        if not hasattr(x, "dtype"):
            raise TypeError(f"[{op}] `{name}` (of type {type(x).__name__}) must be a Tensor or an array")


# ---------------------------------------------------------------------------------------- pairs


@functional
def margin_ranking_loss(input1, input2, target, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    """Loss of a wrong order: l = max(0, margin - target (input1 - input2)).

    Parameters
    ----------
    input1, input2 : Tensor or array
    target : Tensor or array
        1 where input1 should be the larger one, -1 where input2.
    margin : float
    reduction : "mean", "sum" or "none"

    Raises
    ------
    RuntimeError
        If they have different numbers of dimensions.
    ValueError
        For another reduction.
    """
    reduction = chosen_reduction("margin_ranking_loss", reduction, size_average, reduce)
    _want_arrays("margin_ranking_loss", input1=input1, input2=input2, target=target)
    if not len(input1.shape) == len(input2.shape) == len(target.shape):
        raise RuntimeError(
            f"[margin_ranking_loss] `input1`, `input2` and `target` (shapes {input1.shape}, {input2.shape}, "
            f"{target.shape}) must have equally many dimensions"
        )
    return reduced_loss(clamp_min(margin - target * (input1 - input2), 0), reduction)


@functional
def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    """Loss of a distance: the distance itself of pairs that belong together, max(0, margin - input) of others.

    Parameters
    ----------
    input : Tensor or array
        Distances.
    target : Tensor or array
        1 for pairs that belong together, -1 for others; they broadcast.
    margin : float
    reduction : "mean", "sum" or "none"
    """
    reduction = chosen_reduction("hinge_embedding_loss", reduction, size_average, reduce)
    _want_arrays("hinge_embedding_loss", input=input, target=target)
    apart = where(target != 1, clamp_min(margin - input, 0), 0)
    return reduced_loss(apart + where(target != -1, input, 0), reduction)


@functional
def cosine_embedding_loss(input1, input2, target, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    """Loss of an angle: 1 - cos of pairs that belong together, max(0, cos - margin) of others.

    Parameters
    ----------
    input1, input2 : Tensor or array, (N, D) or (D,)
    target : Tensor or array, (N,) or ()
        1 for pairs that belong together, -1 for others.
    margin : float
        In -1 … 1.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    RuntimeError
        If the shapes do not fit.
    """
    op = "cosine_embedding_loss"
    reduction = chosen_reduction(op, reduction, size_average, reduce)
    _want_arrays(op, input1=input1, input2=input2, target=target)
    if len(target.shape) > 1:
        raise RuntimeError(f"[{op}] `target` (shape {target.shape}) must be 0-d or 1-D")
    for name, x in (("input1", input1), ("input2", input2)):
        if len(x.shape) != len(target.shape) + 1:
            raise RuntimeError(
                f"[{op}] `{name}` (shape {x.shape}) must have one dimension more than `target` (shape {target.shape})"
            )
    a, b = broadcast_tensors(input1, input2)
    dim = len(a.shape) - 1
    size = sqrt((sum_over(a * a, dim=dim) + 1e-12) * (sum_over(b * b, dim=dim) + 1e-12))
    cosine = sum_over(a * b, dim=dim) / size
    apart = where(target == -1, clamp_min(cosine - margin, 0), 0)
    return reduced_loss(where(target == 1, 1 - cosine, 0) + apart, reduction)


@functional
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """Logistic loss of two classes: l = log(1 + e^(-target · input)), with targets 1 and -1.

    Parameters
    ----------
    input, target : Tensor or array
        They broadcast.
    reduction : "mean", "sum" or "none"
    """
    reduction = chosen_reduction("soft_margin_loss", reduction, size_average, reduce)
    _want_arrays("soft_margin_loss", input=input, target=target)
    return reduced_loss(-logsigmoid(target * input), reduction)


# ---------------------------------------------------------------------------------------- triplets


@functional
def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"
):
    """Loss of a stranger being near: l = max(0, margin + d(anchor, positive) - d(anchor, negative)).

    Parameters
    ----------
    anchor, positive, negative : Tensor or array, (N, D) or (D,)
    margin : float
        Positive.
    p, eps : float
        d(a, b) = ‖a - b + ε‖ₚ, see `pairwise_distance`.
    swap : bool
        Take the distance of `positive` and `negative` where that is smaller.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    RuntimeError
        If the numbers of dimensions differ.
    ValueError
        If `margin` is not positive, or for another reduction.
    """
    reduction = chosen_reduction("triplet_margin_loss", reduction, size_average, reduce)
    return _triplet(
        "triplet_margin_loss",
        (anchor, positive, negative),
        lambda a, b: pairwise_distance(a, b, p, eps),
        margin,
        swap,
        reduction,
    )


@functional
def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    """`triplet_margin_loss` with a distance of your own, by default `pairwise_distance`."""
    reduction = chosen_reduction("triplet_margin_with_distance_loss", reduction)
    distance = pairwise_distance if distance_function is None else distance_function
    three = (anchor, positive, negative)
    return _triplet("triplet_margin_with_distance_loss", three, distance, margin, swap, reduction)


def _triplet(op: str, three: tuple, distance, margin, swap, reduction):
    anchor, positive, negative = three
    _want_arrays(op, anchor=anchor, positive=positive, negative=negative)
    if not margin > 0:
        raise ValueError(f"[{op}] `margin` (={margin}) must be positive")
    if len({len(x.shape) for x in three}) > 1:
        shapes = ", ".join(str(x.shape) for x in three)
        raise RuntimeError(
            f"[{op}] `anchor`, `positive` and `negative` (shapes {shapes}) must have equally many dimensions"
        )
    far = distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced_loss(clamp_min(margin + distance(anchor, positive) - far, 0), reduction)


# ---------------------------------------------------------------------------------------- classes


def _rows(op: str, x, target, per_class: bool) -> tuple:
    """Scores as rows (N, C), targets as rows (N, 1) or (N, C), and whether there was only one row."""
    check_arrays(op, x, target)
    if len(x.shape) > 2 or (0 in x.shape[-1:]):
        raise RuntimeError(f"[{op}] `input` (shape {x.shape}) must be (N, C), (C,) or (), with classes")
    single = len(x.shape) < 2
    shape = x.shape if per_class else x.shape[:-1] if len(x.shape) == 2 else ()
    if target.shape != shape and not (single and target.shape in ((), (1,)) and (not per_class or len(x.shape) == 0)):
        raise RuntimeError(f"[{op}] `target` (shape {target.shape}) must have shape {shape} for `input` of {x.shape}")
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"[{op}] `target` (dtype {target.dtype}) must hold integers, the numbers of the classes")
    rows = (1, x.shape[0] if x.shape else 1) if single else x.shape
    y = array_of(target).astype(np.int64).reshape(rows if per_class else (rows[0], 1))
    return reshape(x, rows), y, single


def _classes(op: str, y, count: int, least: int) -> None:
    low, high = (int(kernels.to_numpy(f(y))) for f in (kernels.min, kernels.max)) if y.size else (0, -1)
    if low < least or high >= count:
        raise IndexError(f"[{op}] `target` (={low if low < least else high}) must lie in {least} … {count - 1}")


def _over_the_margin(x, target, margin):
    """How much too near each score comes, and where the others are, whose nearness counts."""
    others = target != kernels.arange(0, x.shape[1], 1, np.dtype(np.int64), like=array_of(target))
    return margin - gather(x, 1, target) + x, others


def _excess_forward(x, target, *, p, margin):
    near, others = _over_the_margin(x, target, margin)
    terms = where(others, kernels.maximum(near, 0), 0)
    return kernels.sum(terms * terms if p == 2 else terms, 1) / x.shape[1]


def _slopes(x, target, p, margin):
    """Slopes in the scores of the others."""
    near, others = _over_the_margin(x, target, margin)
    counts = (near > 0) & others
    return where(counts, 2 * near, 0) if p == 2 else cast(counts, x.dtype)


def _excess_vjp(g, x, target, p, margin):
    shares = _slopes(x, target, p, margin) * unsqueeze(g / x.shape[1], 1)
    right = target == kernels.arange(0, x.shape[1], 1, np.dtype(np.int64), like=array_of(target))
    return where(right, -sum_over(shares, dim=1, keepdim=True), shares)


def _excess_jvp(t, x, target, p, margin):
    return sum_over(_slopes(x, target, p, margin) * (t - gather(t, 1, target)), dim=1) / x.shape[1]


_excess = declare("multi_margin_loss", _excess_forward, [_excess_vjp, None], [_excess_jvp, None])


@functional
def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Loss of each class whose score comes too near to that of the right one.

        l[n] = 1/C Σ_{c ≠ y} weight[y] max(0, margin - x[n, y] + x[n, c])^p,   y = target[n]

    Parameters
    ----------
    input : Tensor or array, (N, C), (C,) or ()
        Scores x.
    target : integer Tensor or array, (N,), (1,) or ()
    p : 1 or 2
    margin : float
    weight : Tensor or array, (C,), optional
    reduction : "mean", "sum" or "none"

    Raises
    ------
    RuntimeError
        If the shapes or dtypes do not fit.
    ValueError
        For another `p` or reduction.
    IndexError
        If a target is no class.
    """
    op = "multi_margin_loss"
    if p not in (1, 2):
        raise ValueError(f"[{op}] `p` (={p}) must be 1 or 2")
    reduction = chosen_reduction(op, reduction, size_average, reduce)
    x, y, single = _rows(op, input, target, per_class=False)
    C = x.shape[1]
    _classes(op, y, C, 0)
    if weight is not None and weight.shape != (C,):
        raise RuntimeError(f"[{op}] `weight` (shape {weight.shape}) must have one entry for each of {C} classes")
    loss = _excess(x, constant(x, y), p=p, margin=margin)
    if weight is not None:
        loss = loss * weight[constant(x, y.reshape(-1))]
    return reduced_loss(reshape(loss, ()) if single else loss, reduction)


@functional
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """Loss of each class whose score comes too near to that of a right one, where several are right.

        l[n] = 1/C Σ_{y right} Σ_{c wrong} max(0, 1 - x[n, y] + x[n, c])

    Parameters
    ----------
    input : Tensor or array, (N, C), (C,) or ()
        Scores x.
    target : integer Tensor or array, input.shape
        The right classes of each row, up to the first -1.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    RuntimeError
        If the shapes or dtypes do not fit.
    IndexError
        If a target is no class.
    """
    op = "multilabel_margin_loss"
    reduction = chosen_reduction(op, reduction, size_average, reduce)
    x, y, single = _rows(op, input, target, per_class=True)
    N, C = x.shape
    _classes(op, y, C, -1)
    listed = kernels.equal(kernels.cumsum(kernels.less(y, 0).astype(np.int64), 1), 0)
    longest = int(kernels.to_numpy(kernels.max(kernels.count_nonzero(listed, 1)))) if N else 0
    listed, y = listed[:, :longest], kernels.where(listed, y, 0)[:, :longest]
    wrong = kernels.equal(kernels.add_along_axis((N, C), listed.astype(np.int64), y, 1), 0)
    pairs = constant(x, listed.reshape((N, longest, 1)) & wrong.reshape((N, 1, C)))
    terms = where(pairs, relu(1 - unsqueeze(gather(x, 1, constant(x, y)), 2) + unsqueeze(x, 1)), 0)  # (N, longest, C)
    loss = sum_over(terms, dim=(1, 2)) / C
    return reduced_loss(reshape(loss, ()) if single else loss, reduction)


@functional
def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Logistic loss of each class, averaged over the classes.

        l[n] = -1/C Σ_c weight[c] (target log σ(input) + (1 - target) log σ(-input))

    Parameters
    ----------
    input : Tensor or array, (…, C)
    target : Tensor or array, input.shape
        1 for the right classes, else 0.
    weight : Tensor or array, (C,), optional
    reduction : "mean", "sum" or "none"
    """
    reduction = chosen_reduction("multilabel_soft_margin_loss", reduction, size_average, reduce)
    _want_arrays("multilabel_soft_margin_loss", input=input, target=target)
    terms = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        terms = terms * weight
    dim = len(terms.shape) - 1
    return reduced_loss(sum_over(terms, dim=dim) / terms.shape[dim], reduction)
