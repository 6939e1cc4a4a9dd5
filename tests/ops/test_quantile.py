"""Quantiles against NumPy's, and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.ops.test_order import distinct

WAYS = ("linear", "lower", "higher", "midpoint", "nearest")
shares = st.sampled_from([0.3, 0.0, 1.0, (0.1, 0.9), (0.4,)])
shapes = st.sampled_from([(5,), (2, 4), ()])


@pytest.mark.parametrize("way", WAYS)
@given(shapes, st.sampled_from([None, 0, -1]), shares, st.booleans())
def test_quantiles_are_numpys_and_their_rules_hold(way, shape, dim, q, keepdim):
    x = distinct(shape)
    q = np.array(q) if isinstance(q, tuple) else q
    given = tg.tensor(q) if isinstance(q, np.ndarray) else q
    for name in ("quantile", "nanquantile"):
        y = getattr(tg, name)(tg.tensor(x), given, dim, keepdim, interpolation=way).numpy()
        axis = dim if shape else None
        np.testing.assert_allclose(y, getattr(np, name)(x, q, axis, keepdims=keepdim, method=way))
        check_rule(lambda x, name=name: getattr(tg, name)(x, given, dim, keepdim, interpolation=way), x)


def test_the_share_has_a_gradient_too():
    check_rule(tg.quantile, distinct((2, 4)), np.array([0.2, 0.55]), 1)


def test_nan_hides_a_quantile_unless_it_is_ignored():
    x = np.array([[np.nan, 1.0, 3.0], [4.0, 2.0, 8.0], [np.nan] * 3])
    y = tg.quantile(tg.tensor(x), 0.5, 1).numpy()
    np.testing.assert_array_equal(y, [np.nan, 4, np.nan])
    y = tg.nanquantile(tg.tensor(x), tg.tensor([0.5, 0.25], dtype=tg.float64), 1).numpy()
    np.testing.assert_array_equal(y, [[2, 4, np.nan], [1.5, 3, np.nan]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.quantile(x, 1.5), ValueError, r"\[quantile\] `q` \(=1.5\) must lie in \[0, 1\]"),
        (lambda x: tg.quantile(x, tg.tensor([0.5, -1])), ValueError, r"\[quantile\] `q`"),
        (lambda x: tg.quantile(x, tg.ones(1, 1)), RuntimeError, r"must be 0-d or 1-D"),
        (lambda x: tg.quantile(x, tg.ones(1).double()), RuntimeError, r"of the dtype of `x` \(float32\)"),
        (lambda x: tg.quantile(x.long(), 0.5), RuntimeError, r"\[quantile\] `x` \(dtype int64\)"),
        (lambda x: tg.quantile(x, 0.5, interpolation="cubic"), RuntimeError, r"`interpolation` \(='cubic'\)"),
        (lambda x: tg.quantile(x[:0], 0.5, 0), RuntimeError, r"must have elements along dim 0"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(3))
