"""Orthogonal polynomials on the CPU: the reference serves."""

from ..ref.orthogonal import *  # noqa: F403 — what is not overridden below
