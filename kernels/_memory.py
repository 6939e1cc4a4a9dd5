"""Freed memory is kept for the next array.

A training step frees and asks for the same few megabytes again and again. The GNU C library gives every large block
back to the system when it is freed, and the next one is faulted in page by page, zeroed: a third of the time of LeNet's
step. It learns better by itself: freeing a block of up to 32 MB tells it that the program uses blocks of that size, and
from then on it keeps up to twice as much. So the lesson is given at import, for nothing: the block is never touched.

A user's own `MALLOC_…` settings switch that learning off, and so win. Other C libraries do not take notice.
"""

import numpy as np

_LARGEST_LESSON = (1 << 25) - (1 << 13)  # bytes: glibc's limit, less the headers of NumPy's and its own


def keep_freed_memory():
    """Let the C library keep up to 64 MB of freed memory, as it would once the program had freed a block of 32 MB."""
    np.empty(_LARGEST_LESSON, np.uint8)
