"""What goes wrong on a tape."""


class TapeError(RuntimeError):
    """A use of a tape or a tensor that would give a wrong or a missing gradient."""
