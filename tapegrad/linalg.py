"""`tapegrad.linalg`: norms of vectors and matrices."""

from .ops.norm import norm, vector_norm

__all__ = ["norm", "vector_norm"]
