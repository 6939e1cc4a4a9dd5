"""Points lie on the curves that the docstrings state."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.data import Spiral, SwissRoll


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_spiral_points_lie_on_the_arm_of_their_class(classes):
    spiral = Spiral(101, classes, turns=1.5, noise=0)
    assert (len(spiral), spiral[0][0].dtype, spiral[0][1].dtype) == (101, tg.float32, tg.int64)
    x, c = spiral.data.numpy().astype(float), spiral.targets.numpy()
    r, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    difference = (angle - 1.5 * r - c / classes + 0.5) % 1 - 0.5
    assert abs(difference * r).max() < 1e-6
    assert np.ptp(np.bincount(c, minlength=classes)) <= 1 and 0 < r.min() and r.max() < 1


def test_swiss_roll_points_lie_on_the_sheet():
    roll = SwissRoll(500, generator=seeded())
    x, t = roll.data.numpy().astype(float), roll.targets.numpy().astype(float)
    np.testing.assert_allclose(np.hypot(x[:, 0], x[:, 2]), t, rtol=1e-5)
    assert t.min() >= 1.5 * np.pi and t.max() <= 4.5 * np.pi and np.ptp(x[:, 1]) > 19


@pytest.mark.parametrize("make", [Spiral, SwissRoll])
def test_noise_is_drawn_from_the_generator(make):
    one, same, other = (make(50, noise=0.3, generator=seeded(s)).data.tolist() for s in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Spiral(0), r"\[Spiral\] `n` \(=0\) must be at least 1"),
        (lambda: Spiral(noise=-1), r"\[Spiral\] `noise` \(=-1\) must lie in 0"),
        (lambda: SwissRoll(noise=float("nan")), r"\[SwissRoll\] `noise` \(=nan\) must lie in 0"),
    ],
)
def test_wrong_arguments_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()
