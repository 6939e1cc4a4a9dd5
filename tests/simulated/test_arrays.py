"""What the engine asks of a device array: flags, memory in common, writes in place on a tape, text."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tests.simulated.device import to_device


def test_flags_say_how_the_elements_lie():
    x = np.zeros((3, 4))
    for a, b in [
        (x, to_device(x)),
        (x.T, to_device(x).T),
        (x[:, ::2], to_device(x)[:, ::2]),
        (x[:0], to_device(x)[:0]),
    ]:
        for name in ("c_contiguous", "f_contiguous", "forc", "writeable"):
            assert getattr(b.flags, name) == getattr(a.flags, name), name
    frozen = to_device(x)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 1
    assert not frozen[1:].flags.writeable


def test_memory_in_common_is_seen():
    x = to_device(np.zeros((4, 4)))
    assert np.may_share_memory(x[:2], x[1:]) and np.may_share_memory(x, x.T)
    assert not np.may_share_memory(x[:2], x[2:]) and not np.may_share_memory(x, x.copy())
    assert np.shape(x) == (4, 4) and np.ndim(x) == 2 and np.size(x) == 16
    assert np.result_type(x, np.float32) == np.float64
    with pytest.raises(TypeError, match=r"\.cpu\(\)"):
        np.cumsum(x)


def written(device):
    """A gradient through writes in place, into views, by arrays and masks."""
    x = tg.arange(12, dtype=tg.float64, device=device).reshape(3, 4).detach().requires_grad_()
    with tape():
        y = x * x
        y[0] = 3.0
        y[:, 1] *= x[:, 0]
        y[tg.tensor([2, 1], device=device), 2] = 5.0
        y[y > 100] = 0.0
        (y * x).sum().backward()
    return x.grad.cpu().numpy()


def test_writes_in_place_are_recorded():
    np.testing.assert_allclose(written("cuda"), written("cpu"))


def test_what_is_saved_and_then_written_is_an_error_of_the_sweep():
    x = tg.ones(3, 4, device="cuda", requires_grad=True)
    with tape():
        y = x * x
        z = y * y
        y[0] = 3.0
        with pytest.raises(tg.TapeError, match="modified by an inplace operation"):
            z.sum().backward()


@pytest.mark.parametrize(
    "dtype", [tg.bool, tg.int8, tg.uint8, tg.int64, tg.float16, tg.float32, tg.float64, tg.complex64]
)
def test_text_is_the_cpus_with_the_device_in_it(dtype):
    x = tg.tensor([[0, 1, 2], [3, 4, 5]]).to(dtype)
    assert repr(x.cuda()[:, 1:]).replace(", device='cuda:0'", "") == repr(x[:, 1:])


def test_errors_of_brackets_name_the_position():
    with pytest.raises(IndexError, match=r"\(=3\) must lie in -3 … 2 on axis 0"):
        tg.zeros(3, device="cuda")[tg.tensor([0, 3], device="cuda")]


@pytest.mark.parametrize(
    "index",
    [
        (slice(None), [0, 2]),
        np.array([2, 0, 2]),
        np.array([True, False, True]),
        (np.array([0, 0]), np.array([1, 1])),
        (..., np.array([[0, 3]])),
    ],
    ids=str,
)
def test_brackets_of_tensors_have_gradients(index):
    answers = []
    for device in ("cpu", "cuda"):
        x = tg.arange(12, dtype=tg.float64, device=device).reshape(3, 4).detach().requires_grad_()
        with tape():
            (x[index] * x[index]).sum().backward()
        answers.append(x.grad.cpu().numpy())
    np.testing.assert_allclose(*answers)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: tg.nn.functional.embedding(tg.tensor([[1, 0], [1, 2]], device=x.device), x),
        lambda x: x.sort(dim=0)[0],
        lambda x: x.gather(1, tg.tensor([[1, 1], [0, 3]], device=x.device)),
        lambda x: x.index_add(0, tg.tensor([0, 0, 2], device=x.device), x * x),
        lambda x: tg.cat([x, x.flip(0).roll(1, 1), x.tril()], 1),
        lambda x: tg.nn.functional.pad(x, (1, 1), mode="constant", value=2.0),
        lambda x: tg.stack([x.repeat_interleave(2, 1), x.tile(1, 2)]),
        lambda x: x.unfold(1, 2, 1),
        lambda x: x.diagonal(1) * tg.eye(3, device=x.device, dtype=x.dtype)[0],
        lambda x: x.masked_fill(x > 4, 1.0)[x > 2],
        lambda x: x.scatter_reduce(0, tg.tensor([[0, 1, 1, 0]], device=x.device), x[:1] * 3, "amax"),
        lambda x: tg.where(x > 3, x, -x).expand(2, 3, 4),
        lambda x: tg.topk(x, 2, dim=1)[0] + x.median(dim=1, keepdim=True)[0],
        lambda x: x.cummax(1)[0] * x.mode(dim=1, keepdim=True)[0],
        lambda x: x.median() + x.unique(),
    ],
)
def test_operations_that_move_elements_have_the_gradients_of_the_cpu(f):
    answers = []
    for device in ("cpu", "cuda"):
        x = (tg.arange(12, dtype=tg.float64, device=device).reshape(3, 4) * 5 % 7).detach().requires_grad_()
        with tape():
            y = f(x)
            (y * y).sum().backward()
        answers.append((y.detach().cpu().numpy(), x.grad.cpu().numpy()))
    for here, there in zip(*answers, strict=True):
        np.testing.assert_allclose(there, here)
