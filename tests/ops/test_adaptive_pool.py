"""Adaptive pooling: rules, windows cut out one by one, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad.testing import arrays, check_rule


@st.composite
def problems(draw, rank, *, even=False):
    """X with no two elements close, and a number of windows for each axis."""
    out = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    image = [n * draw(st.integers(1, 2)) if even else draw(st.integers(1, 5)) for n in out]
    return draw(arrays((draw(st.sampled_from([1, 2, 0])), 2, *image), distinct=True)), out


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_adaptive_avg_pool_rules(rank, data):
    x, out = data.draw(problems(rank))
    check_rule(getattr(F, f"adaptive_avg_pool{rank}d"), x, output_size=out)


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_adaptive_max_pool_rules(rank, data):
    x, out = data.draw(problems(rank, even=rank == 3))
    check_rule(getattr(F, f"adaptive_max_pool{rank}d"), x, output_size=out)


@given(problems(2))
def test_windows_are_pytorchs(problem):
    x, (P, Q) = problem
    H, W = x.shape[2:]
    average, (largest, winner) = F.adaptive_avg_pool2d(x, (P, Q)), F.adaptive_max_pool2d(x, (P, Q), True)
    for p, q in np.ndindex(P, Q):
        cut = x[:, :, p * H // P : -(-(p + 1) * H // P), q * W // Q : -(-(q + 1) * W // Q)]
        np.testing.assert_allclose(average[:, :, p, q], cut.mean((2, 3)), 1e-5, 1e-6)
        np.testing.assert_array_equal(largest[:, :, p, q], cut.max((2, 3)))
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(*x.shape[:2], H * W), winner.reshape(*x.shape[:2], P * Q), 2),
        largest.reshape(*x.shape[:2], P * Q),
    )


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
        (lambda x: F.adaptive_max_pool3d(x, 3), r"`output_size` \(=3\) must divide"),
        (lambda x: F.adaptive_avg_pool2d(x[:, :, :0], 1), "must have elements"),
    ],
)
def test_misuse_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(tg.ones(1, 1, 4, 4))
