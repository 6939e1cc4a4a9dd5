"""Property tests of derivatives: the kit that tests this library, for your own operations.

`check_rule` checks the rules of an operation at one point, `gradcheck` and `gradgradcheck` are PyTorch's; the rest are
Hypothesis strategies that draw the points (``pip install 'tapegrad[test]'``).
"""

import importlib

from ._gradcheck import GradcheckError, gradcheck, gradgradcheck
from ._rules import check_rule

_STRATEGIES = {
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
