"""One family, one name: in the contract, in every backend, in the rules and in the tests."""

import importlib
import inspect

import pytest

from tests.house.tree import ROOT, families

BACKENDS = ["cpu"]  # cuda, which needs its simulator to be imported: tests/simulated
OVERRIDES = [(backend, family) for backend in BACKENDS for family in sorted(families(f"kernels/{backend}"))]


def functions(module: str) -> dict[str, inspect.Signature]:
    """Return the public functions that a module defines, compiled ones included, with their signatures."""
    namespace = vars(importlib.import_module(module))
    plain = {name: getattr(value, "py_func", value) for name, value in namespace.items() if not name.startswith("_")}
    return {
        name: inspect.signature(value)
        for name, value in plain.items()
        if inspect.isfunction(value) and value.__module__ == module
    }


@pytest.mark.parametrize("family", sorted(families("kernels")))
def test_a_contract_has_its_reference_and_its_tests(family):
    assert (ROOT / "kernels" / "ref" / f"{family}.py").exists()
    assert (ROOT / "tests" / "kernels" / f"test_{family}.py").exists()


@pytest.mark.parametrize("family", sorted(families("kernels/ref")))
def test_a_reference_has_its_contract(family):
    assert (ROOT / "kernels" / f"{family}.py").exists()


@pytest.mark.parametrize("family", sorted(families("tapegrad/ops")))
def test_rules_have_their_tests(family):
    assert (ROOT / "tests" / "ops" / f"test_{family}.py").exists()


@pytest.mark.parametrize(("backend", "family"), OVERRIDES)
def test_a_backend_offers_what_the_reference_offers(backend, family):
    reference = functions(f"tapegrad.kernels.ref.{family}")
    for name, signature in functions(f"tapegrad.kernels.{backend}.{family}").items():
        assert name in reference, f"{backend}/{family}.py: {name} has no reference"
        assert list(signature.parameters.values()) == list(reference[name].parameters.values()), name
