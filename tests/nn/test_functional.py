"""Dropout, in-place activations and the rest of what `nn.functional` adds to the operations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn
from tapegrad.testing import gradcheck


def test_every_name_is_there_and_documented():
    for name in F.__all__:
        assert getattr(F, name).__doc__, name


# ------------------------------------------------------------------------------ dropout


@given(st.floats(0, 0.999) | st.just(1.0), st.sampled_from(["float16", "float32", "float64"]))
def test_dropout_keeps_elements_scaled_or_clears_them(p, dtype):
    x = tg.tensor(np.arange(1.0, 41.0), dtype=dtype)
    y = F.dropout(x, p)
    scale = np.dtype(dtype).type(1 / (1 - p)) if p < 1 else 0
    assert y.dtype == x.dtype
    assert ((y == 0) | (y == x * scale)).all()


def test_dropout_clears_the_share_asked_for():
    y = F.dropout(tg.ones(100_000), 0.3)
    assert abs((y == 0).float().mean().item() - 0.3) < 0.01
    assert abs(y.mean().item() - 1) < 0.01


@pytest.mark.parametrize("how", [{"p": 0.0}, {"training": False}])
def test_dropout_that_does_nothing_returns_its_input_and_draws_nothing(how):
    x, state = tg.ones(3), tg.get_rng_state()
    assert F.dropout(x, **how) is x and F.dropout2d(tg.ones(1, 1, 1), **how).item() == 1
    assert (tg.get_rng_state() == state).all()


def test_certain_dropout_clears_everything_and_its_gradient():
    x = tg.tensor([1.0, float("inf")], requires_grad=True)
    with tg.tape():
        y = F.dropout(x[:1], 1.0).sum()
    y.backward()
    assert y.item() == 0.0 and x.grad.tolist() == [0.0, 0.0]


def test_the_gradient_passes_where_the_value_passed():
    x = tg.ones(50, requires_grad=True)
    with tg.tape():
        y = F.dropout(x)
    y.backward(tg.ones(50))
    assert (x.grad == y).all()


def test_dropout_follows_its_generator():
    x = tg.ones(20)
    first, second = (F.dropout(x, generator=tg.Generator().manual_seed(3)) for _ in range(2))
    assert (first == second).all()
    tg.manual_seed(3)
    assert (F.dropout(x) == first).all() and not (F.dropout(x) == first).all()


def test_dropout_has_first_and_second_derivatives():
    def f(x):
        return F.dropout(x * x, 0.5, generator=tg.Generator().manual_seed(1))

    assert gradcheck(f, tg.tensor([1.0, 2.0, 3.0], dtype=tg.float64, requires_grad=True))


@pytest.mark.parametrize(
    ("f", "shape", "area"),
    [
        (F.dropout2d, (5, 8, 3, 2), 6),
        (F.dropout2d, (40, 3, 2), 6),
        (F.dropout1d, (5, 8, 4), 4),
        (F.dropout1d, (40, 4), 4),
    ],
)
def test_channel_dropout_clears_whole_channels(f, shape, area):
    kept = f(tg.ones(*shape)).reshape(-1, area).sum(1)
    assert set(kept.tolist()) == {0.0, 2.0 * area}


def test_dropout_in_place_writes_into_its_input():
    x = tg.ones(20, requires_grad=True)
    with tg.tape():
        h = x * 3
        y = F.dropout(h, inplace=True)
        assert y is h
        y.sum().backward()
    assert (x.grad == y).all() and 0 < (y == 0).sum().item() < 20


@pytest.mark.parametrize("f", [F.dropout, nn.Dropout(), lambda x: F.relu(x), lambda x: F.normalize(x, dim=0)])
def test_arrays_give_arrays(f):
    assert type(f(np.ones(3))) is np.ndarray


def test_in_place_functions_write_into_arrays():
    x = np.array([-1.0, 2.0])
    assert F.relu(x, inplace=True) is x and x.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: F.dropout(tg.ones(2), 1.5), ValueError, r"\[dropout\] dropout probability `p` \(=1.5\)"),
        (lambda: F.dropout(tg.ones(2), float("nan")), ValueError, "must be between 0 and 1"),
        (lambda: F.dropout(tg.tensor([1, 2])), RuntimeError, r"\[dropout\] `input` \(dtype int64\) must be floating"),
        (lambda: F.dropout2d(tg.ones(2, 2)), ValueError, r"\[dropout2d\] `input` \(shape \(2, 2\)\) must have 3 or 4"),
        (lambda: F.dropout(tg.ones(2), generator=3), TypeError, "must be a tapegrad.Generator"),
    ],
)
def test_wrong_arguments_of_dropout_are_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()


# ------------------------------------------------------------------------------ the rest


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, float("inf")])
def test_normalize_makes_unit_vectors(p):
    x = tg.randn(4, 5, dtype=tg.float64)
    y = F.normalize(x, p, dim=0)
    np.testing.assert_allclose(np.linalg.norm(y.numpy(), p, axis=0), 1)
    assert gradcheck(lambda x: F.normalize(x, p, dim=0), x.requires_grad_())


def test_normalize_leaves_zero_where_it_is():
    assert F.normalize(tg.zeros(1, 3)).tolist() == [[0.0, 0.0, 0.0]]


# ------------------------------------------------------------------------------ other noise


def test_dropout3d_clears_whole_volumes():
    y = F.dropout3d(tg.ones(50, 4, 2, 2, 2), 0.5).numpy().reshape(200, 8)
    assert set(np.unique(y)) == {0.0, 2.0} and (y == y[:, :1]).all()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance(p):
    y = F.alpha_dropout(tg.randn(400_000), p, True).numpy()
    assert abs(y.mean()) < 0.01 and abs(y.std() - 1) < 0.01


def test_alpha_dropout_replaces_by_one_value_and_scales_the_rest_and_its_gradient():
    x = tg.arange(1.0, 1001.0).requires_grad_()
    with tg.tape():
        y = F.alpha_dropout(x, 0.3, True)
    y.backward(tg.ones_like(y))
    gone = x.grad.numpy() == 0
    scale = (0.7 * (1 + 0.3 * 1.7580993408473766**2)) ** -0.5
    assert 200 < gone.sum() < 400 and np.ptp(y.detach().numpy()[gone]) == 0
    np.testing.assert_allclose(x.grad.numpy()[~gone], scale, rtol=1e-6)
    assert (F.alpha_dropout(tg.ones(3), 1.0, True) == 0).all() and F.alpha_dropout(x, 0.3) is x


def test_feature_alpha_dropout_replaces_whole_channels():
    y = F.feature_alpha_dropout(tg.ones(20, 5, 3), 0.5, True).numpy()
    assert (y == y[:, :, :1]).all() and len(np.unique(y)) == 2
    with pytest.raises(RuntimeError, match="must have at least 2 dimensions"):
        F.feature_alpha_dropout(tg.ones(3), 0.5, True)


def test_random_leaks_lie_between_their_bounds_and_are_their_gradients():
    x = tg.cat([-tg.ones(500), tg.ones(500)]).requires_grad_()
    with tg.tape():
        y = F.rrelu(x, 0.1, 0.3, True)
    y.backward(tg.ones_like(y))
    slopes = x.grad.numpy()
    assert ((slopes[:500] >= 0.1) & (slopes[:500] < 0.3)).all() and np.ptp(slopes[:500]) > 0.15
    assert (slopes[500:] == 1).all() and (y == x * x.grad).all()
    np.testing.assert_allclose(F.rrelu(x.detach(), 0.1, 0.3).numpy()[:500], -0.2, rtol=1e-6)
    with pytest.raises(ValueError, match=r"`lower` \(=1\) must not be above `upper` \(=0\)"):
        F.rrelu(x, 1, 0)


def test_gumbel_softmax_draws_each_class_as_often_as_it_is_likely():
    p = np.array([0.1, 0.3, 0.6])
    logits = tg.tensor(np.log(p)).expand(20_000, 3).contiguous().requires_grad_()
    with tg.tape():
        y = F.gumbel_softmax(logits, 0.7, hard=True)
        (y * tg.tensor([1.0, 2.0, 3.0], dtype=tg.float64)).sum().backward()
    np.testing.assert_allclose(y.detach().numpy().max(1), 1)
    np.testing.assert_allclose(y.detach().numpy().mean(0), p, atol=0.02)
    assert (abs(logits.grad.numpy()).max(1) > 0).mean() > 0.9
    soft = F.gumbel_softmax(logits.detach(), 0.7).numpy()
    np.testing.assert_allclose(soft.sum(1), 1)
    assert ((soft > 0.01) & (soft < 0.99)).any(1).mean() > 0.5


@pytest.mark.parametrize("name", ["relu_", "leaky_relu_", "elu_", "celu_", "selu_", "hardtanh_", "rrelu_"])
def test_names_that_end_in_an_underscore_write_into_their_input(name):
    x = tg.tensor([-2.0, 0.5, 3.0])
    want = getattr(F, name[:-1])(x)
    assert getattr(F, name)(x) is x and (x == want).all()
