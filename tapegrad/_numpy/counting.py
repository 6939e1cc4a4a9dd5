"""Histograms: constants in what is counted, sums in the weights."""

import numpy as np

from .._dtypes import float64
from .._tape import Tensor
from ..ops import FUNCTIONS
from .protocol import HANDLED, tensor_of


def _plain(value):
    if isinstance(value, Tensor):
        return value.detach().numpy()
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def _bincount(x, /, weights=None, minlength=0):
    return FUNCTIONS["bincount"](tensor_of(x), None if weights is None else tensor_of(weights).to(float64), minlength)


def _histogram(a, bins=10, range=None, density=None, weights=None):
    plain = _plain(a)
    edges = np.histogram_bin_edges(plain, _plain(bins), range)
    if weights is None:
        counts, edges = np.histogram(plain, _plain(bins), range, density)
        return tensor_of(counts), tensor_of(edges)
    x, w = tensor_of(plain).to(float64), tensor_of(weights).to(float64)
    hist = FUNCTIONS["histogram"](x, tensor_of(edges.astype(np.float64)), weight=w, density=bool(density))[0]
    return hist, tensor_of(edges)


def _histogramdd(sample, bins=10, range=None, density=None, weights=None):
    points = _plain(sample)
    points = np.array(points).T if isinstance(points, list) else points
    points = points.reshape(-1, 1) if points.ndim == 1 else points
    counts, edges = np.histogramdd(points, _plain(bins), range, density)
    if weights is None:
        return tensor_of(counts), tuple(map(tensor_of, edges))
    x, w = tensor_of(points).to(float64), tensor_of(weights).to(float64)
    sides = [tensor_of(np.asarray(e, np.float64)) for e in edges]
    return FUNCTIONS["histogramdd"](x, sides, weight=w, density=bool(density))[0], tuple(map(tensor_of, edges))


def _histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    bins = _plain(bins)
    bins = [bins, bins] if np.ndim(bins) == 1 and len(bins) not in (1, 2) else bins
    hist, edges = _histogramdd([x, y], bins, range, density, weights)
    return hist, *edges


HANDLED.update(
    {
        np.bincount: _bincount,
        np.histogram: _histogram,
        np.histogram2d: _histogram2d,
        np.histogramdd: _histogramdd,
    }
)
