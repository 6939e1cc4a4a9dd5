"""Examples in docstrings run, with `tg` and `np` at hand."""

import doctest
import importlib

import numpy as np
import pytest

import tapegrad
from tests.house.tree import module_name, sources

MODULES = [module_name(path) for path in sources("kernels", "tapegrad") if "cuda" not in path.parts]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    module = importlib.import_module(name)
    names = {**vars(module), "np": np, "tg": tapegrad}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report = []
    for example in doctest.DocTestFinder().find(module, extraglobs=names):
        runner.run(example, out=report.append)
    assert not report, "".join(report)
