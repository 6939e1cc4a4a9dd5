"""Normalisations: sets of elements shifted and scaled to mean 0 and variance 1, then once more by weights.

    y = x̂ w + b,   x̂ = (x - μ) σ⁻¹,   μ = mean of the set,   σ⁻¹ = 1 / √(mean of (x - μ)² + ε)

The Jacobian of x ↦ x̂ is symmetric,

    J t = σ⁻¹ (t - mean(t) - x̂ mean(x̂ t)),

so vjp and jvp are one formula. A plain sweep takes all cotangents from one pass of a kernel; a recorded one makes them,
μ and σ⁻¹ included, of recorded operations, which have derivatives of every order.
"""

from math import prod
from typing import NamedTuple

from numpy import finfo

from .. import kernels
from .._tape import Tensor, declare
from ._registry import public
from .cast import cast
from .elementwise import rsqrt
from .reduce import mean_over
from .region import array_of, constant
from .shape import _view, expand_to, reshape, sum_to


class _Sets(NamedTuple):
    """How an array is cut into sets, and how weights lie on it."""

    dims: tuple[int, ...]  # what is reduced
    weights: tuple[int, ...]  # the shape of w and b, broadcast against the array
    shift: bool = True  # whether μ is taken off

    def normal(self, x, eps):
        """x̂ and σ⁻¹."""
        d = x - mean_over(x, dim=self.dims, keepdim=True) if self.shift else x
        scale = rsqrt(mean_over(d * d, dim=self.dims, keepdim=True) + eps)
        return d * scale, scale

    def turned(self, t, normal, scale):
        """J t."""
        along = normal * mean_over(normal * t, dim=self.dims, keepdim=True)
        return scale * ((t - mean_over(t, dim=self.dims, keepdim=True) if self.shift else t) - along)

    def cotangents(self, g, x, w, eps):
        """Those of x, w and, with a shift, b."""
        normal, scale = self.normal(x, eps)
        gx = self.turned(g * _view(w, shape=self.weights), normal, scale)
        down = (g * normal, g) if self.shift else (g * normal,)
        return gx, *(_view(sum_to(v, self.weights), shape=w.shape) for v in down)

    def of_x(self, t, x, w, eps):
        return self.turned(t, *self.normal(x, eps)) * _view(w, shape=self.weights)

    def of_w(self, t, x, eps):
        return self.normal(x, eps)[0] * _view(t, shape=self.weights)

    def of_b(self, t, shape):
        return expand_to(_view(t, shape=self.weights), shape=shape)


def _rows(shape):
    return _Sets((1,), (1, shape[1]))


def _unshifted_rows(shape):
    return _rows(shape)._replace(shift=False)


def _channels(shape):
    return _Sets((0, 2), (1, shape[1], 1))


def _groups(shape):  # (N, groups, C / groups, L)
    return _Sets((2, 3), (1, *shape[1:3], 1))


def _declare(name, forward, backward, sets):
    """Declare y, μ and σ⁻¹ of x, w and b; the last two serve the rules alone."""

    def vjp(g, x, w, y, eps):
        if isinstance(x, Tensor):
            return sets(x.shape).cotangents(g[0], x, w, eps)
        return backward(g[0], x, w, *y[1:])

    return declare(
        name,
        forward,
        [vjp, vjp, vjp],
        [
            lambda t, x, w, eps: (sets(x.shape).of_x(t, x, w, eps), None, None),
            lambda t, x, eps: (sets(x.shape).of_w(t, x, eps), None, None),
            lambda t, x_shape: (sets(x_shape).of_b(t, x_shape), None, None),
        ],
        outputs=3,
        keeps=(1, 2),
        joint=True,
    )


def _merged(x):
    """(N, groups, C / groups, L) with the channels in one axis."""
    return x.reshape((x.shape[0], x.shape[1] * x.shape[2], x.shape[3]))


def _group_forward(x, w, b, *, eps):
    y, mean, scale = kernels.group_norm(_merged(x), x.shape[1], w.reshape(-1), b.reshape(-1), eps)
    return y.reshape(x.shape), mean, scale


def _group_backward(g, x, w, mean, scale):
    gx, *down = kernels.group_norm_grad(_merged(g), _merged(x), x.shape[1], w.reshape(-1), mean, scale)
    return gx.reshape(x.shape), *(v.reshape(w.shape) for v in down)


_layer = _declare(
    "native_layer_norm", lambda x, w, b, *, eps: kernels.layer_norm(x, w, b, eps), kernels.layer_norm_grad, _rows
)
_batch = _declare(
    "native_batch_norm", lambda x, w, b, *, eps: kernels.batch_norm(x, w, b, eps), kernels.batch_norm_grad, _channels
)
_group = _declare("native_group_norm", _group_forward, _group_backward, _groups)


def _rms_vjp(g, x, w, y, eps):
    if isinstance(x, Tensor):
        return _unshifted_rows(x.shape).cotangents(g[0], x, w, eps)
    return kernels.rms_norm_grad(g[0], x, w, y[1])


_rms = declare(
    "rms_norm",
    lambda x, w, *, eps: kernels.rms_norm(x, w, eps),
    [_rms_vjp, _rms_vjp],
    [
        lambda t, x, w, eps: (_unshifted_rows(x.shape).of_x(t, x, w, eps), None),
        lambda t, x, eps: (_unshifted_rows(x.shape).of_w(t, x, eps), None),
    ],
    outputs=2,
    keeps=(1,),
    joint=True,
)


# ---------------------------------------------------------------------------------------- what users call


def _filled(value, shape, like):
    """A constant in the place of weights that are not given."""
    return constant(like, kernels.full(shape, value, like.dtype, like=array_of(like)))


def _floating(op, x) -> None:
    if x.dtype.kind != "f":
        raise RuntimeError(f"[{op}] `input` (dtype {x.dtype}) must be floating")


def _shaped(op, shape, **weights) -> None:
    for name, w in weights.items():
        if w is not None and w.shape != shape:
            raise RuntimeError(f"[{op}] `{name}` (shape {w.shape}) must have shape {shape}")


def per_channel(w, input):
    """Weights of channels (C,), if any, as they lie on images (N, C, …)."""
    return None if w is None else _view(w, shape=(-1, *(1,) * (len(input.shape) - 2)))


def _of_nothing(input, weight, bias):
    """The result without elements, on which weights, broadcast against it, have a gradient of zeros."""
    for w in (weight, bias):
        input = input * (1 if w is None else w)
    return input


def _flat(op, input, normalized_shape, **weights):
    """The rows that a layer norm sees, and their shape."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    _floating(op, input)
    if not shape or tuple(input.shape[len(input.shape) - len(shape) :]) != shape:
        raise RuntimeError(
            f"[{op}] `normalized_shape` (={shape}) must be the last sizes of `input` (shape {input.shape})"
        )
    _shaped(op, shape, **weights)
    return reshape(input, (prod(input.shape[: len(input.shape) - len(shape)]), prod(shape))), (prod(shape),)


@public(method=False)
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalise over the last axes.

        y = (x - mean(x)) / √(var(x) + eps) · weight + bias

    Parameters
    ----------
    input : Tensor or array, (…, *normalized_shape), floating
    normalized_shape : int or sequence of int
        The sizes of the axes over which mean and variance (of correction 0) are taken.
    weight, bias : Tensor or array, normalized_shape, optional
    eps : float

    Returns
    -------
    Tensor or array, input.shape

    Raises
    ------
    RuntimeError
        If the shapes do not fit, or `input` is not floating.
    """
    x, shape = _flat("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    if not prod(input.shape):
        return _of_nothing(input, weight, bias)
    return reshape(_layer(x, *_affine(x, shape, weight, bias), eps=eps)[0], input.shape)


def _affine(x, shape, weight, bias):
    """Weight and bias in the shape and dtype that kernels want."""
    for w, v in ((weight, 1), (bias, 0)):
        if w is None:
            yield _filled(v, shape, x)
        else:
            yield cast(w if w.shape == shape else reshape(w, shape), x.dtype)


@public(method=False)
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Divide by the root mean square over the last axes.

        y = x / √(mean(x²) + eps) · weight

    Parameters
    ----------
    input, normalized_shape, weight
        As for `layer_norm`, with the same errors.
    eps : float, optional
        The precision of the dtype of `input` by default.
    """
    x, shape = _flat("rms_norm", input, normalized_shape, weight=weight)
    if not prod(input.shape):
        return _of_nothing(input, weight, None)
    w = next(_affine(x, shape, weight, None))
    eps = float(finfo(x.dtype).eps) if eps is None else eps
    return reshape(_rms(x, w, eps=eps)[0], input.shape)


@public(method=False)
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalise groups of channels of each image.

    Parameters
    ----------
    input : Tensor or array, (N, C, …), floating
    num_groups : int
        Divides C.
    weight, bias : Tensor or array, (C,), optional
    eps : float

    Returns
    -------
    Tensor or array, input.shape

    Raises
    ------
    RuntimeError
        If ranks or shapes do not fit, or `input` is not floating.
    ValueError
        If `num_groups` does not divide the channels.
    """
    op, groups = "group_norm", num_groups
    _floating(op, input)
    if len(input.shape) < 2:
        raise RuntimeError(f"[{op}] `input` (shape {input.shape}) must have at least two dimensions, (N, C, …)")
    n, c = input.shape[:2]
    if groups < 1 or c % groups:
        raise ValueError(f"[{op}] `num_groups` (={groups}) must divide the {c} channels")
    _shaped(op, (c,), weight=weight, bias=bias)
    if not prod(input.shape):
        return _of_nothing(input, *(per_channel(w, input) for w in (weight, bias)))
    x = reshape(input, (n, groups, c // groups, prod(input.shape[2:])))
    return reshape(_group(x, *_affine(x, (groups, c // groups), weight, bias), eps=eps)[0], input.shape)
