"""Strides and windows: views, and sums as long as a window; the reference serves."""

from ..ref.strided import *  # noqa: F403
