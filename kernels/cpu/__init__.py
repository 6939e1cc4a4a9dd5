"""Kernels for the CPU: each module starts as its reference and overrides what Numba does faster."""
