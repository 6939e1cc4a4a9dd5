"""The engine's guarantees on a device: its own tests again, and what writes, views and moves mean there."""

import inspect
from functools import partial

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda._array import overlap
from tests._tape import test_guard, test_hooks, test_leaves, test_views_random

FACTORIES = ("tensor", "ones", "zeros", "full", "arange", "rand", "randn", "eye")


def is_of_tensors_alone(test) -> bool:
    """Whether a test needs no fixture but `x`, and no NumPy: there are no aliases of device memory in NumPy."""
    return list(inspect.signature(test).parameters) in ([], ["x"]) and "numpy" not in inspect.getsource(test)


TESTS = [
    test
    for module in (test_guard, test_hooks, test_leaves)
    for name, test in vars(module).items()
    if name.startswith("test_") and is_of_tensors_alone(test)
]


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.__name__.removeprefix("test_"))
def test_what_the_engine_promises_holds_on_a_device(test, monkeypatch):
    for name in FACTORIES:
        monkeypatch.setattr(tg, name, partial(getattr(tg, name), device="cuda"))
    values = [1.0, 2.0, 3.0] if inspect.getmodule(test) is test_guard else [1.0, 2.0]
    x = tg.tensor(values, dtype=tg.float64, requires_grad=True)
    test(*([x] if inspect.signature(test).parameters else []))


@pytest.mark.parametrize("seed", [1, 2])
def test_random_programs_of_views_and_writes_mean_what_the_model_says(seed, monkeypatch):
    for name in FACTORIES:
        monkeypatch.setattr(tg, name, partial(getattr(tg, name), device="cuda"))
    monkeypatch.setattr(np, "shares_memory", overlap)
    program, swept = test_views_random.outcome(seed)
    assert swept and program.loss.item() == pytest.approx(program.model_loss.item(), rel=1e-10)
    np.testing.assert_allclose(program.x.grad.tolist(), program.model_x.grad.tolist(), rtol=1e-9, atol=1e-12)


def test_there_are_tests_to_run_again():
    assert len(TESTS) > 20


def scatter(x):
    y = x * 1
    y[1:, ::2] = x[:1, ::2] * 3
    y[0].mul_(2)
    return y


def chosen(x):
    y = x.clone()
    y[tg.tensor([0, 2], device=x.device), 1] = x[1, :2]
    y[y.detach() > 2] = 0.5
    return y * x


def through_views(x):
    y = x * 2
    row, flat = y[1], y.view(-1)
    row.add_(x[0])
    flat[::3].zero_()
    return (row * y.T[1].sum()) + flat[:4]


@pytest.mark.parametrize("f", [scatter, chosen, through_views, lambda x: x.detach() * x.T.mT])
def test_values_and_gradients_of_writes_and_views_are_those_of_the_cpu(f):
    answers = []
    for device in ("cpu", "cuda"):
        x = tg.tensor(np.arange(12.0).reshape(3, 4) / 4, device=device, requires_grad=True)
        with tape():
            y = f(x)
        y.backward(tg.arange(float(y.numel()), dtype=y.dtype, device=device).reshape(y.shape) + 1)
        assert y.device == x.grad.device == tg.device(device)
        answers.append((y.tolist(), x.grad.tolist()))
    np.testing.assert_allclose(answers[1][0], answers[0][0], rtol=1e-12)
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-12)


def test_gradients_accumulate_in_memory_of_their_own():
    x = tg.ones(3, device="cuda", requires_grad=True)
    for k in (1, 2):
        with tape():
            y = (x * 2 + x).sum()
        y.backward()
        assert x.grad.is_cuda and x.grad.tolist() == [3.0 * k] * 3
    first, second = (tg.ones(2, device="cuda", requires_grad=True) for _ in range(2))
    with tape():
        (first + second).sum().backward()
    first.grad.mul_(5)
    assert second.grad.tolist() == [1.0, 1.0]
    x.grad = None
    with pytest.raises(RuntimeError, match=r"same device.*cuda.*cpu"):
        with tape():
            y = (x * x).sum() + tg.ones(2).sum(0, keepdim=True)


def test_a_number_may_be_used_on_any_device_and_gets_its_gradient_back():
    scale, x = tg.tensor(2.0, requires_grad=True), tg.ones(3, device="cuda", requires_grad=True)
    with tape():
        y = (x * scale.exp() + scale).sum()
        (g,) = tg.autograd.grad(y, scale, create_graph=True)
        g.sum().backward()
    np.testing.assert_allclose([scale.grad.item(), x.grad[0].item()], [3 * np.exp(2), np.exp(2)], rtol=1e-6)
    assert not scale.grad.is_cuda and x.grad.is_cuda


def test_a_gradient_must_be_where_its_tensor_is():
    x = tg.ones(3, device="cuda", requires_grad=True)
    with tape():
        y = x + 1
    with pytest.raises(RuntimeError, match=r"same device.*\(3,\) on cpu.*cuda:0"):
        y.backward(tg.ones(3))
    assert x.grad is None
    with pytest.raises(RuntimeError, match=r"\[grad\] assigned grad is on the device cpu, the tensor on cuda:0"):
        x.grad = tg.ones(3)


def test_detached_tensors_share_memory_and_clones_do_not():
    x = tg.zeros(2, device="cuda", requires_grad=True)
    shared, own = x.detach(), x.detach().clone()
    with tg.no_grad():
        x.add_(1)
    assert shared.tolist() == [1, 1] and own.tolist() == [0, 0] and not shared.requires_grad
    shared.requires_grad_()
    assert shared.is_leaf and shared.requires_grad
    x.data = tg.ones(3, device="cuda")
    assert x.shape == (3,) and x.is_cuda


def test_factories_make_their_tensors_on_the_device():
    made = [
        tg.zeros(2, 3, device="cuda"), tg.ones((2,), device="cuda:0"), tg.empty(2, device=0), tg.eye(2, device="cuda"),
        tg.full((2,), 7, device="cuda"), tg.arange(5, device="cuda"), tg.linspace(0, 1, 3, device="cuda"),
        tg.logspace(0, 1, 3, device="cuda"), tg.rand(3, device="cuda"), tg.randn(3, device="cuda"),
        tg.randint(5, (3,), device="cuda"), tg.randperm(4, device="cuda"), tg.tensor([1.0], device=tg.device("cuda")),
        tg.as_tensor(np.ones(2), device="cuda"), tg.Tensor([1.0], device="cuda"),
    ]  # fmt: skip
    x = made[0]
    made += [
        tg.zeros_like(x), tg.ones_like(x), tg.full_like(x, 3.0), tg.empty_like(x), tg.rand_like(x), tg.randn_like(x),
        tg.randint_like(x, 3), x.new_zeros(2), x.new_ones(2), x.new_full((2,), 1), x.new_tensor([1, 2]), x.new_empty(1),
        tg.ones_like(tg.ones(2), device="cuda"), tg.bernoulli(x), tg.normal(x, 1.0),
    ]  # fmt: skip
    assert all(t.is_cuda and t.device == tg.device("cuda") for t in made)
    assert not tg.zeros_like(x, device="cpu").is_cuda and tg.zeros_like(x, device="cpu").tolist() == x.tolist()


def test_random_numbers_are_those_of_the_cpu():
    for draw in (
        lambda g, **where: tg.randn(5, generator=g, **where),
        lambda g, **where: tg.rand(2, 3, generator=g, **where),
        lambda g, **where: tg.randint(9, (4,), generator=g, **where),
        lambda g, **where: tg.zeros(4, **where).normal_(generator=g),
        lambda g, **where: tg.zeros(4, **where).uniform_(1, 2, generator=g),
        lambda g, **where: tg.zeros(4, **where).exponential_(generator=g),
        lambda g, **where: tg.randperm(5, generator=g, **where),
        lambda g, **where: tg.multinomial(tg.tensor([[1.0, 0, 2], [0, 1, 0]], **where), 3, True, generator=g),
        lambda g, **where: tg.multinomial(tg.tensor([1.0, 0, 2, 4], **where), 2, generator=g),
        lambda g, **where: tg.bernoulli(tg.full((6,), 0.5, **where), generator=g),
    ):
        here, there = tg.Generator().manual_seed(3), tg.Generator(device="cuda").manual_seed(3)
        np.testing.assert_allclose(draw(there, device="cuda").tolist(), draw(here).tolist(), rtol=1e-6)
        assert here.get_state().tolist() == there.get_state().tolist() and there.device == tg.device("cuda")
    assert tg.Generator().set_state(here.get_state().cuda()).initial_seed() == 3


def test_to_knows_every_way_to_say_where():
    x = tg.ones(2)
    there = x.to("cuda", tg.float64)
    assert there.dtype == tg.float64 and there.to(0) is there and there.cuda() is there and there.to("cuda") is there
    assert x.to(there).device == there.device and x.to(there).dtype == tg.float64 and there.cpu().double() is not there
    assert x.to("cuda", non_blocking=True).tolist() == there.to("cpu", non_blocking=True).tolist() == [1, 1]
    assert x.get_device() == -1 and there.get_device() == 0 and there.to("cuda", copy=True) is not there
    there.record_stream(tg.cuda.Stream())
    with pytest.raises(RuntimeError, match=r"\[record_stream\] only memory of a device"):
        x.record_stream(tg.cuda.Stream())


def test_pinned_memory_is_host_memory():
    x = tg.arange(3.0, requires_grad=True)
    with tape():
        y = (x.pin_memory() * 2).sum()
    y.backward()
    pinned = x.detach().pin_memory()
    assert x.grad.tolist() == [2, 2, 2] and pinned.is_pinned() and pinned[1:].is_pinned() and not x.is_pinned()
    assert pinned.pin_memory() is pinned and pinned.cuda(non_blocking=True).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match=r"\[pin_memory\] only tensors on the CPU"):
        x.cuda().pin_memory()
    assert x.cuda().to("cpu", non_blocking=True).is_pinned()


def test_a_function_of_the_users_own_gets_cotangents_of_the_device():
    class Split(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2, x + 1

        @staticmethod
        def backward(ctx, g, h):
            assert g.is_cuda and h.is_cuda
            return g * 2 + h * ctx.saved_tensors[0]

    x = tg.ones(2, device="cuda", requires_grad=True)
    with tape():
        Split.apply(x)[0].sum().backward()  # nothing flows into the other one: zeros of the device
    assert x.grad.is_cuda and x.grad.tolist() == [2.0, 2.0]


def test_a_module_moves_with_gradients_and_buffers_and_trains_there():
    tg.manual_seed(0)
    model = tg.nn.Sequential(tg.nn.Linear(3, 2), tg.nn.ReLU(), tg.nn.Linear(2, 2))
    model.register_buffer("scale", tg.full((2,), 2.0))
    model[0].register_buffer("steps", tg.zeros(1, dtype=tg.int64))
    weight = model[0].weight
    with tape():
        sum((p * p).sum() for p in model.parameters()).backward()
    assert model.to("cuda") is model and model[0].weight is weight and weight.is_leaf and weight.requires_grad
    assert all(t.is_cuda for t in (*model.parameters(), *model.buffers(), *(p.grad for p in model.parameters())))
    optimizer = tg.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        with tape():
            loss = ((model(tg.ones(2, 3, device="cuda")) * model.scale - 1) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    state = optimizer.state[weight]
    assert all(t.is_cuda for name, t in state.items() if t.shape) and state["exp_avg"].shape == weight.shape
    there = weight.tolist()
    assert model.cpu()[0].weight is weight and weight.tolist() == there
    assert not any(t.is_cuda for t in (*model.parameters(), *model.buffers(), *(p.grad for p in model.parameters())))
    assert model.cuda(0).to(tg.ones(1, dtype=tg.float64)).scale.dtype == tg.float64 and not model.scale.is_cuda


def test_states_are_loaded_across_devices(tmp_path):
    here, there = tg.nn.Linear(2, 3), tg.nn.Linear(2, 3).cuda()
    there.load_state_dict(here.state_dict())
    assert there.weight.is_cuda and there.weight.tolist() == here.weight.tolist()
    with tg.no_grad():
        there.weight.mul_(2)
    here.load_state_dict(there.state_dict())
    assert not here.weight.is_cuda and there.weight.tolist() == here.weight.tolist()
    tg.save({"model": there.state_dict(), "device": there.weight.device}, tmp_path / "a")
    for where in (None, "cpu", "cuda", tg.device("cuda:0")):
        state = tg.load(tmp_path / "a", map_location=where)
        assert state["model"]["weight"].device == tg.device(where or "cpu") and state["device"] == tg.device("cuda")
        assert state["model"]["weight"].tolist() == there.weight.tolist()
    fresh = tg.nn.Linear(2, 3)
    fresh.load_state_dict(state["model"], assign=True)
    assert fresh.weight.is_cuda


def test_optimizer_states_follow_their_parameters():
    model = tg.nn.Linear(2, 3)
    optimizer = tg.optim.Adam(model.parameters())
    with tape():
        (model.weight.sum() + model.bias.sum()).backward()
    optimizer.step()
    saved = optimizer.state_dict()
    model.to("cuda")
    again = tg.optim.Adam(model.parameters())
    again.load_state_dict(saved)
    with tape():
        model(tg.ones(1, 2, device="cuda")).sum().backward()
    again.step()
    moved = again.state[model.weight]
    assert moved["exp_avg"].is_cuda and not moved["step"].is_cuda and moved["step"].item() == 2
    optimizer = tg.optim.Adam(model.cpu().parameters())
    optimizer.load_state_dict(again.state_dict())
    assert not optimizer.state[model.weight]["exp_avg"].is_cuda


def test_batches_of_a_loader_are_pinned():
    pairs = tg.data.TensorDataset(tg.arange(4.0), tg.arange(4))
    for workers in (0, 1):
        for x, k in tg.data.DataLoader(pairs, batch_size=2, pin_memory=True, num_workers=workers):
            assert x.is_pinned() and k.is_pinned() and x.cuda(non_blocking=True).tolist() == k.tolist()
    x, _ = next(iter(tg.data.DataLoader(pairs)))
    assert not x.is_pinned()
