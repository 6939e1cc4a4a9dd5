"""Property tests of derivatives: the kit that tests this library, for your own operations.

`check_rule` checks the rules of an operation at one point, `gradcheck` and `gradgradcheck` are PyTorch's; the rest are
Hypothesis strategies that draw the points (``pip install tapegrad[test]``).
"""

from ._rules import check_rule

__all__ = ["check_rule"]
