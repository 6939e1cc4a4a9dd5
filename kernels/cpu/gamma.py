"""The gamma function's relatives on the CPU: the reference serves."""

from ..ref.gamma import *  # noqa: F403 — what is not overridden below
