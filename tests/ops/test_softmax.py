"""Softmax and its logarithm: rules, values, extremes."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.softmax import softmin
from tapegrad.testing import arrays, axes, check_rule

EXACT = {
    tg.softmax: scipy.special.softmax,
    tg.log_softmax: scipy.special.log_softmax,
    softmin: lambda x, axis: scipy.special.softmax(-x, axis),
}

everything = pytest.mark.parametrize("function", EXACT, ids=lambda f: f.__name__)


@everything
@given(data=st.data())
def test_rules(function, data):
    x = data.draw(arrays())
    check_rule(function, x, dim=data.draw(axes(x, none=False, several=False)) if x.ndim else 0)


@everything
@given(data=st.data())
def test_values_are_scipys(function, data):
    x = data.draw(arrays(min_dims=1, min_side=1, dtype="float64", min_value=-30, max_value=30))
    dim = data.draw(axes(x, none=False, several=False))
    np.testing.assert_allclose(function(tg.tensor(x), dim).numpy(), EXACT[function](x, axis=dim), 1e-12, 1e-15)


def test_large_logits_neither_overflow_nor_vanish():
    x = tg.tensor([1e4, 0.0, -1e4])
    assert x.softmax(0).tolist() == [1, 0, 0]
    assert x.log_softmax(axis=0).tolist() == [0, -1e4, -2e4]


def test_minus_infinity_has_no_share():
    x = tg.tensor([0.0, -np.inf], requires_grad=True)
    with tg.tape():
        x.softmax(0)[0].backward()
    assert x.grad.tolist() == [0, 0]


def test_integers_are_taken_in_the_default_dtype():
    assert tg.tensor([1, 2]).softmax(0).dtype == tg.float32
    assert tg.tensor([1, 2]).log_softmax(0, dtype=tg.float64).dtype == tg.float64


@everything
def test_misuse_is_named(function):
    with pytest.raises(TypeError, match="`dim` must be given"):
        function(tg.ones(2))
    with pytest.raises(IndexError, match=r"`dim` \(=1\)"):
        function(tg.ones(2), 1)
