"""Pooling over windows of the last two axes, and its transposes.

Any number of leading axes; N and C usually. Each (H, W) slice is a *plane*. Max pooling is a search for winners
plus `take_plane`; the gradient is `put_plane`, the transpose of that.
"""

from ._backend import native, serve
from ._scheme import even_windows
from ._window import Window, along, extent


def max_pool2d(x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Find the largest element of every window, and where it is.

        y[…,p,q] = max_{r,s} x[…, p·u + r·d - top, q·v + s·e - left]

    Parameters
    ----------
    x : array, (…, H, W), real
    kernel : int or (int, int)
        Window size (R, S).
    stride : int or (int, int), optional
        The kernel's size if None.
    padding : int or (int, int)
        Positions outside never win; at most half of the window.
    dilation : int or (int, int)
    ceil_mode : bool
        Keep a last window that sticks out, if it starts inside the image or its left padding.

    Returns
    -------
    y : array, (…, P, Q)
    winner : int64 array, (…, P, Q)
        h·W + w of the element chosen: the first among equals; NaN wins, the last of several (PyTorch's order).

    Raises
    ------
    ValueError
        If rank or settings do not fit.
    TypeError
        If a setting is no int, or `x` is complex.
    RuntimeError
        If the padding is more than half of the window, or a window has no element.

    Examples
    --------
    >>> y, winner = max_pool2d(np.array([[1.0, 5.0, 2.0, 2.0], [3.0, 4.0, 0.0, 2.0]]), 2)
    >>> y, winner
    (array([[5., 2.]]), array([[1, 2]]))
    >>> put_plane(y, winner, (2, 4))
    array([[0., 5., 2., 0.],
           [0., 0., 0., 0.]])
    """
    op = "max_pool2d"
    x = native(x)
    window = _window(op, x, x.shape, kernel, stride, padding, dilation, ceil_mode)
    return serve("pool", x).max_pool2d(x, window)


def max_pool3d(x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Find the largest element of every window of a volume, and where it is: along H and W, then along D.

    Parameters
    ----------
    x : array, (…, D, H, W), real
    kernel, stride, padding, dilation, ceil_mode
        As for `max_pool2d`, one int or three, with the same errors.

    Returns
    -------
    y : array, (…, O, P, Q)
    winner : int64 array, (…, O, P, Q)
        (d·H + h)·W + w of the element chosen.
    """
    op = "max_pool3d"
    if len(x.shape) < 3:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have at least three dimensions: (…, D, H, W)")
    size = along(op, "kernel", kernel, 1, 3)
    stride = size if stride is None else along(op, "stride", stride, 1, 3)
    padding, dilation = along(op, "padding", padding, 0, 3), along(op, "dilation", dilation, 1, 3)
    flat = max_pool2d(x, size[1:], stride[1:], padding[1:], dilation[1:], ceil_mode)
    y, inside = _frames(*flat)
    y, frame = max_pool2d(y, (size[0], 1), (stride[0], 1), (padding[0], 0), (dilation[0], 1), ceil_mode)
    return _volumes(y, frame, inside, flat[0].shape, x.shape)


def adaptive_max_pool2d(x, out):
    """Find the largest element of each of P × Q windows that cover the image as evenly as they can.

        y[…,p,q] = max x[…, ⌊p·H/P⌋ : ⌈(p + 1)·H/P⌉, ⌊q·W/Q⌋ : ⌈(q + 1)·W/Q⌉]

    Parameters
    ----------
    x : array, (…, H, W), real
    out : (int, int)
        P and Q.

    Returns
    -------
    y, winner
        As from `max_pool2d`.

    Raises
    ------
    ValueError
        If rank or size do not fit.
    TypeError
        If `x` is complex.
    """
    op = "adaptive_max_pool2d"
    x = native(x)
    if len(x.shape) < 2 or 0 in x.shape[-2:]:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have at least two dimensions, (…, H, W), and elements")
    if x.dtype.kind == "c":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be real")
    rows, columns = (even_windows(n, k) for n, k in zip(x.shape[-2:], along(op, "out", out, 1), strict=True))
    return serve("pool", x).adaptive_max_pool2d(x, rows, columns)


def adaptive_max_pool3d(x, out):
    """Find the largest element of each of O × P × Q windows of a volume: along H and W, then along D.

    Parameters
    ----------
    x : array, (…, D, H, W), real
    out : (int, int, int)
        O, P and Q; with the errors of `adaptive_max_pool2d`.

    Returns
    -------
    y, winner
        As from `max_pool3d`.
    """
    op = "adaptive_max_pool3d"
    if len(x.shape) < 3 or 0 in x.shape[-3:]:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have three dimensions or more, and elements")
    size = along(op, "out", out, 1, 3)
    flat = adaptive_max_pool2d(x, size[1:])
    y, inside = _frames(*flat)
    y, frame = adaptive_max_pool2d(y, (size[0], y.shape[-1]))
    return _volumes(y, frame, inside, flat[0].shape, x.shape)


def take_plane(x, winner):
    """Read elements of every plane by their flat position.

        y[…,p,q] = x[…, winner[…,p,q] // W, winner[…,p,q] % W]

    Parameters
    ----------
    x : array, (…, H, W)
    winner : int64 array, (…, P, Q)

    Returns
    -------
    array, (…, P, Q)

    Raises
    ------
    ValueError
        If the leading axes differ.
    IndexError
        If a position does not exist.
    """
    x, winner = native(x), native(winner)
    _same_planes("take_plane", x.shape, winner)
    return serve("pool", x, winner).take_plane(x, winner)


def put_plane(g, winner, x_shape):
    """Add elements to planes of zeros at their flat position: the transpose of `take_plane`.

        x[…, winner[…,p,q] // W, winner[…,p,q] % W] += g[…,p,q]

    Parameters
    ----------
    g : array, (…, P, Q)
    winner : int64 array, (…, P, Q)
    x_shape : (…, H, W)

    Returns
    -------
    array, x_shape

    Raises
    ------
    ValueError
        If the shapes do not fit.
    IndexError
        If a position does not exist.
    """
    g, winner, x_shape = native(g), native(winner), tuple(x_shape)
    _same_planes("put_plane", x_shape, winner)
    if g.shape != winner.shape:
        raise ValueError(f"[put_plane] `g` (shape {g.shape}) must have the shape of `winner` ({winner.shape})")
    return serve("pool", g, winner).put_plane(g, winner, x_shape)


def avg_pool2d(x, kernel, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """Average every window.

        y[…,p,q] = 1/D Σ_{r,s} x[…, p·u + r - top, q·v + s - left],   x = 0 outside

    Parameters
    ----------
    x : array, (…, H, W), floating
    kernel, stride, padding, ceil_mode
        As for `max_pool2d`.
    count_include_pad : bool
        D counts positions in the padding (never those that stick out beyond it).
    divisor_override : int, optional
        D itself.

    Returns
    -------
    array, (…, P, Q)

    Raises
    ------
    ValueError
        If rank or settings do not fit, or `divisor_override` is 0.
    TypeError
        If a setting is no int, or `x` is not floating.
    RuntimeError
        If the padding is more than half of the window, or a window has no element.
    """
    op = "avg_pool2d"
    x = native(x)
    window = _window(op, x, x.shape, kernel, stride, padding, 1, ceil_mode)
    _averaged(op, x, divisor_override)
    return serve("pool", x).avg_pool2d(x, window, bool(count_include_pad), divisor_override)


def avg_pool2d_grad(
    g, x_shape, kernel, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """Spread every output evenly over its window: the transpose of `avg_pool2d`.

    Parameters
    ----------
    g : array, (…, P, Q)
    x_shape : (…, H, W)
    kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
        As for `avg_pool2d`, with the same errors.

    Returns
    -------
    array, x_shape
    """
    op = "avg_pool2d_grad"
    g = native(g)
    x_shape = tuple(x_shape)
    window = _window(op, g, x_shape, kernel, stride, padding, 1, ceil_mode)
    _averaged(op, g, divisor_override)
    if g.shape != (*x_shape[:-2], *window.out):
        raise ValueError(
            f"[{op}] `g` (shape {g.shape}) must have the shape of the pooled result, {(*x_shape[:-2], *window.out)}"
        )
    return serve("pool", g).avg_pool2d_grad(g, x_shape, window, bool(count_include_pad), divisor_override)


def _frames(y, winner):
    """What was found in each frame of volumes, a frame a row."""
    return tuple(a.reshape(*a.shape[:-2], a.shape[-2] * a.shape[-1]) for a in (y, winner))


def _volumes(y, frame, inside, pooled, image):
    """The answers of a pooling along D: the winner's frame and its place `inside` that make one place."""
    *lead, _, rows, columns = pooled
    winner = frame // (rows * columns) * (image[-2] * image[-1]) + take_plane(inside, frame)
    return tuple(a.reshape(*lead, y.shape[-2], rows, columns) for a in (y, winner))


def _window(op, x, shape, kernel, stride, padding, dilation, ceil_mode) -> Window:
    if len(shape) < 2:
        raise ValueError(f"[{op}] `x` (shape {shape}) must have at least two dimensions: (…, H, W)")
    if x.dtype.kind == "c":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be real")
    size = along(op, "kernel", kernel, 1)
    stride = size if stride is None or stride == () or stride == [] else along(op, "stride", stride, 1)
    padding, dilation = along(op, "padding", padding, 0), along(op, "dilation", dilation, 1)
    out = tuple(
        _positions(op, *axis, ceil_mode) for axis in zip(shape[-2:], size, stride, padding, dilation, strict=True)
    )
    along_h, along_w = padding
    return Window(size, stride, ((along_h, along_h), (along_w, along_w)), dilation, tuple(shape[-2:]), out)


def _positions(op, n, size, stride, pad, dilation, ceil_mode):
    length = extent(size, dilation)
    if pad > length // 2:
        raise RuntimeError(
            f"[{op}] `padding` (={pad}) must be at most half of the window (`kernel` {size}, `dilation` {dilation})"
        )
    room = n + 2 * pad - length
    if n == 0 or (room < 0 and not (ceil_mode and room > -stride)):
        raise RuntimeError(f"[{op}] window (length {length}) must not be larger than the padded input ({n} + 2·{pad})")
    out = (-(-room // stride) if ceil_mode else room // stride) + 1
    if (out - 1) * stride >= n + pad:  # the last window would start beyond the image
        out -= 1
    if pad and dilation > 1:
        for start in range(-pad, out * stride - pad, stride):
            if not any(0 <= start + t * dilation < n for t in range(size)):
                raise RuntimeError(
                    f"[{op}] `dilation` (={dilation}) and `padding` (={pad}) must leave every window an element"
                )
    return out


def _averaged(op, x, divisor):
    if x.dtype.kind != "f":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be floating")
    if divisor == 0:
        raise ValueError(f"[{op}] `divisor_override` (={divisor}) must not be zero")


def _same_planes(op, shape, winner):
    if len(shape) < 2 or shape[:-2] != winner.shape[:-2] or len(shape) != winner.ndim:
        raise ValueError(f"[{op}] `winner` (shape {winner.shape}) must have the leading axes of the planes ({shape})")
    if winner.dtype != "int64":
        raise TypeError(f"[{op}] `winner` (dtype {winner.dtype}) must be int64")
