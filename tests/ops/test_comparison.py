"""Comparisons, logic, tests for special values: against NumPy, always boolean, never tracked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import broadcastable

COMPARISONS = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor, "isclose": np.isclose,
}  # fmt: skip
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan])
QUESTIONS = ["isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit", "logical_not"]


@pytest.mark.parametrize("name", COMPARISONS)
@given(data=st.data())
def test_answers_are_numpy_s(name, data):
    dtype = data.draw(st.sampled_from(["float64", "float32", "int64", "bool"]))
    a, b = data.draw(broadcastable(dtype=dtype, min_value=-1, max_value=1))
    y = getattr(tg, name)(tg.tensor(a), tg.tensor(b))
    assert y.dtype == tg.bool
    np.testing.assert_array_equal(y.numpy(), COMPARISONS[name](a, b))
    np.testing.assert_array_equal(getattr(tg, name)(a, b), COMPARISONS[name](a, b))


@pytest.mark.parametrize("name", COMPARISONS)
def test_nan_and_infinities_compare_as_in_numpy(name):
    a, b = (v.ravel() for v in np.meshgrid(SPECIAL, SPECIAL))
    np.testing.assert_array_equal(getattr(tg, name)(tg.tensor(a), tg.tensor(b)).numpy(), COMPARISONS[name](a, b))


@pytest.mark.parametrize("name", QUESTIONS)
def test_special_values_are_told_apart(name):
    for x in (SPECIAL, SPECIAL.astype("f"), np.array([0, 1, -1])):
        y = getattr(tg, name)(tg.tensor(x))
        assert y.dtype == tg.bool
        np.testing.assert_array_equal(y.numpy(), getattr(np, name)(x))


@pytest.mark.parametrize("name", [*COMPARISONS, *QUESTIONS])
def test_answers_are_constants(name):
    x = tg.ones(2, requires_grad=True)
    with tg.tape() as t:
        y = getattr(tg, name)(x) if name in QUESTIONS else getattr(tg, name)(x, x)
    assert not y.requires_grad
    assert len(t) == 0


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor"])
def test_bits_are_numpy_s(name):
    for dtype in ("bool", "uint8", "int8", "int64"):
        a, b = (v.ravel().astype(dtype) for v in np.meshgrid(np.arange(5), np.arange(5)))
        y = getattr(tg, name)(tg.tensor(a), tg.tensor(b))
        assert y.dtype == dtype
        np.testing.assert_array_equal(y.numpy(), getattr(np, name)(a, b))


def test_shifts_multiply_and_divide_by_powers_of_two():
    x = tg.tensor([5, -5])
    assert tg.bitwise_left_shift(x, 2).tolist() == (x << 2).tolist() == [20, -20]
    assert tg.bitwise_right_shift(x, 1).tolist() == (x >> 1).tolist() == [2, -3]
    assert tg.bitwise_not(x).tolist() == [-6, 4]


def test_a_tensor_is_unlike_what_is_no_number():
    x = tg.ones(2)
    for other in (None, "text", object(), {}):
        assert (x == other) is False
        assert (x != other) is True
    assert x in [None, x]
    with pytest.raises(TypeError, match=r"\[lt\] an operand of type NoneType"):
        _ = x < None


@pytest.mark.parametrize("equal_nan", [False, True])
def test_isclose_takes_tolerances_and_nan(equal_nan):
    a, b = (v.ravel() for v in np.meshgrid([*SPECIAL, 1.05, 100.0], [*SPECIAL, 1.1, 101.0]))
    how = {"rtol": 0.02, "atol": 0.02, "equal_nan": equal_nan}
    np.testing.assert_array_equal(tg.isclose(tg.tensor(a), tg.tensor(b), **how).numpy(), np.isclose(a, b, **how))
    assert tg.allclose(tg.tensor(a), tg.tensor(a), **how) is equal_nan


def test_isclose_measures_unsigned_distances():
    x, other = tg.tensor([1, 200], dtype=tg.uint8), tg.tensor([2, 100], dtype=tg.uint8)
    assert tg.isclose(x, other, atol=1.5).tolist() == [True, False]


def test_isclose_refuses_negative_tolerances():
    with pytest.raises(ValueError, match=r"\[isclose\] `rtol` \(=-1\) must not be negative"):
        tg.isclose(tg.ones(2), tg.ones(2), rtol=-1)


def test_equal_compares_shapes_and_elements():
    x = tg.tensor([1.0, 2.0])
    assert tg.equal(x, x.clone()) is True
    assert tg.equal(x, tg.tensor([1.0, 3.0])) is False
    assert tg.equal(x, x.reshape(2, 1)) is False
    assert tg.equal(tg.zeros(0), tg.zeros(0)) is True


def test_numpy_names_are_the_same_functions():
    for numpy_name, name in (("less", "lt"), ("greater_equal", "ge"), ("not_equal", "ne"), ("less_equal", "le")):
        assert getattr(tg, numpy_name) is getattr(tg, name)
