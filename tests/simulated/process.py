"""The simulator is chosen when Numba is imported: so its tests have a process of their own."""

import os
import subprocess
import sys


def simulate(*arguments: str) -> None:
    """Run pytest in Numba's CUDA simulator; raise AssertionError with what it printed if a test fails."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 and " passed" in run.stdout, run.stdout[-3000:] + run.stderr[-1000:]
