"""Every kernel becomes machine code for every generation, and stands in the table."""

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

TABLE = ROOT / "kernels" / "cuda" / "TABLE.md"


def factories():
    """`module.factory` of all kernels, by their sources."""
    for path in (ROOT / "kernels" / "cuda").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(getattr(d, "id", "") == "kernel" for d in node.decorator_list):
                yield f"{path.stem}.{node.name}"


def test_the_table_has_a_line_for_every_kernel():
    assert sorted(re.findall(r"^\| `(\S+)` \|", TABLE.read_text(), re.MULTILINE)) == sorted(factories())


def test_no_kernel_of_the_table_spills_registers():
    lines = re.findall(r"^\| `(\S+)` .*\| (\d+), \d+ \|", TABLE.read_text(), re.MULTILINE)
    assert lines and [name for name, spills in lines if int(spills)] == []


def test_one_of_each_is_compiled_and_assembled_for_all_generations(tmp_path):
    launches = tmp_path / "launches.json"
    python(["-m", "tests.ptx.rehearse", str(launches)], NUMBA_ENABLE_CUDASIM="1", TAPEGRAD_CUDA="rehearse")
    said = python(["-m", "tests.ptx", str(launches), "--each", "1"], TAPEGRAD_CUDA="compile")
    if said.startswith("nothing"):
        pytest.skip(said)
    assert sorted(re.findall(r"^\| `(\S+)` \|", said, re.MULTILINE)) == sorted(factories())
    assert said.endswith("0 failed\n"), said[-3000:]


def python(args, **environment) -> str:
    """What a process prints."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", *args],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return run.stdout
