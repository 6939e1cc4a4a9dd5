"""Arguments, checked."""

from math import isfinite
from operator import index


def count(op: str, name: str, value, least: int) -> int:
    """`value` as an int, at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be an int")
    if index(value) < least:
        raise ValueError(f"[{op}] `{name}` (={value}) must be at least {least}")
    return index(value)


def real(op: str, name: str, value, low: float, high: float) -> float:
    """`value` as a finite float in [low, high]."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be a number") from None
    if not (isfinite(number) and low <= number <= high):
        raise ValueError(f"[{op}] `{name}` (={value}) must lie in {low:g} … {high:g}")
    return number
