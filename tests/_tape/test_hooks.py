"""Hooks and kept gradients: what they see, what they may change, and when they run."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import TapeError, tape


@pytest.fixture
def x():
    return tg.tensor([1.0, 2.0], dtype=tg.float64, requires_grad=True)


def scaled(g):
    g.mul_(10)


def test_a_hook_may_change_its_gradient_in_place_and_nobody_elses(x):
    a, seed = tg.tensor([1.0, 2.0], dtype=tg.float64, requires_grad=True), tg.ones(2, dtype=tg.float64)
    a.register_hook(scaled)
    with tape():
        h = x * 1
        h.register_hook(scaled)
        y = h + a
    y.backward(seed)
    assert (x.grad.tolist(), a.grad.tolist(), seed.tolist()) == ([10.0] * 2, [10.0] * 2, [1.0] * 2)


def test_a_hook_keeps_the_dtype(x):
    x.register_hook(lambda g: g.float())
    with tape():
        y = (x * 2).sum()
    with pytest.raises(TapeError, match=r"dtype float32.*float64"):
        y.backward()
    assert x.grad is None


def test_hooks_of_asked_inputs_run_wherever_these_lie(x):
    with tape():
        h = x * 2
        k = h * 2
        for t in (x, h, k):
            t.register_hook(lambda g: g * 10)
        y = (k * 3).sum()
    for t, expected in ((k, 30.0), (h, 600.0), (x, 12000.0)):
        assert tg.autograd.grad(y, t, retain_graph=True)[0].tolist() == [expected] * 2
    assert [g[0].item() for g in tg.autograd.grad(y, [h, k, x])] == [600.0, 30.0, 12000.0]


@pytest.mark.parametrize("sweep", [lambda y, x: tg.autograd.grad(y, x), lambda y, x: y.backward(inputs=[x])])
def test_results_keep_their_gradients_in_partial_sweeps_too(x, sweep):
    with tape():
        h = x * 2
        h.retain_grad()
        y = (h * 3).sum()
    sweep(y, x)
    assert h.grad.tolist() == [3.0, 3.0]


def test_a_kept_gradient_follows_its_tensor_through_writes_in_place(x):
    with tape():
        h = x * 2
        h.retain_grad()
        h.mul_(5)
        h[0] = h[1] * 5
        v = h[:1]
        v.retain_grad()
        h.mul_(2)
        y = (h * 3).sum() + v.sum()
    y.backward()
    assert h.retains_grad and h.grad.tolist() == [4.0, 3.0]
    assert v.retains_grad and v.grad.tolist() == [1.0]


def test_post_accumulate_hooks_run_for_chosen_inputs(x):
    seen = []
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    with tape():
        y = (x * 3).sum()
    y.backward(inputs=[x, x])
    assert seen == [[3.0, 3.0]]


def test_hooks_of_recorded_sweeps_are_differentiated(x):
    handle = x.register_hook(lambda g: g * g)
    with tape():
        y = (x**3).sum()
    (g,) = tg.autograd.grad(y, x, create_graph=True)  # (3x²)² = 9x⁴
    handle.remove()
    np.testing.assert_allclose(tg.autograd.grad(g, x, tg.ones(2))[0].tolist(), [36.0, 288.0])


def test_a_hook_of_a_leaf_runs_once_on_the_whole_gradient(x):
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    with tape():
        y = x * 2
    with tape():
        z = x * 3
    tg.autograd.grad([y, z, x], [x, x], [tg.ones(2)] * 3)
    assert seen == [[6.0, 6.0]]
