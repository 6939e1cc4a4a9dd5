"""What Numba does when it is loaded, and need not."""

import gc
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def no_collection():
    """Let garbage be while compiling: nearly nothing of so much is garbage, and looking takes an eighth of the time.

    What was made meanwhile is here to stay, so it is not looked at afterwards either: freezing and unfreezing puts it
    among the old objects.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if gc.get_freeze_count() == 0:  # else the user has frozen objects, which must stay so
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def postpone_blas():
    """Let Numba load SciPy's BLAS for the first function that needs it, not to see whether it is there: 0.1 s.

    Only where SciPy is installed. Such functions ask again when they are compiled, and find it then.
    """
    from numba.np import linalg

    if find_spec("scipy") is None or not hasattr(linalg, "ensure_blas"):
        return
    ask, linalg.ensure_blas = linalg.ensure_blas, lambda: None
    try:
        from numba.np import arraymath
    finally:
        linalg.ensure_blas = ask
    arraymath.ensure_blas = ask
