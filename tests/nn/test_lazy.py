"""Lazy layers."""

import copy

import pytest

import tapegrad as tg
from tapegrad import nn


def test_a_lazy_layer_becomes_the_ordinary_one_with_its_first_input():
    m = nn.LazyLinear(3).double()
    weight = m.weight
    assert repr(m) == "LazyLinear(in_features=0, out_features=3, bias=True)" and m.has_uninitialized_params()
    assert m(tg.ones(4, 5, dtype=tg.float64)).shape == (4, 3)
    assert type(m) is nn.Linear and m.weight is weight and type(weight) is nn.Parameter
    assert weight.shape == (3, 5) and weight.dtype == tg.float64 and weight.requires_grad
    assert 0 < abs(weight.detach().numpy()).max() <= 5**-0.5
    with pytest.raises(ValueError, match="must end in the 5 columns"):
        m(tg.ones(4, 6, dtype=tg.float64))


def test_the_shape_of_a_parameter_without_one_is_an_error():
    with pytest.raises(RuntimeError, match=r"\[UninitializedParameter\] has no shape yet"):
        nn.LazyLinear(3).weight.shape  # noqa: B018
    assert repr(nn.LazyLinear(3).weight) == "<UninitializedParameter>"


def test_a_state_gives_a_lazy_layer_its_shapes_and_its_values_stay():
    source, m = nn.Linear(2, 3), nn.LazyLinear(3)
    m.load_state_dict(source.state_dict())
    assert not m.has_uninitialized_params()
    assert (m(tg.ones(1, 2)) == source(tg.ones(1, 2))).all() and repr(m) == repr(source)


def test_a_state_without_shapes_fits_only_a_lazy_layer():
    state = nn.LazyLinear(3).state_dict()
    assert nn.LazyLinear(3).load_state_dict(state) == ([], [])
    with pytest.raises(RuntimeError, match="its value in state_dict has no shape yet"):
        nn.Linear(2, 3).load_state_dict(state)


def test_a_copy_of_a_lazy_layer_is_lazy():
    m = copy.deepcopy(nn.LazyLinear(3))
    assert m.has_uninitialized_params() and m(tg.ones(1, 2)).shape == (1, 3)


def test_a_lazy_layer_inside_a_network_learns_its_size_under_a_tape():
    net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(1, bias=False))
    with tg.tape():
        y = net(tg.ones(2, 3)).sum()
    y.backward()
    assert [p.grad.shape for p in net.parameters()] == [(4, 3), (4,), (1, 4)]


def test_a_buffer_without_a_shape_gets_one():
    b = nn.UninitializedBuffer(dtype=tg.float64)
    b.materialize((2, 3))
    assert type(b) is tg.Tensor and b.shape == (2, 3) and b.dtype == tg.float64


def test_a_lazy_layer_that_leaves_parameters_without_a_shape_is_an_error():
    class Broken(nn.LazyLinear):
        def initialize_parameters(self, input):
            pass

    with pytest.raises(RuntimeError, match=r"\[Broken\] `initialize_parameters` must materialize every parameter"):
        Broken(1)(tg.ones(1, 1))
