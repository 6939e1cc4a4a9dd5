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
