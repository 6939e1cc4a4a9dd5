"""Steps against PyTorch's."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad._tape import plain
from tests.opaque import Opaque
from tests.optim.settings import FILE, MATRICES, SEARCHES, SEEN, SETTINGS, gradients, search, start, trajectory

REAL = {"Adafactor", "SparseAdam"}  # refuse complex parameters
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
    places = trajectory(tg, *SETTINGS[number])[SEEN]
    np.testing.assert_allclose(places, TORCH[str(number)], rtol=1e-12, atol=1e-13)


@every_setting
def test_steps_in_float32_stay_float32_and_close(number):
    places = trajectory(tg, *SETTINGS[number], dtype="float32")
    assert places.dtype == np.float32
    np.testing.assert_allclose(places[SEEN[4]], TORCH[str(number)][4], rtol=5e-5, atol=5e-5)


@pytest.mark.parametrize("number", [k for k in range(len(SETTINGS)) if SETTINGS[k][0] not in REAL], ids=str)
def test_complex_parameters_of_any_strides_are_pairs_of_reals(number):
    name, settings = SETTINGS[number]
    numbers = np.cos(np.arange(6.0)).reshape(3, 2)
    z = tg.from_numpy(np.zeros((3, 2), complex)[:, 0]).requires_grad_()
    z.data.copy_(tg.tensor(numbers.copy().view(complex)[:, 0]))
    pairs = tg.tensor(numbers, requires_grad=True)
    for p in (z, pairs):
        optimizer = getattr(tg.optim, name)([p], **settings)
        for k in range(3):
            g = np.sin(np.arange(6.0) + k).reshape(3, 2)
            p.grad = tg.tensor(g if p is pairs else g.view(complex)[:, 0])
            optimizer.step()
    np.testing.assert_array_equal(z.detach().numpy(), pairs.detach().numpy().copy().view(complex)[:, 0])


@pytest.mark.parametrize("number", range(len(MATRICES)))
def test_every_step_of_matrices_is_pytorchs(number):
    places = trajectory(tg, *MATRICES[number], matrices=True)[SEEN]
    np.testing.assert_allclose(places, TORCH[f"matrices {number}"], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("number", range(len(SEARCHES)))
def test_every_search_is_pytorchs(number):
    np.testing.assert_allclose(search(tg, *SEARCHES[number]), TORCH[f"search {number}"], rtol=1e-7, atol=1e-9)


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


def test_lion_is_its_formula():
    p = tg.tensor([1.0, -2.0, 3.0], dtype=tg.float64, requires_grad=True)
    optimizer = tg.optim.Lion([p], lr=0.1, betas=(0.9, 0.5), weight_decay=0.2)
    x, m = p.detach().numpy().copy(), np.zeros(3)
    for k in range(5):
        g = np.sin(np.arange(3.0) + 2 * k)
        p.grad = tg.tensor(g)
        optimizer.step()
        x = x - 0.1 * 0.2 * x - 0.1 * np.sign(0.9 * m + 0.1 * g)
        m = 0.5 * m + 0.5 * g
    np.testing.assert_allclose(p.detach().numpy(), x, rtol=1e-13)


@pytest.mark.parametrize("averaging", [False, True])
@pytest.mark.parametrize("amsgrad", [False, True])
def test_novograd_is_its_formula(averaging, amsgrad):
    tg.set_default_dtype(tg.float64)  # of the one number that is v
    try:
        p = tg.tensor([1.0, -2.0, 3.0], requires_grad=True)
        settings = {"grad_averaging": averaging, "amsgrad": amsgrad, "weight_decay": 0.2}
        optimizer = tg.optim.NovoGrad([p], lr=0.1, betas=(0.9, 0.5), **settings)
        x, m, v, most = p.detach().numpy().copy(), np.zeros(3), 0.0, 0.0
        for k in range(5):
            g = np.sin(np.arange(3.0) + 2 * k) / (k + 1)
            p.grad = tg.tensor(g)
            optimizer.step()
            v = (g @ g) if k == 0 else 0.5 * v + 0.5 * (g @ g)
            most = max(most, v)
            step = g / (np.sqrt(most if amsgrad else v) + 1e-8) + 0.2 * x
            m = 0.9 * m + (0.1 if averaging else 1.0) * step
            x = x - 0.1 * m
        np.testing.assert_allclose(p.detach().numpy(), x, rtol=1e-13)
    finally:
        tg.set_default_dtype(tg.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sparse_adam_leaves_what_has_no_gradient_exactly_as_it_was(dtype):
    p = tg.tensor([[np.nan, -0.0, 1.0], [2.0, np.inf, 3.0]], dtype=getattr(tg, dtype), requires_grad=True)
    optimizer = tg.optim.SparseAdam([p], lr=0.5)
    for g in ([[0.0, -0.0, 1.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, -2.0]], np.zeros((2, 3))):
        before = {name: a.numpy().copy() for name, a in optimizer.state[p].items()} | {"p": p.detach().numpy().copy()}
        p.grad = tg.tensor(g, dtype=p.dtype)
        optimizer.step()
        after = {name: a.numpy() for name, a in optimizer.state[p].items()} | {"p": p.detach().numpy()}
        still = np.equal(g, 0)
        assert all((after[name] != before[name])[~still].all() for name in before.keys() - {"step"})
        assert all(after[name][still].tobytes() == before[name][still].tobytes() for name in before.keys() - {"step"})
    assert after["step"] == 3


def test_sparse_adam_trains_the_rows_of_a_table_that_were_looked_up():
    table = tg.nn.Embedding(50, 3, sparse=True)
    before = table.weight.detach().clone()
    optimizer = tg.optim.SparseAdam(table.parameters(), lr=0.1)
    with tg.tape():
        loss = table(tg.tensor([7, 3, 7])).sum()
    loss.backward()
    optimizer.step()
    assert (table.weight.detach() != before).any(1).nonzero().ravel().tolist() == [3, 7]
