"""NumPy's warnings off for a sweep, at a tenth of what `np.errstate` costs.

`with np.errstate(all="ignore")` makes the same value anew on every entry: 1.0 µs, of the 5 that a sweep of one record
takes. NumPy keeps it in a context variable; what that variable held inside the `with` is set again here for 0.1 µs.
"""

from contextvars import copy_context

import numpy as np


class _Public:
    """NumPy's own functions in the form of a context variable, where none is found."""

    get = staticmethod(np.geterr)

    @staticmethod
    def set(kinds: dict) -> None:
        np.seterr(**kinds)


def _found() -> tuple:
    """The variable that `np.errstate` sets, and what it holds where everything is ignored."""
    outside = copy_context()
    with np.errstate(all="ignore"):
        inside = copy_context()
    changed = [(v, inside[v]) for v in inside if v not in outside or inside[v] is not outside[v]]
    return changed[0] if len(changed) == 1 else (_Public, {"all": "ignore"})


WARNINGS, IGNORED = _found()
