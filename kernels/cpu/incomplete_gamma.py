"""The incomplete gamma functions on the CPU: the reference serves."""

from ..ref.incomplete_gamma import *  # noqa: F403 — what is not overridden below
