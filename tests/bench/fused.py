"""What NumPy does in many passes: activations, softmax, losses, normalisations and optimiser steps, kernels alone.

Values and gradients together, where there are gradients. On our side the kernels are called without a tape; on
PyTorch's the functions, forward and backward. Rows that end in `_gradient` go through the tape.
"""

import numpy as np

from tests.bench.eager import recorded
from tests.bench.measure import timed


def numbers(*shape):
    """Standard normal float32 numbers, the same in every library."""
    return np.random.default_rng(0).standard_normal(shape).astype("f")


def torchs(library):
    """Tell whether this is PyTorch."""
    return library.__name__ == "torch"


def gradient(library, function, g, *leaves):
    """Return a function that computes value and gradients in PyTorch."""
    tensors = [library.tensor(leaf, requires_grad=True) for leaf in leaves]
    g = library.tensor(g)
    return lambda: library.autograd.grad(function(*tensors), tensors, g)


def activation(library, name, size):
    """Return the function of one activation, without its gradient."""
    x, settings = numbers(*size), {}
    if name == "log":
        x = abs(x)
    if name == "gelu_tanh":
        name, settings = "gelu", {"approximate": "tanh"}
    if torchs(library):
        x = library.tensor(x)
        function = getattr(library if hasattr(library, name) else library.nn.functional, name)
    else:
        function = getattr(library.kernels, name)
    return lambda: function(x, **settings)


for _name in ("exp", "log", "tanh", "sigmoid", "silu", "gelu", "gelu_tanh", "erf", "softplus"):
    for _size, _label in (((4, 4), "small"), ((1000, 1000), "large")):

        def _run(library, name=_name, size=_size):
            return activation(library, name, size)

        _run.__name__ = f"{_name}_{_label}"
        timed(1.0)(_run)


def through_the_tape(library, function, g, x):
    """Value and gradient as a user asks for them: a leaf, a tape where the library has one, and backward."""
    x, g = library.tensor(x, requires_grad=True), library.tensor(g)
    forward = recorded(library, lambda: function(x))

    def run():
        forward().backward(g)
        x.grad = None

    return run


for _name in ("relu", "gelu", "gelu_tanh", "silu", "sigmoid", "tanh", "softplus"):
    for _size, _label in (((4, 4), "small"), ((1000, 1000), "large")):

        def _run(library, name=_name, size=_size):
            x, settings = numbers(*size), {"approximate": "tanh"} if name == "gelu_tanh" else {}
            function = getattr(library.nn.functional, name.removesuffix("_tanh"))
            return through_the_tape(library, lambda x: function(x, **settings), numbers(*size)[::-1].copy(), x)

        _run.__name__ = f"{_name}_{_label}_gradient"
        timed(1.0)(_run)


def sum_of(library, shape, axis):
    x = numbers(*shape)
    if torchs(library):
        x = library.tensor(x)
        return lambda: library.sum(x, axis)
    return lambda: library.kernels.sum(x, axis)


@timed(1.0)
def sum_million(library):
    return sum_of(library, (10**6,), None)


@timed(1.0)
def sum_1000x1000_rows(library):
    return sum_of(library, (1000, 1000), 1)


@timed(1.0)
def sum_1000x1000_columns(library):
    return sum_of(library, (1000, 1000), 0)


@timed(1.0)
def sum_64x10x24x24_channels(library):
    return sum_of(library, (64, 10, 24, 24), (0, 2, 3))


@timed(1.0)
def sum_64x10x24x24_lines(library):
    return sum_of(library, (64, 10, 24, 24), 3)


@timed(1.0)
def rand_million(library):
    return lambda: library.rand(10**6)


@timed(1.0)
def randn_million(library):
    return lambda: library.randn(10**6)


@timed(0.6)
def dropout_million(library):
    x, g = numbers(10**6), numbers(10**6)[::-1].copy()
    if torchs(library):
        return gradient(library, lambda x: library.nn.functional.dropout(x, 0.3), g, x)
    k = library.kernels
    return lambda: (k.dropout(x, 0.3, 1, 0), k.dropout(g, 0.3, 1, 0))


def softmax_of(library, shape, name="softmax"):
    x, g = numbers(*shape), numbers(*shape)[::-1].copy()
    if torchs(library):
        return gradient(library, lambda x: getattr(library, name)(x, 1), g, x)
    forward, backward = getattr(library.kernels, name), getattr(library.kernels, f"{name}_grad")
    return lambda: backward(g, forward(x, 1), 1)


def cross_entropy_of(library, shape):
    x, target = numbers(*shape), np.random.default_rng(1).integers(0, shape[1], shape[0])
    if torchs(library):
        target = library.tensor(target)
        function = library.nn.functional.cross_entropy
        return gradient(library, lambda x: function(x, target), np.float32(1), x)
    k, g = library.kernels, np.full((), 1 / shape[0], "f")

    def both():
        y, p = k.cross_entropy(x, target)
        return y.mean(), k.cross_entropy_grad(g, p, target)

    return both


def losses_of(library, shape):
    """Return value and gradient of the mean cross-entropy, with a tape."""
    target = library.tensor(np.random.default_rng(1).integers(0, shape[1], shape[0]))
    function = library.nn.functional.cross_entropy
    return through_the_tape(library, lambda x: function(x, target), np.float32(1), numbers(*shape))


def layer_norm_of(library, shape):
    x, g, w = numbers(*shape), numbers(*shape)[::-1].copy(), np.ones(shape[1], "f")
    if torchs(library):
        function = library.nn.functional.layer_norm
        return gradient(library, lambda x, w, b: function(x, shape[1:], w, b), g, x, w, w)
    k = library.kernels

    def both():
        _, mean, scale = k.layer_norm(x, w, w)
        return k.layer_norm_grad(g, x, w, mean, scale)

    return both


def rms_norm_of(library, shape):
    x, g, w = numbers(*shape), numbers(*shape)[::-1].copy(), np.ones(shape[1], "f")
    if torchs(library):
        function = library.nn.functional.rms_norm
        return gradient(library, lambda x, w: function(x, shape[1:], w), g, x, w)
    k = library.kernels

    def both():
        _, scale = k.rms_norm(x, w)
        return k.rms_norm_grad(g, x, w, scale)

    return both


def channel_norm_of(library, shape, groups=None):
    """Return the batch norm, or the norm of groups of channels."""
    x, g, w = numbers(*shape), numbers(*shape)[::-1].copy(), np.ones(shape[1], "f")
    if torchs(library):
        batch, group = library.nn.functional.batch_norm, library.nn.functional.group_norm
        if groups is None:
            return gradient(library, lambda x, w, b: batch(x, None, None, w, b, True), g, x, w, w)
        return gradient(library, lambda x, w, b: group(x, groups, w, b), g, x, w, w)
    k, how = library.kernels, () if groups is None else (groups,)
    forward, backward = (k.batch_norm, k.batch_norm_grad) if groups is None else (k.group_norm, k.group_norm_grad)

    def both():
        _, mean, scale = forward(x, *how, w, w)
        return backward(g, x, *how, w, mean, scale)

    return both


@timed(0.65)
def softmax_64x10(library):
    return softmax_of(library, (64, 10))


@timed(0.65)
def softmax_4096x1000(library):
    return softmax_of(library, (4096, 1000))


@timed(0.65)
def log_softmax_4096x1000(library):
    return softmax_of(library, (4096, 1000), "log_softmax")


@timed(0.65)
def logsumexp_4096x1000(library):
    x = numbers(4096, 1000)
    if torchs(library):
        x = library.tensor(x)
        return lambda: library.logsumexp(x, 1)
    return lambda: library.kernels.logsumexp(x, 1)


@timed(0.6)
def cross_entropy_64x10(library):
    return cross_entropy_of(library, (64, 10))


@timed(0.6)
def cross_entropy_4096x1000(library):
    return cross_entropy_of(library, (4096, 1000))


@timed(0.65)
def softmax_4096x1000_gradient(library):
    shape = 4096, 1000
    return through_the_tape(library, lambda x: x.softmax(1), numbers(*shape)[::-1].copy(), numbers(*shape))


@timed(0.65)
def log_softmax_4096x1000_gradient(library):
    shape = 4096, 1000
    return through_the_tape(library, lambda x: x.log_softmax(1), numbers(*shape)[::-1].copy(), numbers(*shape))


@timed(0.6)
def cross_entropy_64x10_gradient(library):
    return losses_of(library, (64, 10))


@timed(0.6)
def cross_entropy_4096x1000_gradient(library):
    return losses_of(library, (4096, 1000))


@timed(0.7)
def layer_norm_64x128(library):
    return layer_norm_of(library, (64, 128))


@timed(0.7)
def layer_norm_4096x768(library):
    return layer_norm_of(library, (4096, 768))


@timed(0.7)
def rms_norm_4096x768(library):
    return rms_norm_of(library, (4096, 768))


@timed(0.7)
def group_norm_64x32x576(library):
    return channel_norm_of(library, (64, 32, 576), groups=8)


@timed(0.45)
def batch_norm_64x32x576(library):
    return channel_norm_of(library, (64, 32, 576))


@timed(0.45)
def batch_norm_256x512(library):
    return channel_norm_of(library, (256, 512, 1))


for _shape in ((8, 64, 256), (8, 128, 64), (8, 256, 16), (8, 512, 4)):  # of a ResNet-18 on 64×64 images

    def _run(library, shape=_shape):
        return channel_norm_of(library, shape)

    _run.__name__ = "batch_norm_" + "x".join(map(str, _shape))
    timed(0.45)(_run)


def optimiser_step(library, name, sizes, **settings):
    parameters = [library.ones(n, requires_grad=True) for n in sizes]
    for p in parameters:
        p.grad = library.ones(len(p))
    return getattr(library.optim, name)(parameters, lr=1e-5, **settings).step


@timed(0.15)
def adam_10_million(library):
    return optimiser_step(library, "Adam", [10**7])


@timed(1.0)
def adam_10_million_against_the_fused_one(library):
    return optimiser_step(library, "Adam", [10**7], **({"fused": True} if torchs(library) else {}))


@timed(0.7)
def adam_on_six_small_parameters(library):
    return optimiser_step(library, "Adam", [250, 10, 5000, 20, 3200, 10])


@timed(0.7)
def sgd_on_six_small_parameters(library):
    return optimiser_step(library, "SGD", [250, 10, 5000, 20, 3200, 10])


@timed(1.0)
def embedding_gradient(library):
    g, rows = numbers(4096, 128), np.random.default_rng(1).integers(0, 10_000, 4096)
    if torchs(library):
        g, rows = library.tensor(g), library.tensor(rows)
        return lambda: library.zeros(10_000, 128).index_add_(0, rows, g)
    return lambda: library.kernels.add_at((10_000, 128), g, (rows,))


@timed(1.0)
def embedding_forward(library):
    w, rows = numbers(10_000, 128), np.random.default_rng(1).integers(0, 10_000, 4096)
    if torchs(library):
        w, rows = library.tensor(w), library.tensor(rows)
        return lambda: library.nn.functional.embedding(rows, w)
    return lambda: library.kernels.take(w, (rows,))
