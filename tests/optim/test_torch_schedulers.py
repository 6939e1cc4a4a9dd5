"""All 500 steps of every schedule against PyTorch's; where PyTorch is installed."""

import numpy as np
import pytest

import tapegrad as tg
from tests.optim.schedules import SCHEDULES, run

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_and_momentums_are_pytorchs(name, optimizer):
    ours, theirs = run(tg, name, optimizer), run(torch, name, optimizer)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.*Detected call")
@pytest.mark.parametrize("name", SCHEDULES)
def test_states_have_the_fields_of_pytorchs(name):
    fields = []
    for library in (torch, tg):
        groups = [{"params": [library.zeros(1)]}, {"params": [library.zeros(1)]}]
        optim = library.optim.SGD(groups, lr=0.1, momentum=0.9)
        fields.append(SCHEDULES[name](library.optim.lr_scheduler, optim).state_dict().keys())
    assert fields[0] == fields[1]
