"""Functions put together from pieces: each serves its own part of the line, and sees only the elements there.

The pieces of the special functions are Chebyshev interpolations, made with 60 digits and written as polynomials of a
variable that runs through [-1, 1], or whose coefficients have one sign: rounding then costs no more than a unit in the
last place. Behind their comments stand the variable, its range and the largest relative error.
"""

import numpy as np

_BLOCK = 1 << 13  # elements at a time: what a function makes on its way stays in the cache


def evaluate(function, *arrays):
    """`function` of flat float64 arrays, broadcast, in the dtype of the arrays; it never warns."""
    dtype = np.result_type(*arrays)
    if not isinstance(arrays[0], np.ndarray | np.generic):  # a formula being read
        return function(*(a.astype(np.float64) for a in arrays)).astype(dtype)
    arrays = np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays
    y = np.empty(arrays[0].shape, dtype)
    flat, arrays = y.reshape(-1), [a.reshape(-1) for a in arrays]
    with np.errstate(all="ignore"):
        for i in range(0, y.size, _BLOCK):
            flat[i : i + _BLOCK] = function(*(a[i : i + _BLOCK].astype(np.float64) for a in arrays))
    return y


def piecewise(arrays, *pieces):
    """Give the elements of each condition to its function; NaN where none holds.

    Parameters
    ----------
    arrays : tuple of arrays, (n,)
    pieces : (condition, function or float)
        Conditions may overlap: the last one wins.
    """
    if not isinstance(arrays[0], np.ndarray | np.generic):
        return arrays[0].piecewise(arrays, pieces)
    y = None
    for condition, function in pieces:
        here = condition.nonzero()[0]  # ten times faster than by the mask itself
        if here.size == condition.size and callable(function):
            y = function(*arrays)
        elif here.size:
            y = np.full(condition.shape, np.nan) if y is None else y
            y[here] = function(*(a[here] for a in arrays)) if callable(function) else function
    return np.full(arrays[0].shape, np.nan) if y is None else y


def iterate(step, state, unfinished, limit):
    """Go from one state to the next, while some element is unfinished, at most `limit` times.

    Parameters
    ----------
    step : function (n, *state) -> state
        n counts from 0.
    state : list of arrays
    unfinished : function (*state) -> array, bool
    limit : int
    """
    if not isinstance(state[0], np.ndarray):
        return state[0].iterate(step, state, unfinished, limit)
    for n in range(limit):
        if not np.any(unfinished(*state)):
            break
        state = step(n, *state)
    return state
