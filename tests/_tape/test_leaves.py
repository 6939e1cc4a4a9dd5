"""Leaves keep what they are while gradients are asked of them, are not, and are again."""

import pytest

import tapegrad as tg
from tapegrad import TapeError, tape


@pytest.fixture
def x():
    return tg.tensor([1.0, 2.0], dtype=tg.float64, requires_grad=True)


def test_a_leaf_that_is_frozen_for_a_while_gets_the_whole_gradient(x):
    with tape():
        a = x * 2
        x.requires_grad_(False)
        b = x * 3
        x.requires_grad_(True)
        y = (a + b + x * 5).sum()
    assert tg.autograd.grad(y, x, retain_graph=True)[0].tolist() == [7.0, 7.0]
    y.backward()
    assert x.grad.tolist() == [7.0, 7.0]


def test_a_frozen_leaf_gets_no_gradient(x):
    with tape():
        y = (x * 2).sum()
    x.requires_grad_(False)
    y.backward()
    assert x.grad is None and x.is_leaf and not x.requires_grad


@pytest.mark.parametrize("freeze", [lambda x: x.requires_grad_(False), lambda x: x.detach_()])
def test_hooks_outlast_a_freeze(x, freeze):
    x.register_hook(lambda g: g * 10)
    freeze(x)
    assert not x.requires_grad
    x.requires_grad_()
    with tape():
        y = (x * 2).sum()
    y.backward()
    assert x.grad.tolist() == [20.0, 20.0]


def test_memory_that_was_exposed_while_frozen_is_still_copied(x):
    x.requires_grad_(False)
    alias = x.numpy()
    x.requires_grad_()
    with tape():
        y = (x * x).sum()
    alias[...] = 100.0
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_an_alias_from_before_a_tensor_became_a_leaf_is_constant():
    for alias in (lambda x: x.detach(), lambda x: x.data):
        x = tg.tensor([1.0, 2.0], dtype=tg.float64)
        c = alias(x)
        x.requires_grad_()
        with tape():
            y = (x * c).sum()
        y.backward()
        assert not c.requires_grad and x.grad.tolist() == [1.0, 2.0]


def test_what_is_written_to_an_alias_outside_a_tape_is_not_lost_silently(x):
    alias = tg.zeros(2, dtype=tg.float64).detach()
    alias.copy_(x * 2)
    with tape(), pytest.raises(TapeError, match="history is missing"):
        alias * x


def test_a_refused_write_through_a_view_of_another_tape_changes_nothing(x):
    with tape():
        y = x * 1
    v = y[:1]
    with tape(), pytest.raises(TapeError, match="another tape"):
        v.fill_(9.0)
    assert y.tolist() == [1.0, 2.0]
