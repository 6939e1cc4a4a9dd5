"""Adaptive pooling: rules, windows cut out one by one, errors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad.kernels import Scheme
from tapegrad.ops import adaptive_pool
from tapegrad.testing import arrays, check_rule


@st.composite
def problems(draw, rank):
    """X with no two elements close, and a number of windows for each axis."""
    out = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    image = [draw(st.integers(1, 5)) for _ in out]
    return draw(arrays((draw(st.sampled_from([1, 2, 0])), 2, *image), distinct=True)), out


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_adaptive_avg_pool_rules(rank, data):
    x, out = data.draw(problems(rank))
    check_rule(getattr(F, f"adaptive_avg_pool{rank}d"), x, output_size=out)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_rules_of_averages_over_windows_of_one_size(rank):
    x = np.random.default_rng(0).standard_normal((2, 2, 4, 6, 2)[: rank + 2])
    check_rule(getattr(F, f"adaptive_avg_pool{rank}d"), x, output_size=(2, 3, 1)[:rank])
    scheme = Scheme("even", 6 * x.shape[rank + 1], x.shape[rank + 1])
    check_rule(adaptive_pool._resample_back, x, axis=rank + 1, scheme=scheme)


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_adaptive_max_pool_rules(rank, data):
    x, out = data.draw(problems(rank))
    check_rule(getattr(F, f"adaptive_max_pool{rank}d"), x, output_size=out)


@pytest.mark.parametrize("rank", [2, 3])
@given(st.data())
def test_windows_are_pytorchs(rank, data):
    x, out = data.draw(problems(rank))
    average = getattr(F, f"adaptive_avg_pool{rank}d")(x, out)
    largest, winner = getattr(F, f"adaptive_max_pool{rank}d")(x, out, True)
    for place in np.ndindex(*out):
        cut = tuple(slice(p * n // k, -(-(p + 1) * n // k)) for p, n, k in zip(place, x.shape[2:], out, strict=True))
        window, axes = x[(..., *cut)], tuple(range(2, 2 + rank))
        np.testing.assert_allclose(average[(..., *place)], window.mean(axes), 1e-5, 1e-6)
        np.testing.assert_array_equal(largest[(..., *place)], window.max(axes))
    flat = [a.reshape(*a.shape[:2], math.prod(a.shape[2:])) for a in (x, winner, largest)]
    np.testing.assert_array_equal(np.take_along_axis(*flat[:2], 2), flat[2])


def test_nan_wins_and_none_keeps_an_axis():
    x = tg.tensor([[[1.0, float("nan"), 5.0], [2.0, 3.0, 4.0]]])
    assert np.isnan(F.adaptive_max_pool2d(x, (1, 2)).numpy()).all()
    assert F.adaptive_avg_pool2d(x, (None, 1)).shape == (1, 2, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: F.adaptive_avg_pool2d(x[0, 0], 1),
            r"\[adaptive_avg_pool2d\] `x` \(shape \(4, 4\)\) must be 3-D or 4-D",
        ),
        (lambda x: F.adaptive_max_pool2d(x, 0), r"`output_size` .* must be at least 1"),
        (lambda x: F.adaptive_max_pool2d(x, (1, 2, 3)[:1] * 0), r"`output_size`"),
        (lambda x: F.adaptive_max_pool3d(x[0, 0], 3), r"\[adaptive_max_pool3d\] `x` .* must be 4-D or 5-D"),
        (lambda x: F.adaptive_avg_pool2d(x[:, :, :0], 1), "must have elements"),
    ],
)
def test_misuse_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(tg.ones(1, 1, 4, 4))
