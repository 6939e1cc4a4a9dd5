"""One name, two meanings: `tg.f` is PyTorch's, `np.f(tensor)` NumPy's. Every name that both have is here."""

import numpy as np
import pytest

import tapegrad as tg

X = np.array([[0.5, 1.5, -2.0, 0.75], [3.0, 0.25, 1.0, -0.5], [2.5, -1.25, 0.125, 4.0], [1.25, 0.0625, -0.75, 2.0]])
Y = np.roll(X, 1)
T, U = tg.tensor(X), tg.tensor(Y)

DIFFERENT = {  # name: PyTorch's and NumPy's; both are right in their own place
    "cross": (lambda: tg.cross(T[:3], U[:3]), lambda x, y: np.cross(x[:, :3], y[:, :3])),
    "cumprod": (lambda: tg.cumprod(T, 0), lambda x, y: np.cumprod(x)),
    "cumsum": (lambda: tg.cumsum(T, 0), lambda x, y: np.cumsum(x)),
    "equal": (lambda: tg.equal(T, U), lambda x, y: np.equal(x, y)),
    "flip": (lambda: tg.flip(T, (0,)), lambda x, y: np.flip(x)),
    "max": (lambda: tg.max(T, 1)[1], lambda x, y: np.max(x, 1)),
    "median": (lambda: tg.median(T), lambda x, y: np.median(x)),
    "meshgrid": (lambda: tg.meshgrid(T[0], U[:2, 0])[0], lambda x, y: np.meshgrid(x[0], y[:2, 0])[0]),
    "min": (lambda: tg.min(T, 1)[1], lambda x, y: np.min(x, 1)),
    "nanmedian": (lambda: tg.nanmedian(T), lambda x, y: np.nanmedian(x)),
    "nonzero": (lambda: tg.nonzero(T), lambda x, y: np.nonzero(x)[0]),
    "repeat": (lambda: tg.repeat(T, 2, 2), lambda x, y: np.repeat(x, 2)),
    "sort": (lambda: tg.sort(T)[1], lambda x, y: np.sort(x)),
    "split": (lambda: tg.split(T, 1)[0], lambda x, y: np.split(x, 2)[0]),
    "std": (lambda: tg.std(T), lambda x, y: np.std(x)),
    "transpose": (lambda: tg.transpose(T[None], 0, 1), lambda x, y: np.transpose(x[None])),
    "var": (lambda: tg.var(T), lambda x, y: np.var(x)),
}

ELSEWHERE = {  # not of tensors, or without NumPy's protocol: factories, dtypes, printing, old names, and words shared;
    # histograms, which NumPy counts in int64 and PyTorch in the dtype of the elements
    "arange", "empty", "empty_like", "eye", "finfo", "from_dlpack", "full", "get_printoptions", "histogram",
    "broadcast_shapes", "histogramdd", "tril_indices", "triu_indices",
    "iinfo", "linspace",
    "load", "logspace", "ones", "printoptions", "promote_types", "put", "result_type", "row_stack",
    "save", "select", "set_printoptions", "zeros",
}  # fmt: skip

ALIKE = {  # what needs more than one or two matrices, or has arguments whose order differs behind those
    "bincount": (np.array([0, 3, 3, 1]),),
    "bitwise_and": (X > 0, Y > 0),
    "bitwise_left_shift": (np.array([1, 2, 3]), np.array([2, 0, 1])),
    "bitwise_not": (X > 0,),
    "bitwise_or": (X > 0, Y > 0),
    "bitwise_right_shift": (np.array([9, 20, 3]), np.array([2, 0, 1])),
    "bitwise_xor": (X > 0, Y > 0),
    "broadcast_to": (X, (2, 4, 4)),
    "clip": (X, -1.0, 1.0),
    "column_stack": ((X, Y),),
    "concat": ((X, Y),),
    "concatenate": ((X, Y),),
    "count_nonzero": (X > 0, 1),
    "dot": (X[0], Y[0]),
    "dsplit": (np.stack([X] * 2), 2),
    "dstack": ((X, Y),),
    "einsum": ("ij,jk", X, Y),
    "expand_dims": (X, 1),
    "full_like": (X, 2.5),
    "gcd": (np.array([12, 0, -9]), np.array([18, 0, 6])),
    "hsplit": (X, 2),
    "hstack": ((X, Y),),
    "imag": (X + 1j * Y,),
    "isin": (X, Y[0]),
    "lcm": (np.array([12, 0, -9]), np.array([18, 0, 6])),
    "ldexp": (X, np.arange(4)),
    "moveaxis": (X, 0, 1),
    "nanquantile": (X, 0.3),
    "quantile": (X, 0.3),
    "outer": (X[0], Y[0]),
    "reshape": (X, (2, 8)),
    "roll": (X, (1, 2), (0, 1)),
    "round": (X,),
    "searchsorted": (np.sort(X[0]), Y),
    "stack": ((X, Y),),
    "swapaxes": (X, 0, 1),
    "take": (X, np.array([3, 0, 5])),
    "tensordot": (X, Y, 1),
    "tile": (X, (2, 1)),
    "unravel_index": (np.array([3, 5]), (2, 3)),
    "vander": (X[0],),
    "vdot": (X[0], Y[0]),
    "vsplit": (X, 2),
    "vstack": ((X, Y),),
    "where": (X > 0, X, Y),
}


def shared() -> set[str]:
    return {n for n in tg.__all__ if all(callable(getattr(home, n, None)) for home in (tg, np))}


def arrays(value) -> list[np.ndarray]:
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return [np.asarray(part) for part in parts]


def tensors(value):
    """The arguments with a tensor for each array."""
    if isinstance(value, tuple):
        return tuple(map(tensors, value))
    return tg.tensor(value) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("name", DIFFERENT)
def test_names_that_mean_two_things(name):
    pytorchs, numpys = DIFFERENT[name]
    ours, theirs, want = (np.asarray(y) for y in (pytorchs(), numpys(T, U), numpys(X, Y)))
    assert ours.shape != want.shape or not np.allclose(ours, want)
    np.testing.assert_array_equal(theirs, want)


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero")
@pytest.mark.parametrize("name", sorted(shared() - DIFFERENT.keys() - ELSEWHERE))
def test_all_other_names_mean_one_thing(name):
    function = getattr(np, name)
    args = ALIKE.get(name, (X, Y) if getattr(function, "nin", 1) == 2 else (X,))
    if name in ("allclose", "inner", "isclose", "kron", "matmul"):
        args = (X, Y)
    want = arrays(function(*args))
    for found in (getattr(tg, name)(*tensors(args)), function(*tensors(args))):
        found = arrays(found)
        assert len(found) == len(want)
        for a, b in zip(found, want, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_the_lists_name_what_is_there():
    assert set(DIFFERENT) | ELSEWHERE | set(ALIKE) <= shared()


def test_methods_that_mean_two_things():
    assert tg.norm(T, dim=1).shape == (4,) and np.linalg.norm(T).shape == ()
    assert tg.nn.functional.pad(T, (1, 0)).shape == (4, 5) and np.pad(T, (1, 0)).shape == (5, 5)
