"""The corpus of operators on the device: values, gradients and their gradients are those of the CPU."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.kernels.cuda._array import DeviceArray
from tests.golden.operators import OPERATORS, resolve
from tests.golden.test_device import run
from tests.golden.test_golden import CASES, describe
from tests.simulated import stand_in

FEW, MOST = 2, 300  # cases of an operator: those with the least elements, and one if these are more
ELSEWHERE = {"nn.functional.ctc_loss"}  # its smallest case takes minutes; test_ctc.py has smaller ones


def on_device(a):
    return tg.tensor(a).to("cuda")


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    """Decompositions and transforms are CuPy's."""
    stand_in.install(monkeypatch)


@np.errstate(all="ignore")
@pytest.mark.parametrize("op", sorted(set(OPERATORS) - ELSEWHERE))
def test_operator_on_the_device_answers_as_on_the_cpu(op):
    cases = sorted(CASES[op], key=lambda case: elements(case.args))
    for case in cases[:1] + [case for case in cases[1:FEW] if elements(case.args) <= MOST]:
        try:
            here, there = (run(resolve(op), case, make) for make in (tg.tensor, on_device))
        except Exception as error:
            error.add_note(f"in case {case.number} of {op}: {describe(case.args)} {describe(case.kwargs)}")
            raise
        assert len(here) == len(there)
        for want, got in zip(here, there, strict=True):
            assert (want is None) == (got is None)
            if want is not None:
                assert isinstance(got._array, DeviceArray)
                np.testing.assert_allclose(got._array.to_host(), want._array, rtol=1e-10, atol=1e-10)


def elements(value):
    """The number of elements in an argument."""
    if isinstance(value, (tuple, list)):
        return sum(map(elements, value))
    return np.size(value)
