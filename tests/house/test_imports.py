"""`import tapegrad` is light, and what it promises is there."""

import subprocess
import sys

import tapegrad
from tests.house.tree import ROOT

LATER = ["hypothesis", "llvmlite", "matplotlib", "numba", "rich", "scipy", "sklearn", "torch"]
LAZY = [f"tapegrad.{name}" for name in "data fft io linalg masked nn optim special testing training utils viz".split()]


def loaded_by(code: str) -> set[str]:
    """Run `code` in a fresh interpreter; the modules it has loaded at the end."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_tapegrad_loads_nothing_optional():
    assert not loaded_by("import tapegrad") & {*LATER, *LAZY, "tapegrad._numpy"}


def test_a_gradient_of_elementary_operations_needs_no_numba():
    code = "import tapegrad as tg\nx = tg.ones(3, requires_grad=True)\nwith tg.tape(): y = (x * x).sum()\ny.backward()"
    assert "numba" not in loaded_by(code)


def test_subpackages_load_on_first_use():
    code = "import tapegrad as tg\n" + "\n".join(name.replace("tapegrad", "tg") for name in LAZY)
    assert loaded_by(code) >= set(LAZY)


def test_every_public_name_exists():
    assert sorted(set(tapegrad.__all__)) == sorted(tapegrad.__all__)
    assert all(hasattr(tapegrad, name) for name in tapegrad.__all__)
    assert set(tapegrad.__all__) <= set(dir(tapegrad))


def test_most_families_of_operations_wait_until_they_are_used():
    loaded = loaded_by("import tapegrad as tg")
    families = {path.stem for path in (ROOT / "tapegrad" / "ops").glob("[!_]*.py")}
    early = {name for name in families if f"tapegrad.ops.{name}" in loaded}
    assert len(early) < len(families) / 4, f"imported at once: {sorted(early)}"


def test_a_method_and_an_in_place_method_load_their_family():
    code = "import tapegrad as tg\nx = tg.ones(2, 2)\nx.tanh().logit()\nx.tril_()\ntg.Tensor.svd"
    assert {f"tapegrad.ops.{name}" for name in ("activation", "diagonal", "svd")} <= loaded_by(code)


def test_data_has_pytorchs_name_too():
    from tapegrad.utils.data import DataLoader

    assert DataLoader is tapegrad.data.DataLoader and tapegrad.utils.data.__all__ == tapegrad.data.__all__
