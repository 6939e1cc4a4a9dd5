"""`np.f(tensor)` means what NumPy means by `f`, and records like our own operations.

NumPy hands a call over through `__array_ufunc__` and `__array_function__` (protocol.py), which Tensor gets from here
when NumPy first asks for them. The other files say, one subject each, what NumPy's functions are with its argument
names and defaults (`np.std` divides by n, `np.repeat` repeats elements …). A name that neither has a rule works on
constants alone.
"""

from . import (
    calling,
    counting,
    elementwise,
    fft,
    linalg,
    nans,
    order,
    polynomials,
    products,
    protocol,
    reductions,
    scans,
    selection,
    sets,
    shape,
    statistics,
    writing,
)

__all__ = [
    "calling",
    "counting",
    "elementwise",
    "fft",
    "linalg",
    "nans",
    "order",
    "polynomials",
    "products",
    "protocol",
    "reductions",
    "scans",
    "selection",
    "sets",
    "shape",
    "statistics",
    "writing",
]
