"""PyTorch's promotion, frozen, and gradients through casts."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad import kernels
from tapegrad.ops.cast import _place, cast, pin
from tapegrad.testing import arrays, check_rule

# PyTorch 2.13: the dtype of a mixture, in NumPy's one-letter codes. Rows: the first operand; columns: the second.
# After the gap the second is one of True, 1, 1.0, 1j. Its complex32 is our complex64.
CODES = "?BbhiqefdFD"
BOTH_WITH_AXES = """
    ?BbhiqefdFD ?qfF
    BBhhiqefdFD BBfF
    bhbhiqefdFD bbfF
    hhhhiqefdFD hhfF
    iiiiiqefdFD iifF
    qqqqqqefdFD qqfF
    eeeeeeefdFD eeeF
    ffffffffdFD fffF
    dddddddddDD dddD
    FFFFFFFFDFD FFFF
    DDDDDDDDDDD DDDD"""
SECOND_WITHOUT_AXES = """
    ?BbhiqefdFD ?qfF
    BBBBBBefdFD BBfF
    bbbbbbefdFD bbfF
    hhhhhhefdFD hhfF
    iiiiiiefdFD iifF
    qqqqqqefdFD qqfF
    eeeeeeeeeFF eeeF
    fffffffffFF fffF
    dddddddddDD dddD
    FFFFFFFFFFF FFFF
    DDDDDDDDDDD DDDD"""
CASES = [((2,), (2,), BOTH_WITH_AXES), ((2,), (), SECOND_WITHOUT_AXES), ((), (), BOTH_WITH_AXES)]


@pytest.mark.parametrize(("first", "second", "table"), CASES)
def test_mixtures_have_the_dtype_that_pytorch_gives_them(first, second, table):
    rows = [row.split() for row in table.split("\n")[1:]]
    for (i, a), (j, b) in product(enumerate(CODES), repeat=2):
        x, other = tg.ones(first, dtype=np.dtype(a)), tg.ones(second, dtype=np.dtype(b))
        assert tg.mul(x, other).dtype == tg.mul(other, x).dtype == np.dtype(rows[i][0][j]), (a, b)
    for (i, a), (j, scalar) in product(enumerate(CODES), enumerate((True, 1, 1.0, 1j))):
        x = tg.ones(first, dtype=np.dtype(a))
        assert tg.mul(x, scalar).dtype == tg.mul(scalar, x).dtype == np.dtype(rows[i][1][j]), (a, scalar)


@pytest.mark.parametrize("a", CODES)
def test_an_array_counts_as_a_tensor_of_its_dtype(a):
    x = tg.ones(2, dtype=np.dtype(a))
    for b in CODES:
        array = np.ones(2, b)
        assert tg.mul(x, array).dtype == tg.mul(x, tg.from_numpy(array)).dtype


def test_integers_in_a_function_of_floats_take_the_default_dtype():
    x = tg.tensor([1, 2])
    for f in (tg.exp, tg.sqrt, tg.sigmoid, tg.reciprocal, tg.gelu, lambda x: x / 2, lambda x: tg.atan2(x, x)):
        assert f(x).dtype == tg.float32
    tg.set_default_dtype(tg.float64)
    assert tg.exp(x).dtype == tg.float64
    tg.set_default_dtype(tg.float32)


@given(arrays(), st.sampled_from(["float16", "float32", "float64"]))
def test_casts_have_the_right_rules(x, dtype):
    np.testing.assert_array_equal(cast(x, dtype), x.astype(dtype))
    check_rule(cast, x, dtype)


@given(arrays())
def test_moves_have_the_right_rules(x):
    here = tg.device("cpu")
    check_rule(_place, x, target=here, source=here, wait=True)


def test_pinning_has_the_right_rules(monkeypatch):
    without_a_device = SimpleNamespace(transfer=SimpleNamespace(pin=np.copy))
    monkeypatch.setattr(kernels, "cuda_devices", lambda: without_a_device)
    check_rule(pin, np.array([1.0, -2.0]))


def test_the_gradient_of_a_cast_has_the_dtype_of_its_argument():
    for dtype, other in product((tg.float32, tg.float64), repeat=2):
        x = tg.ones(3, dtype=dtype, requires_grad=True)
        with tg.tape():
            y = (x.to(other) * 2).sum()
        y.backward()
        assert x.grad.dtype == dtype
        assert x.grad.tolist() == [2, 2, 2]


def test_a_mixture_sends_each_operand_a_gradient_of_its_own_dtype():
    x = tg.ones(3, requires_grad=True)
    other = tg.ones(3, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = x * other
    y.backward(tg.ones(3, dtype=tg.float64))
    assert (y.dtype, x.grad.dtype, other.grad.dtype) == (tg.float64, tg.float32, tg.float64)


def test_a_cast_to_integers_cuts_the_gradient():
    x = tg.ones(3, requires_grad=True)
    with tg.tape():
        assert not x.to(tg.int64).requires_grad


def test_a_cast_to_the_same_dtype_is_the_tensor_itself():
    x = tg.ones(3)
    assert x.to(tg.float32) is x


def test_numpy_memory_given_as_an_operand_is_copied_when_it_is_saved():
    x, array = tg.ones(2, requires_grad=True), np.array([3.0, 4.0], np.float32)
    with tg.tape():
        y = (x * array).sum()
    array[:] = 0
    y.backward()
    assert x.grad.tolist() == [3, 4]


@pytest.mark.parametrize("operand", [None, "text", object(), np.array(["a"]), {1: 2}])
def test_what_is_no_number_is_refused_by_name(operand):
    with pytest.raises(TypeError, match=r"\[mul\] an operand of"):
        tg.mul(tg.ones(2), operand)
