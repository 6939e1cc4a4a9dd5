"""Kernels for CUDA: the place where they go.

One module per family, with the file names, function names and arguments of `kernels/cpu`, written for numba-cuda.
A device array type joins with `kernels.register(DeviceArray, "tapegrad.kernels.cuda")`; from then on every contract
sends such arrays here. None is written yet: asking for a family says so.
"""


def __getattr__(family):
    if family.startswith("__"):
        raise AttributeError(family)
    raise RuntimeError(f"[kernels.cuda] `{family}` has no CUDA kernels in this version: keep the arrays on the CPU")
