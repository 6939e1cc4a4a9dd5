"""Steps that are recorded: gradients through an optimiser."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import gradcheck

KINDS = ["SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "Rprop", "ASGD", "Lion"]
SETTINGS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1},
    "Adam": {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1},
    "RMSprop": {"lr": 0.1, "momentum": 0.5, "centered": True},
}


def three_steps(name, x, g, **settings):
    """Where three steps from `x` with the gradients `g[0]`, `g[1]`, `g[2]` lead."""
    p = x.clone()
    optimizer = getattr(tg.optim, name)([p], **{"lr": 0.1, **SETTINGS.get(name, {})}, **settings)
    for k in range(3):
        p.grad = g[k]
        optimizer.step()
    return p


@pytest.mark.parametrize("name", KINDS)
def test_a_recorded_step_leads_where_the_kernels_lead(name):
    rng = np.random.default_rng(0)
    x, g = tg.tensor(rng.standard_normal(4)), tg.tensor(rng.standard_normal((3, 4)))
    expected = three_steps(name, x, g)
    with tg.tape():
        y = three_steps(name, x.requires_grad_(), g.requires_grad_(), differentiable=True)
    np.testing.assert_allclose(y.detach().numpy(), expected.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("Lion", "Rprop")])
def test_the_gradient_through_several_steps_is_its_slope(name):
    rng = np.random.default_rng(0)
    x = tg.tensor(rng.standard_normal(3), requires_grad=True)
    g = tg.tensor(rng.standard_normal((3, 3)), requires_grad=True)
    assert gradcheck(lambda x, g: three_steps(name, x, g, differentiable=True), (x, g))


def test_hints_that_contradict_a_recorded_step_are_errors():
    p = tg.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
        tg.optim.Adam([p], differentiable=True, fused=True)
    with pytest.raises(NotImplementedError, match="`lr` must not require gradients"):
        tg.optim.SGD([p], lr=tg.tensor(0.1, requires_grad=True), differentiable=True)
