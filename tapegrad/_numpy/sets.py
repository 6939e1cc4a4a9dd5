"""Distinct elements and what sets have in common: which elements stay is plain, their values are differentiable."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, tensor_of


def _plain(x) -> np.ndarray:
    return tensor_of(x).detach().numpy()


def _row(x):
    return tensor_of(x).reshape(-1)


def _unique(
    ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    _, *found = np.unique(_plain(ar), True, True, True, axis, equal_nan=equal_nan, sorted=sorted)
    x = _row(ar) if axis is None else tensor_of(ar)
    values = x[(slice(None),) * (0 if axis is None else axis % x.ndim) + (found[0],)]
    asked = (return_index, return_inverse, return_counts)
    more = [tensor_of(part) for part, wanted in zip(found, asked, strict=True) if wanted]
    return (values, *more) if more else values


def _parts(function):
    """`np.unique_all` and its kin: the same named tuple, with the values read from the tensor."""

    def find(x):
        answer = function(_plain(x))
        values = _row(x)[np.unique(_plain(x), return_index=True, equal_nan=False)[1]]
        return type(answer)(values, *map(tensor_of, answer[1:]))

    return find


def _union1d(ar1, ar2):
    return _unique(FUNCTIONS["cat"]([_row(ar1), _row(ar2)]))


def _intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    _, first, second = np.intersect1d(_plain(ar1), _plain(ar2), assume_unique, return_indices=True)
    values = _row(ar1)[first]
    return (values, tensor_of(first), tensor_of(second)) if return_indices else values


def _setdiff1d(ar1, ar2, assume_unique=False):
    a = _row(ar1) if assume_unique else _unique(ar1)
    return a[np.isin(_plain(a), _plain(ar2), invert=True)]


def _setxor1d(ar1, ar2, assume_unique=False):
    both = FUNCTIONS["cat"]([_row(x) if assume_unique else _unique(x) for x in (ar1, ar2)])
    _, first, counts = np.unique(_plain(both), return_index=True, return_counts=True)
    return both[first[counts == 1]]


HANDLED.update(
    {
        np.intersect1d: _intersect1d,
        np.setdiff1d: _setdiff1d,
        np.setxor1d: _setxor1d,
        np.union1d: _union1d,
        np.unique: _unique,
        np.unique_all: _parts(np.unique_all),
        np.unique_counts: _parts(np.unique_counts),
        np.unique_inverse: _parts(np.unique_inverse),
        np.unique_values: lambda x: _unique(x, equal_nan=False),
    }
)
