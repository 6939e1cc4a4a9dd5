"""Comparisons that raise an AssertionError naming the element, what was expected and what came."""

import numpy as np

from ._differences import coordinates, element, rounding


def same(who: str, expected: np.ndarray, got: np.ndarray) -> None:
    """Demand equal bits."""
    if expected.shape != got.shape or expected.dtype != got.dtype:
        raise AssertionError(
            f"{who}: expected shape {expected.shape} and dtype {expected.dtype}, got {got.shape} and {got.dtype}"
        )
    if expected.tobytes() != got.tobytes():
        different = expected != got
        if expected.dtype.kind in "fc":
            different &= ~(np.isnan(expected) & np.isnan(got))
        if different.any():
            index = tuple(int(i) for i in np.argwhere(different)[0])
            raise AssertionError(f"{who}: element {index}: expected {expected[index]!r}, got {got[index]!r}")


def close(who: str, expected: np.ndarray, got: np.ndarray, source: str) -> None:
    """Demand equality to the rounding of the coarser dtype, relative to the largest element."""
    if expected.shape != got.shape:
        raise AssertionError(f"{who}: expected shape {expected.shape} ({source}), got {got.shape}")
    if expected.dtype.kind not in "fc":
        same(who, expected, got)
        return
    if expected.size == 0:
        return
    a, b = coordinates(expected), coordinates(got)
    finite = np.isfinite(a)
    size = float(np.abs(a[finite]).max(initial=0))
    allowed = max(rounding(expected.dtype), rounding(got.dtype)) * (1 + size)
    with np.errstate(invalid="ignore"):
        error = np.where(finite, np.abs(a - b), 0)
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
    if not error[worst] <= allowed:
        raise AssertionError(
            f"{who}, {element(expected, worst)}: expected {a[worst]:.10g} ({source}), got {b[worst]:.10g}"
        )


def agree(measured: np.ndarray, pushed: np.ndarray, y: np.ndarray, tol: float) -> bool:
    """Whether a tangent agrees with central differences, where these mean something."""
    a, b, size = coordinates(measured), coordinates(pushed), coordinates(y)
    finite = np.isfinite(a) & np.isfinite(size)
    if not finite.any():
        return True
    a, b, size = a[finite], b[finite], size[finite]
    return bool(np.abs(a - b).max() <= tol * (1 + np.abs(a).max() + 1e-3 * np.abs(size).max()))
