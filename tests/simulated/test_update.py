"""Steps of optimisers on the device: those of the reference, in place, each in one kernel."""

import numpy as np
import pytest

from tapegrad.kernels.cuda import _driver, update, update_scaled
from tapegrad.kernels.cuda._array import DeviceArray
from tapegrad.kernels.ref import update as ref
from tapegrad.kernels.ref import update_scaled as ref_scaled

RNG = np.random.default_rng(0)
EPS = 1e-4  # also in float16 more than nothing
STEPS = {  # the number of arrays, and settings; what is None is no array
    "sgd": (2, [(0.1, 0.0), (0.1, 0.01)]),
    "momentum": (3, [(0.1, 0.9, 0.0, 0.0, False), (0.1, 0.9, 0.2, 0.01, False), (0.1, 0.9, 0.0, 0.01, True)]),
    "adam": (4, [(1, 1e-3, 0.9, 0.999, EPS, 0.0, 1.0, None), (7, 1e-2, 0.8, 0.99, EPS, 0.1, 0.999, None)]),
    "asgd": (3, [(0.1, 0.99, 1.0, 0.0), (0.1, 0.99, 0.25, 0.1)]),
    "limit": (1, [(0.5,)]),
    "lion": (3, [(0.1, 0.9, 0.99, 0.999)]),
    "rprop": (4, [(0.5, 1.2, 1e-6, 0.5)]),
    "adagrad": (3, [(0.1, EPS, 0.0), (0.1, EPS, 0.05)]),
    "adadelta": (4, [(1.0, 0.9, EPS, 0.05)]),
    "rmsprop": (3, [(None, None, 0.01, 0.99, EPS, 0.05, 0.0)]),
    "adamax": (4, [(0.002, 0.9, 0.999, EPS, 0.05)]),
    "nadam": (4, [(1e-3, 2e-3, 0.9, 0.999, 0.5, EPS, 0.05, 0.99)]),
    "radam": (4, [(1e-3, 0.0, 0.9, 0.999, EPS, 0.0, 0.99), (1e-3, 0.7, 0.9, 0.999, EPS, 0.05, 1.0)]),
    "novograd": (3, [(0.01, 0.3, 0.95, 1.0, 0.0), (0.01, 0.3, 0.95, 0.05, 0.1)]),
    "sparse_adam": (4, [(1e-3, 0.9, 0.999, EPS)]),
}
CASES = [(name, count, settings) for name, (count, several) in STEPS.items() for settings in several]


def modules(name):
    return (update, ref) if name in update.__all__ else (update_scaled, ref_scaled)


def arrays(count, dtype, shape=(2, 3)):
    """Parameter, gradient with a zero, and state that is not negative."""
    made = [RNG.normal(size=shape).astype(dtype) for _ in range(count)]
    for g in made[1:2]:
        g.flat[:1] = 0
    return [*made[:2], *map(np.abs, made[2:])]


def agree(name, ours, theirs, settings, tolerance):
    device, reference = modules(name)
    there = [a if a is None or isinstance(a, DeviceArray) else DeviceArray.from_host(a) for a in ours]
    getattr(device, name)(*there, *settings)
    getattr(reference, name)(*theirs, *settings)
    for a, b in zip(there, theirs, strict=True):
        if b is not None:
            np.testing.assert_allclose(a.to_host(), b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", "efd")
@pytest.mark.parametrize(("name", "count", "settings"), CASES)
def test_a_step_is_that_of_the_reference(name, count, settings, dtype):
    args = arrays(count, dtype)
    agree(name, args, [a.copy() for a in args], settings, 8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("summed", [False, True])
def test_rmsprop_keeps_only_what_it_is_given(centered, summed):
    p, g, s, m, b = arrays(5, "d")
    args = [p, g, s + m * m, m if centered else None, b if summed else None]
    agree("rmsprop", args, [None if a is None else a.copy() for a in args], (0.01, 0.99, EPS, 0.05, 0.9), 1e-14)


def test_amsgrad_remembers_the_largest():
    *args, largest = arrays(5, "d")
    ours, theirs = (
        [DeviceArray.from_host(a) for a in (*args, largest)],
        [a.copy() for a in (*args, largest)],
    )
    settings = (7, 1e-2, 0.8, 0.99, EPS, 0.1, 0.999)
    update.adam(*ours[:4], *settings, ours[4])
    ref.adam(*theirs[:4], *settings, theirs[4])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.to_host(), b, rtol=1e-14)


def test_a_step_writes_through_any_strides_and_of_nothing_nothing():
    args = arrays(3, "d")
    wide = [DeviceArray.from_host(np.repeat(a.T, 2, 1))[:, ::2].T for a in args]
    agree("momentum", wide, [a.copy() for a in args], (0.1, 0.9, 0.2, 0.01, False), 1e-14)
    agree("sgd", arrays(2, "f", (0,)), arrays(2, "f", (0,)), (0.1, 0.0), 0)


def test_other_numbers_need_no_other_kernel(monkeypatch):
    started = {}
    monkeypatch.setattr(_driver.Kernel, "__call__", lambda self, *args: started.setdefault(self.name, args))
    p, g, m, v = map(DeviceArray.from_host, arrays(4, "f"))
    for step, rate in ((1, 0.1), (2, 0.2)):
        update.adam(p, g, m, v, step, rate, 0.9, 0.999, 1e-8, 0.01, 0.99, None)
    assert len(started) == 1


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (1, 1)])
@pytest.mark.parametrize("dtype", "fd")
def test_orthogonalize_rounds_as_the_reference_does(shape, dtype):
    g, settings = RNG.normal(size=shape).astype(dtype), ((3.4445, -4.775, 2.0315), 3, 1e-7)
    x = update_scaled.orthogonalize(DeviceArray.from_host(g), *settings).to_host()
    wanted = ref_scaled.orthogonalize(g, *settings)
    assert x.dtype == wanted.dtype
    np.testing.assert_allclose(x, wanted, rtol=2**-6, atol=2**-8)  # where a sum is rounded, the other way


def test_rounding_to_eight_bits_is_to_even():
    x = np.array([1 + 2**-8, 1 + 3 * 2**-8, 3.4e38, -0.0, np.inf, np.nan, 1e-40], np.float32)
    y = update_scaled.rounded(DeviceArray.from_host(x)).to_host()
    np.testing.assert_array_equal(y, ref_scaled._bfloat16(x))
