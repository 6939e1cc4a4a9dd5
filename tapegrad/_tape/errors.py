"""What goes wrong on a tape."""

import numpy as np


class ShapeError(ValueError, RuntimeError):
    """Shapes that do not fit: NumPy's users expect a ValueError, PyTorch's a RuntimeError."""


class TapeError(RuntimeError):
    """A use of a tape or a tensor that would give a wrong or a missing gradient."""


def explained(p, error: Exception, tensors: tuple) -> Exception:
    """The error of an elementwise forward, with the operation; if the shapes do not broadcast, in the user's words."""
    if isinstance(error, TypeError):  # a ufunc that has no loop for these dtypes
        dtypes = ", ".join(f"`{a}` (dtype {t.dtype})" for a, t in zip(p.parameters, tensors, strict=True))
        return TypeError(f"[{p.name}] {dtypes}: {error}")
    shapes = [t._shape for t in tensors]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        named = ", ".join(f"`{a}` (shape {s})" for a, s in zip(p.parameters, shapes, strict=True))
        return ShapeError(f"[{p.name}] the shapes of {named} must be equal or broadcast to one another")
    return error


def refused(p, error: Exception, args: tuple) -> Exception:
    """The error of a forward without Tensors; in the words of the user if one of them is no array at all."""
    for name, value in zip(p.parameters, args, strict=True):
        if not hasattr(value, "dtype") and not isinstance(value, (bool, int, float, complex, list, tuple)):
            kind = type(value).__name__
            return TypeError(f"[{p.name}] `{name}` (of type {kind}) must be a Tensor, an array or a number")
    return error
