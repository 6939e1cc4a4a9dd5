"""Discrete Fourier transforms on the CPU: NumPy's are the fast ones, so the reference serves."""

from ..ref.fft import *  # noqa: F403 — nothing is overridden
