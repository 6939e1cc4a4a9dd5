"""What a user may choose: how many threads kernels run on, who multiplies matrices, how images are convolved."""

from importlib import import_module
from operator import index

from . import _backend

_threads = None  # as many as Numba has
_conv = "direct"


def set_num_threads(n):
    """Run kernels on at most `n` threads, whichever Python thread calls them.

    Results do not depend on it, not in a single bit. NumPy's BLAS, where it serves, has threads of its own.

    Parameters
    ----------
    n : int, at least 1
        Never more run than Numba has started, `NUMBA_NUM_THREADS`: by default the number of cores.

    Raises
    ------
    ValueError
        If `n` is less than 1.

    See Also
    --------
    get_num_threads
    """
    global _threads
    n = index(n)
    if n < 1:
        raise ValueError(f"[set_num_threads] `n` (={n}) must be at least 1")
    _threads = n


def get_num_threads():
    """Return how many threads a large kernel runs on."""
    from .cpu._numba import thread_count  # loads Numba

    return thread_count()


def use(*, matmul=None, conv=None):
    """Choose who multiplies float32 and float64 matrices, and how float32 images are convolved.

    Parameters
    ----------
    matmul : {"numba", "blas"}, optional
        `"numba"`, the default: our own kernels, whose results are the same bits for any number of threads.
        `"blas"`: NumPy and the BLAS it was built with. Other dtypes are NumPy's in any case.
    conv : {"direct", "winograd"}, optional
        `"direct"`, the default: sums of products, each element as exact as its own terms allow.
        `"winograd"`: a quarter of the products for float32 windows of 3×3 taps at stride 1, without dilation or groups,
        between 64 channels or more on images of 14×14 or more; forward and for the gradient of the images. Errors are
        then small beside the largest numbers of a plane only, usually 4 to 10 times the direct ones, and a NaN or an
        infinity may reach the results around it, tiles of 4×4. Everything else stays direct.

    Raises
    ------
    ValueError
        If it is another name; nothing is changed then.

    Notes
    -----
    Winograd's error, with m = C + 20 and u = 2⁻²⁴, is at most

        |ŷ[n,k,p,q] - y[n,k,p,q]| ≤ 2304 · m·u / (1 - m·u) · (|b[k]| + Σ_c max|w[k,c]| · max|x[n,c]|)

    Examples
    --------
    >>> from tapegrad import kernels
    >>> kernels.use(matmul="blas", conv="winograd")
    >>> kernels.use(matmul="numba", conv="direct")
    """
    global _conv
    if matmul not in (None, "numba", "blas"):
        raise ValueError(f"[use] `matmul` (={matmul!r}) must be 'numba' or 'blas'")
    if conv not in (None, "direct", "winograd"):
        raise ValueError(f"[use] `conv` (={conv!r}) must be 'direct' or 'winograd'")
    if matmul is not None:
        _backend._host.pop("matmul", None)
    if matmul == "blas":
        _backend._host["matmul"] = import_module(".ref.matmul", __package__)
    _conv = conv or _conv
