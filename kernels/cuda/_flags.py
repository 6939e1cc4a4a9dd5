"""What NumPy says of an array's memory in `array.flags`."""


class Flags:
    """The flags of one array; `writeable` can be set."""

    __slots__ = ("_array",)

    def __init__(self, array):
        self._array = array

    @property
    def c_contiguous(self) -> bool:
        """Whether the elements lie in C order without gaps."""
        return _are_contiguous(self._array.shape, self._array.steps)

    @property
    def f_contiguous(self) -> bool:
        """Whether the elements of the transpose do."""
        return _are_contiguous(self._array.shape[::-1], self._array.steps[::-1])

    @property
    def writeable(self) -> bool:
        """Whether the elements can be written."""
        return self._array.writeable

    @writeable.setter
    def writeable(self, value: bool):
        self._array.writeable = bool(value)

    contiguous = property(lambda self: self.c_contiguous)
    forc = property(lambda self: self.c_contiguous or self.f_contiguous)
    owndata = property(lambda self: self._array.base is None)
    aligned = property(lambda self: True)


def _are_contiguous(shape, steps):
    wanted = 1
    for n, step in zip(shape[::-1], steps[::-1], strict=True):
        if n == 0:
            return True
        if n > 1 and step != wanted:
            return False
        wanted *= n
    return True
