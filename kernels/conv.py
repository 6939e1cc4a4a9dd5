"""Convolution in two and three dimensions, and its transposes.

One trilinear form says everything:

    L(g, x, w) = Σ g[n,k,p,q] · x[n, c, p·u + r·d - top, q·v + s·e - left] · w[k,c,r,s]

with stride (u, v), dilation (d, e), and x = 0 outside the image. Leave one argument out and what is left is
`conv2d`, `conv2d_input_grad` or `conv2d_weight_grad`. With G groups, filter k sees the C/G channels of its group.

Volumes have one more axis D before H and W; the functions are the same, with three settings in place of two. A
transposed convolution is `conv2d_input_grad`, a convolution of sequences one of images one row high.
"""

from ._backend import native, serve
from ._window import Window, along, extent, fit


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve (cross-correlate) images with filters.

        y[n,k,p,q] = b[k] + Σ_{c,r,s} x[n, c, p·u + r·d - top, q·v + s·e - left] · w[k,c,r,s]

    Parameters
    ----------
    x : array, (N, C, H, W)
        Floating or complex.
    w : array, (K, C/groups, R, S)
        Of the same dtype.
    b : array, (K,), optional
    stride, dilation : int or (int, int)
        Along H and W, at least 1.
    padding : int, (int, int), "same" or "valid"
        Zeros on each side; "same" gives P = H and Q = W, with the odd one below and on the right.
    groups : int
        Divides C and K.

    Returns
    -------
    array, (N, K, P, Q)
        P = ⌊(H + 2·padding - dilation·(R - 1) - 1) / stride⌋ + 1, Q likewise.

    Raises
    ------
    ValueError
        If ranks, channels, groups, bias or settings do not fit; "same" needs stride 1.
    TypeError
        If the dtypes differ or are not floating.
    RuntimeError
        If the dilated filter is larger than the padded image.

    Notes
    -----
    Sums run in the dtype of `x`, in float32 for float16; the result is the same for any number of threads. On the CPU
    float32 and float64 have Numba kernels with about 1 MB of scratch memory a thread; NumPy serves the rest.

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    return _convolve("conv2d", 2, x, w, b, stride, padding, dilation, groups)


def conv2d_input_grad(g, w, x_shape, stride=1, padding=0, dilation=1, groups=1):
    """Leave `x` out of the trilinear form: the transpose of `conv2d` in its images.

        gx[n,c,h,w] = Σ_{k,r,s} g[n,k,p,q] · w[k,c,r,s]   over h = p·u + r·d - top, w = q·v + s·e - left

    Parameters
    ----------
    g : array, (N, K, P, Q)
    w : array, (K, C/groups, R, S)
    x_shape : (N, C, H, W)
    stride, padding, dilation, groups
        As for `conv2d`, with the same errors.

    Returns
    -------
    array, x_shape
    """
    return _input_grad("conv2d_input_grad", 2, g, w, x_shape, stride, padding, dilation, groups)


def conv2d_weight_grad(g, x, w_shape, stride=1, padding=0, dilation=1, groups=1):
    """Leave `w` out of the trilinear form: the transpose of `conv2d` in its filters.

        gw[k,c,r,s] = Σ_{n,p,q} g[n,k,p,q] · x[n, c, p·u + r·d - top, q·v + s·e - left]

    Parameters
    ----------
    g : array, (N, K, P, Q)
    x : array, (N, C, H, W)
    w_shape : (K, C/groups, R, S)
    stride, padding, dilation, groups
        As for `conv2d`, with the same errors.

    Returns
    -------
    array, w_shape
    """
    return _weight_grad("conv2d_weight_grad", 2, g, x, w_shape, stride, padding, dilation, groups)


def conv3d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve volumes (N, C, D, H, W) with filters (K, C/groups, O, R, S), as `conv2d` convolves images."""
    return _convolve("conv3d", 3, x, w, b, stride, padding, dilation, groups)


def conv3d_input_grad(g, w, x_shape, stride=1, padding=0, dilation=1, groups=1):
    """Leave `x` out of the trilinear form in three dimensions: the transpose of `conv3d` in its volumes."""
    return _input_grad("conv3d_input_grad", 3, g, w, x_shape, stride, padding, dilation, groups)


def conv3d_weight_grad(g, x, w_shape, stride=1, padding=0, dilation=1, groups=1):
    """Leave `w` out of the trilinear form in three dimensions: the transpose of `conv3d` in its filters."""
    return _weight_grad("conv3d_weight_grad", 3, g, x, w_shape, stride, padding, dilation, groups)


def _convolve(op, rank, x, w, b, stride, padding, dilation, groups):
    x, w, b = native(x), native(w), native(b)
    window = _window(op, x.shape, w.shape, stride, padding, dilation, groups, rank)
    _same_dtype(op, x=x, w=w, b=b)
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"[{op}] `b` (shape {b.shape}) must have one entry for each of the {w.shape[0]} filters")
    return getattr(serve("conv", x, w, b), op)(x, w, b, window, groups)


def _input_grad(op, rank, g, w, x_shape, *how):
    g, w, x_shape = native(g), native(w), tuple(x_shape)
    window = _window(op, x_shape, w.shape, *how, rank)
    _same_dtype(op, g=g, w=w)
    _fits(op, g, x_shape, w.shape, window)
    return getattr(serve("conv", g, w), op)(g, w, x_shape, window, how[-1])


def _weight_grad(op, rank, g, x, w_shape, *how):
    g, x, w_shape = native(g), native(x), tuple(w_shape)
    window = _window(op, x.shape, w_shape, *how, rank)
    _same_dtype(op, g=g, x=x)
    _fits(op, g, x.shape, w_shape, window)
    return getattr(serve("conv", g, x), op)(g, x, w_shape, window, how[-1])


def _window(op, x_shape, w_shape, stride, padding, dilation, groups, rank=2) -> Window:
    image, taps = ("H, W", "R, S") if rank == 2 else ("D, H, W", "O, R, S")
    if len(x_shape) != rank + 2:
        raise ValueError(f"[{op}] `x` (shape {x_shape}) must be {rank + 2}-D: (N, C, {image})")
    if len(w_shape) != rank + 2:
        raise ValueError(f"[{op}] `w` (shape {w_shape}) must be {rank + 2}-D: (K, C/groups, {taps})")
    _, channels, *image = x_shape
    filters, per_group, *size = w_shape
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise ValueError(f"[{op}] `groups` (={groups!r}) must be a positive int")
    if channels % groups:
        raise ValueError(f"[{op}] `groups` (={groups}) must divide `in_channels` (={channels})")
    if filters % groups:
        raise ValueError(f"[{op}] `groups` (={groups}) must divide `out_channels` (={filters})")
    if per_group * groups != channels:
        raise ValueError(
            f"[{op}] `w` (shape {w_shape}) must have {channels // groups} channels for `x` (shape {x_shape})"
            f" and `groups` (={groups})"
        )
    if min(size) < 1:
        raise ValueError(f"[{op}] `w` (shape {w_shape}) must have at least one tap")
    stride, dilation = along(op, "stride", stride, 1, rank), along(op, "dilation", dilation, 1, rank)
    pads = _pads(op, padding, size, stride, dilation)
    return fit(op, tuple(image), tuple(size), stride, pads, dilation)


def _pads(op, padding, size, stride, dilation):
    if padding == "valid":
        return ((0, 0),) * len(size)
    if padding == "same":
        if max(stride) > 1:
            raise ValueError(f"[{op}] `padding` (='same') must come with stride 1, not `stride` (={stride})")
        totals = (extent(k, d) - 1 for k, d in zip(size, dilation, strict=True))
        return tuple((n // 2, n - n // 2) for n in totals)
    if isinstance(padding, str):
        raise ValueError(f"[{op}] `padding` (={padding!r}) must be 'same', 'valid', an int or a pair of ints")
    return tuple((n, n) for n in along(op, "padding", padding, 0, len(size)))


def _same_dtype(op, **arrays):
    dtypes = {name: a.dtype for name, a in arrays.items() if a is not None}
    (first, dtype), *others = dtypes.items()
    if dtype.kind not in "fc":
        raise TypeError(f"[{op}] `{first}` (dtype {dtype}) must be floating")
    for name, other in others:
        if other != dtype:
            raise TypeError(f"[{op}] `{name}` (dtype {other}) must have the dtype of `{first}` ({dtype})")


def _fits(op, g, x_shape, w_shape, window):
    expected = (x_shape[0], w_shape[0], *window.out)
    if g.shape != expected:
        raise ValueError(f"[{op}] `g` (shape {g.shape}) must have the shape of the convolution's result, {expected}")
