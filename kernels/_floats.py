"""The dtype that functions of real numbers want."""


def floating(op, **arrays):
    """Raise unless these arrays are floating."""
    for name, a in arrays.items():
        if a.dtype.kind != "f":
            raise TypeError(f"[{op}] `{name}` (dtype {a.dtype}) must be floating")
