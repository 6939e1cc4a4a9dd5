"""Convolution rules.

Convolution is linear in each argument, so one trilinear form

    L(g, x, w) = Σ g[n,k,p,q] · x[n, c, p·u + r·d, q·v + s·e] · w[k,c,r,s]

says everything: leave one argument out and you have the kernel that computes its cotangent. The three primitives
below are those three, and every rule is one of the other two. `how` is (stride, padding, dilation, groups); `c` stands
where a cotangent is an argument.
"""

from .. import kernels
from .._tape import declare
from ._registry import public
from .matmul import same_dtype
from .reduce import sum_over
from .shape import _view, expand_to

_conv = declare(
    "convolution",
    lambda x, w, *, how: kernels.conv2d(x, w, None, *how),
    [
        lambda g, w, x_shape, how: _to_image(g, w, shape=x_shape, how=how),
        lambda g, x, w_shape, how: _to_filters(g, x, shape=w_shape, how=how),
    ],
    [lambda t, w, how: _conv(t, w, how=how), lambda t, x, how: _conv(x, t, how=how)],
)

_to_image = declare(
    "convolution_input",
    lambda c, w, *, shape, how: kernels.conv2d_input_grad(c, w, shape, *how),
    [
        lambda g, w, how: _conv(g, w, how=how),
        lambda g, c, w_shape, how: _to_filters(c, g, shape=w_shape, how=how),
    ],
    [
        lambda t, w, shape, how: _to_image(t, w, shape=shape, how=how),
        lambda t, c, shape, how: _to_image(c, t, shape=shape, how=how),
    ],
)

_to_filters = declare(
    "convolution_weight",
    lambda c, x, *, shape, how: kernels.conv2d_weight_grad(c, x, shape, *how),
    [
        lambda g, x, how: _conv(x, g, how=how),
        lambda g, c, x_shape, how: _to_image(c, g, shape=x_shape, how=how),
    ],
    [
        lambda t, x, shape, how: _to_filters(t, x, shape=shape, how=how),
        lambda t, c, shape, how: _to_filters(c, t, shape=shape, how=how),
    ],
)

_conv_with_bias = declare(
    "convolution",
    lambda x, w, b, *, how: kernels.conv2d(x, w, b, *how),
    [
        lambda g, w, x_shape, how: _to_image(g, w, shape=x_shape, how=how),
        lambda g, x, w_shape, how: _to_filters(g, x, shape=w_shape, how=how),
        lambda g: sum_over(g, dim=(0, 2, 3)),
    ],
    [
        lambda t, w, how: _conv(t, w, how=how),
        lambda t, x, how: _conv(x, t, how=how),
        lambda t, x_shape, w_shape, how: expand_to(
            _view(t, shape=(w_shape[0], 1, 1)), shape=(x_shape[0], w_shape[0], *_out(x_shape, w_shape, how))
        ),
    ],
)


def _out(x_shape, w_shape, how):
    """P, Q of a convolution that has been computed."""
    stride, padding, dilation, _ = how
    if padding == "same":
        return x_shape[2:]
    pads = _pair(0 if padding == "valid" else padding)
    return tuple(
        (n + 2 * pad - d * (r - 1) - 1) // u + 1
        for n, r, u, pad, d in zip(x_shape[2:], w_shape[2:], _pair(stride), pads, _pair(dilation), strict=True)
    )


def _pair(v):
    return (v, v) if isinstance(v, int) else tuple(v) if len(v) == 2 else (v[0], v[0])


@public(method=False)
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve (cross-correlate) images with filters.

        y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n, c, p·u + r·d - top, q·v + s·e - left] · weight[k,c,r,s]

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W)
    weight : Tensor or array, (K, C/groups, R, S)
    bias : Tensor or array, (K,), optional
    stride, dilation : int or (int, int)
        (u, v) and (d, e), along H and W.
    padding : int, (int, int), "same" or "valid"
        Zeros on each side, `top` and `left` many; "same" keeps H and W.
    groups : int
        Divides C and K; filter k sees the channels of its group.

    Returns
    -------
    Tensor or array, (N, K, P, Q) or (K, P, Q)
        P = ⌊(H + 2·padding - d·(R - 1) - 1) / u⌋ + 1, Q likewise.

    Raises
    ------
    RuntimeError
        If the dtypes differ, or the dilated filter is larger than the padded image.
    ValueError
        If ranks, channels, groups, bias or settings do not fit.
    TypeError
        If `x` is not floating.

    Examples
    --------
    >>> x, w = tg.ones(1, 1, 3, 3), tg.ones(1, 1, 2, 2)
    >>> tg.nn.functional.conv2d(x, w)
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    same_dtype("conv2d", x=x, weight=weight, bias=bias)
    if len(x.shape) == 3:
        y = conv2d(_view(x, shape=(1, *x.shape)), weight, bias, stride, padding, dilation, groups)
        return _view(y, shape=y.shape[1:])
    how = (stride, padding, dilation, groups)
    return _conv(x, weight, how=how) if bias is None else _conv_with_bias(x, weight, bias, how=how)


@public(method=False)
def conv1d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve (cross-correlate) sequences with filters: `conv2d` of images one row high.

    Parameters
    ----------
    x : Tensor or array, (N, C, W) or (C, W)
    weight : Tensor or array, (K, C/groups, S)
    bias : Tensor or array, (K,), optional
    stride, padding, dilation, groups
        As for `conv2d`, one int each, with the same errors.

    Returns
    -------
    Tensor or array, (N, K, Q) or (K, Q)
    """
    for name, a, ranks in (("x", x, (2, 3)), ("weight", weight, (3,))):
        if len(a.shape) not in ranks:
            raise ValueError(f"[conv1d] `{name}` (shape {a.shape}) must be {' or '.join(f'{n}-D' for n in ranks)}")
    image, filters = (_view(a, shape=(*a.shape[:-1], 1, a.shape[-1])) for a in (x, weight))
    pads = padding if isinstance(padding, str) else (0, _one("padding", padding))
    y = conv2d(image, filters, bias, (1, _one("stride", stride)), pads, (1, _one("dilation", dilation)), groups)
    return _view(y, shape=(*y.shape[:-2], y.shape[-1]))


def _one(name, value):
    if isinstance(value, (tuple, list)):
        if len(value) != 1:
            raise ValueError(f"[conv1d] `{name}` (={value}) must be one int")
        return value[0]
    return value
