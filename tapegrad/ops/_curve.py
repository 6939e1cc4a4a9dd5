"""Functions of one array that the kernels compute in one pass, with their slopes."""

from .. import kernels
from .._tape import elementwise


def curve(name, bend=None):
    """Declare a function of the kernels' table, and its slope times v; both take settings, the tuple `how`.

    `bend` is the second derivative, times v; None where the slope is constant between kinks.
    """

    def slope(g, x, how):
        return back(g, x, how=how)

    back_name = f"{name}_grad"
    back = elementwise(
        f"{name}_backward", lambda v, x, *, how=(): kernels.pointwise(back_name, v, x, *how), slope, bend
    )
    return elementwise(name, lambda x, *, how=(): kernels.pointwise(name, x, *how), slope), back
