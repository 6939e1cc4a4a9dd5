"""Eager operations on 4×4 float32, one chain per kind: what a single operation costs beside its arithmetic.

The same body runs on both libraries, because the names are the same; ours alone needs a tape.
"""

import numpy as np

from tests.bench.measure import timed

LENGTH = 100


def operands(library):
    """Return a tracked and an untracked 4×4 tensor, the same numbers in every library."""
    a, b = np.random.default_rng(0).uniform(0.5, 1.5, (2, 4, 4)).astype("f")
    return library.tensor(a, requires_grad=True), library.tensor(b)


def recorded(library, function):
    """Put `function` inside a tape where the library has one; PyTorch always records."""
    if not hasattr(library, "tape"):
        return function

    def inside():
        with library.tape():
            return function()

    return inside


def forward_backward(library, function, *leaves):
    """Compute, sweep, and drop the gradients."""
    forward = recorded(library, function)

    def step():
        forward().backward()
        for leaf in leaves:
            leaf.grad = None

    return step


def additions(x, y):
    z = x
    for _ in range(LENGTH):
        z = z + y
    return z


def multiplications(x, y):
    z = x
    for _ in range(LENGTH):
        z = z * y
    return z


def scalars(x):
    z = x
    for _ in range(LENGTH // 2):
        z = z * 2.0 - 1
    return z


def mixture(x, y):
    z = x
    for _ in range(LENGTH // 4):
        z = (z * y).tanh() - x / y
    return z


def views_and_sums(x):
    z = x
    for _ in range(LENGTH // 5):
        z = z.T.reshape(2, 8)[:, 2:6].sum(0) + x
    return z


def repeated(operation):
    """Apply `operation` again and again, a function call more each time: for operations that cost more than that."""
    for _ in range(LENGTH):
        operation()


@timed(0.7)
def add_forward(library):
    x, y = operands(library)
    return recorded(library, lambda: additions(x, y))


@timed(0.7)
def multiply_forward(library):
    x, y = operands(library)
    return recorded(library, lambda: multiplications(x, y))


@timed(0.7)
def scalar_operand_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: scalars(x))


@timed(0.7)
def add_untracked(library):
    _, y = operands(library)
    return lambda: additions(y, y)


@timed(0.5)
def add_forward_backward(library):
    x, y = operands(library)
    return forward_backward(library, lambda: additions(x, y).sum(), x)


@timed(0.5)
def multiply_forward_backward(library):
    x, y = operands(library)
    return forward_backward(library, lambda: multiplications(x, y).sum(), x)


@timed(0.5)
def mixed_forward_backward(library):
    x, y = operands(library)
    return forward_backward(library, lambda: mixture(x, y).sum(), x)


@timed(1.0)
def transpose_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: repeated(lambda: x.T))


@timed(1.0)
def reshape_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: repeated(lambda: x.reshape(2, 8)))


@timed(1.0)
def slice_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: repeated(lambda: x[1:3]))


@timed(1.0)
def sum_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: repeated(lambda: x.sum()))


@timed(1.0)
def sum_along_a_dimension_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: repeated(lambda: x.sum(1)))


@timed(1.0)
def mean_with_keepdim_forward(library):
    x, _ = operands(library)
    return recorded(library, lambda: repeated(lambda: x.mean(dim=1, keepdim=True)))


@timed(1.0)
def views_and_sums_forward_backward(library):
    x, _ = operands(library)
    return forward_backward(library, lambda: views_and_sums(x).sum(), x)


@timed(1.0)
def in_place_without_recording(library):
    x, y = operands(library)
    z = x.detach().clone()

    def update():
        with library.no_grad():
            for _ in range(LENGTH // 2):
                z.add_(y)
                z.sub_(y)

    return update
