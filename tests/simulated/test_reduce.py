"""Reductions on the device against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import _fold, reduce
from tapegrad.kernels.cuda._array import DeviceArray
from tapegrad.kernels.ref import reduce as ref

from .rows import agree, numbers, on_device, views

NAMES = ["sum", "prod", "max", "min", "any", "all", "count_nonzero"]


@pytest.mark.parametrize("axes", [None, 0, 1, 2, (0, 2), (0, 1), ()])
def test_any_axes_of_any_layout(axes):
    x = numbers((2, 3, 4), np.float64)
    for k, (here, there) in enumerate(views(x)):
        agree(reduce.sum(there, axes, k % 2 == 1), ref.sum(here, axes, k % 2 == 1))


@pytest.mark.parametrize("dtype", "?bhilBLefdFD")
def test_any_dtype(dtype):
    x = numbers((1, 9), dtype)
    x[0, 3:5] = x[0, 8]
    there = on_device(x)
    for name in ("sum", "prod", "max", "any", "argmin"):
        agree(getattr(reduce, name)(there, 1, False), getattr(ref, name)(x, 1, False))


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_nan_is_kept_and_the_first_of_equals_found(dtype):
    x = np.array([[1, np.nan, 3, np.nan, 2], [3, 1, 3, 1, 1], [-np.inf] * 5], dtype)
    there = on_device(x)
    for name in ("sum", "max", "min", "argmax", "argmin", "any"):
        for axis in (0, 1):
            with np.errstate(invalid="ignore"):
                want = getattr(ref, name)(x, axis, False)
            got = getattr(reduce, name)(there, axis, False).to_host()
            np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
            np.testing.assert_array_equal(got[~np.isnan(got)], want[~np.isnan(want)])


def test_positions_are_counted_in_c_order():
    x = numbers((4, 7), np.float32)
    there = on_device(np.ascontiguousarray(x.T)).T
    for name in ("argmax", "argmin"):
        agree(getattr(reduce, name)(there, None, True), getattr(ref, name)(x, None, True))


@pytest.mark.parametrize(("shape", "axis"), [((100,), None), ((50, 2), 0), ((2, 50), 1)])
def test_long_rows_are_folded_in_parts(shape, axis):
    x = numbers(shape, np.float32)
    there = on_device(x)
    axes = (0,) if axis is None else (axis,)
    assert _fold.planned(shape, axes, (there.steps,), 0, (), False, True).parts > 1
    for name in ("sum", "max", "argmin"):
        agree(getattr(reduce, name)(there, axis, False), getattr(ref, name)(x, axis, False))


def mean(row):
    return row.mean(lambda x: x)


def test_a_row_in_parts_knows_how_many_elements_it_had():
    x = numbers((100,), np.float64)
    agree(_fold.fold(mean, (on_device(x),)), np.asarray(x.mean()))


def test_sums_are_exact_to_a_few_units():
    x = numbers((3000,), np.float32) + np.float32(3)
    want = np.asarray(x.astype(np.float64).sum())
    assert abs(reduce.sum(on_device(x), None, False).item() - want) <= 4 * np.finfo(np.float32).eps * want
    half = np.ones(3000, np.float16)
    assert reduce.sum(on_device(half), None, False).item() == 3000


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), ()])
def test_empty_rows_and_none(shape):
    x = np.ones(shape, np.float32)
    there = on_device(x)
    for axis in (None, *range(x.ndim)):
        for name in ("sum", "prod", "any", "all", "count_nonzero"):
            agree(getattr(reduce, name)(there, axis, False), getattr(ref, name)(x, axis, False))


@pytest.mark.parametrize(
    ("ufunc", "options"),
    [
        (np.add, {"axis": 1, "keepdims": True}),
        (np.add, {"axis": None, "dtype": np.float32}),
        (np.add, {"initial": 2.0}),
        (np.maximum, {"axis": -1, "initial": 0.5}),
        (np.multiply, {"axis": (0, 1), "where": np.array([True, False, True])}),
        (np.minimum, {"where": np.array([[True], [False]]), "initial": 9.0}),
        (np.logical_and, {"axis": 1}),
        (np.logical_xor, {}),
        (np.fmax, {"axis": 1}),
        (np.fmin, {"axis": None}),
        (np.hypot, {"axis": 1}),
        (np.logaddexp, {"axis": 1}),
    ],
)
def test_reduce_of_a_ufunc_takes_numpys_options(ufunc, options):
    x = np.array([[0.5, -1.0, 2.0], [0.0, 3.0, np.nan if "fm" in ufunc.__name__ else 1.0]])
    there = {k: on_device(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    want = np.asarray(ufunc.reduce(x, **options))
    agree(ufunc.reduce(on_device(x), **there), want)
    y = DeviceArray.empty(want.shape, want.dtype)
    assert ufunc.reduce(on_device(x), out=y, **there) is y
    agree(y, want)


def test_bits_are_reduced_as_numpy_does():
    x = np.random.default_rng(0).integers(0, 16, (3, 4)).astype(np.uint8)
    for ufunc in (np.bitwise_and, np.bitwise_or, np.bitwise_xor):
        agree(ufunc.reduce(on_device(x)), ufunc.reduce(x))
        agree(ufunc.reduce(on_device(x > 7)), ufunc.reduce(x > 7))


def test_what_cannot_be_reduced_is_said():
    with pytest.raises(NotImplementedError, match=r"subtract\.reduce"):
        np.subtract.reduce(on_device(np.ones(3)))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.amax(1),
        lambda x: x.max(0).values,
        lambda x: x.var(1),
        lambda x: tg.linalg.norm(x, 2, 1),
    ],
)
def test_gradients_of_reductions_are_those_of_the_cpu(f):
    answers = []
    for device in ("cpu", "cuda"):
        x = tg.tensor(numbers((3, 4), np.float64) * 0 + np.arange(1.0, 13).reshape(3, 4), device=device)
        x.requires_grad_()
        with tape():
            y = f(x).sum()
        y.backward()
        answers.append((y.item(), x.grad.cpu().numpy()))
    assert answers[0][0] == pytest.approx(answers[1][0], rel=1e-12)
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-12)


def test_results_do_not_depend_on_the_launch(monkeypatch):
    x, answers = on_device(numbers((7, 30), np.float32)), []
    for blocks in (1, 3):
        monkeypatch.setattr(_fold, "BLOCKS", blocks)
        answers.append([reduce.sum(x, axis, False).to_host() for axis in (None, 0, 1)])
    for one, other in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_array_says_whether_any_element_is_not_zero():
    assert on_device(np.array([[0.0, np.nan]])).any() and not on_device(np.zeros(3)).any()


@pytest.mark.parametrize("axis", [2, -3, (0, 2)])
def test_an_axis_that_is_not_there_is_refused(axis):
    x = DeviceArray.from_host(np.ones((2, 3)))
    with pytest.raises(np.exceptions.AxisError, match="must lie in -2 … 1"):
        np.add.reduce(x, axis=axis)
    if isinstance(axis, int):
        with pytest.raises(np.exceptions.AxisError, match="must lie in -2 … 1"):
            np.add.accumulate(x, axis=axis)
