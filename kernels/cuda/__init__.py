"""Kernels for CUDA.

One module per family, with the file names, function names and arguments of `kernels/ref`; what has no module yet says
so. Importing this package imports numba-cuda and lets the contracts serve `DeviceArray`. There is no GPU where these
kernels are developed: they run in Numba's simulator (``NUMBA_ENABLE_CUDASIM=1``), not yet on a device.
"""

from .._backend import register
from ._array import DeviceArray
from ._home import at_home

register(DeviceArray, __name__, at_home)
