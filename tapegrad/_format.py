"""The text of an array, letter for letter as PyTorch prints it.

Printing is three decisions, and one function below for each: how a single number is written
(`_notation`), how the numbers are laid out in brackets and lines (`_nest`), and where the remarks
after the closing bracket go (`_close`).  The rules are PyTorch's, oddities included: tutorials quote
these texts, and a reader compares them by eye.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["format_array", "get_printoptions", "printoptions", "set_printoptions"]


class _Options(NamedTuple):
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}

_options = _Options()  # replaced as a whole, never changed: a text in the making keeps the options it began with


class _Notation(NamedTuple):
    """How each number of an array is written, and the width that the numbers are padded to."""

    write: Callable[[Any], str]
    width: int


# Options --------------------------------------------------------------------------------------------------------------


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are printed from now on.

    An argument that is None leaves its option alone, except `sci_mode`, which every call sets.

    Parameters
    ----------
    precision : int >= 0, optional
        Digits after the decimal point; 4 at first.
    threshold : number >= 0, optional
        Tensors of more elements than this are summarised; 1000 at first, `math.inf` for never.
    edgeitems : int >= 0, optional
        Elements shown at both ends of each summarised dimension; 3 at first.
    linewidth : int >= 1, optional
        Characters per line; 80 at first.
    profile : {"default", "short", "full"}, optional
        A set of the four options above, which then override it: "short" has two digits and two edge
        items, "full" never summarises.
    sci_mode : bool, optional
        True writes ``1.0000e+03``, False ``1000.0000``; None lets each tensor decide by its range.

    Raises
    ------
    TypeError
        An argument is of the wrong kind.
    ValueError
        An argument is out of range, or there is no such profile.

    Examples
    --------
    >>> set_printoptions(precision=2)
    >>> print(format_array(np.array([1.12345], "float32")))
    tensor([1.12])
    >>> set_printoptions(profile="default")
    """
    global _options
    changes: dict[str, Any] = {}
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"[set_printoptions] `profile` (={profile!r}) must be one of {', '.join(_PROFILES)}")
        changes.update(_PROFILES[profile])
    for name, value, least in (("precision", precision, 0), ("edgeitems", edgeitems, 0), ("linewidth", linewidth, 1)):
        if value is not None:
            changes[name] = _checked_integer(name, value, least)
    if threshold is not None:
        changes["threshold"] = _checked_threshold(threshold)
    if sci_mode is not None and not isinstance(sci_mode, bool):
        raise TypeError(f"[set_printoptions] `sci_mode` (={sci_mode!r}) must be True, False or None")
    _options = _options._replace(**changes, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """Return the current options, as keyword arguments for `set_printoptions`."""
    return _options._asdict()


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set options for the length of a ``with`` block; they are those of `set_printoptions`."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


def _checked_integer(name: str, value: int, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"[set_printoptions] `{name}` (={value!r}) must be an integer") from None
    if isinstance(value, bool):
        raise TypeError(f"[set_printoptions] `{name}` (={value!r}) must be an integer")
    if number < least:
        raise ValueError(f"[set_printoptions] `{name}` (={value!r}) must be at least {least}")
    return number


def _checked_threshold(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"[set_printoptions] `threshold` (={value!r}) must be a number")
    if not value >= 0:  # not `value < 0`, which would let nan through
        raise ValueError(f"[set_printoptions] `threshold` (={value!r}) must be at least 0")
    return value


# The text -------------------------------------------------------------------------------------------------------------


def format_array(
    a: np.ndarray,
    indent: int = 7,
    suffixes: Sequence[str] = (),
    *,
    prefix: str = "tensor(",
    device: str | None = None,
    default_dtype: DTypeLike = np.float32,
) -> str:
    """Write an array as PyTorch would write the tensor that holds it.

    Parameters
    ----------
    a : array, any shape
        Of a boolean, integer, floating or complex dtype.
    indent : int
        Column at which the first bracket stands, and lines continue: the length of the last line of `prefix`.
    suffixes : sequence of str
        What follows the size and the dtype, ``requires_grad=True`` or ``grad_fn=<AddBackward0>``.
    prefix : str
        What comes first, up to and including the opening parenthesis.
    device : str, optional
        A device to be named, ``cuda:0``.
    default_dtype : dtype
        The floating dtype that goes without saying; so do its complex partner, int64 and bool.

    Returns
    -------
    str
        ``prefix [elements], device=…, size=…, dtype=…, suffixes)``; without the parts that go without saying.

    Raises
    ------
    TypeError
        The dtype is not one that a tensor can have.

    Examples
    --------
    >>> print(format_array(np.array([[1.5, -2], [np.nan, np.inf]]), suffixes=["requires_grad=True"]))
    tensor([[ 1.5000, -2.0000],
            [    nan,     inf]], dtype=float64, requires_grad=True)
    """
    if a.dtype.kind not in "?biufc":
        raise TypeError(f"[format_array] `a` (of dtype {a.dtype}) must be boolean, integer, floating or complex")
    options = _options
    remarks = [] if device is None else [f"device='{device}'"]
    if (a.size == 0 and a.ndim != 1) or (a.size > 0 and options.edgeitems == 0):
        remarks.append(f"size={a.shape}")
    if not _is_understood(a, np.dtype(default_dtype)):
        remarks.append(f"dtype={a.dtype.name}")
    text = prefix + ("[]" if a.size == 0 else _elements(a, indent, options))
    return _close(text, [*remarks, *suffixes], indent, options.linewidth)


def _is_understood(a: np.ndarray, default: np.dtype) -> bool:
    if a.size == 0:  # no element says that it is an integer or a truth value
        return a.dtype.name == default.name
    partner = "complex128" if default.name == "float64" else "complex64"
    return a.dtype.name in (default.name, partner, "int64", "bool")


def _close(text: str, remarks: Sequence[str], indent: int, linewidth: int) -> str:
    column = len(text) - (text.rfind("\n") + 1) + 2  # PyTorch counts two characters more than there are
    for remark in remarks:
        # Lines break where PyTorch's do, though its dtypes are longer: `dtype=torch.float64`.
        length = len(remark) + (len("torch.") if remark.startswith("dtype=") else 0)
        if column + length + 2 > linewidth:
            text += ",\n" + " " * indent + remark
            column = indent + length
        else:
            text += ", " + remark
            column += length + 2
    return text + ")"


# The elements ---------------------------------------------------------------------------------------------------------


def _elements(a: np.ndarray, indent: int, options: _Options) -> str:
    summarised = a.size > options.threshold
    shown = _edges(a, options.edgeitems) if summarised else a
    if a.dtype.kind == "c":
        notation = _complex_notation(_notation(shown.real, options), _notation(shown.imag, options))
    else:
        notation = _notation(shown, options)
    return _nest(a, indent, summarised, notation, options)


def _edges(a: np.ndarray, count: int) -> np.ndarray:
    """Return the elements that a summary shows."""
    kept = [np.r_[:count, n - count : n] if n > 2 * count else np.arange(n) for n in a.shape]
    return a[np.ix_(*kept)]


def _nest(a: np.ndarray, indent: int, summarised: bool, notation: _Notation, options: _Options) -> str:
    """Write the array in brackets, one pair for each dimension."""
    if a.ndim == 0:
        return notation.write(a.item())

    def row(part: np.ndarray) -> list[str]:
        if a.ndim == 1:
            return [notation.write(value) for value in part.tolist()]
        return [_nest(inner, indent + 1, summarised, notation, options) for inner in part]

    edge = options.edgeitems
    if summarised and len(a) > 2 * edge:
        gap = " ..." if a.ndim == 1 and edge else "..."
        parts = [*row(a[:edge]), gap, *row(a[len(a) - edge :])]
    else:
        parts = row(a)

    margin = " " * (indent + 1)
    if a.ndim > 1:
        return "[" + (",".ljust(a.ndim, "\n") + margin).join(parts) + "]"
    per_line = max(1, (options.linewidth - indent) // (notation.width + 2))
    lines = [", ".join(parts[i : i + per_line]) for i in range(0, len(parts), per_line)]
    return "[" + (",\n" + margin).join(lines) + "]"


# One number -----------------------------------------------------------------------------------------------------------


def _notation(values: np.ndarray, options: _Options) -> _Notation:
    """Choose one way of writing for all `values`."""
    if values.dtype.kind != "f":
        return _padded(str, values.ravel().tolist())
    numbers = values[np.isfinite(values) & (values != 0)].astype(np.float64)
    whole = bool(np.all(numbers == np.ceil(numbers)))
    if numbers.size and _is_scientific(np.abs(numbers), options.sci_mode):
        return _padded(f"{{:.{options.precision}e}}".format, numbers.tolist())
    if whole:
        return _padded(_write_whole, numbers.tolist())
    return _padded(f"{{:.{options.precision}f}}".format, numbers.tolist())


def _is_scientific(sizes: np.ndarray, sci_mode: bool | None) -> bool:
    if sci_mode is not None:
        return sci_mode
    least, most = float(sizes.min()), float(sizes.max())
    return most / least > 1000 or most > 1e8 or least < 1e-4


def _write_whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else str(value)


def _padded(write: Callable[[Any], str], numbers: Sequence[Any]) -> _Notation:
    # Zeros and non-finite values have no say in the width: PyTorch prints [nan, 1.] and not [nan,  1.].
    width = max((len(write(number)) for number in numbers), default=1)
    return _Notation(lambda value: write(value).rjust(width), width)


def _complex_notation(real: _Notation, imag: _Notation) -> _Notation:
    def write(value: complex) -> str:
        tail = imag.write(value.imag).lstrip() + "j"
        return real.write(value.real) + (tail if tail[0] in "+-" else "+" + tail)

    # The sign between the parts is left out of the width, as PyTorch leaves it out.
    return _Notation(write, real.width + imag.width + 1)
