"""What a user may choose: how many threads kernels run on, and who multiplies matrices."""

from importlib import import_module
from operator import index

from . import _backend

_threads = None  # as many as Numba has


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


def use(*, matmul):
    """Choose who multiplies float32 and float64 matrices.

    Parameters
    ----------
    matmul : {"numba", "blas"}
        `"numba"`, the default: our own kernels, whose results are the same bits for any number of threads.
        `"blas"`: NumPy and the BLAS it was built with. Other dtypes are NumPy's in any case.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> from tapegrad import kernels
    >>> kernels.use(matmul="blas")
    >>> kernels.use(matmul="numba")
    """
    if matmul not in ("numba", "blas"):
        raise ValueError(f"[use] `matmul` (={matmul!r}) must be 'numba' or 'blas'")
    _backend._host.pop("matmul", None)
    if matmul == "blas":
        _backend._host["matmul"] = import_module(".ref.matmul", __package__)
