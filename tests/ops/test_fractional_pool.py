"""Fractional max pooling: rules, windows cut out one by one, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad.testing import arrays, check_rule


@st.composite
def problems(draw, rank):
    """X with no two elements close, numbers in [0, 1) for its planes, windows and sizes that fit."""
    windows = [draw(st.integers(1, 2)) for _ in range(rank)]
    sizes = [draw(st.integers(1, 3)) for _ in range(rank)]
    image = [w + s - 1 + draw(st.integers(0, 2)) for w, s in zip(windows, sizes, strict=True)]
    x = draw(arrays((draw(st.sampled_from([1, 2])), 2, *image), distinct=True))
    samples = np.array([draw(st.floats(0, 0.99)) for _ in range(x.shape[0] * 2 * rank)])
    return x, samples.reshape(x.shape[0], 2, rank).astype(x.dtype), tuple(windows), tuple(sizes)


@pytest.mark.parametrize("rank", [2, 3])
@given(st.data())
def test_fractional_max_pool_rules(rank, data):
    x, samples, windows, sizes = data.draw(problems(rank))
    pool = getattr(F, f"fractional_max_pool{rank}d")
    check_rule(lambda x: pool(x, windows, sizes, _random_samples=samples), x)


@pytest.mark.parametrize("rank", [2, 3])
@given(st.data())
def test_windows_begin_where_the_numbers_say(rank, data):
    x, samples, windows, sizes = data.draw(problems(rank))
    y, winner = getattr(F, f"fractional_max_pool{rank}d")(x, windows, sizes, None, True, samples)
    columns = [1, 0] if rank == 2 else [0, 1, 2]
    for n, c, *place in np.ndindex(*y.shape):
        cut = []
        for p, size, window, length, column in zip(place, sizes, windows, x.shape[2:], columns, strict=True):
            alpha = x.dtype.type((length - window) / max(size - 1, 1))
            u = samples[n, c, column]
            start = length - window if p == size - 1 else int((p + u) * alpha) - int(u * alpha)
            cut.append(slice(start, start + window))
        assert y[(n, c, *place)] == x[(n, c, *cut)].max()
    flat = [a.reshape(*a.shape[:2], -1) for a in (x, winner, y)]
    np.testing.assert_array_equal(np.take_along_axis(*flat[:2], 2), flat[2])


def test_random_windows_follow_the_generator_and_a_ratio_gives_the_size():
    x = tg.randn(1, 2, 9, 8)
    tg.manual_seed(3)
    first = F.fractional_max_pool2d(x, 2, output_ratio=0.6)
    tg.manual_seed(3)
    assert first.shape == (1, 2, 5, 4) and (first == F.fractional_max_pool2d(x, 2, output_size=(5, 4))).all()


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({}, "one of `output_size` and `output_ratio` must be given"),
        ({"output_size": 2, "output_ratio": 0.5}, "one of `output_size` and `output_ratio` must be given"),
        ({"output_ratio": 1.5}, r"`output_ratio` \(=1.5\) must be between 0 and 1"),
        ({"output_size": 6}, "must fit the image"),
        ({"output_size": 2, "_random_samples": np.zeros((1, 1, 2))}, "must hold 2 numbers for each plane"),
    ],
)
def test_wrong_settings_are_errors(how, match):
    with pytest.raises(ValueError, match=match):
        F.fractional_max_pool2d(np.ones((1, 2, 5, 6)), 2, **how)
    with pytest.raises(ValueError, match="must have 3 or 4 dimensions"):
        F.fractional_max_pool2d(np.ones((5, 6)), 2, 2)
