"""Sums, means, logarithms of sums, truths: rules, values, PyTorch's conventions."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule, reductions

EXACT = {
    "sum": np.sum, "mean": np.mean, "logsumexp": scipy.special.logsumexp, "nansum": np.nansum, "nanmean": np.nanmean,
}  # fmt: skip

everything = pytest.mark.parametrize("name", EXACT)


@everything
@given(reductions(min_reduced=1))
def test_rules(name, problem):
    x, how = problem
    check_rule(getattr(tg, name), x, **how)


@everything
@given(reductions(min_side=1, dtype="float64"))
def test_values_are_those_of_numpy_and_scipy(name, problem):
    x, how = problem
    expected = EXACT[name](x, axis=how["dim"], keepdims=how["keepdim"])
    np.testing.assert_allclose(getattr(tg, name)(tg.tensor(x), **how).numpy(), expected, 1e-13)


@everything
@given(reductions(min_side=1))
def test_arrays_give_arrays_and_numpy_words_are_understood(name, problem):
    x, how = problem
    y = getattr(tg, name)(x, axis=how["dim"], keepdims=how["keepdim"])
    assert isinstance(y, np.ndarray)
    np.testing.assert_allclose(y, getattr(tg.tensor(x), name)(**how).numpy(), 1e-5)


@pytest.mark.parametrize("name", ["sum", "nansum"])
@given(reductions())
def test_rules_over_nothing(name, problem):
    x, how = problem
    check_rule(getattr(tg, name), x, **how)


@given(reductions(dtype=("float64", "int32", "bool")), st.sampled_from(["all", "any", "count_nonzero"]))
def test_truths_are_numpys(problem, name):
    x, how = problem
    expected = getattr(np, name)(x, axis=how["dim"], keepdims=how["keepdim"])
    np.testing.assert_array_equal(getattr(tg, name)(tg.tensor(x), **how).numpy(), expected)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_whole_numbers_are_summed_in_int64(dtype):
    assert tg.tensor(np.ones(3, dtype)).sum().dtype == tg.int64


def test_dtype_casts_first():
    x = tg.tensor(np.full(70_000, 1, np.float16))
    assert x.sum(dtype=tg.float32).item() == 70_000
    assert tg.tensor([1, 2]).mean(dtype=tg.float64).item() == 1.5


def test_mean_of_float16_does_not_overflow():
    assert tg.mean(tg.tensor(np.full(70_000, 2, np.float16))).item() == 2


def test_uint8_truths_stay_uint8():
    assert tg.tensor(np.ones(2, np.uint8)).all().dtype == tg.uint8


def test_reductions_of_nothing():
    nothing = tg.zeros(0, 3)
    assert nothing.sum(0).tolist() == [0, 0, 0]
    assert nothing.logsumexp(0).tolist() == [-np.inf] * 3
    assert nothing.all().item() and not nothing.any().item()
    with np.errstate(invalid="ignore"):
        assert np.isnan(nothing.mean(0).numpy()).all()


def test_nan_gets_no_gradient_from_nansum():
    x = tg.tensor([1.0, np.nan, 3.0], requires_grad=True)
    with tg.tape():
        x.nanmean().backward()
    assert x.grad.tolist() == [0.5, 0, 0.5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.sum(2), IndexError, r"\[sum\] `dim` \(=2\) must lie in -2 … 1"),
        (lambda x: x.mean((0, -2)), RuntimeError, r"\[mean\] `dim` .* must not name an axis twice"),
        (lambda x: x.sum("rows"), TypeError, r"\[sum\] `dim` \(='rows'\) must be an integer"),
        (lambda x: x.sum(dims=0), TypeError, r"\[sum\] got an unexpected keyword argument `dims`"),
        (lambda x: x.long().mean(), RuntimeError, r"\[mean\] `x` \(dtype int64\) must be floating"),
    ],
)
def test_misuse_is_named_and_records_nothing(call, error, message):
    with tg.tape() as tape:
        with pytest.raises(error, match=message):
            call(tg.ones(2, 3, requires_grad=True))
    assert len(tape) == 0
