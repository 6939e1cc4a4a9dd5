"""The README keeps its word: its code runs and prints what it says, and its commands name what exists."""

import re

import pytest

from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")
FILES = set(re.findall(r"(?:examples|tests|tapegrad|kernels)/[\w/]+(?:\.\w+)?", README))
# blocks marked `python` are one program; `py` quotes the source
PROGRAM = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))


def test_the_code_runs_and_prints_what_it_says(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it saves a file
    exec(compile(PROGRAM, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    promised = re.findall(r"print\(.*\)  # (tensor\(.*\))", PROGRAM)
    assert promised
    assert all(text in printed for text in promised)


@pytest.mark.parametrize("path", sorted(path for path in FILES if not path.endswith("F.py")))  # F is any family
def test_the_files_it_names_exist(path):
    assert (ROOT / path).exists()


def test_ci_finds_the_test_command():
    assert sum("-m pytest" in line for line in README.splitlines()) == 1
