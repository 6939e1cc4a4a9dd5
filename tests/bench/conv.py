"""Convolution and pooling on the layers of LeNet (batch 64), VGG-11 on 32×32 (32) and ResNet-18 on 224×224 (4).

A row each for the forward pass, the gradient of the images and that of the filters, all by the kernels themselves: no
tape on our side, none on PyTorch's.
"""

import numpy as np

from tests.bench.measure import timed

LAYERS = {  # N, C, H, K, R, stride, padding, groups
    "lenet1": (64, 1, 28, 10, 5, 1, 0, 1),
    "lenet2": (64, 10, 12, 20, 5, 1, 0, 1),
    "vgg1": (32, 3, 32, 64, 3, 1, 1, 1),
    "vgg2": (32, 64, 16, 128, 3, 1, 1, 1),
    "vgg3": (32, 128, 8, 256, 3, 1, 1, 1),
    "vgg4": (32, 256, 8, 256, 3, 1, 1, 1),
    "vgg5": (32, 256, 4, 512, 3, 1, 1, 1),
    "vgg6": (32, 512, 4, 512, 3, 1, 1, 1),
    "vgg7": (32, 512, 2, 512, 3, 1, 1, 1),
    "resnet1": (4, 3, 224, 64, 7, 2, 3, 1),
    "resnet2": (4, 64, 56, 64, 3, 1, 1, 1),
    "resnet3a": (4, 64, 56, 128, 3, 2, 1, 1),
    "resnet3d": (4, 64, 56, 128, 1, 2, 0, 1),
    "resnet3": (4, 128, 28, 128, 3, 1, 1, 1),
    "resnet4a": (4, 128, 28, 256, 3, 2, 1, 1),
    "resnet4": (4, 256, 14, 256, 3, 1, 1, 1),
    "resnet5a": (4, 256, 14, 512, 3, 2, 1, 1),
    "resnet5": (4, 512, 7, 512, 3, 1, 1, 1),
    "depthwise112": (4, 32, 112, 32, 3, 1, 1, 32),
    "depthwise56": (4, 128, 56, 128, 3, 1, 1, 128),
    "depthwise56by2": (4, 128, 56, 128, 3, 2, 1, 128),
    "depthwise14": (4, 512, 14, 512, 3, 1, 1, 512),
    "grouped56": (4, 128, 56, 128, 3, 1, 1, 32),
}
VOLUMES = {  # x, w, stride, padding
    "volume": ((2, 16, 16, 56, 56), (32, 16, 3, 3, 3), 1, 1),
    "video": ((1, 3, 16, 112, 112), (64, 3, 3, 7, 7), (1, 2, 2), (1, 3, 3)),
}
FIRST = ("lenet1", "vgg1", "resnet1", "video")  # their images need no gradient
BUDGET = {"forward": 1.2, "input_grad": 1.3, "weight_grad": 1.2}  # of the worst row
WINOGRAD = ("resnet2", "resnet3")
POOLS = {"2": (2, 2, 0), "3by2": (3, 2, 1), "whole": (24, 24, 0)}  # window, stride, padding


def numbers(*shape):
    """Return standard normal float32."""
    return np.random.default_rng(0).standard_normal(shape).astype("f")


def problem(layer):
    """Return the shapes of images and filters, stride, padding and groups."""
    if layer in VOLUMES:
        return *VOLUMES[layer], 1
    n, c, h, k, r, stride, padding, groups = LAYERS[layer]
    return (n, c, h, h), (k, c // groups, r, r), stride, padding, groups


def convolution(library, layer, what):
    """Return the function that computes one direction of a layer."""
    x_shape, w_shape, stride, padding, groups = problem(layer)
    rank = len(x_shape) - 2
    each = [(n,) * rank if isinstance(n, int) else n for n in (stride, padding)]
    out = ((n + 2 * p - k) // u + 1 for n, k, u, p in zip(x_shape[2:], w_shape[2:], *each, strict=True))
    x, w, g = numbers(*x_shape), numbers(*w_shape), numbers(x_shape[0], w_shape[0], *out)
    if library.__name__ != "torch":
        name, how = f"conv{rank}d", (stride, padding, 1, groups)
        forward, input_grad, weight_grad = (
            getattr(library.kernels, name + reading) for reading in ("", "_input_grad", "_weight_grad")
        )
        return {
            "forward": lambda: forward(x, w, None, *how),
            "input_grad": lambda: input_grad(g, w, x_shape, *how),
            "weight_grad": lambda: weight_grad(g, x, w_shape, *how),
        }[what]
    x, w, g = (library.from_numpy(a) for a in (x, w, g))
    if what == "forward":
        convolve = library.conv2d if rank == 2 else library.conv3d
        return lambda: convolve(x, w, None, stride, padding, 1, groups)
    mask = [what == "input_grad", what == "weight_grad", False]
    both = *each, [1] * rank, False, [0] * rank, groups
    return lambda: library.ops.aten.convolution_backward(g, x, w, None, *both, mask)


def winograd(library, layer, what):
    """Return the function that computes one direction of a layer as `use(conv="winograd")` does."""
    compute = convolution(library, layer, what)
    if library.__name__ == "torch":
        return compute

    def on_request():
        library.kernels.use(conv="winograd")
        compute()
        library.kernels.use(conv="direct")

    return on_request


def pooling(library, kind, window):
    """Return the function that pools images and spreads a cotangent back."""
    x, (size, stride, padding) = numbers(64, 10, 24, 24), POOLS[window]
    if library.__name__ == "torch":
        pool, x = getattr(library.nn.functional, f"{kind}_pool2d"), library.from_numpy(x).requires_grad_()
        g = library.ones_like(pool(x, size, stride, padding))

        def both():
            pool(x, size, stride, padding).backward(g)
            x.grad = None

        return both
    kernels = library.kernels
    if kind == "avg":

        def both():
            y = kernels.avg_pool2d(x, size, stride, padding)
            kernels.avg_pool2d_grad(y, x.shape, size, stride, padding)

    else:

        def both():
            y, winner = kernels.max_pool2d(x, size, stride, padding)
            kernels.put_plane(y, winner, x.shape)

    return both


def declare(name, budget, make, *args):
    """Declare a row."""

    def run(library):
        return make(library, *args)

    run.__name__, run.__module__ = name, __name__
    timed(budget, rounds=18)(run)


for direction, budget in BUDGET.items():
    for layer in (*LAYERS, *VOLUMES):
        if direction != "input_grad" or layer not in FIRST:
            declare(f"{direction}_{layer}", 1.5 if layer in VOLUMES else budget, convolution, layer, direction)
for direction in ("forward", "input_grad"):
    for layer in WINOGRAD:
        declare(f"winograd_{direction}_{layer}", 0.6, winograd, layer, direction)
for kind, window, budget in (
    ("max", "2", 0.25),
    ("avg", "2", 0.15),
    ("max", "3by2", 0.4),
    ("avg", "3by2", 0.4),
    ("avg", "whole", 0.4),
):
    declare(f"{kind}_pool_{window}", budget, pooling, kind, window)
