"""Steps against PyTorch's."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad._tape import plain
from tests.opaque import Opaque
from tests.optim.settings import FILE, SEEN, SETTINGS, gradients, start

TORCH = dict(np.load(FILE))
every_setting = pytest.mark.parametrize("number", range(len(SETTINGS)), ids=lambda k: f"{SETTINGS[k][0]}-{k}")


def optimizer_of(number: int, params):
    name, settings = SETTINGS[number]
    return getattr(tg.optim, name)(params, **settings)


def parameters(dtype="float64") -> list[tg.Tensor]:
    return [tg.tensor(x, dtype=dtype, requires_grad=True) for x in start()]


def take(optimizer, params, grads) -> np.ndarray:
    """One step; where it arrives, flat."""
    for p, g in zip(params, grads, strict=True):
        p.grad = None if g is None else tg.tensor(g, dtype=p.dtype)
    optimizer.step()
    return np.concatenate([p.detach().numpy().ravel() for p in params])


@every_setting
def test_every_step_is_pytorchs(number):
    params = parameters()
    optimizer = optimizer_of(number, params)
    places = [take(optimizer, params, grads) for grads in gradients()]
    np.testing.assert_allclose([places[k] for k in SEEN], TORCH[str(number)], rtol=1e-12, atol=1e-13)


@every_setting
def test_steps_in_float32_stay_float32_and_close(number):
    params = parameters("float32")
    optimizer = optimizer_of(number, params)
    places = [take(optimizer, params, grads) for grads in gradients()[: SEEN[4] + 1]]
    assert places[-1].dtype == np.float32
    np.testing.assert_allclose(places[-1], TORCH[str(number)][4], rtol=5e-5, atol=5e-5)


@every_setting
def test_a_saved_and_loaded_optimizer_goes_on_as_if_nothing_had_happened(number):
    params = parameters()
    optimizer = optimizer_of(number, params)
    steps = gradients()[:9]
    for grads in steps[:5]:
        take(optimizer, params, grads)
    twins = [p.detach().clone().requires_grad_() for p in params]
    twin = getattr(tg.optim, SETTINGS[number][0])(twins, lr=7.0)
    twin.load_state_dict(optimizer.state_dict())
    for grads in steps[5:]:
        assert (take(optimizer, params, grads) == take(twin, twins, grads)).all()


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_a_step_leaves_the_gradient_as_it_was(name):
    (p,) = params = [tg.ones(3, requires_grad=True)]
    p.grad = tg.tensor([1.0, -2.0, 3.0])
    settings = {"momentum": 0.9, "nesterov": True} if name == "SGD" else {"amsgrad": True}
    optimizer = getattr(tg.optim, name)(params, lr=0.1, weight_decay=0.1, maximize=True, **settings)
    optimizer.step()
    optimizer.step()
    assert p.grad.tolist() == [1.0, -2.0, 3.0]


@every_setting
def test_steps_run_where_numpy_cannot_look(number):
    params = [plain(Opaque(x)) for x in start()]
    optimizer = optimizer_of(number, params)
    for grads in gradients()[: SEEN[2] + 1]:
        for p, g in zip(params, grads, strict=True):
            p.grad = None if g is None else plain(Opaque(g))
        optimizer.step()
    here = np.concatenate([p._array.hidden.ravel() for p in params])
    np.testing.assert_allclose(here, TORCH[str(number)][2], rtol=1e-12, atol=1e-13)
