"""The compiled choice between two arrays."""

from ._lanes import select, width
from ._ufunc import Function, get, get_mask, put


def _where(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        chosen = select(
            get_mask(kind, args, steps, 0, i, n), get(kind, args, steps, 1, i, n), get(kind, args, steps, 2, i, n)
        )
        put(chosen, args, steps, 3, i, n)


WHERE = Function(_where, "?xx->x")
