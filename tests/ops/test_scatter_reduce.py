"""Values combined at positions, against a loop, and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule

WAYS = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}


def by_hand(x, dim, index, src, reduce, include_self):
    """One position after the other."""
    y = x.copy()
    for place in np.ndindex(x.shape):
        come = [src[k] for k in np.ndindex(index.shape) if (*k[:dim], index[k], *k[dim + 1 :]) == place]
        if come:
            y[place] = WAYS[reduce]([*([x[place]] if include_self else []), *come])
    return y


@st.composite
def problems(draw):
    """x, dim, index, src: a full index, or one that is shorter on another axis."""
    shape, dim = draw(st.sampled_from([((4,), 0), ((3, 2), 0), ((3, 2), 1), ((2, 3, 2), 1)]))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    reach = [draw(st.integers(1, 4)) if i == dim else draw(st.integers(1, n)) for i, n in enumerate(shape)]
    index = rng.integers(0, shape[dim], reach)
    return (
        rng.permutation(np.prod(shape)).reshape(shape) / 2 + 1,
        dim,
        index,
        rng.permutation(index.size).reshape(reach) / 3 - 2,
    )


@pytest.mark.parametrize("reduce", WAYS)
@given(problems(), st.booleans())
def test_values_are_combined_as_by_hand_and_the_rules_hold(reduce, problem, include_self):
    x, dim, index, src = problem
    y = tg.scatter_reduce(tg.tensor(x), dim, tg.tensor(index), tg.tensor(src), reduce, include_self=include_self)
    np.testing.assert_allclose(y.numpy(), by_hand(x, dim, index, src, reduce, include_self))
    check_rule(lambda x, src: tg.scatter_reduce(x, dim, index, src, reduce, include_self=include_self), x, src)


@pytest.mark.parametrize("reduce", ["prod", "mean", "amax", "amin"])
@given(st.booleans())
def test_slices_are_combined_likewise(reduce, include_self):
    x, source, index = np.arange(6.0).reshape(3, 2) + 1, np.arange(8.0).reshape(4, 2) - 2.5, np.array([2, 0, 2, 2])
    y = tg.index_reduce(tg.tensor(x), 0, tg.tensor(index), tg.tensor(source), reduce, include_self=include_self)
    wide = np.repeat(index[:, None], 2, 1)
    np.testing.assert_allclose(y.numpy(), by_hand(x, 0, wide, source, reduce, include_self))
    check_rule(lambda x, s: tg.index_reduce(x, 0, index, s, reduce, include_self=include_self), x, source)


def test_gradients_of_products_are_exact_with_zeros():
    x, src = tg.tensor([2.0, 0.0, 5.0], requires_grad=True), tg.tensor([0.0, 3.0, 0.0, 4.0], requires_grad=True)
    with tg.tape():
        tg.scatter_reduce(x, 0, tg.tensor([0, 0, 1, 1]), src, "prod").sum().backward()
    assert x.grad.tolist() == [0, 0, 1] and src.grad.tolist() == [6, 0, 0, 0]


def test_second_derivatives_of_products_are_exact_with_zeros():
    x, src, index = (
        np.array([[3, 3.5], [1.5, 2]]),
        np.array([[-1, 0.5], [0, 2.0], [-2, 0]]),
        np.array([[0, 1], [0, 0], [0, 0]]),
    )
    for include_self in (True, False):
        check_rule(lambda x, s, keep=include_self: tg.scatter_reduce(x, 0, index, s, "prod", include_self=keep), x, src)


def test_equals_share_the_gradient_of_an_extreme():
    x, src = tg.tensor([3.0, 1.0], requires_grad=True), tg.tensor([3.0, 3.0, 2.0], requires_grad=True)
    with tg.tape():
        tg.scatter_reduce(x, 0, tg.tensor([0, 0, 1]), src, "amax").sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [1 / 3, 0])
    np.testing.assert_allclose(src.grad.numpy(), [1 / 3, 1 / 3, 1])


def test_integers_and_numbers_are_combined_too():
    x, at = tg.tensor([7, 1]), tg.tensor([0, 0])
    assert tg.scatter_reduce(x, 0, at, tg.tensor([2, 4]), "mean").tolist() == [4, 1]
    assert tg.scatter_reduce(x, 0, at, tg.tensor([2, 4]), "amax", include_self=False).tolist() == [4, 1]
    assert tg.scatter_reduce(tg.tensor(3.0), 0, tg.tensor(0), tg.tensor(4.0), "prod").item() == 12
    assert x.scatter_reduce_(0, at, tg.tensor([2, 4]), "sum").tolist() == [13, 1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, i: tg.scatter_reduce(x, 0, i, x, "max"), RuntimeError, r"\[scatter_reduce\] `reduce` \(='max'\)"),
        (lambda x, i: tg.scatter_reduce(x, 0, i + 5, x, "sum"), IndexError, r"\[scatter_\w+\] `index` \(=5\)"),
        (lambda x, i: tg.scatter_reduce(x, 0, i, x[:1], "sum"), RuntimeError, r"\[scatter_reduce\] `src`"),
        (lambda x, i: tg.index_reduce(x, 0, i[:, 0], x[:1], "prod"), RuntimeError, r"\[index_reduce\] `source`"),
        (lambda x, i: tg.index_reduce(x, 0, i, x, "prod"), IndexError, r"\[index_reduce\] `index` \(shape \(2, 2\)\)"),
        (lambda x, i: tg.index_reduce(x, 0, i[:, 0], x, "sum"), RuntimeError, r"\[index_reduce\] `reduce` \(='sum'\)"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 2), tg.zeros(2, 2, dtype=tg.int64))
