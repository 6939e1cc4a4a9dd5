"""Windows of images as columns, and back."""

from ..ops.columns import fold, unfold
from .module import Module


class Unfold(Module):
    """Makes a column of every window: (N, C, H, W) becomes (N, C·R·S, P·Q).

        y[n, (c, r, s), (p, q)] = x[n, c, p·u + r·d - top, q·v + s·e - left]

    Parameters
    ----------
    kernel_size, dilation, padding, stride : int or (int, int)
    """

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input):
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Unfold):
    """Adds columns up to images, each element at its place in its window: the transpose of `Unfold`.

    Parameters
    ----------
    output_size : int or (int, int)
        H and W.
    kernel_size, dilation, padding, stride : int or (int, int)
    """

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input):
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"
