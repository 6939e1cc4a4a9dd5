"""Distances and similarities of vectors."""

from ..ops.distance import cosine_similarity, pairwise_distance
from .module import Module


class PairwiseDistance(Module):
    """The distances of the vectors of two batches: ‖x1 - x2 + ε‖ₚ along the last axis.

    Parameters
    ----------
    p : float
    eps : float
        ε, which keeps the distance of equal vectors differentiable.
    keepdim : bool
        Keep the last axis, of size 1.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1, x2):
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """The cosine of the angle between vectors: x1 · x2 / (max(‖x1‖, ε) max(‖x2‖, ε)).

    Parameters
    ----------
    dim : int
        The axis of the vectors.
    eps : float
        ε.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1, x2):
        return cosine_similarity(x1, x2, self.dim, self.eps)
