"""What goes wrong on a tape."""


class ShapeError(ValueError, RuntimeError):
    """Shapes that do not fit: NumPy's users expect a ValueError, PyTorch's a RuntimeError."""


class TapeError(RuntimeError):
    """A use of a tape or a tensor that would give a wrong or a missing gradient."""
