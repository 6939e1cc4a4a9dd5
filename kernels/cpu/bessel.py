"""Bessel functions on the CPU: the reference serves."""

from ..ref.bessel import *  # noqa: F403 — what is not overridden below
