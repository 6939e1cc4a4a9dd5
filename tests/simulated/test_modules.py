"""Layers, losses and optimisers on the device: what PyTorch answers, and what the CPU does."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import check_rule, gradcheck
from tests.nn.frozen import size
from tests.nn.module_cases import judge
from tests.nn.test_frozen_modules import CASES


@pytest.mark.parametrize("name", CASES)
def test_outputs_gradients_and_buffers_are_pytorchs(name):
    for case in sorted(CASES[name], key=size)[:1]:
        try:
            judge(case, "cuda")
        except Exception as error:
            error.add_note(f"in evaluation: {not case.training}, of {case.text}")
            raise


def test_rules_are_checked_on_the_device():
    x, y = (tg.tensor(np.random.default_rng(k).normal(size=(2, 3)), device="cuda") for k in range(2))
    seen = set()

    def product(a, b):
        seen.add(str(a.device))
        return a * tg.sin(b)

    check_rule(product, x, y)
    assert gradcheck(product, (x.requires_grad_(True), y))
    assert seen == {"cuda:0"}


def test_a_wrong_rule_is_found_on_the_device():
    class Wrong(tg.Function):
        @staticmethod
        def forward(ctx, x):
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(AssertionError, match="vjp of"):
        check_rule(Wrong.apply, tg.tensor([1.0, 2.0], dtype=tg.float64, device="cuda"), jvp=False)


OPTIMIZERS = [name for name in dir(tg.optim) if isinstance(getattr(tg.optim, name), type) and name != "Optimizer"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_takes_the_steps_of_the_cpu(name):
    paths = []
    for device in ("cpu", "cuda"):
        w = tg.nn.Parameter(tg.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=tg.float64, device=device))
        optimizer = getattr(tg.optim, name)([w], lr=0.1)

        def closure(w=w, optimizer=optimizer):
            optimizer.zero_grad()
            with tg.tape():
                loss = ((w - 1) ** 2).sum()
            loss.backward()
            return loss

        for _ in range(3):
            optimizer.step(closure)
        assert w.device.type == device
        paths.append(w.detach().cpu().numpy())
    np.testing.assert_allclose(paths[1], paths[0], rtol=1e-12)


def test_a_parameter_that_left_its_state_behind_stops_the_step_before_it_begins():
    stay, leave = tg.nn.Linear(2, 2), tg.nn.Linear(2, 2)
    optimizer = tg.optim.Adam([*stay.parameters(), *leave.parameters()], lr=0.1)

    def sweep():
        optimizer.zero_grad()
        with tg.tape():
            loss = stay(tg.ones(1, 2)).sum() + leave(tg.ones(1, 2, device=leave.weight.device)).sum().cpu()
        loss.backward()

    sweep()
    optimizer.step()
    leave.to("cuda")
    sweep()
    before = stay.weight.tolist()
    with pytest.raises(RuntimeError, match=r"\[step\].*cuda:0.*exp_avg on cpu.*load_state_dict"):
        optimizer.step()
    assert stay.weight.tolist() == before
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.step()
    assert stay.weight.tolist() != before
