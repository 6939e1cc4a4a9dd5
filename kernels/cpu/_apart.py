"""Keep worker threads off the processor on which the thread that calls them runs.

A worker that wakes while every other processor has something to do may be put behind its caller, and then stays there:
it runs when the caller has finished, for seconds, and two threads are slower than one. So workers may run anywhere but
there. Only GNU OpenMP's are told, whose caller does a share itself; never the caller, whose processors are the user's
choice, and which the workers follow; and nobody where the user has placed threads by OpenMP's own settings.
"""

import ctypes
import os
import sys
import threading

import numpy as np

from ._native import ask

_PLACED = any(os.environ.get(name) for name in ("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"))
_BITS = 1024  # of a set of processors, as C's cpu_set_t has
_told = threading.local()  # each Python thread has workers of its own


def _functions():
    """Return C's `sched_getcpu`, and the addresses of `pthread_self` and `sched_setaffinity`; Nones without them."""
    if _PLACED or not sys.platform.startswith("linux"):
        return None, None, None
    try:
        c = ctypes.PyDLL(None)
        address = [ctypes.cast(f, ctypes.c_void_p).value for f in (c.pthread_self, c.sched_setaffinity)]
        return c.sched_getcpu, *address
    except AttributeError:
        return None, None, None


_processor, _self, _confine = _functions()


def step_aside(memory, numbers, t, threads):
    """A share of a region: confine its thread to a set of processors, unless it is the caller's own."""
    if ask(numbers[0], (0,)) != numbers[1]:
        ask(numbers[2], (0, numbers[3], numbers[4]))


def orders(threads):
    """Return the numbers of `step_aside` when workers must be told, else None; `threads` counts the caller.

    Notes
    -----
    They are told when the caller has moved, or more of them work. Costs 0.2 µs otherwise.
    """
    if _processor is None:
        return None
    here = _processor(), threads
    if here == getattr(_told, "here", None):
        return None
    _told.here = here
    allowed = os.sched_getaffinity(0)
    if len(allowed) < threads or max(allowed) >= _BITS:
        return None
    _told.places = np.packbits(np.isin(np.arange(_BITS), [*(allowed - {here[0]})]), bitorder="little")
    return np.array([_self, threading.get_ident(), _confine, _BITS // 8, _told.places.ctypes.data], np.int64)
