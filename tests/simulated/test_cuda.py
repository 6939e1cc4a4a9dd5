"""The same tape on a device: add and matmul, their gradients, transfers, and what is refused."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape


def host(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def on_both(f, *arrays):
    """Values and gradients of f on the CPU and on the device."""
    answers = []
    for device in ("cpu", "cuda"):
        xs = [tg.tensor(a, device=device, requires_grad=True) for a in arrays]
        with tape():
            y = f(*xs)
        y.backward(tg.ones(y.shape, dtype=y.dtype, device=device))
        answers.append([y.detach().cpu().numpy(), *(x.grad.cpu().numpy() for x in xs)])
        assert all(x.grad.device == x.device == tg.device(device) for x in xs)
    return answers


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (lambda a, b: a + b, [(3, 4), (3, 4)]),
        (lambda a, b: a + b, [(3, 1), (4,)]),
        (lambda a, b: a * b - a / b, [(2, 3), (1, 3)]),
        (lambda a: -a.T + 2, [(2, 3)]),
        (lambda a, b: a @ b, [(5, 3), (3, 7)]),
        (lambda a, b: a.T @ b.T, [(3, 5), (6, 3)]),
        (lambda a, b: a @ b, [(3,), (3, 2)]),
        (lambda a, b: a[1:, ::2] @ b, [(4, 5), (3, 2)]),
        (lambda a: a.sum(1), [(3, 4)]),
        (lambda a: a.reshape(4, 3).sum(0, keepdim=True), [(3, 4)]),
        (lambda a: (a * a).mean(), [(2, 3, 2)]),
    ],
)
def test_values_and_gradients_are_those_of_the_cpu(f, shapes, dtype):
    arrays = [host(*s, seed=k).astype(dtype) for k, s in enumerate(shapes)]
    for here, there in zip(*on_both(f, *arrays), strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-5 if dtype == "float32" else 1e-12)


def test_second_derivatives_run_on_the_device():
    x = tg.tensor(host(3, 3), device="cuda", requires_grad=True)
    with tape():
        (g,) = tg.autograd.grad((x @ x).sum(), x, create_graph=True)
        (h,) = tg.autograd.grad((g * g).sum(), x)
    y = tg.tensor(host(3, 3), requires_grad=True)
    with tape():
        (g,) = tg.autograd.grad((y @ y).sum(), y, create_graph=True)
        (want,) = tg.autograd.grad((g * g).sum(), y)
    np.testing.assert_allclose(h.cpu().numpy(), want.numpy(), rtol=1e-12)


def test_transfers_are_recorded_and_differentiated():
    x = tg.ones(2, requires_grad=True)
    with tape() as t:
        y = (x.cuda() * 3).cpu().sum()
    y.backward()
    assert x.grad.tolist() == [3.0, 3.0] and [r.op for r in t] == ["to", "mul", "to", "sum"]
    assert x.cuda().is_cuda and x.to("cuda").to("cuda").device == tg.device("cuda:0") and x.cpu() is x


def test_a_module_moves_and_trains_a_step():
    model = tg.nn.Linear(3, 2).to("cuda")
    assert all(p.is_cuda for p in model.parameters())
    with tape():
        loss = (model(tg.ones(4, 3, device="cuda")) * 2.0).sum()
    loss.backward()
    assert model.weight.grad.is_cuda and model.bias.grad.cpu().tolist() == [8.0, 8.0]


def test_text_names_the_device():
    assert repr(tg.ones(2, device="cuda")) == "tensor([1., 1.], device='cuda:0')"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x + tg.ones(2, 2), RuntimeError, "same device.*cuda.*cpu"),
        (lambda x: x @ tg.ones(2, 2), RuntimeError, "same device.*cuda:0.*cpu"),
        (lambda x: x.numpy(), TypeError, r"\.cpu\(\)"),
        (lambda x: np.asarray(x), TypeError, r"\.cpu\(\)"),
        (lambda x: x.to("cuda:1"), RuntimeError, "cuda:0"),
    ],
)
def test_nothing_is_copied_silently(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 2, device="cuda"))
