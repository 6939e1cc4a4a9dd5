"""Random on the CPU: NumPy's own loops are the fast ones, so the reference serves."""

from ..ref.random import *  # noqa: F403 — what is not overridden below
