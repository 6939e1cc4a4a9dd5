"""Short-time Fourier transform: frames of a signal, weighted by a window, transformed each; and the way back."""

from .. import kernels
from .._dtypes import int64, real_of
from ._registry import public
from .axes import transpose
from .fft import fft, ifft, irfft, rfft
from .parts import real, view_as_real
from .positions import index_add
from .rearrange import constant_pad_nd, pad
from .region import array_of, constant, zeros
from .shape import reshape
from .split import narrow
from .strided import unfold


@public()
def stft(
    x,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    pad_mode="reflect",
    normalized=False,
    onesided=None,
    return_complex=None,
    align_to_window=None,
):
    """Transform overlapping frames of a signal.

        y[b, k, t] = Σ_j window[j] x[b, t · hop + j] e^(-2πi jk/n)

    Parameters
    ----------
    x : Tensor or array, (L,) or (B, L)
    n_fft : int
        n, the length of a frame.
    hop_length : int, optional
        From one frame to the next; n // 4 by default.
    win_length : int, optional
        The window stands in the middle of the frame, with zeros around it; n by default.
    window : Tensor or array, (win_length,), optional
        Ones by default.
    center : bool
        Frame t is around t · hop: the signal is padded by n // 2 on both sides.
    pad_mode : str
        As for `nn.functional.pad`.
    normalized : bool
        Divide by √n.
    onesided : bool, optional
        The first n // 2 + 1 frequencies alone: the default for real signals and windows.
    return_complex : bool
        Else pairs of real numbers along a new last axis. Must be given for real signals.

    Returns
    -------
    Tensor or array, ([B,] frequencies, frames)
    align_to_window : bool, optional
        Without `center`: let the first window, not the first frame, begin with the signal, by zeros at both ends.

    Raises
    ------
    RuntimeError
        If lengths do not fit, or `return_complex` is missing or False where the result must be complex.
    """
    op = "stft"
    hop, size = _lengths(op, n_fft, hop_length, win_length, window)
    if center and align_to_window is not None:
        raise RuntimeError(f"[{op}] `align_to_window` (={align_to_window}) must be given only where `center` is False")
    complex_in = x.dtype.kind == "c" or (window is not None and window.dtype.kind == "c")
    if return_complex is None:
        if not complex_in:
            raise RuntimeError(f"[{op}] `return_complex` must be given for real signals; True is what is wanted mostly")
        return_complex = True
    onesided = not complex_in if onesided is None else onesided
    if onesided and complex_in:
        raise RuntimeError(f"[{op}] `onesided` must not be True for a complex signal or window")
    if len(x.shape) not in (1, 2):
        raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must be 1-D or 2-D")
    lead = x.shape[:-1]
    x = reshape(x, (-1, 1, x.shape[-1]))
    if center:
        x = pad(x, (n_fft // 2, n_fft // 2), pad_mode)
    elif align_to_window:
        x = pad(x, ((n_fft - size) // 2,) * 2)
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"[{op}] `n_fft` (={n_fft}) must lie in 1 … {x.shape[-1]}, the length of the signal")
    frames = unfold(reshape(x, (-1, x.shape[-1])), 1, n_fft, hop)
    if window is not None or size < n_fft:
        frames = frames * _framed(window, size, n_fft, x)
    y = (rfft if onesided else fft)(frames, None, -1, "ortho" if normalized else None)
    y = transpose(y, 1, 2)
    y = reshape(y, (*lead, *y.shape[1:]))
    return y if return_complex else view_as_real(y)


@public()
def istft(
    x,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    normalized=False,
    onesided=None,
    length=None,
    return_complex=False,
):
    """Put a signal together from its transformed frames: the inverse of `stft`, in the least squares sense.

        y[l] = Σ_t window[l - t · hop] frame_t[l - t · hop] / Σ_t window[l - t · hop]²

    Parameters
    ----------
    x : complex Tensor or array, ([B,] frequencies, frames)
    n_fft, hop_length, win_length, window, center, normalized, onesided
        As they were for `stft`.
    length : int, optional
        Of the signal: cut, or zeros behind.
    return_complex : bool
        Whether the signal was complex.

    Raises
    ------
    RuntimeError
        If shapes do not fit, `x` is not complex, or the windows leave a gap.
    """
    op = "istft"
    hop, size = _lengths(op, n_fft, hop_length, win_length, window)
    if x.dtype.kind != "c" or len(x.shape) not in (2, 3):
        raise RuntimeError(f"[{op}] `x` ({x.dtype}, shape {x.shape}) must be complex, ([B,] frequencies, frames)")
    onesided = x.shape[-2] != n_fft if onesided is None else onesided
    wanted = n_fft // 2 + 1 if onesided else n_fft
    if x.shape[-2] != wanted:
        raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must have {wanted} frequencies for `n_fft` (={n_fft})")
    lead, count = x.shape[:-2], x.shape[-1]
    frames = transpose(reshape(x, (-1, *x.shape[-2:])), 1, 2)
    norm = "ortho" if normalized else None
    frames = irfft(frames, n_fft, -1, norm) if onesided else ifft(frames, None, -1, norm)
    if not onesided and not return_complex:
        frames = real(frames)
    weight = _framed(window, size, n_fft, frames)
    total = n_fft + hop * (count - 1)
    array = array_of(frames)
    at = kernels.arange(0, count, 1, int64, like=array).reshape((-1, 1)) * hop
    at = (at + kernels.arange(0, n_fft, 1, int64, like=array)).reshape(-1)
    y = _overlapped(frames * weight, at, total)
    square = _overlapped(weight * weight + zeros(weight, (1, count, 1)), at, total)
    start = n_fft // 2 if center else 0
    end = total - start if length is None else min(start + length, total)
    y, square = narrow(y, 1, start, end - start), narrow(square, 1, start, end - start)
    if end > start and float(abs(square).min()) < 1e-11:
        raise RuntimeError(f"[{op}] `window` must not leave gaps between frames that are `hop_length` (={hop}) apart")
    y = y / square
    if length is not None and length > end - start:
        y = constant_pad_nd(y, (0, length - (end - start)))
    return reshape(y, (*lead, y.shape[-1]))


def _lengths(op, n_fft, hop_length, win_length, window):
    hop, size = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    if hop < 1:
        raise RuntimeError(f"[{op}] `hop_length` (={hop}) must be at least 1")
    if not 0 < size <= n_fft:
        raise RuntimeError(f"[{op}] `win_length` (={size}) must lie in 1 … {n_fft}, the length of a frame")
    if window is not None and window.shape != (size,):
        raise RuntimeError(f"[{op}] `window` (shape {window.shape}) must have shape {(size,)}")
    return hop, size


def _framed(window, size, n_fft, like):
    """The window in the middle of a frame."""
    if window is None:
        window = constant(like, kernels.ones((size,), real_of(like.dtype), like=array_of(like)))
    before = (n_fft - size) // 2
    return constant_pad_nd(window, (before, n_fft - size - before)) if size < n_fft else window


def _overlapped(frames, at, total):
    """The frames added up where they stand."""
    frames = reshape(frames, (frames.shape[0], frames.shape[1] * frames.shape[2]))
    return index_add(zeros(frames, (frames.shape[0], total)), 1, at, frames)
