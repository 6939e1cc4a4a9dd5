"""What is installed is what is here: the package list against the tree, and against a wheel made from the sdist.

A forgotten subpackage works in an editable install and is missing from the wheel, so only a wheel shows it.
"""

import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, module_name, sources

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DATA = {".npz", ".pyi", ".typed", ".md", ".txt"}

IMPORT_EVERYTHING = """
import importlib, sys
sys.path += sys.argv[1:3]
for name in sys.argv[3:]:
    assert importlib.import_module(name).__file__.startswith(sys.argv[1]), name
"""


def build(kind: str, source: Path, target: Path) -> Path:
    """Build an sdist or a wheel with the setuptools that is installed: no environment, no network."""
    code = f"import sys, setuptools.build_meta as backend; print(backend.build_{kind}(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Unpack a wheel that was built from the sdist, as a user's pip would."""
    folder = tmp_path_factory.mktemp("packaging")
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    for name in ("kernels", "tapegrad"):
        shutil.copytree(ROOT / name, checkout / name, symlinks=True)
    with tarfile.open(build("sdist", checkout, folder)) as sdist:
        sdist.extractall(folder, filter="data")
        top = sdist.getnames()[0]
    zipfile.ZipFile(build("wheel", folder / top, folder)).extractall(folder / "wheel")
    return folder / "wheel"


def test_the_package_list_names_every_package():
    here = [module_name(path) for path in sources("kernels", "tapegrad") if path.name == "__init__.py"]
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(here)


def test_a_wheel_holds_every_file_once_and_nothing_else(wheel):
    files = [
        path.relative_to(ROOT)
        for folder in ("kernels", "tapegrad")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", *DATA}
    ]
    here = {Path("tapegrad", path) if path.parts[0] == "kernels" else path for path in files}
    there = {path.relative_to(wheel) for path in wheel.rglob("*") if path.is_file()}
    assert {path for path in there if not path.parts[0].endswith(".dist-info")} == here


def test_every_module_of_a_wheel_imports(wheel):
    names = [module_name(path) for path in sources("kernels", "tapegrad") if "cuda" not in path.parts]
    # -S: the .pth file of an editable install must not lend the modules that the wheel forgot
    command = [sys.executable, "-I", "-S", "-c", IMPORT_EVERYTHING, str(wheel), sysconfig.get_path("purelib"), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_checkout_without_symlinks_imports_too(tmp_path):
    for name in ("kernels", "tapegrad"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True)
    link = tmp_path / "tapegrad" / "kernels"
    link.unlink()
    link.write_text("../kernels")  # what git leaves on a Windows without symlink rights
    code = "import sys; sys.path += sys.argv[1:]; import tapegrad.kernels as k; print(k.__file__)"
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path), sysconfig.get_path("purelib")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "kernels" / "__init__.py")
