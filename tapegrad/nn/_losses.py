"""What losses share: their reduction, and weights that are no parameters."""

from ..ops._losses import chosen_reduction
from .module import Module


class Reduced(Module):
    """A loss that is reduced to its "mean", to its "sum", or not at all: "none".

    Parameters
    ----------
    size_average, reduce : bool, optional
        What PyTorch had before `reduction`: they stand for "mean", ``size_average=False`` for "sum", ``reduce=False``
        for "none". With a warning.
    reduction : "mean", "sum" or "none"
    """

    reductions: tuple[str, ...] = ()  # others that the loss offers

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__()
        self.reduction = chosen_reduction(type(self).__name__, reduction, size_average, reduce, others=self.reductions)


class Weighed(Reduced):
    """A loss whose classes or terms have weights.

    Fields
    ------
    weight : buffer, or None
    """

    def __init__(self, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
