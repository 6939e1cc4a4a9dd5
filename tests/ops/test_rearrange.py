"""Elements in other places, against NumPy; `pad` against PyTorch's modes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.rearrange import _unpad, one_hot, pad
from tapegrad.testing import arrays, axes, check_rule

NUMPYS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@given(arrays(min_dims=1), st.data())
def test_flip_and_roll_have_the_right_rules(x, data):
    dims = data.draw(axes(x, none=False).map(lambda d: d if isinstance(d, tuple) else (d,)))
    shifts = tuple(data.draw(st.integers(-5, 5)) for _ in dims)
    np.testing.assert_array_equal(tg.flip(x, dims), np.flip(x, dims))
    np.testing.assert_array_equal(tg.roll(x, shifts, dims), np.roll(x, shifts, dims))
    np.testing.assert_array_equal(tg.roll(x, 2), np.roll(x, 2))
    check_rule(tg.flip, x, dims=dims)
    check_rule(tg.roll, x, shifts=shifts, dims=dims)


@given(arrays())
def test_clone_and_a_roll_of_all_elements_have_the_right_rules(x):
    np.testing.assert_array_equal(tg.clone(x), x)
    check_rule(tg.clone, x)
    np.testing.assert_array_equal(tg.roll(x, 1), np.roll(x, 1))
    check_rule(tg.roll, x, shifts=1)
    check_rule(tg.flip, x, dims=())


@given(arrays(min_dims=2, max_side=3), st.integers(-4, 5), st.data())
def test_rot90_turns_as_numpy_does(x, k, data):
    plane = data.draw(st.permutations(range(x.ndim)))[:2]
    np.testing.assert_array_equal(tg.rot90(x, k, plane), np.rot90(x, k, plane))
    np.testing.assert_array_equal(tg.fliplr(x), np.fliplr(x))
    np.testing.assert_array_equal(tg.flipud(x), np.flipud(x))
    check_rule(tg.rot90, x, k=k, dims=plane)


@given(arrays(max_side=3), st.data())
def test_repeat_and_tile_have_the_right_rules(x, data):
    sizes = tuple(data.draw(st.lists(st.integers(0, 2), min_size=x.ndim, max_size=x.ndim + 1)))
    np.testing.assert_array_equal(tg.repeat(x, sizes), np.tile(x, sizes))
    np.testing.assert_array_equal(tg.tile(x, sizes[1:]), np.tile(x, sizes[1:]))
    check_rule(tg.repeat, x, repeats=sizes)
    check_rule(tg.tile, x, dims=sizes[1:])


@given(arrays(min_dims=1, max_side=3), st.data())
def test_repeat_interleave_is_numpys_repeat(x, data):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    each = np.array([data.draw(st.integers(0, 2)) for _ in range(x.shape[dim])], np.int64)
    for repeats in (2, each):
        np.testing.assert_array_equal(tg.repeat_interleave(x, repeats, dim), np.repeat(x, repeats, dim))
        check_rule(lambda x, r=repeats: tg.repeat_interleave(x, r, dim), x)
    np.testing.assert_array_equal(tg.repeat_interleave(x, 3), np.repeat(x, 3))


@st.composite
def paddings(draw):
    x = draw(arrays(min_dims=1, min_side=2, max_side=4))
    n = draw(st.integers(1, x.ndim))
    return x, [(draw(st.integers(0, 1)), draw(st.integers(0, 1))) for _ in range(n)]


@given(paddings(), st.sampled_from([*NUMPYS]))
def test_padding_with_its_own_elements_has_the_right_rules(problem, mode):
    x, pairs = problem
    widths = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    flat = [n for pair in pairs for n in pair]
    np.testing.assert_array_equal(pad(x, flat, mode), np.pad(x, widths, NUMPYS[mode]))
    check_rule(pad, x, flat, mode=mode)
    check_rule(_unpad, np.pad(x, widths), widths=tuple(widths), mode=mode)


@given(arrays(min_dims=1), st.data())
def test_padding_with_a_constant_has_the_right_rules_and_crops(x, data):
    n = x.shape[-1]
    before = data.draw(st.integers(-n, 2))
    after = data.draw(st.integers(-n - min(before, 0), 2))
    inside = x[..., max(-before, 0) : n + min(after, 0)]
    expected = np.pad(inside, [(0, 0)] * (x.ndim - 1) + [(max(before, 0), max(after, 0))], constant_values=7)
    np.testing.assert_array_equal(pad(x, (before, after), value=7), expected)
    np.testing.assert_array_equal(tg.constant_pad_nd(x, (before, after), 7), expected)
    check_rule(pad, x, (before, after), value=7)


def test_negative_widths_crop_as_in_pytorch():
    x = np.arange(5.0)
    assert pad(x, (-2, 1), "circular").tolist() == [2, 3, 4, 2]
    assert pad(x, (1, -2), "circular").tolist() == [2, 0, 1, 2]
    assert pad(x, (2, -1), "reflect").tolist() == [2, 1, 0, 1, 2, 3]
    assert pad(x, (2, -1), "replicate").tolist() == [0, 0, 0, 1, 2, 3]


def test_clone_copies_and_contiguous_only_where_it_must():
    x = tg.arange(6.0).reshape(2, 3)
    assert x.contiguous() is x
    assert x.T.contiguous().is_contiguous()
    for y in (x.clone(), x.T.contiguous(), x.flip(0), x.roll(0), x.repeat(1, 1)):
        assert not np.shares_memory(y.numpy(), x.numpy())
    check_rule(tg.contiguous, np.ones((2, 3)).T)


def test_one_hot_marks_the_class():
    assert one_hot(tg.tensor([[2, 0]])).tolist() == [[[0, 0, 1], [1, 0, 0]]]
    assert one_hot(np.array([1]), 3).tolist() == [[0, 1, 0]]
    assert one_hot(tg.tensor(1), 2).dtype == tg.int64
    assert one_hot(tg.zeros(0, dtype=tg.int64), 2).shape == (0, 2)


def test_block_diag_is_scipys():
    from scipy.linalg import block_diag

    blocks = [np.ones((2, 3)), np.full(2, 2.0), np.array(3.0)]
    np.testing.assert_array_equal(tg.block_diag(*blocks), block_diag(*blocks))
    check_rule(tg.block_diag, *blocks)


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.flip(2), IndexError, r"\[flip\] `dims` \(=2\) must lie in -2 … 1"),
        (lambda x: x[0].fliplr(), RuntimeError, r"\[fliplr\] `x` \(shape \(3,\)\)"),
        (lambda x: x.roll((1, 2)), RuntimeError, r"\[roll\] `shifts` \(=\(1, 2\)\) must be one number"),
        (lambda x: x.roll((1, 2), 0), RuntimeError, r"\[roll\] .* must be equally many"),
        (lambda x: x.rot90(1, (0,)), RuntimeError, r"\[rot90\] `dims` \(=\(0,\)\) must be two axes"),
        (lambda x: x.repeat(2), RuntimeError, r"\[repeat\] `sizes` \(=\(2,\)\)"),
        (lambda x: x.tile(-1), RuntimeError, r"\[tile\] `sizes` \(=\(-1,\)\) must not be negative"),
        (lambda x: x.repeat_interleave(tg.tensor([1, 2]), 1), RuntimeError, r"\[repeat_interleave\] .* 3 non-negative"),
        (lambda x: x.repeat_interleave(-1), RuntimeError, r"\[repeat_interleave\] `repeats` \(=-1\)"),
        (lambda x: pad(x, (1,)), RuntimeError, r"\[pad\] `pad` \(=\(1,\)\) must hold two widths"),
        (lambda x: pad(x, (1, 3), "reflect"), RuntimeError, r"\[pad\] `pad` \(=\(1, 3\)\) must fit axis 1 \(size 3\)"),
        (lambda x: pad(x, (-2, -2)), RuntimeError, r"\[pad\] `widths`"),
        (lambda x: pad(x, (1, 1), "edge"), NotImplementedError, r"\[pad\] `mode` \(='edge'\)"),
        (lambda x: pad(x, (1, 1), "reflect", 1.0), ValueError, r"\[pad\] `value` \(=1.0\)"),
        (lambda x: one_hot(x), RuntimeError, r"\[one_hot\] `x` \(of dtype float32\) must hold integers"),
        (lambda x: one_hot(tg.tensor([3]), 3), RuntimeError, r"\[one_hot\] `x` \(=3\) must lie in 0 … 2"),
        (lambda x: tg.block_diag(x[None]), RuntimeError, r"\[block_diag\] `tensors`"),
    ],
)
def test_what_does_not_fit_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))


def test_repeat_interleave_of_one_argument_repeats_positions():
    assert tg.repeat_interleave(tg.tensor([2, 0, 1])).tolist() == [0, 0, 2]
