"""How our kernels are compiled, cached and run: the one place for Numba's settings.

* `error_model="numpy"`: with Python's, every division may raise, and LLVM refuses to vectorise the loop.
* No `fastmath`: sums keep the order that is written, so results do not depend on the compiler's mood; where a kernel
  wants reassociation it spells its vectors out (`_simd`). Never `nnan`/`ninf`: NaN must stay visible.
* `nogil`: Python threads run kernels side by side.
* The disk cache lives in a directory of our own, named after a hash of all kernel sources: Numba by itself notices
  changes in the file of a function, not in the files that function calls.
"""

import hashlib
import os
import stat
import sys
import threading
from pathlib import Path

import numba
import numpy as np
from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile

_WORTH_THREADS = 1_000_000  # multiply-adds: a parallel region costs as much as 10⁵ of them, and wakes sleeping cores
_workqueue = threading.Lock()
_local = threading.local()
_forked = False


def kernel(function=None, *, parallel=False):
    """Compile a function on its first call, with the settings above."""
    if function is None:
        return lambda function: kernel(function, parallel=parallel)
    compiled = numba.njit(error_model="numpy", nogil=True, parallel=parallel)(function)
    if _DIRECTORY is not None and not config.DISABLE_JIT:
        # Numba reads the directory when the cache is made: borrowed for that moment, the user's kernels keep theirs
        borrowed, config.CACHE_DIR = config.CACHE_DIR, str(_DIRECTORY)
        try:
            compiled._cache = _Cache(function)
        finally:
            config.CACHE_DIR = borrowed
    return compiled


def run(function, work, *args):
    """Call `function(*args, threads)` with as many threads as `work` (multiply-adds) deserves.

    A child made by `fork` stays serial: GNU OpenMP kills it at its first parallel region. Numba's `workqueue` layer
    aborts when two Python threads enter it, so they take turns.
    """
    threads = 1 if work < _WORTH_THREADS or _forked else numba.get_num_threads()
    if threads == 1:
        return function(*args, 1)
    if _enters_in_parallel():
        return function(*args, threads)
    with _workqueue:
        return function(*args, threads)


def thread_count(work):
    """Return how many threads `run` will use."""
    return 1 if work < _WORTH_THREADS or _forked else numba.get_num_threads()


def workspace(threads, size, dtype):
    """Return scratch memory of this Python thread, (threads, size), its contents undefined.

    It is kept for the next call: fresh pages cost more than small kernels.
    """
    count = threads * size
    held = getattr(_local, "memory", None)
    if held is None or held.nbytes < count * dtype.itemsize:
        held = _local.memory = np.empty(max(count * dtype.itemsize, 1 << 16), np.uint8)
    return held[: count * dtype.itemsize].view(dtype).reshape(threads, size)


def canonical(x):
    """Return `x` as kernels want it: C-contiguous, aligned, native and writable (the last only to spare a compilation)."""
    if x.flags.carray and x.dtype.isnative:
        return x
    return x.astype(x.dtype.newbyteorder("="), order="C", copy=True)


def _enters_in_parallel():
    try:
        return numba.threading_layer() != "workqueue"
    except ValueError:  # no parallel region has run yet
        return False


def _after_fork():
    global _forked, _workqueue
    _forked, _workqueue = True, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _CheckedFile(IndexDataCacheFile):
    """Cache files that carry a digest: damaged machine code must not run."""

    def _dump(self, obj):
        data = super()._dump(obj)
        return data + hashlib.sha256(data).digest()  # unpickling ignores what follows

    def _load_data(self, name):
        data = Path(self._data_path(name)).read_bytes()
        if hashlib.sha256(data[:-32]).digest() != data[-32:]:
            raise ValueError(f"damaged cache file {name}")
        return super()._load_data(name)


class _Cache(FunctionCache):
    """A cache that is never the reason why a kernel does not run."""

    def __init__(self, function):
        super().__init__(function)
        self._cache_file = _CheckedFile(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # truncated, damaged or half-replaced by another process: compile, and write it anew
            Path(self._cache_file._index_path).unlink(missing_ok=True)
            return None

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except Exception:  # the disk is full, or the directory went away
            self.disable()


def _cache_directory():
    """Return our cache directory, or None where there is no safe place for one.

    Cache files are pickles, code that runs when it is read: the directory must be ours alone.
    """
    root = os.environ.get("TAPEGRAD_CACHE_DIR")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tapegrad"
    path = base / f"kernels-{_source_hash()}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for place in (base, path):
            status = place.stat()
            foreign = hasattr(os, "geteuid") and status.st_uid != os.geteuid()
            if foreign or (os.name == "posix" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
                return None
        return path if os.access(path, os.W_OK | os.X_OK) else None
    except (OSError, RuntimeError):  # not creatable; no home directory
        return None


def _source_hash():
    digest = hashlib.sha256(f"{sys.version} {numba.__version__} {np.__version__}".encode())
    for source in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


_DIRECTORY = _cache_directory()
