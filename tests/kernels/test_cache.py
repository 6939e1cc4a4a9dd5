"""Compiled kernels on disk: private, never damaged, never stale, and never the reason why something does not run."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPILE = """
import numpy as np
from tapegrad.kernels import take_plane
assert take_plane(np.ones((1, 4, 4), np.float32), np.zeros((1, 2, 2), np.int64)).sum() == 4
"""
COMPILE_AND_TELL_WHERE = f"{COMPILE}\nfrom tapegrad.kernels.cpu import _numba\nprint(_numba._directory())"


def start(code, root=ROOT, **environment):
    environment = {**os.environ, "PYTHONPATH": str(root), **environment}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=root, **pipes)


def printed(process):
    """Return what a process printed, which ended well and said no more than one thing besides."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert len(errors.splitlines()) <= 1, errors
    return out.strip()


def in_a_new_process(code, **environment):
    return printed(start(code, **environment))


def written(directory):
    """Return the files of a cache, with the times they were written."""
    return {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.is_file()}


def test_the_cache_is_private_is_used_and_survives_damage(tmp_path):
    home = {"TAPEGRAD_CACHE_DIR": str(tmp_path / "cache")}
    directory = Path(in_a_new_process(COMPILE_AND_TELL_WHERE, **home))
    assert directory.is_relative_to(tmp_path) and stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = written(directory)
    in_a_new_process(COMPILE, **home)
    assert files and files == written(directory)
    for path in files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content[: -1 if path.suffix == ".nbi" else None])
    in_a_new_process(COMPILE, **home)


def test_a_cache_directory_that_others_can_write_is_refused(tmp_path):
    tmp_path.chmod(0o777)
    assert in_a_new_process(COMPILE_AND_TELL_WHERE, TAPEGRAD_CACHE_DIR=str(tmp_path)) == "None"
    assert not written(tmp_path)


def test_kernels_run_where_no_cache_can_be_written(tmp_path):
    (tmp_path / "file").touch()
    assert in_a_new_process(COMPILE_AND_TELL_WHERE, TAPEGRAD_CACHE_DIR=str(tmp_path / "file")) == "None"


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files on this system")
@pytest.mark.parametrize("room", [400, 4000])  # for a part of an index; for an index and a part of the code
def test_a_full_disk_costs_the_cache_and_nothing_else(tmp_path, room):
    home = {"TAPEGRAD_CACHE_DIR": str(tmp_path)}
    full = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
    in_a_new_process(full + COMPILE, **home)
    assert not {path.suffix for path in written(tmp_path)} - {".nbi", ".nbc"}
    in_a_new_process(COMPILE, **home)
    assert max(path.stat().st_size for path in written(tmp_path)) > 4000


def test_four_processes_may_compile_the_same_at_once(tmp_path):
    home = {"TAPEGRAD_CACHE_DIR": str(tmp_path / "cache")}
    for process in [start(COMPILE, **home) for _ in range(4)]:
        printed(process)
    after = written(tmp_path)
    assert after and {path.suffix for path in after} == {".nbi", ".nbc"}
    in_a_new_process(COMPILE, **home)
    assert after == written(tmp_path)


def test_a_helper_edited_in_another_file_leaves_no_stale_kernel(tmp_path):
    shutil.copytree(ROOT / "kernels", tmp_path / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    code = "import numpy, kernels\nprint(kernels.max_pool2d(numpy.array([[1.0, 2], [3, 4]]), 2)[0].item())"
    # Python's own cache of byte code believes the time stamp, ours does not
    home = {"TAPEGRAD_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    assert printed(start(code, tmp_path, **home)) == "4.0"
    helper = tmp_path / "kernels" / "cpu" / "_windows.py"
    stamp, source = helper.stat(), helper.read_text("utf-8")
    assert 'fcmp_ordered(">"' in source
    helper.write_text(source.replace('fcmp_ordered(">"', 'fcmp_ordered("<"'), "utf-8")
    os.utime(helper, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # as some tools do that unpack or copy
    assert printed(start(code, tmp_path, **home)) == "1.0"
