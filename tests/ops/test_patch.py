"""Copies with one view overwritten: what writing into the view does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule


def columns(x, dim, start, end, step):
    return x[:, start:end:step]


WAYS = [  # the function, the view that it overwrites, settings
    (tg.select_scatter, tg.select, {"dim": 1, "index": -1}),
    (tg.slice_scatter, columns, {"dim": 1, "start": 0, "end": 3, "step": 2}),
    (tg.diagonal_scatter, tg.diagonal, {"offset": 1, "dim1": 1, "dim2": 0}),
]


@given(arrays((3, 3)), st.sampled_from(WAYS))
def test_patches_have_the_right_rules(x, way):
    patched, view, settings = way
    src = np.arange(1, x.size + 1, dtype=x.dtype).reshape(-1)[: view(tg.tensor(x), **settings).numel()]
    src = src.reshape(view(tg.tensor(x), **settings).shape)
    expected = tg.tensor(x)
    view(expected, **settings).copy_(tg.tensor(src))
    np.testing.assert_array_equal(patched(x, src, **settings), expected.numpy())
    check_rule(patched, x, src, **settings)


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.select_scatter(x, 0, 0), RuntimeError, r"\[select_scatter\] `src` .* must have the shape \(3,\)"),
        (lambda x: x.select_scatter(x[0], 0, 2), IndexError, r"\[select_scatter\] `index` \(=2\) must lie in -2 … 1"),
        (lambda x: x.slice_scatter(x, 1, 1), RuntimeError, r"\[slice_scatter\] `src` .* must have the shape \(2, 2\)"),
        (lambda x: x.diagonal_scatter(x), RuntimeError, r"\[diagonal_scatter\] `src` .* must have the shape \(2,\)"),
        (lambda x: x.diagonal_scatter(x, 0, 1, 1), RuntimeError, r"\[diagonal_scatter\] .* must differ"),
    ],
)
def test_a_patch_that_does_not_fit_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
