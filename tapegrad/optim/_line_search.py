"""The strong Wolfe line search.

    f(x + t d) ≤ f(x) + c₁ t f′(x)·d,      |f′(x + t d)·d| ≤ c₂ |f′(x)·d|

Steps t grow until an interval holds one that fits, then the interval shrinks around it; each new t is the minimum of
the cubic through the values and slopes at two others (Nocedal, Wright: Numerical optimization, 2nd ed., algorithms 3.5
and 3.6; in the details as PyTorch's, which are those of M. Schmidt's minFunc).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from .._tape import Tensor

C1, C2 = 1e-4, 0.9


class Point(NamedTuple):
    """A step t, the loss f and the gradient g there, and the slope along the direction."""

    t: float
    f: float
    g: Tensor
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, t: float, size: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """Find a step of the strong Wolfe conditions.

    Parameters
    ----------
    evaluate : callable
        The point at a step.
    start : Point
        At t = 0.
    t : float
        The first step to try.
    size : float
        The largest element of the direction, absolute.
    tolerance : float
        An interval whose ends are nearer than that is not halved again.
    most : int
        How many evaluations, about.

    Returns
    -------
    (Point, int)
        The best step found, and how often `evaluate` was called.
    """
    ends, count, done = _bracket(evaluate, start, t, most)
    evaluations = count + 1
    low, high = (0, 1) if ends[0].f <= ends[-1].f else (1, 0)
    slow = False
    while not done and count < most and abs(ends[1].t - ends[0].t) * size >= tolerance:
        t, slow = _inside(ends[0], ends[1], slow)
        new = evaluate(t)
        evaluations, count = evaluations + 1, count + 1
        if new.f > start.f + C1 * t * start.slope or new.f >= ends[low].f:
            ends[high] = new
            low, high = (0, 1) if ends[0].f <= ends[1].f else (1, 0)
            continue
        if abs(new.slope) <= -C2 * start.slope:
            done = True
        elif new.slope * (ends[high].t - ends[low].t) >= 0:
            ends[high] = ends[low]
        ends[low] = new
    return ends[low], evaluations


def _bracket(evaluate, start: Point, t: float, most: int) -> tuple[list[Point], int, bool]:
    """The interval that holds a good step, or a step that is good already; how many more were tried; which of both."""
    last, new = start, evaluate(t)
    count = 0
    while count < most:
        if new.f > start.f + C1 * new.t * start.slope or (count > 1 and new.f >= last.f):
            return [last, new], count, False
        if abs(new.slope) <= -C2 * start.slope:
            return [new], count, True
        if new.slope >= 0:
            return [last, new], count, False
        t = _cubic_minimum(last, new, new.t + 0.01 * (new.t - last.t), new.t * 10)
        last, new = new, evaluate(t)
        count += 1
    return [start, new], count, False


def _inside(a: Point, b: Point, slow: bool) -> tuple[float, bool]:
    """A step between two, and whether it made little progress: two such in a row are moved away from the end."""
    least, most = min(a.t, b.t), max(a.t, b.t)
    t = _cubic_minimum(a, b, least, most)
    margin = 0.1 * (most - least)
    if min(most - t, t - least) >= margin:
        return t, False
    if slow or t >= most or t <= least:
        return (most - margin if abs(t - most) < abs(t - least) else least + margin), False
    return t, True


def _cubic_minimum(a: Point, b: Point, least: float, most: float) -> float:
    """Where the cubic through two points with their slopes is smallest, within bounds; if nowhere, their middle."""
    if a.t > b.t:
        a, b = b, a
    if a.t == b.t:
        return (least + most) / 2
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2
    d2 = math.sqrt(square)
    if b.slope - a.slope + 2 * d2 == 0:
        return (least + most) / 2
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, least), most)
