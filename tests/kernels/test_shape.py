"""Rearranging against NumPy, and the transposes of each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tests.kernels.arrays import dot, layouts, random, seeds


@given(st.sampled_from([((), (2, 3)), ((3,), (2, 3)), ((2, 1), (4, 2, 0)), ((2, 3), (2, 3))]))
def test_broadcast_to_is_numpys(shapes):
    given_ = random(1, shapes[0])
    for x in (given_, *(layouts(given_) if given_.ndim else ())):
        y = kernels.broadcast_to(x, shapes[1])
        np.testing.assert_array_equal(y, np.broadcast_to(x, shapes[1]))
        assert not y.flags.writeable
        assert np.shares_memory(y, x) or y.size == 0


@given(seeds, st.integers(-2, 1), st.integers(1, 3))
def test_joining_is_numpys(seed, axis, n):
    arrays = [random(seed + i, (2, 3)) for i in range(n)]
    np.testing.assert_array_equal(kernels.concatenate(arrays, axis), np.concatenate(arrays, axis))
    np.testing.assert_array_equal(kernels.stack(arrays, axis), np.stack(arrays, axis))


@given(seeds, st.sampled_from([("constant",) * 2, ("reflect",) * 2, ("replicate", "edge"), ("circular", "wrap")]),
       st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=2))  # fmt: skip
def test_padding_is_numpys_under_pytorchs_names(seed, modes, widths):
    x = random(seed, (3, 4))
    ours, theirs = modes
    np.testing.assert_array_equal(kernels.pad(x, widths, ours), np.pad(x, widths, theirs))
    np.testing.assert_array_equal(kernels.pad(x, widths, theirs), np.pad(x, widths, theirs))


@given(seeds, st.sampled_from(["reflect", "replicate", "circular"]),
       st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=2))  # fmt: skip
def test_unpad_is_the_transpose_of_pad(seed, mode, widths):
    x = random(seed, (3, 4))
    y = kernels.pad(x, widths, mode)
    g = random(seed + 1, y.shape)
    assert dot(g, y) == pytest.approx(dot(kernels.unpad(g, widths, mode), x), abs=1e-12)


def test_a_negative_width_crops():
    x = np.arange(6.0).reshape(2, 3)
    assert kernels.pad(x, [(0, 1), (-1, 1)], value=7).tolist() == [[1, 2, 7], [4, 5, 7], [7, 7, 7]]
    assert kernels.pad(x, [(0, 0), (-2, -1)]).shape == (2, 0)


@given(seeds, st.sampled_from([None, 0, -1, (0, 1)]), st.integers(-4, 4))
def test_flip_and_roll_are_numpys(seed, axis, shift):
    x = random(seed, (3, 4))
    np.testing.assert_array_equal(kernels.flip(x, axis), np.flip(x, axis))
    np.testing.assert_array_equal(kernels.roll(x, shift, axis), np.roll(x, shift, axis))


@given(seeds, st.integers(-4, 5))
def test_triangles_are_numpys(seed, k):
    x = random(seed, (2, 3, 4))
    np.testing.assert_array_equal(kernels.tril(x, k), np.tril(x, k))
    np.testing.assert_array_equal(kernels.triu(x, k), np.triu(x, k))


@given(seeds, st.integers(-5, 5), st.permutations([0, 1, 2]))
def test_from_diagonal_is_the_transpose_of_diagonal(seed, offset, axes):
    x = random(seed, (3, 4, 2))
    y = kernels.diagonal(x, offset, *axes[:2])
    np.testing.assert_array_equal(y, np.diagonal(x, offset, *axes[:2]))
    g = random(seed + 1, y.shape)
    assert dot(g, y) == pytest.approx(dot(kernels.from_diagonal(g, x.shape, offset, *axes[:2]), x))


def test_repeating_is_numpys():
    x = random(1, (2, 3))
    np.testing.assert_array_equal(kernels.repeat(x, 2, 1), np.repeat(x, 2, 1))
    np.testing.assert_array_equal(kernels.repeat(x, np.array([2, 0]), 0), np.repeat(x, [2, 0], 0))
    np.testing.assert_array_equal(kernels.tile(x, (2, 2)), np.tile(x, (2, 2)))


def test_any_layout_gives_the_same_answer():
    x = random(1, (3, 4))
    for a in layouts(x):
        np.testing.assert_array_equal(kernels.roll(a, 1, 0), kernels.roll(x, 1, 0))
        np.testing.assert_array_equal(kernels.pad(a, [(1, 1), (0, 2)]), kernels.pad(x, [(1, 1), (0, 2)]))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda x: kernels.broadcast_to(x, (3,)), ValueError, r"`x` \(shape \(2, 3\)\) must broadcast to `shape`"),
        (lambda x: kernels.concatenate([]), ValueError, r"\[concatenate\] `arrays` must hold at least one"),
        (lambda x: kernels.concatenate([x, x[0]]), ValueError, "equal shapes except along axis 0"),
        (lambda x: kernels.concatenate([np.array(1.0)]), ValueError, "0-d"),
        (lambda x: kernels.stack([x, x[:1]]), ValueError, r"\[stack\] `arrays` must have one shape"),
        (lambda x: kernels.stack([x], 3), IndexError, r"\[stack\] `axis` \(=3\)"),
        (lambda x: kernels.pad(x, [(0, 1)]), ValueError, r"\[pad\] `widths` .* one pair for each of the 2 axes"),
        (lambda x: kernels.pad(x, [(0, 0), (3, 0)], "reflect"), ValueError, r"\[pad\] `widths` .* must fit"),
        (lambda x: kernels.pad(x, [(0, 0), (4, 0)], "circular"), ValueError, "must fit"),
        (lambda x: kernels.pad(x, [(0, 0), (-1, 0)], "replicate"), ValueError, "must fit"),
        (lambda x: kernels.pad(x, [(0, 0), (-2, -2)]), ValueError, "must fit"),
        (lambda x: kernels.pad(x, [(0, 0)] * 2, "odd"), ValueError, r"\[pad\] `mode` \(='odd'\)"),
        (lambda x: kernels.roll(x, (1, 2), 0), ValueError, r"\[roll\] `shift`"),
        (lambda x: kernels.tril(x[0]), ValueError, r"\[tril\] .* at least two dimensions"),
        (lambda x: kernels.diagonal(x, 0, 0, -2), ValueError, r"\[diagonal\] `axis1` .* must differ"),
        (lambda x: kernels.diagonal(x[0]), ValueError, r"\[diagonal\] .* at least two dimensions"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call(np.ones((2, 3)))
