"""A softmax over many classes of which few are frequent."""

from itertools import pairwise
from math import prod
from typing import NamedTuple

from .._tape import Tensor
from ..ops.gather import gather
from ..ops.join import cat
from ..ops.softmax import log_softmax
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class LogProbabilities(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` answers: log p of each target, and the mean of -log p."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-softmax in two steps: the frequent classes and some clusters of rare ones, then the classes of a cluster.

        log p(t) = head[t] where t < cutoffs[0],   else head[cluster of t] + tail[cluster of t][t - its first class]

    Parameters
    ----------
    in_features, n_classes : int
        E and C. Classes are numbered from the most frequent to the rarest.
    cutoffs : sequence of int
        Where each cluster begins: increasing, in 1 … C - 1.
    div_value : float
        The k-th cluster, counted from 1, sees the input through E // div_value^k numbers.
    head_bias : bool
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    head : Linear
        To the frequent classes and the clusters.
    tail : ModuleList of Sequential(Linear, Linear)
        To the classes of each cluster.

    Raises
    ------
    ValueError
        If the cutoffs are not increasing numbers between 1 and C - 1.

    Notes
    -----
    Grave et al.: Efficient softmax approximation for GPUs; arXiv:1609.04309.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs,
        div_value: float = 4.0,
        head_bias: bool = False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        first = [*cutoffs]
        if not first or any(int(c) != c for c in first) or any(a >= b for a, b in pairwise([0, *first, n_classes])):
            raise ValueError(
                f"[AdaptiveLogSoftmaxWithLoss] `cutoffs` (={first}) must be increasing ints in 1 … {n_classes - 1}"
            )
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*first, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = first[0], len(first)
        self.head_size = self.shortlist_size + self.n_clusters
        where = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, head_bias, **where)
        self.tail = ModuleList()
        for k, (low, high) in enumerate(pairwise(self.cutoffs), 1):
            narrow = int(in_features // div_value**k)
            down = Linear(in_features, narrow, False, **where)
            self.tail.append(Sequential(down, Linear(narrow, high - low, False, **where)))

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        for layer in self.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input_, target_):
        """Log-probabilities of the targets (N,) or () for inputs (N, E) or (E,), and the mean loss.

        Raises
        ------
        RuntimeError
            If the shapes do not fit, or a target is no class.
        """
        op = "AdaptiveLogSoftmaxWithLoss"
        if len(target_.shape) > 1 or len(input_.shape) != len(target_.shape) + 1:
            raise RuntimeError(
                f"[{op}] `input_` (shape {input_.shape}) must be (N, E) or (E,), "
                f"`target_` (shape {target_.shape}) (N,) or ()"
            )
        if target_.shape != input_.shape[:-1]:
            raise RuntimeError(f"[{op}] `target_` (shape {target_.shape}) must have shape {input_.shape[:-1]}")
        if prod(target_.shape) and not ((target_ >= 0) & (target_ < self.n_classes)).all():
            raise RuntimeError(f"[{op}] `target_` must lie in 0 … {self.n_classes - 1}")
        if not target_.shape:
            output, loss = self(input_[None], target_[None])
            return LogProbabilities(output[0], loss)
        head, entry = log_softmax(self.head(input_), 1), target_
        parts = []
        for k, (low, high) in enumerate(pairwise(self.cutoffs)):
            inside = (target_ >= low) & (target_ < high)
            some = inside.nonzero()[:, 0]
            if not some.shape[0]:
                continue
            entry = entry.masked_fill(inside, self.shortlist_size + k)
            within = log_softmax(self.tail[k](input_[some]), 1)
            parts.append((some, gather(within, 1, (target_[some] - low)[:, None])[:, 0]))
        output = gather(head, 1, entry[:, None])[:, 0]
        for some, more in parts:
            output = output.index_add(0, some, more)
        return LogProbabilities(output, -output.mean())

    def log_prob(self, input):
        """Log-probabilities (N, C) of all classes for inputs (N, E)."""
        return self._of_all(input, self.head(input))

    def predict(self, input):
        """The likeliest class (N,) of inputs (N, E)."""
        head = self.head(input)
        best = head.argmax(1)
        rare = best >= self.shortlist_size
        if rare.any():  # only then can a class of a cluster win
            best[rare] = self._of_all(input[rare], head[rare]).argmax(1)
        return best

    def _of_all(self, input, head):
        head, n = log_softmax(head, 1), self.shortlist_size
        clusters = [log_softmax(part(input), 1) + head[:, n + k, None] for k, part in enumerate(self.tail)]
        return cat([head[:, :n], *clusters], 1)
