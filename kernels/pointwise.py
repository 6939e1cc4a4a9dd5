"""Functions of single elements, each in one pass: the table of `ref.pointwise`, asked by name."""

from ._backend import serve


def pointwise(name, *operands):
    """Compute a function of the table, elementwise.

        y[i] = f(a[i], b[i], …)

    Parameters
    ----------
    name : str
        A function of `ref.pointwise`; a slope, times its first operand, is called `name_grad`.
    operands : arrays and numbers
        At least one array. They broadcast against each other.

    Notes
    -----
    NaN stays NaN, and nothing warns.
    """
    return serve("pointwise", *operands).pointwise(name, *operands)
