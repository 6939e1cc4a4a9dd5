"""What the steps of optimisers ask of their arrays."""


def check(op, p, g, **state):
    """Raise unless all are alike and what is written can be; state that is None is absent."""
    shape, dtype = p.shape, p.dtype
    if g.shape != shape or g.dtype != dtype:
        raise ValueError(_unlike(op, "g", g, p))
    for name, array in state.items():
        if array is None:
            continue
        if array.shape != shape or array.dtype != dtype:
            raise ValueError(_unlike(op, name, array, p))
        if not array.flags.writeable:
            raise ValueError(f"[{op}] `{name}` is read-only and must be written")
    if not p.flags.writeable:
        raise ValueError(f"[{op}] `p` is read-only and must be written")


def _unlike(op, name, array, p):
    return f"[{op}] `{name}` (shape {array.shape}, dtype {array.dtype}) must be like `p` ({p.shape}, {p.dtype})"
