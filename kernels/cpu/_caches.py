"""The machine's data caches, from which block sizes follow."""

from functools import cache
from pathlib import Path

_USUAL = {1: 32 << 10, 2: 512 << 10, 3: 8 << 20}
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@cache
def cache_bytes(level, root="/sys/devices/system/cpu/cpu0/cache"):
    """Return the size of the cache of a level (1, 2 or 3), or the usual one where the system does not tell."""
    try:
        for place in Path(root).glob("index*"):
            if (place / "level").read_text().strip() == str(level) and (place / "type").read_text() != "Instruction\n":
                text = (place / "size").read_text().strip()
                return int(text[:-1]) * _UNITS[text[-1]] if text[-1] in _UNITS else int(text)
    except (OSError, ValueError, IndexError):
        pass
    return _USUAL[level]
