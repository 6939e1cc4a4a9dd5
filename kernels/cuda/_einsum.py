"""Sums of products over indices, two operands at a time: each pair is a batch of matrix products.

Of the letters of a pair, those that are in both and are still wanted make the batch, those that are in both and are
not wanted any more are summed, and the others are the rows and the columns.
"""

from math import prod
from string import ascii_letters

import numpy as np

from . import reduce
from ._array import DeviceArray
from ._gemm import merged, multiplied


def contracted(subscripts: str, *arrays: DeviceArray) -> DeviceArray:
    """Do what `numpy.einsum` does with a string of subscripts, on arrays of one dtype."""
    stand_ins = [np.broadcast_to(np.int8(0), x.shape) for x in arrays]
    path = np.einsum_path(subscripts, *stand_ins)[0][1:]  # raises NumPy's own errors
    names, wanted = letters(subscripts, [x.ndim for x in arrays])
    sizes: dict = {}
    for term, x in zip(names, arrays, strict=True):
        for name, n in zip(term, x.shape, strict=True):
            sizes[name] = n if sizes.get(name, 1) == 1 else sizes[name]
    left = [distinct(x, term, sizes) for x, term in zip(arrays, names, strict=True)]
    for places in path if len(left) > 1 else ():
        chosen = [left.pop(place) for place in sorted(places, reverse=True)][::-1]
        while len(chosen) > 1:
            kept = {*wanted, *(name for _, term in left + chosen[2:] for name in term)}
            chosen[:2] = [pair(*chosen[0], *chosen[1], kept)]
        left += chosen
    ((y, term),) = left
    y, term = without(y, term, set(wanted))
    return y.transpose([term.index(name) for name in wanted]) if y.ndim else y


def letters(subscripts: str, ndims: list) -> tuple[list, str]:
    """The names of all axes, of the operands and of the result, with letters in the place of dots."""
    inputs, arrow, wanted = subscripts.replace(" ", "").partition("->")
    unused = "".join(name for name in ascii_letters if name not in subscripts)
    longest, terms = 0, []
    for term, ndim in zip(inputs.split(","), ndims, strict=True):
        dots = ndim - len(term.replace("...", "")) if "..." in term else 0
        longest = max(longest, dots)
        terms.append(term.replace("...", unused[:dots][::-1]))  # counted from the right, like every broadcast
    if arrow:
        return terms, wanted.replace("...", unused[:longest][::-1])
    given = inputs.replace(",", "").replace("...", "")
    return terms, unused[:longest][::-1] + "".join(sorted(name for name in given if given.count(name) == 1))


def distinct(x: DeviceArray, term: str, sizes: dict) -> tuple[DeviceArray, str]:
    """A view without names that come twice (their diagonal) and axes that are repeated elsewhere."""
    names = "".join(name for name in dict.fromkeys(term) if x.shape[term.index(name)] == sizes[name])
    steps = [sum(s for other, s in zip(term, x.steps, strict=True) if other == name) for name in names]
    return x.view([sizes[name] for name in names], steps), names


def without(x: DeviceArray, term: str, kept: set) -> tuple[DeviceArray, str]:
    """Sum over the names that nobody wants any more."""
    axes = tuple(i for i, name in enumerate(term) if name not in kept)
    if not axes:
        return x, term
    return reduce.sum(x, axes, False).astype(x.dtype, copy=False), "".join(name for name in term if name in kept)


def pair(a: DeviceArray, a_term: str, b: DeviceArray, b_term: str, kept: set) -> tuple[DeviceArray, str]:
    """The product of two operands, summed over the names that only they have."""
    a, a_term = without(a, a_term, kept | set(b_term))
    b, b_term = without(b, b_term, kept | set(a_term))
    both = [name for name in a_term if name in b_term]
    batch, inner = [n for n in both if n in kept], [n for n in both if n not in kept]
    rows, columns = [n for n in a_term if n not in both], [n for n in b_term if n not in both]
    names = "".join(batch + rows + columns)
    if not inner:
        return aligned(a, a_term, names) * aligned(b, b_term, names), names
    y = multiplied(
        grouped(a, [a_term.index(n) for n in batch], *([a_term.index(n) for n in part] for part in (rows, inner))),
        grouped(b, [b_term.index(n) for n in batch], *([b_term.index(n) for n in part] for part in (inner, columns))),
    )
    sizes = dict(zip(a_term + b_term, a.shape + b.shape, strict=True))
    return y.reshape(tuple(sizes[name] for name in names)), names


def aligned(x: DeviceArray, term: str, names: str) -> DeviceArray:
    """A view with all names, those it lacks with length 1."""
    at = [term.find(name) for name in names]
    return x.view([x.shape[i] if i >= 0 else 1 for i in at], [x.steps[i] if i >= 0 else 0 for i in at])


def grouped(x: DeviceArray, batch: list, rows: list, columns: list) -> DeviceArray:
    """The axes as a batch of matrices: a view where each group lies evenly, else a copy."""
    x = x.transpose(batch + rows + columns) if x.ndim else x
    shape, steps = list(x.shape[: len(batch)]), list(x.steps[: len(batch)])
    first = len(batch)
    for group in (rows, columns):
        here = slice(first, first + len(group))
        axes = merged(x.shape[here], x.steps[here])
        if len(axes) > 1 and prod(x.shape):
            return grouped(x.copy(), list(range(len(batch))), *_following(len(batch), rows, columns))
        shape.append(prod(x.shape[here]))
        steps.append(axes[0][1] if axes else 0)
        first += len(group)
    return x.view(shape, steps)


def _following(start: int, rows: list, columns: list) -> tuple[list, list]:
    """The places of two groups of axes after the first `start`."""
    middle = start + len(rows)
    return list(range(start, middle)), list(range(middle, middle + len(columns)))
