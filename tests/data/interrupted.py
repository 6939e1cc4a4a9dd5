"""A program that waits for a slow batch, to be interrupted: ``python -m tests.data.interrupted threads``."""

import sys
import threading

from tapegrad.data import DataLoader
from tests.data.samples import Slow

if __name__ == "__main__":
    kind = None if sys.argv[1] == "threads" else "spawn"
    batches = iter(DataLoader(Slow(), num_workers=2, multiprocessing_context=kind))
    next(batches)
    print(*[process.pid for process in getattr(batches._pool._pool, "processes", [])], flush=True)
    try:
        for _ in batches:
            pass
    except KeyboardInterrupt:
        left = [thread for thread in threading.enumerate() if thread.name.startswith("DataLoader")]
        print("interrupted", len(left), flush=True)
        raise
