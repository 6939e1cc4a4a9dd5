"""Convolution rules.

Convolution is linear in each argument, so one trilinear form

    L(g, x, w) = Σ g[n,k,p,q] · x[n, c, p·u + r·d, q·v + s·e] · w[k,c,r,s]

says everything: leave one argument out and you have the kernel that computes its cotangent. The three primitives
below are those three, and every rule is one of the other two. `how` is (stride, padding, dilation, groups); `c` stands
where a cotangent is an argument.

Sequences are images one row high, volumes have kernels of their own. A transposed convolution is the second reading,
called by the user.
"""

from .. import kernels
from .._tape import declare
from ..kernels._window import along
from ._registry import public
from .arithmetic import add
from .matmul import same_dtype
from .rearrange import constant_pad_nd
from .reduce import sum_over
from .shape import _view, expand_to


def _of_rank(image, volume):
    return lambda a, b, *args: (image if len(a.shape) == 4 else volume)(a, b, *args)


_forward = _of_rank(kernels.conv2d, kernels.conv3d)
_input_grad = _of_rank(kernels.conv2d_input_grad, kernels.conv3d_input_grad)
_weight_grad = _of_rank(kernels.conv2d_weight_grad, kernels.conv3d_weight_grad)

_conv = declare(
    "convolution",
    lambda x, w, *, how: _forward(x, w, None, *how),
    [
        lambda g, w, x_shape, how: _to_image(g, w, shape=x_shape, how=how),
        lambda g, x, w_shape, how: _to_filters(g, x, shape=w_shape, how=how),
    ],
    [lambda t, w, how: _conv(t, w, how=how), lambda t, x, how: _conv(x, t, how=how)],
)

_to_image = declare(
    "convolution_input",
    lambda c, w, *, shape, how: _input_grad(c, w, shape, *how),
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
    lambda c, x, *, shape, how: _weight_grad(c, x, shape, *how),
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
    lambda x, w, b, *, how: _forward(x, w, b, *how),
    [
        lambda g, w, x_shape, how: _to_image(g, w, shape=x_shape, how=how),
        lambda g, x, w_shape, how: _to_filters(g, x, shape=w_shape, how=how),
        lambda g: sum_over(g, dim=(0, *range(2, len(g.shape)))),
    ],
    [
        lambda t, w, how: _conv(t, w, how=how),
        lambda t, x, how: _conv(x, t, how=how),
        lambda t, x_shape, w_shape, how: expand_to(
            _view(t, shape=(-1, *(1,) * len(x_shape[2:]))), shape=(x_shape[0], w_shape[0], *_out(x_shape, w_shape, how))
        ),
    ],
)


def _out(x_shape, w_shape, how):
    """P, Q of a convolution that has been computed."""
    stride, padding, dilation, _ = how
    if padding == "same":
        return x_shape[2:]
    rank = len(x_shape) - 2
    numbers = (_each(v, rank) for v in (stride, 0 if padding == "valid" else padding, dilation))
    return tuple(
        (n + 2 * pad - d * (r - 1) - 1) // u + 1
        for n, r, u, pad, d in zip(x_shape[2:], w_shape[2:], *numbers, strict=True)
    )


def _each(v, rank):
    return (v,) * rank if isinstance(v, int) else tuple(v) * (rank if len(v) == 1 else 1)


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
    return _convolve(2, x, weight, bias, (stride, padding, dilation, groups))


@public(method=False)
def conv3d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve (cross-correlate) volumes with filters: `conv2d` with one more axis.

    Parameters
    ----------
    x : Tensor or array, (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor or array, (K, C/groups, O, R, S)
    bias : Tensor or array, (K,), optional
    stride, padding, dilation, groups
        As for `conv2d`, one int or three, with the same errors.

    Returns
    -------
    Tensor or array, (N, K, *out) or (K, *out)

    Examples
    --------
    >>> tg.nn.functional.conv3d(tg.ones(1, 1, 2, 2, 2), tg.ones(1, 1, 2, 2, 2))
    tensor([[[[[8.]]]]])
    """
    same_dtype("conv3d", x=x, weight=weight, bias=bias)
    return _convolve(3, x, weight, bias, (stride, padding, dilation, groups))


def _convolve(rank, x, weight, bias, how):
    if len(x.shape) == rank + 1:
        y = _convolve(rank, _view(x, shape=(1, *x.shape)), weight, bias, how)
        return _view(y, shape=y.shape[1:])
    if len(x.shape) != rank + 2:
        raise ValueError(f"[conv{rank}d] `x` (shape {x.shape}) must be {rank + 2}-D or {rank + 1}-D")
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
    image, filters = _as_rows("conv1d", x, weight)
    pads = padding if isinstance(padding, str) else (0, _one("conv1d", "padding", padding))
    stride, dilation = ((1, _one("conv1d", *v)) for v in (("stride", stride), ("dilation", dilation)))
    y = conv2d(image, filters, bias, stride, pads, dilation, groups)
    return _view(y, shape=(*y.shape[:-2], y.shape[-1]))


@public(method=False)
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Apply the transpose of `conv2d` to images, as its input gradient does.

        y[n,k,h,w] = bias[k] + Σ_{c,r,s} x[n,c,p,q] · weight[c,k,r,s]   over h = p·u + r·d - top, w = q·v + s·e - left

    Parameters
    ----------
    x : Tensor or array, (N, C, P, Q) or (C, P, Q)
    weight : Tensor or array, (C, K/groups, R, S)
    bias : Tensor or array, (K,), optional
    stride, padding, dilation : int or (int, int)
        Of the convolution that this transposes; `padding` cuts rows off the result.
    output_padding : int or (int, int)
        Rows and columns added below and on the right; less than the stride or the dilation.
    groups : int
        Divides C and K.

    Returns
    -------
    Tensor or array, (N, K, H, W) or (K, H, W)
        H = (P - 1)·u - 2·padding + d·(R - 1) + output_padding + 1, W likewise.

    Raises
    ------
    RuntimeError
        If the dtypes differ.
    ValueError
        If ranks, channels, groups, bias or settings do not fit, or nothing is left of the result.
    TypeError
        If `x` is not floating, or a setting no int.

    Examples
    --------
    >>> tg.nn.functional.conv_transpose2d(tg.ones(1, 1, 1, 2), tg.ones(1, 1, 2, 2), stride=2)
    tensor([[[[1., 1., 1., 1.],
              [1., 1., 1., 1.]]]])
    """
    return _spread(2, x, weight, bias, stride, padding, output_padding, groups, dilation)


@public(method=False)
def conv_transpose3d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Apply the transpose of `conv3d` to volumes: `conv_transpose2d` with one more axis."""
    return _spread(3, x, weight, bias, stride, padding, output_padding, groups, dilation)


@public(method=False)
def conv_transpose1d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Apply the transpose of `conv1d` to sequences: `conv_transpose2d` of images one row high."""
    op = "conv_transpose1d"
    image, filters = _as_rows(op, x, weight)
    stride, dilation = ((1, _one(op, *v)) for v in (("stride", stride), ("dilation", dilation)))
    pads = ((0, _one(op, *v)) for v in (("padding", padding), ("output_padding", output_padding)))
    y = conv_transpose2d(image, filters, bias, stride, *pads, groups, dilation)
    return _view(y, shape=(*y.shape[:-2], y.shape[-1]))


def _spread(rank, x, weight, bias, stride, padding, output_padding, groups, dilation):
    op = f"conv_transpose{rank}d"
    same_dtype(op, x=x, weight=weight, bias=bias)
    if len(x.shape) == rank + 1:
        x = _view(x, shape=(1, *x.shape))
        y = _spread(rank, x, weight, bias, stride, padding, output_padding, groups, dilation)
        return _view(y, shape=y.shape[1:])
    for name, a in (("x", x), ("weight", weight)):
        if len(a.shape) != rank + 2:
            raise ValueError(f"[{op}] `{name}` (shape {a.shape}) must be {rank + 2}-D")
    if x.shape[1] != weight.shape[0]:
        raise ValueError(f"[{op}] `weight` (shape {weight.shape}) must have {x.shape[1]} rows for `x` ({x.shape})")
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1 or x.shape[1] % groups:
        raise ValueError(f"[{op}] `groups` (={groups!r}) must be a positive int that divides {x.shape[1]} channels")
    u, pads, more, d = (
        along(op, name, value, least, rank)
        for name, value, least in (
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("output_padding", output_padding, 0),
            ("dilation", dilation, 1),
        )
    )
    if any(extra >= max(steps) for extra, *steps in zip(more, u, d, strict=True)):
        raise ValueError(
            f"[{op}] `output_padding` (={output_padding}) must be less than `stride` (={stride})"
            f" or `dilation` (={dilation})"
        )
    shape = tuple(
        (p - 1) * u - 2 * pad + d * (r - 1) + extra + 1
        for p, r, u, pad, extra, d in zip(x.shape[2:], weight.shape[2:], u, pads, more, d, strict=True)
    )
    if min(shape) < 1:
        raise ValueError(f"[{op}] `padding` (={padding}) must leave something of the result, not {shape}")
    filters = weight.shape[1] * groups
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"[{op}] `bias` (shape {bias.shape}) must have one entry for each of the {filters} filters")
    rows = [extra // step for extra, step in zip(more, u, strict=True)]
    if any(rows):  # the result has places for outputs that there are not: as if there were more, all of them zero
        x = constant_pad_nd(x, [n for k in reversed(rows) for n in (0, k)])
    y = _to_image(x, weight, shape=(x.shape[0], filters, *shape), how=(u, pads, d, groups))
    return y if bias is None else add(y, _view(bias, shape=(filters, *(1,) * rank)))


def _as_rows(op, x, weight):
    for name, a, ranks in (("x", x, (2, 3)), ("weight", weight, (3,))):
        if len(a.shape) not in ranks:
            raise ValueError(f"[{op}] `{name}` (shape {a.shape}) must be {' or '.join(f'{n}-D' for n in ranks)}")
    return (_view(a, shape=(*a.shape[:-1], 1, a.shape[-1])) for a in (x, weight))


def _one(op, name, value):
    if isinstance(value, (tuple, list)):
        if len(value) != 1:
            raise ValueError(f"[{op}] `{name}` (={value}) must be one int")
        return value[0]
    return value
