"""Hooks on calls and on their gradients."""

import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.nn import module as everywhere

X = tg.tensor([[1.0, 2.0]])


def test_hooks_see_and_replace_inputs_and_outputs():
    m, seen = nn.Identity(), []
    with m.register_forward_pre_hook(lambda module, args: args[0] + 1):
        with m.register_forward_hook(lambda module, args, y: seen.append((module, args, y))):
            assert m(1) == 2
        with m.register_forward_hook(lambda module, args, y: y * 10):
            assert m(1) == 20
    assert m(1) == 1
    assert seen == [(m, (2,), 2)]


def test_hooks_run_in_order_and_prepended_ones_first():
    m = nn.Identity()
    m.register_forward_hook(lambda module, args, y: y + "a")
    handle = m.register_forward_hook(lambda module, args, y: y + "b")
    m.register_forward_hook(lambda module, args, y: y + "c", prepend=True)
    assert m("") == "cab"
    handle.remove()
    assert m("") == "ca"


def test_hooks_may_ask_for_the_arguments_given_by_name():
    m = nn.Identity()
    m.register_forward_pre_hook(lambda module, args, kwargs: (args, {"input": kwargs["input"] + 1}), with_kwargs=True)
    m.register_forward_hook(lambda module, args, kwargs, y: (y, kwargs["input"]), with_kwargs=True)
    assert m(input=1) == (2, 2)
    m.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"must return None or \(args, kwargs\), got 3"):
        m(input=1)


def test_a_hook_that_is_always_called_is_also_called_after_an_error():
    m, seen = nn.Linear(3, 1), []
    m.register_forward_hook(lambda module, args, y: seen.append("usual"))
    m.register_forward_hook(lambda module, args, y: seen.append(y), always_call=True)
    with pytest.raises(ValueError):
        m(X)
    assert seen == [None]
    m.register_forward_hook(lambda module, args, y: 1 / 0, always_call=True)
    with pytest.warns(UserWarning, match="ZeroDivisionError"), pytest.raises(ValueError):
        m(X)


def test_hooks_on_all_modules_reach_every_call():
    seen, net = [], nn.Sequential(nn.ReLU(), nn.Tanh())
    with (
        everywhere.register_module_forward_pre_hook(lambda m, args: seen.append(type(m).__name__)),
        everywhere.register_module_forward_hook(lambda m, args, y: seen.append("end")),
        everywhere.register_module_full_backward_pre_hook(lambda m, g: seen.append("g")),
        everywhere.register_module_full_backward_hook(lambda m, gx, g: seen.append("gx")),
    ):
        with tg.tape():
            y = net(X.clone().requires_grad_()).sum()
        y.backward()
    net(X)
    assert seen == ["Sequential", "ReLU", "end", "Tanh", "end", "end", "g", "g", "gx", "g", "gx", "gx"]


# ------------------------------------------------------------------------------ gradients


class Times(nn.Module):
    def forward(self, x, y):
        return x * y


def test_gradient_hooks_see_what_comes_in_and_goes_out():
    m, seen = Times(), []
    m.register_full_backward_pre_hook(lambda module, g: seen.append(g))
    m.register_full_backward_hook(lambda module, gx, g: seen.append((gx, g)))
    x = X.clone().requires_grad_()
    with tg.tape():
        y = m(x, X).sum()
    y.backward()
    assert seen[0][0].tolist() == [[1.0, 1.0]]
    (gx, none), (g,) = seen[1]
    assert none is None and gx.tolist() == x.grad.tolist() == X.tolist() and g.tolist() == [[1.0, 1.0]]


def test_gradient_hooks_replace_gradients():
    m = nn.Linear(2, 1, bias=False)
    m.register_full_backward_pre_hook(lambda module, g: (g[0] * 10,))
    m.register_full_backward_hook(lambda module, gx, g: gx[0] + 1)
    x = X.clone().requires_grad_()
    with tg.tape():
        y = m(x)
    y.backward()
    assert m.weight.grad.tolist() == [[10.0, 20.0]]
    assert x.grad.tolist() == (m.weight * 10 + 1).tolist()


def test_the_hook_of_a_first_layer_gets_no_gradient_of_the_input():
    m, seen = nn.Linear(2, 1), []
    m.register_full_backward_hook(lambda module, gx, g: seen.append((gx, g[0].tolist())))
    with tg.tape():
        y = m(X)
    y.backward()
    assert seen == [((None,), [[1.0]])]


class Halves(nn.Module):
    def forward(self, x, factor):
        return x[:1] * factor, x[1:], factor


def test_an_output_without_gradient_gives_the_hook_none():
    m, seen = Halves(), []
    m.register_full_backward_hook(lambda module, gx, g: seen.append((gx, g)))
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with tg.tape():
        first, _, factor = m(x, 3)
    first.backward()
    ((gx, g),) = seen
    assert factor == 3 and gx[0].tolist() == [3.0, 0.0] and gx[1] is None
    assert g[0].tolist() == [1.0] and g[1:] == (None, None)


@pytest.mark.parametrize(
    ("register", "match"),
    [
        (lambda m: m.register_full_backward_pre_hook(lambda module, g: (1, 2)), "a backward pre hook must return 1"),
        (lambda m: m.register_full_backward_hook(lambda module, gx, g: (1, 2)), "a backward hook must return 1"),
    ],
)
def test_a_wrong_number_of_gradients_is_an_error(register, match):
    m = nn.ReLU()
    register(m)
    with tg.tape():
        y = m(X.clone().requires_grad_()).sum()
    with pytest.raises(RuntimeError, match=match):
        y.backward()


def test_a_hook_is_a_function():
    with pytest.raises(TypeError, match=r"`hook` \(=3\) must be a function"):
        nn.ReLU().register_forward_hook(3)
