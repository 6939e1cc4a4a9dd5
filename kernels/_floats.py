"""The dtype that functions of real numbers want."""


def floating(op, **arrays):
    """Raise unless these arrays are floating."""
    for name, a in arrays.items():
        if not hasattr(a, "dtype"):
            raise TypeError(f"[{op}] `{name}` (={a!r}) must be an array where no other argument is one")
        if a.dtype.kind != "f":
            raise TypeError(f"[{op}] `{name}` (dtype {a.dtype}) must be floating")
