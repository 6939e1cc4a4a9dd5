"""What is offered on the device: every function of every family."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from tapegrad import kernels
from tapegrad.kernels import cuda, ref

FAMILIES = [m.name for m in pkgutil.iter_modules(ref.__path__) if not m.name.startswith("_")]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_function_of_the_reference_is_offered_on_the_device(family):
    theirs = importlib.import_module(f"{ref.__name__}.{family}")
    ours = importlib.import_module(f"{cuda.__name__}.{family}")
    assert sorted(ours.__all__) == sorted(theirs.__all__)
    for name in theirs.__all__:
        reference, own = getattr(theirs, name), getattr(ours, name)
        if getattr(reference, "__module__", None) == theirs.__name__:  # not one of NumPy's own
            assert [*inspect.signature(own).parameters] == [*inspect.signature(reference).parameters], name


def test_every_function_that_a_contract_serves_is_offered():
    served = set()
    for file in Path(kernels.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Attribute(ast.Call(ast.Name("serve"), [ast.Constant(family), *_]), name):
                    served.add((family, name))
    assert len(served) > 150
    for family, name in sorted(served):
        assert hasattr(importlib.import_module(f"{cuda.__name__}.{family}"), name), (family, name)
