"""Complex numbers and their parts on the CPU."""

from ..ref.parts import *  # noqa: F403 — NumPy reads parts in place
