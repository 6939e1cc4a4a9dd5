"""Element types: NumPy's own dtypes under PyTorch's names, PyTorch's promotion, and the default dtype."""

from contextvars import ContextVar

import numpy as np

bool_ = np.dtype("bool")
uint8, uint16, uint32, uint64 = map(np.dtype, ("uint8", "uint16", "uint32", "uint64"))
int8, int16, int32, int64 = map(np.dtype, ("int8", "int16", "int32", "int64"))
float16, float32, float64 = map(np.dtype, ("float16", "float32", "float64"))
complex64, complex128 = map(np.dtype, ("complex64", "complex128"))

finfo, iinfo = np.finfo, np.iinfo

_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}
_BY_TYPE = {bool: bool_, int: int64}  # Python's float and complex follow the default dtype
_default: ContextVar[np.dtype] = ContextVar("tapegrad_default_dtype", default=float32)


def get_default_dtype() -> np.dtype:
    """The dtype of Python floats, `zeros`, `randn` and the like."""
    return _default.get()


def set_default_dtype(d) -> None:
    """Set the dtype of Python floats, `zeros`, `randn` and the like.

    Parameters
    ----------
    d : float16, float32 or float64

    Raises
    ------
    TypeError
        If it is not floating.
    """
    dtype = as_dtype(d)
    if dtype.kind != "f":
        raise TypeError(f"[set_default_dtype] `d` (={d}) must be a floating dtype")
    _default.set(dtype)


def as_dtype(dtype) -> np.dtype:
    """`dtype`, a NumPy dtype or scalar type, its name, or a Python type, as a native `numpy.dtype`."""
    if dtype.__class__ is type and dtype in (float, complex):
        return _default.get() if dtype is float else complex_of(_default.get())
    try:
        d = _BY_TYPE[dtype] if dtype.__class__ is type and dtype in _BY_TYPE else np.dtype(dtype)
    except TypeError:
        raise TypeError(f"[dtype] `{dtype!r}` must be a dtype, say tapegrad.float32, or the name of one") from None
    if d.kind not in "biufc":
        raise TypeError(f"[dtype] `{dtype}` must be a boolean, integer, floating or complex dtype")
    return np.dtype(d.type)


def complex_of(dtype: np.dtype) -> np.dtype:
    """The complex dtype whose parts have the floating `dtype`."""
    return complex128 if dtype == float64 else complex64


def real_of(dtype: np.dtype) -> np.dtype:
    """The dtype of the parts of a complex `dtype`; a real one itself."""
    return dtype if dtype.kind != "c" else float64 if dtype == complex128 else float32


def category(dtype: np.dtype) -> int:
    """0 boolean, 1 integer, 2 floating, 3 complex."""
    return _CATEGORY[dtype.kind]


def scalar_dtype(value) -> np.dtype:
    """The dtype that a Python scalar has by itself."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    return _default.get() if isinstance(value, float) else complex_of(_default.get())


def result_dtype(*operands: tuple[np.dtype, int]) -> np.dtype:
    """PyTorch's promotion of (dtype, rank) pairs; rank -1 marks a Python scalar.

    Tensors with axes decide; 0-d tensors, and below them Python scalars, count only if their category
    (boolean, integer, floating, complex) is higher.
    """
    best: list[np.dtype | None] = [None, None, None]  # with axes · 0-d · Python scalars
    for dtype, rank in operands:
        k = 0 if rank > 0 else 1 if rank == 0 else 2
        old = best[k]
        best[k] = dtype if old is None else promote_types(old, dtype)
    given = [dtype for dtype in best if dtype is not None]
    result = given[0]
    for dtype in given[1:]:
        if category(dtype) > category(result):
            result = complex_of(result) if dtype.kind == "c" and result.kind == "f" else dtype
    return result


def promote_types(type1: np.dtype, type2: np.dtype) -> np.dtype:
    """The smallest dtype that PyTorch gives a mixture of two tensors with axes."""
    if category(type1) != category(type2) and max(category(type1), category(type2)) >= 2:
        low, high = (type1, type2) if category(type1) < category(type2) else (type2, type1)
        if low.kind == "f" and high.kind == "c":
            return np.promote_types(low, high) if low == float64 else high
        return high
    mixed = {type1.kind, type2.kind} == {"i", "u"}
    return _mixed_integers(type1, type2) if mixed else np.promote_types(type1, type2)


def _mixed_integers(a: np.dtype, b: np.dtype) -> np.dtype:
    """Signed with unsigned: NumPy's answer, except that int64 with uint64 stays an integer as in PyTorch."""
    d = np.promote_types(a, b)
    return int64 if d.kind == "f" else d
