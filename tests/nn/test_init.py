"""Initialisation: bounds, moments, structure."""

import math

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.nn import init

SHAPE = (64, 32, 3, 3)
FAN_IN, FAN_OUT = 32 * 9, 64 * 9


def filled(name: str, *args, **settings) -> np.ndarray:
    x = tg.empty(*SHAPE)
    assert getattr(init, name)(x, *args, **settings) is x
    return x.numpy()


@pytest.mark.parametrize(
    ("name", "settings", "bound"),
    [
        ("uniform_", {"a": -2.0, "b": 2.0}, 2.0),
        ("xavier_uniform_", {"gain": 2.0}, 2 * math.sqrt(6 / (FAN_IN + FAN_OUT))),
        ("kaiming_uniform_", {}, math.sqrt(6 / FAN_IN)),
        ("kaiming_uniform_", {"a": math.sqrt(5)}, 1 / math.sqrt(FAN_IN)),
        ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "linear"}, math.sqrt(3 / FAN_OUT)),
    ],
)
def test_uniform_schemes_fill_their_interval(name, settings, bound):
    w = filled(name, **settings)
    assert abs(w).max() <= bound * (1 + 1e-6)
    np.testing.assert_allclose([w.max(), w.min(), w.std()], [bound, -bound, bound / math.sqrt(3)], rtol=0.02)
    assert abs(w.mean()) < 0.02 * bound


@pytest.mark.parametrize(
    ("name", "settings", "mean", "std"),
    [
        ("normal_", {"mean": 3.0, "std": 2.0}, 3.0, 2.0),
        ("xavier_normal_", {}, 0.0, math.sqrt(2 / (FAN_IN + FAN_OUT))),
        ("kaiming_normal_", {"nonlinearity": "relu"}, 0.0, math.sqrt(2 / FAN_IN)),
        ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "tanh"}, 0.0, 5 / 3 / math.sqrt(FAN_OUT)),
        ("trunc_normal_", {"std": 0.02}, 0.0, 0.02),
    ],
)
def test_normal_schemes_have_their_moments(name, settings, mean, std):
    w = filled(name, **settings)
    assert w.mean() == pytest.approx(mean, abs=0.02 * std)
    assert w.std() == pytest.approx(std, rel=0.02)


@pytest.mark.parametrize(("a", "b"), [(-1.0, 2.0), (1.0, 1.5), (-30.0, -7.0)])
def test_truncated_numbers_lie_between_the_limits_and_follow_the_normal_distribution(a, b):
    from scipy import stats

    w = filled("trunc_normal_", a=a, b=b).ravel()
    assert a <= w.min() and w.max() <= b
    assert stats.kstest(w, stats.truncnorm(a, b).cdf).pvalue > 1e-4


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 2, 2), (4, 4)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    q = init.orthogonal_(tg.empty(*shape, dtype=tg.float64), gain=2.0).numpy().reshape(shape[0], -1)
    gram = q @ q.T if q.shape[0] < q.shape[1] else q.T @ q
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_given_values_are_written():
    assert init.constant_(tg.empty(2), 3.5).tolist() == [3.5, 3.5]
    assert init.ones_(tg.empty(2)).tolist() == [1.0, 1.0]
    assert init.zeros_(tg.ones(2)).tolist() == [0.0, 0.0]
    assert init.eye_(tg.ones(2, 3)).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("groups", [1, 3])
def test_dirac_filters_pass_channels_unchanged(groups):
    x = tg.randn(1, 6, 5, 4)
    w = init.dirac_(tg.empty(6, 6 // groups, 3, 3), groups)
    assert (tg.nn.functional.conv2d(x, w, padding=1, groups=groups) == x).all()


@pytest.mark.parametrize(
    ("nonlinearity", "param", "gain"),
    [
        ("linear", None, 1.0),
        ("conv2d", None, 1.0),
        ("sigmoid", None, 1.0),
        ("tanh", None, 5 / 3),
        ("relu", None, math.sqrt(2)),
        ("leaky_relu", None, math.sqrt(2 / 1.0001)),
        ("leaky_relu", 0.5, math.sqrt(1.6)),
        ("selu", None, 0.75),
    ],
)
def test_gains_are_pytorchs(nonlinearity, param, gain):
    assert init.calculate_gain(nonlinearity, param) == pytest.approx(gain)


def test_a_generator_decides_what_is_drawn():
    one, two = (init.normal_(tg.empty(4), generator=tg.Generator().manual_seed(5)) for _ in range(2))
    assert (one == two).all()


def test_a_tracked_leaf_is_filled_unrecorded():
    x = tg.ones(3, requires_grad=True)
    with tg.tape() as t:
        init.zeros_(x)
    assert x.tolist() == [0.0] * 3 and x.requires_grad and len(t) == 0


def test_no_elements_are_nothing_to_do():
    with pytest.warns(UserWarning, match="has no elements"):
        init.kaiming_uniform_(tg.empty(0, 3))
    assert init.orthogonal_(tg.empty(0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: init.uniform_(x, 1.0, 0.0), r"\[uniform_\] `a` \(=1.0\) must not be greater than `b` \(=0.0\)"),
        (lambda x: init.normal_(x, std=-1.0), r"\[normal_\] `std` \(=-1.0\)"),
        (lambda x: init.trunc_normal_(x, a=2.0, b=2.0), r"\[trunc_normal_\] `a` \(=2.0\) must be less than"),
        (lambda x: init.eye_(x), r"\[eye_\] `tensor` \(shape \(3,\)\) must have 2 dimensions"),
        (lambda x: init.dirac_(x), r"\[dirac_\] .* must have 3, 4 or 5 dimensions"),
        (lambda x: init.dirac_(tg.empty(3, 1, 1), 2), r"`groups` \(=2\) must divide"),
        (lambda x: init.kaiming_normal_(x), r"\[kaiming_normal_\] .* at least 2 dimensions"),
        (lambda x: init.xavier_uniform_(x), r"\[xavier_uniform_\] .* at least 2 dimensions"),
        (lambda x: init.orthogonal_(x), r"\[orthogonal_\] .* at least 2 dimensions"),
        (lambda x: init.kaiming_uniform_(tg.empty(2, 2), mode="fan"), r"`mode` \(='fan'\) must be 'fan_in' or"),
        (lambda x: init.calculate_gain("sine"), r"`nonlinearity` \(='sine'\) must be one of linear"),
        (lambda x: init.calculate_gain("leaky_relu", True), r"`param` \(=True\) must be a number"),
    ],
)
def test_wrong_arguments_are_errors_and_fill_nothing(call, match):
    x = tg.ones(3)
    with pytest.raises(ValueError, match=match):
        call(x)
    assert x.tolist() == [1.0] * 3


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.34, 1.0])
def test_sparse_columns_have_their_share_of_zeros_at_random_and_normal_numbers(sparsity):
    w = init.sparse_(tg.empty(50, 400), sparsity, std=0.5).numpy()
    assert ((w == 0).sum(0) == math.ceil(sparsity * 50)).all()
    others = w[w != 0]
    if others.size:
        np.testing.assert_allclose([others.mean(), others.std()], [0, 0.5], atol=0.02)
    if 0 < sparsity < 1:
        np.testing.assert_allclose((w == 0).mean(1), math.ceil(sparsity * 50) / 50, atol=0.12)


def test_sparse_wants_a_matrix_and_a_share():
    with pytest.raises(ValueError, match="must have 2 dimensions"):
        init.sparse_(tg.empty(2, 2, 2), 0.1)
    with pytest.raises(ValueError, match=r"`sparsity` \(=1.5\) must be between 0 and 1"):
        init.sparse_(tg.empty(2, 2), 1.5)
