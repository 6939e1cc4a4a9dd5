"""How our kernels are compiled, cached and run: the one place for Numba's settings.

A heavy kernel is a *task*: a C function `task(memory, numbers, t, threads)` that does share `t` of `threads` of the
work. `run` calls it, through its address, from the only parallel loop there is. Linked into a parallel loop of its own
each task would be compiled three times over, for seconds.

* `error_model="numpy"`: with Python's, every division may raise, and LLVM refuses to vectorise the loop.
* No `fastmath`: sums keep the order that is written, so results do not depend on the compiler's mood; where a kernel
  wants another order it spells its vectors out (`_simd`). Never `nnan` or `ninf`: NaN must stay visible.
* `nogil`: Python threads run kernels side by side.
* The disk cache lives in a directory of our own, named after a hash of all kernel sources: Numba by itself notices
  changes in the file of a function, not in the files that function calls.
"""

import hashlib
import os
import stat
import sys
import threading
import time
from contextlib import nullcontext
from functools import cache
from pathlib import Path

# GNU OpenMP reads this when it is loaded. By default its threads spin for milliseconds at the end of a region, which
# on a busy machine costs a training loop of small kernels two thirds of its speed; the user's own setting wins.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

import numba
import numpy as np
from numba import types
from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache
from numba.core.ccallback import CFunc
from numba.core.sigutils import normalize_signature
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from .. import _settings
from ._apart import orders, step_aside
from ._loading import no_collection, postpone_blas
from ._native import call, data_of, peek, poke

COMPILED = not config.DISABLE_JIT  # under NUMBA_DISABLE_JIT the references serve: tasks are nothing without a compiler
WORTH_THREADS = 1_000_000  # multiply-adds: a parallel region costs as much as 10⁵ of them, and wakes sleeping cores
_callbacks = []  # an address does not keep its code alive
_local = threading.local()
_workqueue = threading.Lock()
_UNLOCKED = nullcontext()
_forked = False

if COMPILED:
    postpone_blas()


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
        # Numba reads the directory at this moment: borrowed for it, the user's own kernels keep theirs
        borrowed, config.CACHE_DIR = config.CACHE_DIR, str(_directory())
        try:
            super().__init__(function)
        finally:
            config.CACHE_DIR = borrowed
        self._cache_file = _CheckedFile(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def load_overload(self, sig, target_context):
        found = None
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # truncated, damaged or half-replaced by another process: compile, and write it anew
            Path(self._cache_file._index_path).unlink(missing_ok=True)
        if found is None:
            _notice.start("once per machine")
        return found

    def save_overload(self, sig, data):
        _notice.stop()
        try:
            super().save_overload(sig, data)
        except Exception:  # the disk is full, or the directory went away
            self.disable()


class _Uncached(NullCache):
    """No place to keep what was compiled."""

    def load_overload(self, sig, target_context):
        _notice.start("in every process: the cache directory is not writable or not ours alone")

    def save_overload(self, sig, data):
        _notice.stop()


class _Notice:
    """Says on stderr, once, that kernels are being compiled, when that takes more than a second in all."""

    def __init__(self):
        self.left = 1.0
        self.timer = None

    def start(self, how):
        if self.left > 0 and self.timer is None:
            self.begun = time.perf_counter()
            self.timer = threading.Timer(self.left, self.say, [how])
            self.timer.daemon = True
            self.timer.start()

    def stop(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
            self.left -= time.perf_counter() - self.begun

    def say(self, how):
        if self.left > 0:
            self.left = 0
            print(f"tapegrad: compiling kernels ({how}) …", file=sys.stderr, flush=True)


_notice = _Notice()


@cache
def _directory():
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
    shape = os.environ.get("TAPEGRAD_SIMD")  # Numba keys its files by the host, not by what we make of it
    digest = hashlib.sha256(f"{sys.version} {numba.__version__} {np.__version__} {shape}".encode())
    for source in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def entry(function=None, *, parallel=False):
    """Compile a function that Python calls, on its first call, with the settings above."""
    if function is None:
        return lambda function: entry(function, parallel=parallel)
    return _compiled(function, parallel=parallel, no_cfunc_wrapper=True)


def kernel(function):
    """Compile a function that only compiled code calls: a way in from Python often takes as long again."""

    def refuse(*_, **__):
        raise TypeError(f"[{function.__name__}] is for compiled code alone: what Python calls is an `entry`")

    compiled = _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    if COMPILED:
        compiled._insert = lambda *_: None  # so that a call from Python finds nothing compiled, and comes to
        compiled._compile_for_args = refuse
    return compiled


def _compiled(function, **settings):
    compiled = numba.njit(error_model="numpy", nogil=True, **settings)(function)
    if COMPILED:
        compiled._cache = _Uncached() if _directory() is None else _Cache(function)
    return compiled


def callback(function, signature):
    """Compile a C function now and return its address, which stays valid for the life of the process."""
    compiled = CFunc(function, normalize_signature(signature), locals={}, options={"error_model": "numpy"})
    compiled._cache = _Uncached() if _directory() is None else _Cache(function)
    with no_collection():
        compiled.compile()
    _callbacks.append(compiled)
    return compiled.address


def run(task, work, dtype, arrays, numbers, scratch=0):
    """Do a task, with as many threads as `work` (multiply-adds) deserves.

    Parameters
    ----------
    task : function (memory, numbers, t, threads)
        Compiled for this dtype on its first use. Shares must write to different places.
    dtype : numpy.dtype
        What `memory` points to.
    arrays : sequence of C-contiguous arrays
        Their addresses are the first of `numbers`.
    numbers : sequence of int
        What follows them.
    scratch : int
        Elements of scratch memory for each share: the share's own starts at `memory`, contents undefined.

    Notes
    -----
    Workers keep off the processor of the thread that calls them (`_apart`). A child made by `fork` stays serial: GNU
    OpenMP kills it at its first parallel region. Numba's `workqueue` layer aborts when two Python threads enter it, so
    they take turns.
    """
    threads = 1 if work < WORTH_THREADS else thread_count()
    memory = workspace(threads * scratch * dtype.itemsize)
    packed = np.array([*map(id, arrays), *numbers], np.int64)
    launch(task_address(task, dtype), memory, scratch * dtype.itemsize, _placed(id(packed), len(arrays)), threads)


def launch(address, memory, stride, numbers, threads):
    """Call the task at an address once for each share, whose workspaces are `stride` bytes apart."""
    if threads == 1:
        _alone(address, memory, stride, numbers)
        return
    layer = _layer()
    told = orders(threads) if layer == "omp" else None
    if told is not None:
        _together(task_address(step_aside, np.dtype("f")), 0, 0, told.ctypes.data, threads)
    with _workqueue if layer in (None, "workqueue") else _UNLOCKED:
        _together(address, memory, stride, numbers, threads)


def workspace(size):
    """Return the address of memory that is this Python thread's until its next call; contents undefined."""
    # kept for that call: fresh pages cost more than small kernels
    if getattr(_local, "size", -1) < size:
        _local.size = max(size, 1 << 16)
        _local.memory = np.empty(_local.size + 64, np.uint8)
        _local.address = -(-_local.memory.ctypes.data // 64) * 64
    return _local.address


def thread_count():
    """Return how many threads a large kernel runs on now."""
    if _forked or _settings._threads == 1 or config.NUMBA_NUM_THREADS == 1:
        return 1
    return min(_settings._threads or config.NUMBA_NUM_THREADS, numba.get_num_threads())


def canonical(x):
    """Return `x` as tasks want it: C-contiguous, aligned and native."""
    if x.flags.c_contiguous and x.flags.aligned and x.dtype.isnative:
        return x
    return x.astype(x.dtype.newbyteorder("="), order="C", copy=True)


@intrinsic
def pointer(typing, like, address):
    """Turn a number into a pointer of the type of `like`."""
    if isinstance(like, types.CPointer):
        return like(like, types.intp), lambda context, builder, signature, args: builder.inttoptr(
            args[1], context.get_value_type(signature.return_type)
        )
    return None


@entry
def _placed(packed, arrays):
    """Turn the ids at the head of a packed array into addresses of data; return the address of its own."""
    words = data_of(packed)
    for i in range(arrays):
        poke(words, i, data_of(peek(words, i)))
    return words


@entry
def _alone(address, memory, stride, numbers):
    call(address, (memory, numbers, 0, 1))


@entry(parallel=True)
def _together(address, memory, stride, numbers, threads):
    for t in numba.prange(threads):
        call(address, (memory + t * stride, numbers, t, threads))


@cache
def task_address(task, dtype):
    """Return where the C function of a task is, compiled for this dtype."""
    size = types.intp
    return callback(task, types.void(types.CPointer(from_dtype(dtype)), types.CPointer(types.int64), size, size))


def _layer():
    try:
        return numba.threading_layer()
    except ValueError:  # no parallel region has run yet
        return None


def _after_fork():
    global _forked, _workqueue
    _forked, _workqueue = True, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
