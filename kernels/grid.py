"""Images read at any points of a grid, and the two transposes.

    y[n, c, p] = Σ_k w_k(grid[n, p]) x[n, c, at_k]

At a point between pixels stands a weighted sum over its neighbours, along each axis two ("bilinear", trilinear in
volumes), four ("bicubic") or one ("nearest"). What is outside is 0 ("zeros"), the pixel at the edge ("border"), or the
image mirrored ("reflection"). A point's coordinates, -1 … 1, are given fastest axis first.
"""

from ._backend import native, serve

MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


def locate(point, n, mode, padding, align):
    """Find the neighbours of coordinates along an axis.

    Parameters
    ----------
    point : array
        -1 and 1 are the centres of the outermost of n elements if `align`, else their outer sides.
    n : int
    mode, padding : str
    align : bool

    Returns
    -------
    at : array, int64, (K, …)
        Places of the neighbours; -1 for those that count as zeros.
    t : array
        How far behind the one before it the point lies, in elements, once it was moved into the image.
    slope : array
        That of `t` in `point`; 0 where "border" or "reflection" moves it to the edge.
    """
    point = native(point)
    return serve("grid", point).locate(point, n, mode, padding, bool(align))


def sample(x, grid, mode, padding, align):
    """Read images.

    Parameters
    ----------
    x : array, (N, C, H, W) or (N, C, D, H, W)
    grid : array, (N, P, Q, 2) or (N, O, P, Q, 3)
    mode : {"bilinear", "nearest", "bicubic"}
        The last for images alone.
    padding : {"zeros", "border", "reflection"}
    align : bool

    Returns
    -------
    array, (N, C, P, Q) or (N, C, O, P, Q)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    x, grid = native(x), native(grid)
    _fit("sample", x.shape, grid.shape)
    return serve("grid", x, grid).sample(x, grid, mode, padding, bool(align))


def sample_input_grad(g, grid, image, mode, padding, align):
    """Cotangent of the images: the transpose of `sample` in x.

    Parameters
    ----------
    g : array, (N, C, P, Q) or (N, C, O, P, Q)
    grid, mode, padding, align
        As there, with the same error.
    image : tuple of ints, (H, W) or (D, H, W)

    Returns
    -------
    array, (N, C, *image)
    """
    g, grid, image = native(g), native(grid), tuple(image)
    _fit("sample_input_grad", (*g.shape[:2], *image), grid.shape, g.shape)
    return serve("grid", g, grid).sample_input_grad(g, grid, image, mode, padding, bool(align))


def sample_grid_grad(g, x, grid, mode, padding, align):
    """Cotangent of the points.

    Parameters
    ----------
    g : array, (N, C, P, Q) or (N, C, O, P, Q)
    x, grid, mode, padding, align
        As for `sample`, with the same error.

    Returns
    -------
    array, grid.shape
    """
    g, x, grid = native(g), native(x), native(grid)
    _fit("sample_grid_grad", x.shape, grid.shape, g.shape)
    return serve("grid", g, x, grid).sample_grid_grad(g, x, grid, mode, padding, bool(align))


def _fit(op, images, grid, g=None):
    d = len(images) - 2
    fits = d in (2, 3) and len(grid) == d + 2 and grid[0] == images[0] and grid[-1] == d and 0 not in images[2:]
    if not fits or (g is not None and g != (*images[:2], *grid[1:-1])):
        raise ValueError(f"[{op}] images {images}, `grid` (shape {grid}) and `g` (shape {g}) must fit")
