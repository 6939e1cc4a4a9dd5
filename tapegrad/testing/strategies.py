"""Hypothesis strategies that draw arrays: every shape, dtype and memory layout, from a domain.

Hypothesis draws what a failure is about (shape, dtype, layout, a seed) and NumPy fills in the values, so an example
costs microseconds and shrinks well.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from .._tape import Tensor, plain
from ._trace import leaf
from ._twins import columns, gaps, reversed_strides

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("[tapegrad.testing] the strategies need Hypothesis: pip install 'tapegrad[test]'") from error

DTYPES = ("float64", "float32")
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "contiguous": lambda a: np.array(a, order="C"),
    "fortran": columns,
    "negative": reversed_strides,
    "step": gaps,
    "broadcast": np.asarray,  # with some axes that `arrays` gives stride 0
}


def shapes(*, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4):
    """Shapes, 0-d and empty ones included."""
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)


def _sides(options: dict) -> dict:
    """The options of `shapes`, taken out of those of `arrays`."""
    return {key: options.pop(key) for key in ("min_dims", "max_dims", "min_side", "max_side") if key in options}


@st.composite
def arrays(
    draw,
    shape=None,
    *,
    dtype=DTYPES,
    min_value: float = -2.0,
    max_value: float = 2.0,
    away_from: Sequence[float] = (),
    margin: float = 0.1,
    distinct: bool = False,
    layouts: Sequence[str] = tuple(LAYOUTS),
    **sides,
):
    """NumPy arrays of every layout, with values from a domain.

    Parameters
    ----------
    shape : tuple or strategy, optional
        Drawn from ``shapes(**sides)`` if None.
    dtype : dtype or sequence of dtypes to choose from
        Floating, complex (both parts from the domain), integer or boolean.
    min_value, max_value : float
        The domain, ends included for integers.
    away_from : sequence of float
        Points (kinks, poles) that no value comes nearer to than `margin`.
    distinct : bool
        No two elements closer than half an even spacing of the domain: for functions that compare elements.
    layouts : sequence of str
        Among "contiguous", "fortran", "negative" (all strides), "step" (gaps between elements) and "broadcast" (some
        strides 0, hence read-only and equal elements; never when `distinct`).
    **sides
        `min_dims`, `max_dims`, `min_side`, `max_side` of the drawn shape.

    Examples
    --------
    >>> from hypothesis import given
    >>> from tapegrad.testing import arrays, check_rule
    >>> @given(arrays(min_value=0.1, max_value=3.0))
    ... def log_has_the_right_rules(x):
    ...     check_rule(tg.log, x)
    >>> log_has_the_right_rules()
    """
    shape = draw(shapes(**sides)) if shape is None else draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    dtype = np.dtype(draw(st.sampled_from(dtype)) if isinstance(dtype, (list, tuple)) else dtype)
    layout = draw(st.sampled_from([name for name in layouts if not (distinct and name == "broadcast")]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    filled = shape
    if layout == "broadcast":
        filled = tuple(1 if n and draw(st.booleans()) else n for n in shape)
    values = np.asarray(_values(random, filled, dtype, (min_value, max_value), away_from, margin, distinct))
    values = LAYOUTS[layout](values)
    return np.broadcast_to(values, shape) if layout == "broadcast" else values


def _values(random, shape, dtype, domain, away_from, margin, distinct) -> np.ndarray:
    if dtype.kind == "b":
        return random.random(shape) < 0.5
    if dtype.kind in "iu":
        return random.integers(math.ceil(domain[0]), math.floor(domain[1]), shape, dtype, endpoint=True)
    if dtype.kind == "c":
        parts = [_values(random, shape, np.dtype("d"), domain, away_from, margin, distinct) for _ in range(2)]
        return (parts[0] + 1j * parts[1]).astype(dtype)
    quantiles = random.random(shape)
    if distinct:
        n = math.prod(shape)
        quantiles = (random.permutation(n).reshape(shape) + 0.25 + 0.5 * quantiles) / max(n, 1)
    return _spread(quantiles, *_gaps_left(domain, away_from, margin)).astype(dtype)


def _gaps_left(domain, away_from, margin) -> tuple[np.ndarray, np.ndarray]:
    """The starts and lengths of the intervals of the domain that keep away from the points."""
    pieces = [domain]
    for point in away_from:
        left = [(low, min(high, point - margin)) for low, high in pieces]
        right = [(max(low, point + margin), high) for low, high in pieces]
        pieces = [(low, high) for low, high in left + right if low < high]
    if not pieces:
        raise ValueError(f"[arrays] `away_from` (={away_from!r}) and `margin` (={margin}) must leave some of {domain}")
    starts, stops = np.array(pieces, "d").T
    return starts, stops - starts


def _spread(quantiles: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Spread numbers of [0, 1) over intervals."""
    ends = np.cumsum(lengths)
    along = np.asarray(quantiles) * ends[-1]
    piece = np.minimum(np.searchsorted(ends, along, side="right"), len(ends) - 1)
    return np.asarray(starts[piece] + along - (ends - lengths)[piece])


def tensors(shape=None, *, requires_grad: bool = False, **options):
    """Tensors on the memory of `arrays`, with its options; leaves if `requires_grad`."""

    def tensor(array: np.ndarray) -> Tensor:
        return leaf(array) if requires_grad else plain(array)

    return arrays(shape, **options).map(tensor)


@st.composite
def broadcastable(draw, n: int = 2, *, dtype=DTYPES, each: Sequence[dict] | None = None, **options):
    """Tuples of `n` arrays of one dtype whose shapes broadcast, with missing leading axes and sides of 1.

    Parameters
    ----------
    n : int
    dtype : dtype or sequence of dtypes to choose from
    each : sequence of n dicts, optional
        Options of `arrays` for one argument alone: ``each=[{}, {"away_from": [0]}]``.
    **options
        Options of `arrays` for all.
    """
    whole = draw(shapes(**_sides(options)))
    one = draw(st.sampled_from(dtype)) if isinstance(dtype, (list, tuple)) else dtype
    parts = []
    longest = draw(st.integers(0, n - 1))  # the others may miss leading axes
    for i in range(n):
        kept = whole[0 if i == longest else draw(st.integers(0, len(whole))) :]
        shape = tuple(1 if draw(st.sampled_from([False, False, True])) else side for side in kept)
        parts.append(draw(arrays(shape, dtype=one, **{**options, **(each[i] if each else {})})))
    return tuple(parts)


@st.composite
def axes(draw, shape, *, none: bool = True, several: bool = True, min_size: int = 0):
    """Axes of a shape (or an array, or a number of dimensions) as reductions take them.

    None (unless `none` is False), one axis counted from either end, or (if `several`) a tuple of at least `min_size`
    different ones.
    """
    ndim = shape if isinstance(shape, int) else len(getattr(shape, "shape", shape))
    kinds = [*(["none"] if none else []), *(["one"] if ndim else []), *(["several"] if several else [])]
    kind = draw(st.sampled_from(kinds or ["none"]))
    if kind == "none":
        return None
    if kind == "one":
        return draw(st.integers(-ndim, ndim - 1))
    order = draw(st.permutations(range(ndim)))
    chosen = order[: draw(st.integers(min(min_size, ndim), ndim))]
    return tuple(axis - ndim if draw(st.booleans()) else axis for axis in chosen)


@st.composite
def reductions(draw, *, none: bool = True, several: bool = True, min_reduced: int = 0, **options):
    """An array and settings of a reduction of it: ``(x, {"dim": …, "keepdim": …})``.

    Reduced axes are at least `min_reduced` long, whatever `min_side` allows the others. The other options are those of
    `arrays`.
    """
    shape = draw(shapes(**_sides(options)))
    dim = draw(axes(shape, none=none, several=several, min_size=1))
    dim = None if dim == () else dim
    chosen = range(len(shape)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    reduced = {d % len(shape) for d in chosen}
    shape = tuple(max(side, min_reduced) if d in reduced else side for d, side in enumerate(shape))
    return draw(arrays(shape, **options)), {"dim": dim, "keepdim": draw(st.booleans())}
