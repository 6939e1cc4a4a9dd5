"""What runs along an axis, on the device, against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import reduce
from tapegrad.kernels.ref import reduce as ref

from .rows import agree, numbers, on_device, views

NAMES = ["cumsum", "cumprod", "logcumsumexp"]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_any_axis_of_any_layout(axis):
    for here, there in views(numbers((2, 3, 5), np.float64)):
        agree(reduce.cumsum(there, axis), ref.cumsum(here, axis))


@pytest.mark.parametrize("dtype", "?bilBefdFD")
def test_any_dtype(dtype):
    x = numbers((2, 11), dtype)
    for name in NAMES[: 3 if np.dtype(dtype).kind in "fc" else 2]:
        # NumPy rounds each sum of half precision
        agree(getattr(reduce, name)(on_device(x), 1), getattr(ref, name)(x, 1), 200 if dtype == "e" else 20)


@pytest.mark.parametrize("shape", [(120,), (2, 60), (60, 2), (0, 3), (3, 0)])
def test_long_rows_and_empty_ones(shape):
    x = numbers(shape, np.float32)
    for axis in range(x.ndim):
        agree(reduce.cumsum(on_device(x), axis), ref.cumsum(x, axis), 100)
        agree(reduce.logcumsumexp(on_device(x), axis), ref.logcumsumexp(x, axis))


def test_infinities_and_nan_run_on():
    x = np.array([[1, np.inf, 2, -np.inf, 3], [-np.inf, -np.inf, 1, np.nan, 2]])
    with np.errstate(invalid="ignore"):
        for name in NAMES:
            agree(getattr(reduce, name)(on_device(x), 1), getattr(ref, name)(x, 1))
        z = x.astype(complex)
        agree(reduce.logcumsumexp(on_device(z), 1), ref.logcumsumexp(z, 1))


@pytest.mark.parametrize("length", [1, 7, 40])
def test_recurrences(length):
    a, b = numbers((3, length), np.float64), numbers((3, length), np.float64, 1)
    agree(reduce.recurrence(on_device(a), on_device(b)), ref.recurrence(a, b))
    turned = (on_device(np.ascontiguousarray(v.T)).T for v in (a, b))
    agree(reduce.recurrence(*turned), ref.recurrence(a, b))


@pytest.mark.parametrize("ufunc", [np.maximum, np.fmin, np.logical_or, np.bitwise_xor, np.logaddexp])
def test_accumulate_of_a_ufunc_is_numpys(ufunc):
    x = numbers((4, 3), np.float64 if ufunc.__name__ != "bitwise_xor" else np.int32)
    agree(ufunc.accumulate(on_device(x)), ufunc.accumulate(x))
    y = on_device(np.zeros_like(ufunc.accumulate(x, 1)))
    assert ufunc.accumulate(on_device(x), 1, out=y) is y
    agree(y, ufunc.accumulate(x, 1))


def test_gradients_are_those_of_the_cpu():
    x, answers = numbers((2, 4), np.float64), []
    for device in ("cpu", "cuda"):
        a = tg.tensor(x, device=device, requires_grad=True)
        with tape():
            y = (a.cumsum(1) * a.logcumsumexp(0)).sum()
        y.backward()
        answers.append((y.item(), a.grad.cpu().numpy()))
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-12)
