"""Modified Bessel functions on the CPU: the reference serves."""

from ..ref.modified_bessel import *  # noqa: F403 — what is not overridden below
