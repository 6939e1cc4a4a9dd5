"""Trajectories and refusals against PyTorch's own database of optimisers; where PyTorch is installed."""

import numpy as np
import pytest

import tapegrad as tg
from tests.optim.settings import as_gradient

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
database = pytest.importorskip("torch.testing._internal.common_optimizers").optim_db

STEPS = 50
SHAPES = [(4, 3), (5,), (), (2, 3, 2)]
LISTS = {"old_dirs", "old_stps", "ro", "al"}  # of LBFGS
NOT_COMPLEX = {"Adafactor", "Muon", "SparseAdam"}


def holds_sparse(params) -> bool:
    """Sparse tensors are not here."""
    if isinstance(params, dict | list | tuple):
        return any(map(holds_sparse, params.values() if isinstance(params, dict) else params))
    return isinstance(params, torch.Tensor) and params.is_sparse


CASES = [
    pytest.param(info.optim_cls.__name__, setting.kwargs, id=f"{info.optim_cls.__name__}-{setting.desc}")
    for info in database
    for setting in info.optim_inputs_func(device="cpu")
]
REFUSED = [
    pytest.param(info.optim_cls.__name__, case, id=f"{info.optim_cls.__name__}-{k}")
    for info in database
    for k, case in enumerate(info.optim_error_inputs_func(device="cpu", dtype=torch.float64))
    if not holds_sparse(case.optimizer_error_input.params)
]


def ours(value, memo=None):
    """What is PyTorch's in a setting or a list of parameters, as ours; what is one there is one here."""
    memo = {} if memo is None else memo
    if isinstance(value, torch.Tensor):
        if id(value) not in memo:
            t = tg.tensor(value.detach().numpy(), requires_grad=value.requires_grad)
            memo[id(value)] = tg.nn.Parameter(t.detach()) if isinstance(value, torch.nn.Parameter) else t
        return memo[id(value)]
    if isinstance(value, dict):
        return {name: ours(v, memo) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(ours(v, memo) for v in value)
    return value


def trajectory(library, name, settings, complex_too=False):
    """Where 50 steps down a bumpy bowl lead, after each."""
    shapes = [(3, 4), (4, 2)] if name == "Muon" else SHAPES
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal(shape) for shape in shapes]
    if complex_too:
        starts.append(rng.standard_normal(3) + 1j * rng.standard_normal(3))
    scales = [rng.uniform(0.5, 2.0, x.shape) for x in starts]
    params = [library.tensor(x, requires_grad=True) for x in starts]
    weights = [library.tensor(s) for s in scales]
    optimizer = getattr(library.optim, name)(params, **settings)

    def closure():
        optimizer.zero_grad()
        with tg.tape():
            loss = sum((w * (abs(p) ** 2 + 0.3 * p.real.cos())).sum() for w, p in zip(weights, params, strict=True))
        loss.backward()
        return loss

    def thin_out(step):
        for p in params:
            k = np.arange(p.numel()).reshape(p.shape)
            p.grad = as_gradient(library, name, np.where((step + k) % 3 == 0, 0.0, p.grad.numpy()))

    places = []
    for step in range(STEPS):
        if name == "LBFGS":
            optimizer.step(closure)
        else:
            closure()
            if name == "SparseAdam":
                thin_out(step)
            optimizer.step()
        places.append(np.concatenate([p.detach().numpy().ravel() for p in params]))
    return np.array(places)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_fifty_steps_lead_where_pytorchs_lead(name, settings):
    np.testing.assert_allclose(
        trajectory(tg, name, ours(settings)), trajectory(torch, name, settings), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("name", sorted({case.values[0] for case in CASES} - NOT_COMPLEX))
def test_complex_parameters_are_pairs_of_reals(name):
    np.testing.assert_allclose(
        trajectory(tg, name, {}, True), trajectory(torch, name, {}, True), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize(("name", "case"), REFUSED)
def test_what_pytorch_refuses_is_refused_by_the_same_class(name, case):
    given = case.optimizer_error_input
    params = [torch.nn.Parameter(torch.randn(2, 3, dtype=torch.float64))] if given.params is None else given.params
    complain = pytest.warns if issubclass(case.error_type, Warning) else pytest.raises

    def run():
        mine = ours(params)
        optimizer = getattr(tg.optim, name)(mine, **ours(given.kwargs))
        if case.error_on.name == "STEP_ERROR":
            for p in mine:
                p.grad = tg.ones_like(p)
            optimizer.step()

    with complain(case.error_type):
        run()


def state_after_one_step(library, name):
    """Names and shapes of what is remembered of a parameter, and the names of the settings."""
    p = library.tensor(np.ones((2, 3)), requires_grad=True)
    optimizer = getattr(library.optim, name)([p])

    def closure():
        p.grad = as_gradient(library, name, np.full((2, 3), 0.5))
        return library.tensor(1.0)

    optimizer.step(closure)
    state = optimizer.state_dict()
    entries = state["state"].get(0, {})
    return {k: np.shape(v) for k, v in entries.items() if k not in LISTS}, entries.keys(), {*state["param_groups"][0]}


@pytest.mark.parametrize("name", sorted({case.values[0] for case in CASES}))
def test_states_are_laid_out_as_pytorchs(name):
    assert state_after_one_step(tg, name) == state_after_one_step(torch, name)


@pytest.mark.parametrize("name", sorted({case.values[0] for case in CASES} - {"LBFGS"}))
def test_a_run_begun_by_pytorch_goes_on_here(name):
    rng = np.random.default_rng(0)
    starts, gradients = [rng.standard_normal((3, 4)), rng.standard_normal((2, 2))], rng.standard_normal((8, 4))

    def go(library, params, optimizer, steps):
        for k in steps:
            for p in params:
                p.grad = as_gradient(library, name, np.resize(gradients[k], p.shape))
            optimizer.step()

    theirs = [torch.tensor(x, requires_grad=True) for x in starts]
    begun = getattr(torch.optim, name)(theirs)
    go(torch, theirs, begun, range(4))
    params = [ours(p) for p in theirs]
    optimizer = getattr(tg.optim, name)(params, lr=7.0)
    optimizer.load_state_dict(begun.state_dict())
    go(torch, theirs, begun, range(4, 8))
    go(tg, params, optimizer, range(4, 8))
    for p, q in zip(params, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-10)
