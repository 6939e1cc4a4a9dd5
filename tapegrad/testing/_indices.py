"""A strategy for everything that NumPy takes between brackets."""

import numpy as np
from hypothesis import strategies as st

from .strategies import arrays


@st.composite
def index(draw, shape, *, advanced: bool = True, negative_steps: bool = True):
    """Any index of an array of this shape: integers, slices, Ellipsis, None, integer arrays, boolean masks.

    Parameters
    ----------
    shape : tuple
    advanced : bool
        Include index arrays (with repeats and negative entries, broadcasting together) and masks.
    negative_steps : bool
        Include slices that run backwards, which PyTorch does not have.
    """
    shape = getattr(shape, "shape", shape)
    used = draw(st.integers(0, len(shape)))
    if advanced and used and draw(st.integers(0, 5)) == 5:
        return draw(arrays(shape[:used], dtype="bool"))
    together = draw(st.sampled_from([(), (1,), (3,), (2, 2), (0,)])) if advanced else ()
    split = draw(st.none() | st.integers(0, used))  # where the Ellipsis stands
    parts: list = []
    axis = 0
    for position in range(used):
        if split == position:
            parts.append(Ellipsis)
            axis = len(shape) - (used - position)
        if draw(st.integers(0, 5)) == 5:
            parts.append(None)
        parts.append(draw(_along(shape[axis], together, advanced, negative_steps)))
        axis += 1
    if split == used:
        parts.append(Ellipsis)
    if len(parts) == 1 and draw(st.booleans()):
        return parts[0]
    return tuple(parts)


@st.composite
def _along(draw, side: int, together: tuple, advanced: bool, negative_steps: bool):
    """An index of one axis."""
    kinds = ["slice", *(["int"] if side else []), *(["array", "mask", "list"] if advanced and side else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "int":
        return draw(st.integers(-side, side - 1))
    if kind == "slice":
        bound = st.none() | st.integers(-side - 1, side + 1)
        steps = [None, 1, 2, *([-1, -2] if negative_steps else [])]
        return slice(draw(bound), draw(bound), draw(st.sampled_from(steps)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "mask":
        # all masks and arrays of an index broadcast together, so a mask must choose as many as the arrays hold, or 1
        mask = np.zeros(side, bool)
        mask[random.permutation(side)[: together[0] if len(together) == 1 and together[0] <= side else 1]] = True
        return mask
    shape = together[draw(st.integers(0, len(together))) :]
    at = random.integers(-side, side, shape)
    return at.tolist() if kind == "list" and shape and at.size else at


@st.composite
def indexed(draw, *, advanced: bool = True, negative_steps: bool = True, **options):
    """An array and an index of it: ``(x, index)``. The other options are those of `arrays`."""
    x = draw(arrays(**options))
    return x, draw(index(x.shape, advanced=advanced, negative_steps=negative_steps))
