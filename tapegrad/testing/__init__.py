"""Property tests of derivatives: the kit that tests this library, for your own operations.

`check_rule` checks the rules of an operation at one point; `gradcheck` and `gradgradcheck` are PyTorch's. The rest are
Hypothesis strategies that draw the points (``pip install 'tapegrad[test]'``), so a rule is tested in one line:

>>> from hypothesis import given
>>> from tapegrad.testing import arrays, check_rule
>>> @tg.primitive
... def cube(x):
...     return x * x * x
>>> cube.defvjp(lambda g, x: 3 * x * x * g)
>>> cube.defjvp(lambda t, x: 3 * x * x * t)
>>> @given(arrays())
... def test_cube(x):
...     check_rule(cube, x)
>>> test_cube()

What is wrong is named:

>>> cube.defvjp(lambda g, x: 2 * x * x * g)
>>> check_rule(cube, np.array([1.0, 2.0]))
Traceback (most recent call last):
AssertionError: [cube] vjp of `x`, element (1,), at output element (1,): expected 12 (central differences), got 8

A `Function` is tested through its ``apply``; one without a ``jvp`` in reverse mode alone:

>>> class Square(tg.Function):
...     @staticmethod
...     def forward(ctx, x):
...         ctx.save_for_backward(x)
...         return x * x
...
...     @staticmethod
...     def backward(ctx, g):
...         (x,) = ctx.saved_tensors
...         return 2 * x * g
>>> check_rule(Square.apply, np.array([1.0, 2.0]), jvp=False)

Keep the points away from kinks and poles, and let the arguments broadcast:

>>> from tapegrad.testing import broadcastable
>>> @given(broadcastable(2, each=[{}, {"away_from": [0]}]))
... def test_div(xs):
...     check_rule(tg.div, *xs)
>>> test_div()
"""

import importlib

from ._gradcheck import GradcheckError, gradcheck, gradgradcheck
from ._rules import check_rule

_STRATEGIES = {  # name -> the module that is imported, and Hypothesis with it, when the name is first used
    "arrays": "strategies",
    "axes": "strategies",
    "broadcastable": "strategies",
    "conv_problems": "_problems",
    "index": "_indices",
    "indexed": "_indices",
    "matmul_problems": "_problems",
    "pool_problems": "_problems",
    "reductions": "strategies",
    "shapes": "strategies",
    "tensors": "strategies",
}

__all__ = ["GradcheckError", "check_rule", "gradcheck", "gradgradcheck", *_STRATEGIES]


def __getattr__(name: str):
    if name not in _STRATEGIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{_STRATEGIES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
