"""The normal distribution on the CPU: the reference serves."""

from ..ref.gaussian import *  # noqa: F403 — what is not overridden below
