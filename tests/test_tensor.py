"""Tensors: what they are, say, hold and refuse."""

import copy
import pickle

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import TapeError, tape


@pytest.fixture
def x():
    return tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)


def test_shape_and_dtype_are_read_only(x):
    assert x.shape == (2, 2) and x.size() == (2, 2) and x.size(0) == 2 and x.dtype is tg.float32
    assert (x.ndim, x.dim(), x.numel(), x.nelement(), x.element_size(), x.nbytes) == (2, 2, 4, 4, 4, 16)
    for name in ("shape", "dtype", "device", "is_leaf", "grad_fn"):
        with pytest.raises(AttributeError):
            setattr(x, name, None)


def test_hash_is_identity_and_equality_is_elementwise(x):
    assert len({x, x.clone(), x}) == 2
    assert (x == x.detach()).all() and (x != 1).tolist() == [[False, True], [True, True]]
    assert (x == None) is False and x != "text"  # noqa: E711


def test_text_shows_what_made_a_tensor(x):
    assert repr(x) == "tensor([[1., 2.],\n        [3., 4.]], requires_grad=True)"
    with tape():
        assert repr(x.sum()) == "tensor(10., grad_fn=<SumBackward0>)"
        assert repr(x.double() * 1).endswith("dtype=float64, grad_fn=<MulBackward0>)")
    assert repr(tg.tensor([1, 2])) == "tensor([1, 2])" and repr(tg.zeros(0, 3)) == "tensor([], size=(0, 3))"
    assert f"{tg.tensor(2.5):.3f}" == "2.500"


def test_printoptions_are_obeyed():
    with tg.printoptions(precision=2):
        assert str(tg.tensor([1 / 3])) == "tensor([0.33])"
    assert str(tg.tensor([1 / 3])) == "tensor([0.3333])"


def test_size_one_tensors_are_numbers():
    one = tg.tensor([[2.0]])
    assert (one.item(), float(one), int(one), complex(one), bool(one)) == (2.0, 2.0, 2, 2 + 0j, True)
    assert [10, 20, 30][tg.tensor(2)] == 30 and not tg.tensor(0.0)
    for convert in (tg.Tensor.item, float, int, bool):
        with pytest.raises(RuntimeError, match="3 elements"):
            convert(tg.ones(3))
    with pytest.raises(TypeError, match="integer tensors"):
        [1, 2][tg.tensor(1.0)]


def test_iteration_length_and_membership(x):
    with tape():
        rows = list(x)
        assert [r.tolist() for r in rows] == [[1.0, 2.0], [3.0, 4.0]] and rows[0].requires_grad
    assert len(x) == 2 and 3.0 in x and 7.0 not in x
    for use in (len, iter):
        with pytest.raises(TypeError, match="0-d tensor"):
            use(tg.tensor(1.0))


def test_operators_take_scalars_arrays_and_tensors_on_either_side(x):
    a = np.array([10.0, 20.0], np.float32)
    with tape():
        for y, want in [
            (x + 1, [[2, 3], [4, 5]]), (1 - x, [[0, -1], [-2, -3]]), (a * x, [[10, 40], [30, 80]]),
            (x / a, [[0.1, 0.1], [0.3, 0.2]]), (2**x, [[2, 4], [8, 16]]), (a @ x, [70, 100]),
            (-x, [[-1, -2], [-3, -4]]),
            (x // 2, [[0, 1], [1, 2]]), (x % 2, [[1, 0], [1, 0]]), (abs(-x), [[1, 2], [3, 4]]),
        ]:  # fmt: skip
            assert y.requires_grad and y.dtype == tg.float32
            np.testing.assert_allclose(y.tolist(), want, rtol=1e-6)
    assert (x > a - 9).tolist() == [[False, False], [True, False]]


def test_an_operand_that_is_no_number_is_named(x):
    for wrong in ("text", None, object()):
        with pytest.raises(TypeError, match=r"\[add\].*operand of type"):
            x + wrong


def test_in_place_operators_return_the_same_object():
    x = tg.ones(2)
    y = x
    y += 1
    y *= tg.tensor([2.0, 3.0])
    y -= np.ones(2, np.float32)
    y /= 2
    y **= 2
    assert y is x and x.tolist() == [2.25, 6.25]


def test_in_place_results_must_fit():
    with pytest.raises(TapeError, match=r"\[add_\] output of shape \(2, 2\) doesn't match"):
        tg.ones(2).add_(tg.ones(2, 2))
    with pytest.raises(TapeError, match=r"can't be cast to the tensor's dtype int64"):
        tg.arange(2).add_(1.5)
    x = tg.ones(2)
    assert x.add_(tg.ones(2, dtype=tg.float64)).dtype == tg.float32


def test_requires_grad_is_contagious_settable_and_for_floats(x):
    c = tg.ones(2, 2)
    with tape():
        assert (x * c).requires_grad and not (c * c).requires_grad
        y = x * c
        with pytest.raises(RuntimeError, match=r"only change requires_grad flags of leaf"):
            y.requires_grad = False
    c.requires_grad = True
    assert c.is_leaf and c.requires_grad and c.requires_grad_(False) is c and not c.requires_grad
    with pytest.raises(RuntimeError, match=r"floating point and complex dtype.*int64"):
        tg.ones(2, dtype=tg.int64, requires_grad=True)


def test_results_of_integer_functions_are_constants(x):
    with tape() as t:
        assert not x.argmax().requires_grad and not (x > 1).requires_grad and not x.long().requires_grad
    assert len(t) == 0


def test_grad_can_be_assigned_and_is_checked(x):
    g = tg.ones(2, 2)
    x.grad = g
    assert x.grad is g
    del x.grad
    assert x.grad is None
    for wrong, message in [(tg.ones(4), "shape"), (tg.ones(2, 2).double(), "dtype"), (x, "its own grad")]:
        with pytest.raises(RuntimeError, match=message):
            x.grad = wrong
    with pytest.raises(TypeError, match="float"):
        x.grad = 1.0


def test_data_shares_memory_and_can_be_replaced(x):
    x.data.mul_(2)
    assert x.tolist() == [[2.0, 4.0], [6.0, 8.0]] and not x.data.requires_grad
    x.data = tg.zeros(3)
    assert x.shape == (3,) and x.requires_grad and x.is_leaf
    with tape():
        y = (x * x + 1).sum()
    y.backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]


def test_a_replaced_memory_is_guarded(x):
    source = tg.ones(2, 2)
    x.data = source
    with tape():
        y = (x * x).sum()
    source.numpy()[...] = 9.0
    source.fill_(5)
    y.backward()
    assert x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_detach_is_a_constant_on_the_same_memory(x):
    d = x.detach()
    assert not d.requires_grad and d.is_leaf and np.shares_memory(d.numpy(), x.detach().numpy())
    y = tg.ones(2)
    assert y.detach_() is y


@pytest.mark.parametrize("target", ["float64", tg.float64, float, np.float64, "double"])
def test_to_converts_dtypes_with_gradients(x, target):
    if target is float:
        assert x.to(float) is x  # Python's float is the default dtype
        return
    with tape():
        y = x.to(target)
    assert y.dtype == tg.float64
    y.backward(tg.ones(2, 2))
    assert x.grad.dtype == tg.float32


def test_to_knows_devices_and_copies(x):
    assert x.to("cpu") is x and x.cpu() is x and x.to(tg.device("cpu"), tg.float32) is x
    assert x.to(tg.ones(1).double()).dtype == tg.float64
    assert x.to("cpu", copy=True) is not x and not x.is_cuda and str(x.device) == "cpu"
    for move in (lambda: x.cuda(), lambda: x.to("cuda:1"), lambda: tg.ones(2, device="cuda")):
        with pytest.raises(RuntimeError, match=r"cuda"):
            move()
    with pytest.raises(RuntimeError, match="unknown"):
        tg.device("tpu")


def test_short_names_of_dtypes():
    x = tg.ones(2)
    for name, dtype in [("double", "float64"), ("half", "float16"), ("int", "int32"), ("long", "int64"),
                        ("short", "int16"), ("bool", "bool"), ("byte", "uint8"), ("float", "float32")]:  # fmt: skip
        assert getattr(x, name)().dtype == dtype
    assert x.type() == "float32" and x.type("float64").dtype == tg.float64 and x.type_as(x.long()).dtype == tg.int64


def test_pickle_and_deepcopy_keep_leaves(x):
    x.grad = tg.ones(2, 2)
    for twin in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert twin.requires_grad and twin.is_leaf and twin.tolist() == x.tolist() and twin is not x
        twin.data.zero_()
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]] and copy.deepcopy(x).grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    pair = copy.deepcopy([x, x])
    assert pair[0] is pair[1]


def test_results_are_not_copied_without_their_history(x):
    with tape():
        inside = x * 2
    outside = x * 2
    for y in (inside, outside, outside[0]):
        for copies in (copy.deepcopy, copy.copy, pickle.dumps):
            with pytest.raises(RuntimeError, match=r"created explicitly by the user.*detach"):
                copies(y)


def test_a_shallow_copy_shares_memory(x):
    y = copy.copy(x)
    y.data[0, 0] = 9.0
    assert x[0, 0].item() == 9.0 and y.requires_grad


def test_strides_and_contiguity():
    x = tg.zeros(2, 3)
    assert x.stride() == (3, 1) and x.stride(0) == 3 and x.is_contiguous() and not x.T.is_contiguous()
    assert x.T.contiguous().is_contiguous()


def test_a_constant_is_reshaped_in_place_and_shares_its_memory():
    x = tg.arange(6).reshape(2, 3)
    alias = x.view(6)
    assert x.t_() is x and x.shape == (3, 2) and x.unsqueeze_(0).transpose_(0, 2).shape == (2, 3, 1)
    x.squeeze_(2)[1, 2] = 9
    assert alias[5] == 9
    with pytest.raises(RuntimeError, match=r"\[unsqueeze_\] a tracked tensor .* use `x = x.unsqueeze\(…\)`"):
        tg.ones(2, requires_grad=True).unsqueeze_(0)


def test_programs_ask_for_a_gpu_in_the_words_of_pytorch():
    device = tg.device("cuda:0" if tg.cuda.is_available() else "cpu")
    assert tg.cuda.device_count() == int(device.type == "cuda")
    assert tg.device(type="cpu", index=0) == tg.device("cpu")


def test_autograd_is_a_module_with_the_names_of_pytorch():
    from tapegrad.autograd import Function, Variable, grad, gradcheck  # noqa: F401

    assert gradcheck is tg.testing.gradcheck and Variable(3).requires_grad


def test_recording_pauses_in_inference_mode():
    x = tg.ones(2, requires_grad=True)
    with tape() as t, tg.inference_mode():
        assert not (x * tg.numel(x)).requires_grad
    assert len(t) == 0 and tg.autograd.no_grad is tg.inference_mode is tg.no_grad
