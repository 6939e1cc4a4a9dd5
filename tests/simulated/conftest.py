"""These tests run in Numba's CUDA simulator, in a process of their own: see tests/kernels/test_cuda.py."""

import os

if os.environ.get("NUMBA_ENABLE_CUDASIM") != "1":
    collect_ignore_glob = ["test_*.py"]
