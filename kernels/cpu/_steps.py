"""What the steps of optimisers share on the CPU: which arrays they serve, and how the elements are dealt out."""

import numpy as np

from ._lanes import select
from ._numba import COMPILED, kernel, run

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_WORK = 30  # multiply-adds that an element of four arrays is worth, about


def served(p, g, *state):
    """Tell whether the arrays can be read and written as they lie in memory; those of the contract are all alike."""
    if not (COMPILED and p.dtype in _FLOATS and p.flags.carray and g.flags.c_contiguous and g.flags.aligned):
        return False
    return all([a.flags.carray for a in state])


def shared(task, arrays, settings):
    """Run a task on all elements; the task finds the settings behind the arrays, then the number of elements."""
    p = arrays[0]
    run(task, p.size * _WORK, p.dtype, (*arrays, np.array(settings, p.dtype)), (p.size,))


@kernel
def decayed(g, x, decay):
    """The gradient with weight decay in it: 0 · ∞ would be NaN."""
    return select(decay == 0.0, g, g + x * decay)


@kernel
def share(n, t, threads):
    """First and one-past-last element of share `t`: whole cache lines, for no two threads to write to one."""
    return n // 64 * t // threads * 64, n if t == threads - 1 else n // 64 * (t + 1) // threads * 64
