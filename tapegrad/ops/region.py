"""Reading and writing the region of a tensor that a chain of views selects: what writes in place are made of.

`how` is the chain `((primitive, settings), …)` from a root to a view of it. `region` reads the view's elements,
`scatter` writes them into a copy, `collect` adds them up in zeros: the transpose of reading, also where a view reads
an element more than once.
"""

import numpy as np

from .. import kernels
from .._dtypes import complex_of, int64, real_of
from .._tape import Tensor, declare, lent, plain
from .._tape.views import owner


def follow(x, how):
    """The view of `x` that the chain `how` leads to."""
    for p, values in how:
        x = (p.call if isinstance(x, Tensor) else p.forward)(x, **p.options(values))
    return x


def _scatter(x, v, *, how):
    first = next((i for i, (p, _) in enumerate(how) if p in PARTS), 0)
    if first:  # the parts of the numbers in a region
        return _scatter(x, _scatter(follow(x, how[:first]), v, how=how[first:]), how=how[:first])
    y = x.copy()
    target = follow(y, how)
    if owner(target) is y:
        target[...] = v
        return y
    # a reshape inside the chain had to copy: write through the places that the view's elements come from
    places = follow(kernels.arange(0, y.size, 1, int64, like=y).reshape(y.shape), how)
    return kernels.put(y.reshape((-1,)), v, (places,)).reshape(y.shape)


PARTS: dict = {}  # views that exchange complex and real numbers -> the kind that they read (filled by `parts`)


def _root_dtype(how, dtype):
    """The dtype of the root of a chain whose view has this one."""
    kind = next((PARTS[p] for p, _ in how if p in PARTS), None)
    return dtype if kind is None else complex_of(real_of(dtype)) if kind == "c" else real_of(dtype)


def _shapes(how, shape: tuple, dtype) -> list[tuple]:
    """The shapes before each view of a chain that leads to this dtype."""
    x, found = np.broadcast_to(np.zeros((), _root_dtype(how, dtype)), shape), []
    for p, values in how:
        found.append(x.shape)
        x = p.forward(x, **p.options(values))
    return found


def collect(g, how, shape: tuple):
    """The sum of `g` at the places that the chain `how` reads of an array of that shape."""
    for (p, values), before in zip(reversed(how), reversed(_shapes(how, shape, g.dtype)), strict=True):
        given = {"g": g, f"{p.args[0]}_shape": before, **p.options(values)}
        g = p.vjps[0](*(given[name] for name in p.vjp_names[0]))
    return g


def zeros(like, shape, dtype=None):
    """Zeros of a shape, in the place (and dtype) of `like`: a constant Tensor beside a Tensor, else an array."""
    if isinstance(like, Tensor):
        return plain(kernels.zeros(shape, like._dtype if dtype is None else dtype, like=like._array))
    return kernels.zeros(shape, like.dtype if dtype is None else dtype, like=like)


def array_of(x):
    """The array of a Tensor; an array itself."""
    return x._array if isinstance(x, Tensor) else x


def constant(like, array):
    """An array as a constant: a Tensor beside a Tensor, itself beside an array."""
    return plain(array) if isinstance(like, Tensor) else array


def _zeros_as(x):
    return zeros(x, x.shape)


def _without(g, how):
    """`g` with the region cleared."""
    return scatter(g, _zeros_as(follow(g, how)), how=how)


def _written(g, how):
    """The cotangent of what was written. A sweep's transposes are plain, reading parts is a conjugate transpose."""
    if any(p in PARTS for p, _ in how):
        g = follow(_conjugate(g), how)
        return _conjugate(g)
    return follow(g, how)


def _conjugate(g):
    return lent.conjugate(g) if g.dtype.kind == "c" else g


scatter = declare(
    "scatter",
    _scatter,
    [lambda g, how: _without(g, how), lambda g, how: _written(g, how)],
    [
        lambda t, how: _without(t, how),
        lambda t, how, x_shape: scatter(zeros(t, x_shape, _root_dtype(how, t.dtype)), t, how=how),
    ],
)

region = declare(
    "view",
    lambda x, *, how: follow(x, how),
    [lambda g, how, x_shape: collect(g, how, x_shape)],
    [lambda t, how: follow(t, how)],
)

lent.scatter, lent.region = scatter.primitive, region.primitive
lent.ones_like = lambda array: kernels.ones(array.shape, array.dtype, like=array)
lent.copy = lambda array: np.array(array) if isinstance(array, np.generic) else array.copy()
