"""Places among sorted numbers, and distinct values. None of them has a derivative: the answers are plain tensors."""

from .. import kernels
from .._dtypes import int32, int64, result_dtype
from .._tape import Tensor, plain
from ._dims import dim_of
from ._registry import public
from .cast import as_tensor
from .region import array_of


def _answer(array, *given):
    """An array as a plain Tensor if one of the arguments is one."""
    return plain(array) if any(isinstance(x, Tensor) for x in given) else array


@public(values="input")
def searchsorted(sorted_sequence, values, *, out_int32=False, right=False, side=None, sorter=None):
    """Find where values fit into sorted rows.

        s[i - 1] < v ≤ s[i],   with `right` s[i - 1] ≤ v < s[i]

    Parameters
    ----------
    sorted_sequence : Tensor or array, (N,) or (…, N)
        Ascending along the last axis.
    values : Tensor or array, or number
        (…, M) for (…, N), of the dtype of `sorted_sequence`; a number or any shape for (N,).
    out_int32 : bool
        Answer in int32.
    right : bool
    side : {"left", "right"}, optional
        In words what `right` says.
    sorter : int64 Tensor or array, of the shape of `sorted_sequence`, optional
        The order in which `sorted_sequence` is sorted.

    Returns
    -------
    Tensor or array, int64 or int32, of the shape of `values`

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit, or `side` contradicts `right`.
    IndexError
        If `sorter` names a place that does not exist.

    Examples
    --------
    >>> tg.searchsorted(tg.tensor([1.0, 3.0, 5.0]), tg.tensor([3.0, 6.0]))
    tensor([1, 3])
    """
    s = sorted_sequence
    if side not in (None, "left", "right"):
        raise RuntimeError(f"[searchsorted] `side` (={side!r}) must be 'left' or 'right'")
    if side == "left" and right:
        raise RuntimeError("[searchsorted] `side` (='left') must not contradict `right` (=True)")
    if not s.shape:
        raise RuntimeError("[searchsorted] `sorted_sequence` (0-d) must have at least one dimension")
    _check_numbers("searchsorted", "sorted_sequence", s)
    v = _beside("searchsorted", "values", values, s)
    if len(s.shape) > 1 and (len(v.shape) != len(s.shape) or v.shape[:-1] != s.shape[:-1]):
        raise RuntimeError(
            f"[searchsorted] `values` (shape {tuple(v.shape)}) must have the rows of `sorted_sequence` "
            f"(shape {tuple(s.shape)})"
        )
    rows = array_of(s)
    if sorter is not None:
        rows = _sorted_by(rows, array_of(sorter))
    found = kernels.searchsorted(rows, array_of(v), bool(right) or side == "right")
    return _answer(found.astype(int32) if out_int32 else found, s, values)


def _sorted_by(rows, sorter):
    if sorter.shape != rows.shape:
        raise RuntimeError(f"[searchsorted] `sorter` (shape {sorter.shape}) must have the shape {rows.shape}")
    if sorter.dtype != int64:
        raise RuntimeError(f"[searchsorted] `sorter` (dtype {sorter.dtype}) must be int64")
    n = rows.shape[-1]
    if kernels.any((sorter < 0) | (sorter >= n)):
        raise IndexError(f"[searchsorted] `sorter` must lie in 0 … {n - 1}")
    return kernels.take_along_axis(rows, sorter, -1)


def _check_numbers(op: str, name: str, x) -> None:
    if x.dtype.kind not in "iuf":
        raise RuntimeError(f"[{op}] `{name}` (dtype {x.dtype}) must hold real numbers")


def _beside(op: str, name: str, values, s):
    """`values` beside `s`: a number in a dtype that holds both, a Tensor or array of the same dtype as it is."""
    if not hasattr(values, "dtype"):
        return as_tensor(values, s if isinstance(s, Tensor) else None)
    _check_numbers(op, name, values)
    if values.dtype != s.dtype:
        raise RuntimeError(f"[{op}] `{name}` (dtype {values.dtype}) must have the dtype {s.dtype} of what is sorted")
    return values


@public()
def bucketize(input, boundaries, *, out_int32=False, right=False):
    """Find the bucket of each number between sorted boundaries: `searchsorted(boundaries, input)`.

    Parameters
    ----------
    input : Tensor, array or number
    boundaries : Tensor or array, (N,)
        Ascending.
    out_int32, right : bool
        As for `searchsorted`.

    Raises
    ------
    RuntimeError
        If `boundaries` is not 1-D, or the dtypes differ.
    """
    if len(boundaries.shape) != 1:
        raise RuntimeError(f"[bucketize] `boundaries` (shape {tuple(boundaries.shape)}) must be 1-D")
    _check_numbers("bucketize", "boundaries", boundaries)
    values = _beside("bucketize", "input", input, boundaries)
    return searchsorted(boundaries, values, out_int32=out_int32, right=right)


# ---------------------------------------------------------------------------------------- distinct values


@public()
def unique(x, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """Find the distinct elements, or slices along an axis.

    Parameters
    ----------
    x : Tensor or array
    sorted : bool
        They are in ascending order in any case.
    return_inverse, return_counts : bool
        Also say which of them each element is, and how often each is there.
    dim : int, optional
        Without it, `x` counts as a row of all elements.

    Returns
    -------
    output, or (output, inverse_indices, counts) with what was asked for

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If there are slices, but nothing in them.

    Notes
    -----
    NaN are distinct, also from each other. O(n log n).

    Examples
    --------
    >>> tg.unique(tg.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    return _distinct("unique", x, False, return_inverse, return_counts, dim)


@public()
def unique_consecutive(x, return_inverse=False, return_counts=False, dim=None):
    """Drop what equals its predecessor; parameters, results and errors as for `unique`."""
    return _distinct("unique_consecutive", x, True, return_inverse, return_counts, dim)


def _distinct(op: str, x, consecutive: bool, return_inverse: bool, return_counts: bool, dim):
    array = array_of(x)
    if dim is None:
        shape, flat = array.shape, array.reshape((-1,))
        first, inverse, counts = kernels.unique_rows(flat.reshape((-1, 1)), consecutive)
        values, inverse = kernels.take(flat, first), inverse.reshape(shape)
    else:
        d = dim_of(op, dim, array.ndim)
        array = array if array.ndim else array.reshape((1,))
        if 0 in array.shape[:d] + array.shape[d + 1 :]:
            raise RuntimeError(f"[{op}] `x` (shape {array.shape}) must have elements in its slices along {d}")
        n = array.shape[d]
        rows = array.transpose((d, *(i for i in range(array.ndim) if i != d))).reshape((n, array.size // max(n, 1)))
        first, inverse, counts = kernels.unique_rows(rows, consecutive)
        values = kernels.take(array, (*(slice(None),) * d, first))
    wanted = ((values, True), (inverse, return_inverse), (counts, return_counts))
    found = tuple(_answer(part, x) for part, asked in wanted if asked)
    return found if len(found) > 1 else found[0]


@public(method=False)
def isin(elements, test_elements, *, assume_unique=False, invert=False):
    """Tell which elements are among others.

    Parameters
    ----------
    elements, test_elements : Tensor, array or number; one of them no number
    assume_unique : bool
        Accepted for PyTorch's sake: nothing is gained by it.
    invert : bool
        Tell which are not.

    Returns
    -------
    Tensor or array, bool, elements.shape
    """
    like = next((x for x in (elements, test_elements) if hasattr(x, "dtype")), None)
    if like is None:
        raise RuntimeError(f"[isin] `elements` (={elements!r}) must be a Tensor or an array, or `test_elements` be one")
    like_tensor = like if isinstance(like, Tensor) else None
    x, tests = (array_of(v if hasattr(v, "dtype") else as_tensor(v, like_tensor)) for v in (elements, test_elements))
    for name, v in (("elements", x), ("test_elements", tests)):
        if v.dtype.kind == "c":
            raise RuntimeError(f"[isin] `{name}` (dtype {v.dtype}) must hold real numbers")
    dtype = result_dtype((x.dtype, x.ndim), (tests.dtype, tests.ndim))
    x, tests = x.astype(dtype), kernels.sort(tests.astype(dtype).reshape((-1,)))
    if not tests.shape[0]:
        found = kernels.zeros(x.shape, bool, like=x)
    else:
        at = kernels.searchsorted(tests, x, False)
        found = kernels.take(tests, (kernels.minimum(at, tests.shape[0] - 1, out=...),)) == x
    return _answer(kernels.logical_not(found, out=...) if invert else found, elements, test_elements)
