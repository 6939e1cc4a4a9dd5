"""`tapegrad.linalg`: norms of vectors; the norm of a matrix by its elements is `tapegrad.norm`."""

from .ops.norm import vector_norm

__all__ = ["vector_norm"]
