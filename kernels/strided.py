"""Reading an array again and again: by strides of one's own, and in windows.

Each reading has its transpose beside it. The first two answer with a view where that is possible.
"""

from operator import index

from ._axes import normalize_axis
from ._backend import native, serve


def as_strided(x, shape, steps, offset):
    """Read elements by their place in C order.

        y[i, j, …] = x.ravel()[offset + i steps[0] + j steps[1] + …]

    Parameters
    ----------
    x : array
    shape, steps : tuples of ints, not negative
    offset : int

    Returns
    -------
    array, shape
        A view of a contiguous `x`; read-only where it reads an element twice.

    Raises
    ------
    ValueError
        If an element does not exist.
    """
    _check("as_strided", x.size, shape, steps, offset)
    return serve("strided", x).as_strided(x, tuple(shape), tuple(steps), index(offset))


def add_strided(shape, g, steps, offset):
    """Sum into zeros: the transpose of `as_strided`.

        x.ravel()[offset + i steps[0] + j steps[1] + …] += g[i, j, …]

    Parameters
    ----------
    shape : tuple of ints
        Shape of x.
    g : array
    steps : tuple of ints
    offset : int
    """
    size = 1
    for n in shape:
        size *= n
    _check("add_strided", size, g.shape, steps, offset)
    return serve("strided", g).add_strided(tuple(shape), g, tuple(steps), index(offset))


def windows(x, axis, size, step):
    """Read all windows of an axis.

        y[…, i, …, k] = x[…, i step + k, …]

    Parameters
    ----------
    x : array
    axis : int
    size : int
        In 0 … the length n of the axis.
    step : int
        Positive.

    Returns
    -------
    array
        ⌊(n - size) / step⌋ + 1 long on the axis, and `size` on a new last one; read-only where windows overlap.
    """
    axis = normalize_axis("windows", axis, x.ndim)
    if not 0 <= size <= x.shape[axis] or step < 1:
        raise ValueError(f"[windows] `size` (={size}) must lie in 0 … {x.shape[axis]}, `step` (={step}) be positive")
    return serve("strided", x).windows(x, axis, size, step)


def add_windows(shape, g, axis, step):
    """Sum windows into zeros: the transpose of `windows`.

    Parameters
    ----------
    shape : tuple of ints
        Of the array that has these windows.
    g : array
        The windows, their places last.
    axis : int
    step : int
    """
    return serve("strided", g).add_windows(tuple(shape), g, normalize_axis("add_windows", axis, len(shape)), step)


def columns(x, window):
    """Lay out the windows of images as columns.

        y[n, (c, r, s), (p, q)] = x[n, c, p·u + r·d - top, q·v + s·e - left],   0 outside

    Parameters
    ----------
    x : array, (N, C, H, W)
    window : Window
        See `_window.fit`.

    Returns
    -------
    array, (N, C R S, P Q)

    Raises
    ------
    ValueError
        If the images have another size.
    """
    if len(x.shape) != 4 or x.shape[2:] != window.image:
        raise ValueError(f"[columns] `x` (shape {x.shape}) must be (N, C, {window.image[0]}, {window.image[1]})")
    x = native(x)
    return serve("strided", x).columns(x, window)


def add_columns(g, window):
    """Sum columns into zeros: the transpose of `columns`.

    Parameters
    ----------
    g : array, (N, C R S, P Q)
    window : Window

    Returns
    -------
    array, (N, C, H, W)

    Raises
    ------
    ValueError
        If there are no such columns.
    """
    (R, S), (P, Q) = window.size, window.out
    if len(g.shape) != 3 or g.shape[1] % (R * S) or g.shape[2] != P * Q:
        raise ValueError(f"[add_columns] `g` (shape {g.shape}) must be (N, C · {R * S}, {P * Q})")
    g = native(g)
    return serve("strided", g).add_columns(g, window)


def _check(op, size, shape, steps, offset):
    if len(shape) != len(steps) or min((*shape, *steps, offset), default=0) < 0:
        raise ValueError(
            f"[{op}] `shape` (={shape}), `steps` (={steps}) and `offset` (={offset}) must fit and not be negative"
        )
    last = offset + sum((n - 1) * s for n, s in zip(shape, steps, strict=True))
    if 0 not in shape and last >= size:
        raise ValueError(f"[{op}] `steps` (={steps}) and `offset` (={offset}) must stay below the {size} elements")
