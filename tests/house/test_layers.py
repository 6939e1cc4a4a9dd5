"""Imports point downward. This file is the architecture diagram."""

import sys

import pytest

from tests.house.tree import ROOT, imports, module_name, sources, targets

LAYERS = [  # bottom first; parts of one layer do not know each other
    {"_dtypes", "_format", "_later"},
    {"kernels", "_tape"},  # arrays in, arrays out · the engine
    {"_device"},
    {"ops", "_creation", "autograd", "_extend"},  # the rules · factories · sweeps by name · the user's own rules
    {"_data", "_interop", "_placement", "_random", "fft", "linalg", "masked", "signal", "special"},
    {"_numpy", "cuda"},  # what NumPy's functions mean here
    {"_tensor"},  # attaches operators and methods
    {"io"},
    {"nn", "data", "testing"},
    {"optim"},  # forgets gradients as modules do
    {"training", "utils", "viz"},
    {"__init__"},
    {"__main__"},
]
HEIGHT = {part: height for height, layer in enumerate(LAYERS) for part in layer}
AT_HOME = {  # the only places where these load together with their module; elsewhere a function imports them
    "numba": ("tapegrad.kernels.cpu", "tapegrad.kernels.cuda"),
    "llvmlite": ("tapegrad.kernels.cpu", "tapegrad.kernels.cuda"),
    "hypothesis": ("tapegrad.testing",),
}

library = pytest.mark.parametrize("path", sources("kernels", "tapegrad"), ids=module_name)


def part_of(module: str) -> str:
    """Return the box of the diagram that a module belongs to; names that are no module are the public face."""
    top = module.split(".")[1] if "." in module else "__init__"
    is_module = any((ROOT / "tapegrad" / name).exists() for name in (top, f"{top}.py"))
    return top if is_module else "__init__"


@library
def test_imports_point_downward(path):
    part = part_of(module_name(path))
    assert part in HEIGHT, f"give {part} its layer in LAYERS"
    for line, statement in imports(path, everywhere=True):
        for target in targets(path, statement):
            if target.split(".")[0] == "tapegrad":
                below = part_of(target)
                assert below == part or HEIGHT[below] < HEIGHT[part], f"{path}:{line}: {part} must not import {below}"


@pytest.mark.parametrize("path", sources("kernels"), ids=module_name)
def test_kernels_stand_alone(path):
    for line, statement in imports(path, everywhere=True):
        for target in targets(path, statement):
            inside = target.startswith("tapegrad.kernels.")
            relative = getattr(statement, "level", 0) > 0
            assert inside == relative, f"{path}:{line}: kernels import each other relatively, and nothing else of ours"


@library
def test_modules_load_nothing_heavy(path):
    light = {*sys.stdlib_module_names, "numpy", "tapegrad"}
    for line, statement in imports(path, everywhere=False):
        for target in targets(path, statement):
            package = target.split(".")[0]
            at_home = module_name(path).startswith(AT_HOME.get(package, ()))
            assert package in light or at_home, f"{path}:{line}: import {package} inside the function that needs it"
