"""The one place that imports numba-cuda, and says in words what keeps it from working."""

import os


def load():
    """The module `numba.cuda`, ready to use.

    Raises
    ------
    RuntimeError
        If it is not installed, or finds no usable driver or device.
    """
    try:
        from numba import cuda
    except ImportError as error:
        raise RuntimeError(
            f'[cuda] numba-cuda cannot be imported ({error}): pip install "tapegrad[cu12]" or "tapegrad[cu13]"'
        ) from None
    if not cuda.is_available():
        raise RuntimeError(
            "[cuda] no usable GPU: numba finds no CUDA driver or no device. On a machine without one, "
            "NUMBA_ENABLE_CUDASIM=1 simulates it, slowly"
        )
    return cuda


cuda = load()
SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM") == "1"
THREADS = 32 if SIMULATED else 256  # of a block; the simulator starts a Python thread for each
