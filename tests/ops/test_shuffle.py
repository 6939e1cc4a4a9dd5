"""Shuffled pixels and channels: where each element goes, and the way back."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import check_rule


def test_a_pixel_comes_from_the_channel_of_its_place():
    x = np.random.default_rng(0).standard_normal((2, 8, 3, 2))
    y = tg.pixel_shuffle(tg.tensor(x), 2)
    assert y.shape == (2, 2, 6, 4)
    for h, w in np.ndindex(6, 4):
        np.testing.assert_array_equal(y[0, 1, h, w], x[0, 4 + 2 * (h % 2) + w % 2, h // 2, w // 2])
    np.testing.assert_array_equal(tg.pixel_unshuffle(y, 2), x)
    check_rule(lambda x: tg.pixel_shuffle(x, 2), x)
    check_rule(lambda x: tg.pixel_unshuffle(x[..., :2, :], 2), x)


def test_channels_are_dealt_out_like_cards():
    x = np.arange(12.0).reshape(1, 6, 2)
    assert tg.channel_shuffle(tg.tensor(x), 3)[0, :, 0].tolist() == [0, 4, 8, 2, 6, 10]
    check_rule(lambda x: tg.channel_shuffle(x, 3), x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tg.pixel_shuffle(x, 2), r"\[pixel_shuffle\] `upscale_factor` \(=2\) squared must divide the 2"),
        (lambda x: tg.pixel_shuffle(x, 0), r"\[pixel_shuffle\] `upscale_factor` \(=0\) must be positive"),
        (lambda x: tg.pixel_shuffle(x[0], 1), r"\[pixel_shuffle\] `input` \(shape \(3, 4\)\)"),
        (lambda x: tg.pixel_unshuffle(x, 2), r"\[pixel_unshuffle\] `downscale_factor` \(=2\) must divide the image"),
        (lambda x: tg.channel_shuffle(x, 2), r"\[channel_shuffle\] `groups` \(=2\) must be positive and divide the 3"),
        (lambda x: tg.channel_shuffle(x[0], 1), r"\[channel_shuffle\] `input` \(shape \(3, 4\)\)"),
    ],
)
def test_misuse_is_named(call, message):
    with pytest.raises(RuntimeError, match=message):
        call(tg.ones(2, 3, 4))
