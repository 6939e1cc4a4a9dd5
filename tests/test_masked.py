"""Reductions and scans of what a mask keeps: as if the rest were not there."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import check_rule

RNG = np.random.default_rng(0)
X = RNG.permutation(12).reshape(3, 4) / 4 - 1.1
MASK = np.array([[True, False, True, True], [False, True, True, True], [True, True, False, True]])

REDUCTIONS = {
    "sum": np.sum, "prod": np.prod, "amax": np.max, "amin": np.min, "mean": np.mean,
    "median": lambda r: np.sort(r)[(len(r) - 1) // 2], "norm": np.linalg.norm,
    "var": lambda r: np.var(r, ddof=1), "std": lambda r: np.std(r, ddof=1),
    "logsumexp": lambda r: np.log(np.exp(r).sum()),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_sees_what_the_mask_keeps_alone(name):
    function = getattr(tg.masked, name)
    expected = [REDUCTIONS[name](row[keep]) for row, keep in zip(X, MASK, strict=True)]
    y = function(tg.tensor(X), dim=1, keepdim=True, mask=tg.tensor(MASK))
    np.testing.assert_allclose(y.numpy()[:, 0], expected)
    np.testing.assert_allclose(function(X, dim=1), [REDUCTIONS[name](row) for row in X])
    check_rule(lambda x: function(x, dim=1, mask=tg.tensor(MASK)), X)
    x = tg.tensor(X, requires_grad=True)
    with tg.tape():
        function(x, dim=0, mask=tg.tensor(MASK)).sum().backward()
    assert not x.grad.numpy()[~MASK].any()


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin", "cumsum", "cumprod"])
def test_a_map_along_a_dim_sees_what_the_mask_keeps_alone(name):
    function = getattr(tg.masked, name)
    y = function(tg.tensor(X), 1, mask=tg.tensor(MASK)).numpy()
    for row, keep, result in zip(X, MASK, y, strict=True):
        np.testing.assert_allclose(result[keep], function(tg.tensor(row[keep]), 0).numpy())
    check_rule(lambda x: function(x, 1, mask=tg.tensor(MASK))[:, :1], X)


def test_normalize_and_logaddexp():
    mask = tg.tensor(MASK)
    y = tg.masked.normalize(tg.tensor(X), 2.0, 1, mask=mask).numpy()
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), 1)
    assert not y[~MASK].any()
    y = tg.masked.logaddexp(tg.tensor(X), tg.tensor(X.T.copy().reshape(3, 4)), input_mask=mask).numpy()
    np.testing.assert_allclose(y[~MASK], X.T.reshape(3, 4)[~MASK])
    check_rule(lambda x: tg.masked.normalize(x, 2.0, 1, mask=mask), X)


@np.errstate(invalid="ignore")
def test_where_nothing_is_left_the_answer_is_neutral_or_nan():
    x, nothing = tg.ones(1, 2), tg.tensor([[False, False]])
    values = {name: getattr(tg.masked, name)(x, dim=1, mask=nothing).item() for name in REDUCTIONS}
    assert [values[n] for n in ("sum", "prod", "amax", "amin", "norm")] == [0, 1, -np.inf, np.inf, 0]
    assert all(np.isnan(values[n]) for n in ("mean", "median", "var", "std"))


def test_integers_have_neutral_values_too():
    x, mask = tg.tensor([3, 5, 7]), tg.tensor([True, False, True])
    assert tg.masked.amax(x, mask=~mask).item() == 5 and tg.masked.amin(x, mask=mask).item() == 3
    assert tg.masked.mean(x, mask=mask).item() == 5 and tg.masked.sum(x, mask=mask).item() == 10


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.masked.sum(x, mask=tg.ones(3)), TypeError, r"\[masked.sum\] `mask` \(dtype float32\)"),
        (lambda x: tg.masked.amax(x, mask=tg.ones(2) > 0), RuntimeError, r"\[masked.amax\] `mask` \(shape \(2,\)\)"),
        (lambda x: tg.masked.var(x, unbiased=True, correction=1), TypeError, r"\[masked.var\] `unbiased`"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(3))


def test_places_of_extremes_are_among_what_the_mask_keeps():
    x, mask = tg.tensor([[1.0, 9.0, 3.0], [5.0, -7.0, 4.0]]), tg.tensor([True, False, True])
    assert tg.masked.argmax(x, 1, mask=mask).tolist() == [2, 0] and tg.masked.argmin(x, 1, mask=mask).tolist() == [0, 2]
    assert tg.masked.argmax(x, mask=mask).item() == 3 and tg.masked.argmin(x).item() == 4
