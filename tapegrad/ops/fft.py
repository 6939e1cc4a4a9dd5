"""Discrete Fourier transforms and their rules.

    y = F x,   F[k, j] = s e^(∓2πi jk/n)

F is symmetric, so the transform is its own transpose. That of real numbers reads half of F: its transpose fills the
other half with zeros, transforms and takes the real part. The inverse of that counts every inner number twice, once for
its conjugate: so does its transpose. Everything else here is made of these three, of cropping and of padding.
"""

from .. import kernels
from .._dtypes import complex_of, get_default_dtype
from .._tape import declare
from ._dims import dim_of, dims_of
from ._registry import public
from .cast import cast
from .parts import conj, real
from .rearrange import constant_pad_nd, roll
from .split import narrow

_SWAPPED = {"backward": "forward", "ortho": "ortho", "forward": "backward"}

_dft = declare(
    "fft_c2c",
    lambda x, *, axes, norm, inverse: kernels.dft(x, axes, norm, inverse),
    [lambda g, axes, norm, inverse: _dft(g, axes=axes, norm=norm, inverse=inverse)],
    [lambda t, axes, norm, inverse: _dft(t, axes=axes, norm=norm, inverse=inverse)],
)

_real_dft = declare(
    "fft_r2c",
    lambda x, *, axis, norm: kernels.real_dft(x, axis, norm),
    [
        lambda g, x_shape, axis, norm: real(
            _dft(_resized(g, axis, x_shape[axis]), axes=(axis,), norm=norm, inverse=False)
        )
    ],
    [lambda t, axis, norm: _real_dft(t, axis=axis, norm=norm)],
)

_inverse_real_dft = declare(
    "fft_c2r",
    lambda x, *, n, axis, norm: kernels.inverse_real_dft(x, n, axis, norm),
    [lambda g, n, axis, norm: _inside_twice(conj(_real_dft(g, axis=axis, norm=_SWAPPED[norm])), axis=axis, n=n)],
    [lambda t, n, axis, norm: _inverse_real_dft(t, n=n, axis=axis, norm=norm)],
)


def _twice(x, *, axis, n):
    y = x.copy()
    inner = (slice(None),) * axis + (slice(1, (n + 1) // 2),)
    y[inner] = x[inner] * 2
    return y


_inside_twice = declare(
    "fft_inside_twice",
    _twice,
    [lambda g, axis, n: _inside_twice(g, axis=axis, n=n)],
    [lambda t, axis, n: _inside_twice(t, axis=axis, n=n)],
)


def _resized(x, axis: int, n: int):
    """`x` with length `n` along an axis: cropped, or with zeros behind."""
    if n < x.shape[axis]:
        return narrow(x, axis, 0, n)
    if n > x.shape[axis]:
        return constant_pad_nd(x, (0, 0) * (len(x.shape) - 1 - axis) + (0, n - x.shape[axis]))
    return x


# ---------------------------------------------------------------------------------------- arguments


def _norm(op: str, norm) -> str:
    if norm is None:
        return "backward"
    if norm not in _SWAPPED:
        raise RuntimeError(f"[{op}] `norm` (={norm!r}) must be 'backward', 'ortho', 'forward' or None")
    return norm


def _as_complex(op: str, x, dim=None):
    _check_axes(op, x, dim)
    _check_precision(op, x)
    x = x if x.dtype.kind in "fc" else cast(x, get_default_dtype())
    return cast(x, complex_of(x.dtype)) if x.dtype.kind == "f" else x


def _as_real(op: str, x, dim=None):
    _check_axes(op, x, dim)
    if x.dtype.kind == "c":
        raise RuntimeError(f"[{op}] `x` (dtype {x.dtype}) must be real")
    _check_precision(op, x)
    return x if x.dtype.kind == "f" else cast(x, get_default_dtype())


def _check_precision(op: str, x) -> None:
    if x.dtype.itemsize == 2 and x.dtype.kind == "f":
        raise RuntimeError(f"[{op}] `x` (dtype {x.dtype}) must be of single or double precision")


def _check_axes(op: str, x, dim) -> None:
    """Raise unless there is what `dim` names; before a cast is recorded."""
    if dim is not None:
        if not x.shape and dim != ():
            raise IndexError(f"[{op}] `x` (0-d) must have at least one dimension")
        dims_of(op, dim, len(x.shape), "dim")


def _length(op: str, n, name: str = "n") -> int:
    if n < 1:
        raise RuntimeError(f"[{op}] `{name}` (={n}) must be at least 1: there must be something to transform")
    return n


def _axes(op: str, x, s, dim) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
    """The axes, and the length asked for along each, None where it stays."""
    s = (s,) if isinstance(s, int) else s
    ndim = len(x.shape)
    if dim is None:
        if s is not None and len(s) > ndim:
            raise RuntimeError(f"[{op}] `s` (={tuple(s)}) must have at most {ndim} lengths for `x` (shape {x.shape})")
        axes = tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))
    else:
        axes = dims_of(op, dim, ndim, "dim")
    if s is not None and len(s) != len(axes):
        raise RuntimeError(f"[{op}] `s` (={tuple(s)}) must have one length for each of the dims {axes}")
    sizes = (None,) * len(axes) if s is None else tuple(None if n == -1 else _length(op, n, "s") for n in s)
    for axis, n in zip(axes, sizes, strict=True):
        _length(op, x.shape[axis] if n is None else n, "s")
    return axes, sizes


def _all_resized(x, axes, sizes):
    for axis, n in zip(axes, sizes, strict=True):
        x = x if n is None else _resized(x, axis, n)
    return x


# ---------------------------------------------------------------------------------------- along one axis


def fft(x, n=None, dim=-1, norm=None):
    """Transform along an axis.

        y[k] = s Σ_j x[j] e^(-2πi jk/n)

    Parameters
    ----------
    x : Tensor or array
        Real or complex, of single or double precision; integers are taken in the default dtype.
    n : int, optional
        Crop or pad with zeros to this length first.
    dim : int
    norm : {"backward", "ortho", "forward"}, optional
        s = 1 (the default), 1/√n or 1/n.

    Returns
    -------
    Tensor or array, complex

    Raises
    ------
    RuntimeError
        If `n` is less than 1, or dtype or `norm` do not fit.
    IndexError
        If there is no such dim.

    Notes
    -----
    O(n log n) for any n, by NumPy's pocketfft.

    Examples
    --------
    >>> tg.fft.fft(tg.tensor([1.0, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _along_one("fft", x, n, dim, norm, False)


def ifft(x, n=None, dim=-1, norm=None):
    """Transform back along an axis: the inverse of `fft`, with its parameters and errors; s = 1/n by default."""
    return _along_one("ifft", x, n, dim, norm, True)


def _along_one(op, x, n, dim, norm, inverse):
    x, norm, axis = _as_complex(op, x, dim), _norm(op, norm), dim_of(op, dim, len(x.shape))
    x = _resized(x, axis, _length(op, x.shape[axis] if n is None else n))
    return _dft(x, axes=(axis,), norm=norm, inverse=inverse)


def rfft(x, n=None, dim=-1, norm=None):
    """Transform real numbers along an axis: the first n//2 + 1 numbers of `fft`, with its parameters and errors."""
    x, norm, axis = _as_real("rfft", x, dim), _norm("rfft", norm), dim_of("rfft", dim, len(x.shape))
    x = _resized(x, axis, _length("rfft", x.shape[axis] if n is None else n))
    return _real_dft(x, axis=axis, norm=norm)


def irfft(x, n=None, dim=-1, norm=None):
    """Transform back to `n` real numbers, 2 (m - 1) of m by default: the inverse of `rfft`."""
    return _to_real("irfft", x, n, dim, norm)


def _to_real(op, x, n, dim, norm):
    x, norm, axis = _as_complex(op, x, dim), _norm(op, norm), dim_of(op, dim, len(x.shape))
    n = _length(op, 2 * (x.shape[axis] - 1) if n is None else n)
    return _inverse_real_dft(_resized(x, axis, n // 2 + 1), n=n, axis=axis, norm=norm)


def hfft(x, n=None, dim=-1, norm=None):
    """Transform numbers that are the first half of a Hermitian signal to `n` real ones, 2 (m - 1) by default."""
    return _to_real("hfft", conj(_as_complex("hfft", x, dim)), n, dim, _SWAPPED[_norm("hfft", norm)])


def ihfft(x, n=None, dim=-1, norm=None):
    """Transform real numbers to the first half of a Hermitian signal: the inverse of `hfft`."""
    return conj(rfft(_as_real("ihfft", x, dim), n, dim, _SWAPPED[_norm("ihfft", norm)]))


# ---------------------------------------------------------------------------------------- along several


def fftn(x, s=None, dim=None, norm=None):
    """Transform along several axes.

    Parameters
    ----------
    x : Tensor or array
        As for `fft`.
    s : sequence of int, optional
        Crop or pad to these lengths first; -1 leaves one as it is.
    dim : int or sequence of int, optional
        The last len(s) dims by default, all without `s`.
    norm
        As for `fft`, n being the product of the lengths.

    Returns
    -------
    Tensor or array, complex

    Raises
    ------
    RuntimeError
        If a length is less than 1, `s` and `dim` differ in number, a dim is named twice, or dtype or `norm` do not fit.
    IndexError
        If there is no such dim.
    """
    return _along_several("fftn", x, s, dim, norm, False)


def ifftn(x, s=None, dim=None, norm=None):
    """Transform back along several axes: the inverse of `fftn`."""
    return _along_several("ifftn", x, s, dim, norm, True)


def _along_several(op, x, s, dim, norm, inverse):
    x, norm = _as_complex(op, x, dim), _norm(op, norm)
    axes, sizes = _axes(op, x, s, dim)
    return _dft(_all_resized(x, axes, sizes), axes=axes, norm=norm, inverse=inverse) if axes else x


def rfftn(x, s=None, dim=None, norm=None):
    """Transform real numbers along several axes: half of `fftn` along the last of them."""
    return _real_along_several("rfftn", x, s, dim, norm, False)


def ihfftn(x, s=None, dim=None, norm=None):
    """Transform real numbers along several axes to half of a Hermitian signal: the inverse of `hfftn`."""
    return _real_along_several("ihfftn", x, s, dim, norm, True)


def _real_along_several(op, x, s, dim, norm, hermitian):
    x, norm = _as_real(op, x, dim), _norm(op, norm)
    norm = _SWAPPED[norm] if hermitian else norm
    axes, sizes = _some_axes(op, x, s, dim)
    y = _real_dft(_all_resized(x, axes, sizes), axis=axes[-1], norm=norm)
    y = _dft(y, axes=axes[:-1], norm=norm, inverse=False) if axes[:-1] else y
    return conj(y) if hermitian else y


def irfftn(x, s=None, dim=None, norm=None):
    """Transform back to real numbers along several axes: the inverse of `rfftn`."""
    return _to_real_along_several("irfftn", _as_complex("irfftn", x, dim), s, dim, _norm("irfftn", norm))


def hfftn(x, s=None, dim=None, norm=None):
    """Transform half of a Hermitian signal along several axes to real numbers."""
    return _to_real_along_several("hfftn", conj(_as_complex("hfftn", x, dim)), s, dim, _SWAPPED[_norm("hfftn", norm)])


def _to_real_along_several(op, x, s, dim, norm):
    axes, sizes = _some_axes(op, x, s, dim)
    last = axes[-1]
    n = _length(op, 2 * (x.shape[last] - 1) if sizes[-1] is None else sizes[-1], "s")
    x = _resized(_all_resized(x, axes[:-1], sizes[:-1]), last, n // 2 + 1)
    x = _dft(x, axes=axes[:-1], norm=norm, inverse=True) if axes[:-1] else x
    return _inverse_real_dft(x, n=n, axis=last, norm=norm)


def _some_axes(op, x, s, dim):
    axes, sizes = _axes(op, x, s, dim)
    if not axes:
        raise RuntimeError(f"[{op}] `dim` (={dim}) must name at least one dimension")
    return axes, sizes


def _of_images(function):
    def call(x, s=None, dim=(-2, -1), norm=None):
        return function(x, s, dim, norm)

    call.__name__ = call.__qualname__ = function.__name__[:-1] + "2"
    call.__doc__ = f"`{function.__name__}` along two axes, the last two by default."
    return call


fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(_of_images, (fftn, ifftn, rfftn, irfftn, hfftn, ihfftn))


# ---------------------------------------------------------------------------------------- frequencies


def fftshift(x, dim=None):
    """Bring frequency 0 to the middle of each axis (all of them, if None)."""
    axes = tuple(range(len(x.shape))) if dim is None else dims_of("fftshift", dim, len(x.shape), "dim")
    return roll(x, tuple(x.shape[a] // 2 for a in axes), axes) if axes else x


def ifftshift(x, dim=None):
    """Bring frequency 0 back to the front: the inverse of `fftshift`."""
    axes = tuple(range(len(x.shape))) if dim is None else dims_of("ifftshift", dim, len(x.shape), "dim")
    return roll(x, tuple(-(x.shape[a] // 2) for a in axes), axes) if axes else x


for _f in (
    fft, fft2, fftn, fftshift, hfft, hfft2, hfftn, ifft, ifft2, ifftn, ifftshift, ihfft, ihfft2, ihfftn, irfft, irfft2,
    irfftn, rfft, rfft2, rfftn,
):  # fmt: skip
    public(function=False, method=False)(_f)
