"""Parameter: a leaf of its own class."""

import copy
import pickle

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn


def test_repr_is_pytorchs():
    p = nn.Parameter(tg.tensor([1.0, 2.0]))
    assert repr(p) == str(p) == "Parameter containing:\ntensor([1., 2.], requires_grad=True)"


def test_a_parameter_is_a_tracked_leaf_and_results_are_plain_tensors():
    p = nn.Parameter(tg.ones(2))
    assert isinstance(p, tg.Tensor) and p.is_leaf and p.requires_grad
    with tg.tape():
        y = (p * 3).sum()
    y.backward()
    assert type(y) is type(p.grad) is type(p.data) is tg.Tensor
    assert p.grad.tolist() == [3.0, 3.0]


def test_an_integer_parameter_must_not_require_gradients():
    with pytest.raises(RuntimeError, match="only Tensors of floating point and complex dtype"):
        nn.Parameter(tg.tensor([1, 2]))
    assert not nn.Parameter(tg.tensor([1, 2]), requires_grad=False).requires_grad


def test_what_is_no_tensor_is_an_error():
    with pytest.raises(TypeError, match=r"\[Parameter\] `data` must be a Tensor, got list; use `tensor\(data\)`"):
        nn.Parameter([1.0])


def test_without_data_it_has_no_elements():
    assert nn.Parameter().shape == (0,)


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_keep_class_values_and_tracking(travel):
    for tracked in (True, False):
        twin = travel(nn.Parameter(tg.tensor([1.0, 2.0]), requires_grad=tracked))
        assert type(twin) is nn.Parameter and twin.requires_grad is tracked and twin.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "source",
    [
        lambda: tg.ones(2),
        lambda: tg.from_numpy(np.ones(2, "f")),
        lambda: tg.ones(2, requires_grad=True),
        lambda: tg.ones(3)[1:],
        lambda: tg.ones(2).detach(),
    ],
)
def test_memory_is_shared_with_the_data_and_guarded(source):
    data = source()
    p = nn.Parameter(data)
    with tg.no_grad():
        data[0] = 5.0
    assert p.tolist() == [5.0, 1.0]
    with tg.tape():
        y = (p * p).sum()
    data.detach().numpy()[1] = 7.0  # behind the tape's back
    try:
        y.backward()
    except RuntimeError as error:
        assert "[mul]" in str(error)
    else:
        assert p.grad.tolist() == [10.0, 2.0]


def test_a_fresh_parameter_is_saved_without_a_copy():
    p = nn.Parameter(tg.ones(2))
    with tg.tape():
        y = p * p
    assert y.grad_fn.saved_tensors[0]._array is p._array


# ------------------------------------------------------------------------------ buffers


def test_a_buffer_is_registered_where_it_is_assigned_and_a_tensor_takes_its_place():
    m = nn.Module()
    m.mean, m.scratch = nn.Buffer(tg.ones(2)), nn.Buffer(tg.zeros(2), persistent=False)
    assert [name for name, _ in m.named_buffers()] == ["mean", "scratch"] and not [*m.parameters()]
    assert list(m.state_dict()) == ["mean"] and isinstance(m.mean, nn.Buffer)
    m.mean, m.scratch = tg.zeros(2), tg.ones(2)
    assert list(m.state_dict()) == ["mean"] and m.scratch.tolist() == [1.0, 1.0]
    m.mean, m.scratch = nn.Buffer(tg.ones(2), persistent=False), nn.Buffer(tg.ones(2))
    assert list(m.state_dict()) == ["scratch"]
    m.scratch = None
    assert m.scratch is None and not m.state_dict()


def test_a_buffer_shares_memory_is_not_trained_and_prints_as_a_tensor():
    data = tg.zeros(2)
    b = nn.Buffer(data)
    with tg.no_grad():
        data[0] = 5.0
    assert b.tolist() == [5.0, 0.0] and repr(b) == "tensor([5., 0.])"
    assert not b.requires_grad and type(b * 2) is tg.Tensor and nn.Buffer().shape == (0,)
    assert nn.Buffer(tg.ones(1, requires_grad=True)).requires_grad


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))])
@pytest.mark.parametrize("persistent", [True, False])
def test_copies_of_buffers_are_as_persistent(travel, persistent):
    twin = travel(nn.Buffer(tg.ones(2), persistent=persistent))
    assert isinstance(twin, nn.Buffer) and twin.persistent is persistent and twin.tolist() == [1.0, 1.0]


def test_buffers_in_the_wrong_place_are_errors():
    with pytest.raises(TypeError, match=r"\[Buffer\] `data` must be a Tensor, got list"):
        nn.Buffer([1.0])
    m = nn.Linear(1, 1)
    with pytest.raises(TypeError, match="cannot assign 'Buffer' as parameter 'weight'"):
        m.weight = nn.Buffer(tg.ones(1, 1))
    m.number = 3
    with pytest.raises(KeyError, match="attribute 'number' already exists"):
        m.number = nn.Buffer(tg.ones(1))

    class Early(nn.Module):
        def __init__(self):
            self.b = nn.Buffer(tg.ones(1))

    with pytest.raises(AttributeError, match=r"cannot assign buffer before Module.__init__\(\) call"):
        Early()
