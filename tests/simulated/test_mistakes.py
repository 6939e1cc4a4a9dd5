"""What a user tries first on a device: it works, or the message names the operation, both places and the cure."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.nn import functional as F

HERE, THERE = tg.ones(2, 2), tg.ones(2, 2, device="cuda")


def backward():
    x = tg.ones(2, 2, device="cuda", requires_grad=True)
    with tg.tape():
        y = x * 1
    y.backward(HERE)


@pytest.mark.parametrize(
    ("op", "call"),
    [
        ("add", lambda: THERE + HERE),
        ("maximum", lambda: np.maximum(THERE, HERE)),
        ("where", lambda: tg.where(THERE > 0, THERE, HERE)),
        ("cross_entropy", lambda: F.cross_entropy(THERE, tg.tensor([0, 1]))),
        ("conv2d", lambda: F.conv2d(THERE[None, None], HERE[None, None])),
        ("getitem", lambda: HERE[THERE > 0]),
        ("backward", backward),
    ],
)
def test_two_devices_are_refused_in_the_name_of_the_operation(op, call):
    with pytest.raises(RuntimeError, match=rf"\[{op}\] .*(cpu.*cuda:0|cuda:0.*cpu|cuda:0.*CPU)"):
        call()


def test_what_is_neither_a_device_nor_a_dtype_is_named():
    with pytest.raises(TypeError, match=r"'cude'` must be a dtype.* devices are cpu, cuda"):
        HERE.to("cude")
    with pytest.raises(RuntimeError, match="must end in a device number"):
        tg.device("cuda:")


def test_numbers_may_be_chosen_on_a_device():
    assert tg.where(THERE > 0, 1.0, 0.0).tolist() == [[1, 1], [1, 1]]
    assert tg.where(THERE > 0, THERE, tg.tensor(0.0)).device.type == "cuda"
    assert tg.where(THERE < 0, 1, 2).dtype == tg.int64


def test_whoever_copies_may_cross_devices():
    x, y = tg.zeros(2, 2), tg.zeros(2, 2, device="cuda")
    assert x.copy_(THERE).tolist() == y.copy_(HERE).tolist() == HERE.tolist()
    assert y.fill_(tg.tensor(3.0)).tolist() == [[3, 3], [3, 3]]
    np.copyto(y, 4)
    assert (y.numpy(force=True) == 4).all()
