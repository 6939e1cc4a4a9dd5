"""Settings with one number for each axis."""

from operator import index

WORDS = {1: "", 2: " or two", 3: " or three", 4: " or four", 6: " or six"}


def sizes(op: str, name: str, value, n: int) -> tuple[int, ...]:
    """One int for each of `n` axes, of an int for all or of `n`."""
    try:
        given = tuple(map(index, value if isinstance(value, (tuple, list)) else (value,) * n))
    except TypeError:
        given = ()
    if len(given) != n:
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be an int{WORDS[n]}")
    return given
