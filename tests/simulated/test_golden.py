"""The corpus of operators on the device: values, gradients and their gradients are those of the CPU."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.kernels.cuda._array import DeviceArray
from tests.golden.operators import OPERATORS
from tests.golden.test_device import answers
from tests.golden.test_golden import CASES

FEW, MOST = 2, 300  # cases of an operator: those with the least elements, and one if these are more
ELSEWHERE = {"nn.functional.ctc_loss"}  # its smallest case takes minutes; test_ctc.py has smaller ones


def on_device(a):
    return tg.tensor(a).to("cuda")


@pytest.mark.usefixtures("cupy")  # decompositions and transforms are CuPy's
@np.errstate(all="ignore")
@pytest.mark.parametrize("op", sorted(set(OPERATORS) - ELSEWHERE))
def test_operator_on_the_device_answers_as_on_the_cpu(op):
    cases = sorted(CASES[op], key=lambda case: elements(case.args))
    for case in cases[:1] + [case for case in cases[1:FEW] if elements(case.args) <= MOST]:
        for want, got in answers(op, case, on_device):
            assert isinstance(got, DeviceArray)
            np.testing.assert_allclose(got.to_host(), want, rtol=1e-10, atol=1e-10)


def elements(value):
    """The number of elements in an argument."""
    if isinstance(value, (tuple, list)):
        return sum(map(elements, value))
    return np.size(value)
