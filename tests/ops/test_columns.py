"""Windows as columns, against loops; fold is the transpose of unfold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.columns import fold, unfold
from tapegrad.testing import check_rule

windows = st.fixed_dictionaries(
    {
        "kernel_size": st.sampled_from([1, 2, (3, 2)]),
        "dilation": st.sampled_from([1, (2, 1)]),
        "padding": st.sampled_from([0, 1, (0, 2)]),
        "stride": st.sampled_from([1, 2, (1, 3)]),
    }
)


def pair(v):
    return v if isinstance(v, tuple) else (v, v)


@given(windows)
def test_a_column_is_a_window_and_fold_is_the_transpose(window):
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 4))
    (R, S), (d, e), (top, left), (u, v) = (pair(window[k]) for k in ("kernel_size", "dilation", "padding", "stride"))
    padded = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    view = np.lib.stride_tricks.sliding_window_view(padded, ((R - 1) * d + 1, (S - 1) * e + 1), (2, 3))
    view = view[:, :, ::u, ::v, ::d, ::e]  # (N, C, P, Q, R, S)
    expected = view.transpose(0, 1, 4, 5, 2, 3).reshape(2, 3 * R * S, -1)
    y = unfold(tg.tensor(x), **window)
    np.testing.assert_array_equal(y.numpy(), expected)
    g = np.random.default_rng(1).standard_normal(expected.shape)
    np.testing.assert_allclose(np.sum(fold(g, (5, 4), **window) * x), np.sum(g * expected))


@pytest.mark.parametrize("shape", [(1, 2, 4, 3), (2, 4, 3), (0, 1, 4, 3)])
def test_rules(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    check_rule(lambda x: unfold(x, 2, padding=(1, 0), stride=(2, 1)), x)
    columns = unfold(x, 2, padding=(1, 0), stride=(2, 1))
    check_rule(lambda c: fold(c, (4, 3), 2, padding=(1, 0), stride=(2, 1)), columns)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: unfold(x[0, 0], 2), RuntimeError, r"\[unfold\] `input` \(shape \(4, 4\)\) must have 3 or 4"),
        (lambda x: unfold(x, 0), ValueError, r"\[unfold\] `kernel_size` \(=0\) must be at least 1"),
        (lambda x: unfold(x, 2, padding=-1), ValueError, r"\[unfold\] `padding` \(=-1\) must be at least 0"),
        (lambda x: unfold(x, (1, 2, 3)), ValueError, r"\[unfold\] `kernel_size`"),
        (lambda x: unfold(x, 9), RuntimeError, r"\[unfold\] kernel .* must not be larger"),
        (lambda x: unfold(x[:, :0], 2), RuntimeError, r"must have elements in every image"),
        (lambda x: fold(x[0], 2, 2), RuntimeError, r"\[fold\] `input` \(shape \(1, 4, 4\)\) must have 1 x 1 columns"),
        (lambda x: fold(x[0], 3, 3), RuntimeError, r"must have columns of a multiple of 9 elements"),
        (lambda x: fold(x, 3, 2), RuntimeError, r"\[fold\] `input` \(shape \(1, 1, 4, 4\)\) must have 2 or 3"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(1, 1, 4, 4))
