"""Kernels read and write nothing but their arrays: pages that may not be touched lie right before and behind each.

Compiled kernels follow addresses, which nobody checks. So every array that a task is given, its scratch memory too, is
moved to a place between two forbidden pages, flush with one of them: a step too far ends the process.
"""

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.arrays import FLOATS, random
from tests.kernels.conv_paths import PATHS, answers
from tests.kernels.test_conv_winograd import winograd

ROOT = Path(__file__).parents[2]
POOLS = [  # planes, window, stride, padding, dilation
    ((3, 7, 37), (3, 2), 1, (1, 0), 1),
    ((2, 9, 70), 3, 2, 1, 1),
    ((2, 8, 33), 2, 2, 0, 1),
    ((3, 9, 20), 2, 3, 0, (2, 1)),
]
SEVERAL = [(5, 7, 9), (13, 300, 50), (70, 33, 33), (64, 90, 1), (1, 90, 70)]  # rows, depth, columns of a product
_kept = []  # memory that arrays lie in


def fence(x, flush):
    """Return a copy of `x` that ends where a forbidden page begins, or begins where one ends."""
    page, x = mmap.PAGESIZE, np.asarray(x)
    inside = max(1, -(-x.nbytes // page)) * page
    memory = mmap.mmap(-1, inside + 2 * page)
    _kept.append(memory)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    forbid = ctypes.CDLL(None, use_errno=True).mprotect
    for place in (start, start + page + inside):
        assert forbid(ctypes.c_void_p(place), ctypes.c_size_t(page), 0) == 0, os.strerror(ctypes.get_errno())
    offset = page + (inside - x.nbytes if flush == "end" else 0)
    copy = np.frombuffer(memory, x.dtype, x.size, offset).reshape(x.shape)
    copy[...] = x
    return copy


def fence_tasks(flush):
    """Give every task fenced arrays, and scratch memory full of NaN."""
    from tapegrad.kernels.cpu import _numba  # with all the families that run tasks: they have been called

    run = _numba.run

    def fenced(task, work, dtype, arrays, numbers, scratch=0):
        copies = [fence(a, flush) for a in arrays]
        _numba.workspace = lambda size: fence(np.full(size, 255, np.uint8), flush).ctypes.data
        run(task, 0, dtype, copies, numbers, scratch)
        for array, copy in zip(arrays, copies, strict=True):
            if array.flags.writeable:
                array[...] = copy

    for name, module in list(sys.modules.items()):
        if name.startswith("tapegrad.kernels.cpu") and getattr(module, "run", None) is run:
            module.run = fenced


def answers_of_all(place=np.asarray):
    """Return what convolution, pooling and products answer."""
    found = []
    for dtype in FLOATS:
        for path in PATHS:
            found += answers(path, dtype)
        for shape, window, stride, padding, dilation in POOLS:
            x, how = random(1, shape, dtype), (window, stride, padding)
            y, winner = kernels.max_pool2d(x, *how, dilation)
            average = kernels.avg_pool2d(x, *how)
            found += [y, winner, kernels.take_plane(x, winner), kernels.put_plane(y, winner, x.shape)]
            found += [average, kernels.avg_pool2d_grad(average, x.shape, *how)]
        x, w = random(1, (3, 5, 9, 70), dtype), random(2, (14, 5, 3, 3), dtype)
        found.append(winograd(x, w, padding=1))
        for m, k, n in SEVERAL:
            a, b = random(1, (m, k), dtype), random(2, (k, n), dtype)
            found += [kernels.matmul(place(a), place(b)), kernels.matmul(place(a.T.copy()).T, place(b.T.copy()).T)]
    return found


def run_fenced():
    """Compare what is answered with fences and without, one array after the other."""
    expected = answers_of_all()
    flush = sys.argv[1]
    fence_tasks(flush)
    for answer, right in zip(answers_of_all(lambda x: fence(x, flush)), expected, strict=True):
        assert np.array_equal(answer, right)


@pytest.mark.skipif(os.name != "posix", reason="pages are forbidden by mprotect")
@pytest.mark.parametrize("flush", ["end", "start"])
def test_tasks_touch_nothing_beyond_their_arrays(flush):
    done = in_a_new_process("-c", "from tests.kernels.test_bounds import run_fenced; run_fenced()", flush)
    assert done.returncode == 0, done.stderr


def test_kernels_that_take_arrays_keep_their_bounds(tmp_path):
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/kernels/test_update.py")
    done = in_a_new_process(*suite, NUMBA_BOUNDSCHECK="1", TAPEGRAD_CACHE_DIR=str(tmp_path), HYPOTHESIS_PROFILE="dev")
    assert done.returncode == 0, done.stdout


def in_a_new_process(*command, **environment):
    """Run Python."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True)
