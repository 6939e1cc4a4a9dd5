"""What is found by sorting: NumPy's loops are the fast ones, so the reference serves."""

from ..ref.order import *  # noqa: F403
