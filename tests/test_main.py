"""The two commands of `python -m tapegrad`."""

import os
import subprocess
import sys


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tapegrad", *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_info_names_versions_hardware_cache_and_cuda(tmp_path):
    shown = run("info", TAPEGRAD_CACHE_DIR=str(tmp_path / "cache"))
    assert shown.returncode == 0, shown.stderr
    names = {line.split()[0] for line in shown.stdout.splitlines()}
    assert {"tapegrad", "python", "numpy", "numba", "processor", "kernels", "threads", "cache", "cuda"} <= names
    assert str(tmp_path) in shown.stdout


def test_warmup_fills_the_cache(tmp_path):
    os.chmod(tmp_path, 0o700)
    warm = run("warmup", TAPEGRAD_CACHE_DIR=str(tmp_path))
    assert warm.returncode == 0 and "float32" in warm.stdout and "float64" in warm.stdout, warm.stderr
    assert list(tmp_path.rglob("*.nbc"))


def test_an_unknown_command_is_refused():
    wrong = run("sing")
    assert wrong.returncode == 2 and "warmup" in wrong.stderr
