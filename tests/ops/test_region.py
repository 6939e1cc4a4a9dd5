"""Reading and writing what a chain of views selects: each is the other's transpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad._tape import Tensor
from tapegrad.ops import axes, diagonal, indexing, shape
from tapegrad.ops.region import follow, region, scatter, zeros
from tapegrad.testing import arrays, check_rule

TURN = (axes._permute.primitive, ((1, 0),))
FLAT = (shape._view.primitive, ((-1,),))
PAIRS = (shape._view.primitive, ((-1, 2),))
ODD = (indexing._slice.primitive, ((slice(1, None, 2), ...),))
BACK = (indexing._slice.primitive, ((..., slice(None, None, -1)),))
FIRST = (indexing._select.primitive, ((0, ...),))
DIAGONAL = (diagonal.diagonal_of.primitive, (0, 0, 1))

VIEWS = [(), (TURN,), (FLAT,), (ODD,), (BACK, FIRST), (TURN, ODD, FIRST), (DIAGONAL, ODD), (FLAT, PAIRS, TURN)]
COPIES = [(TURN, FLAT), (TURN, FLAT, ODD), (BACK, FLAT, PAIRS, FIRST), (ODD, TURN, FLAT, BACK)]  # reshapes that must
chains = st.sampled_from(VIEWS + COPIES)


@given(arrays((4, 3)), chains)
def test_a_region_is_read_and_written_with_the_right_rules(x, how):
    places = follow(np.arange(x.size).reshape(x.shape), how)
    v = np.arange(100, 100 + places.size, dtype=x.dtype).reshape(places.shape)
    expected = x.copy()
    expected.reshape(-1)[places] = v
    np.testing.assert_array_equal(scatter(x, v, how=how), expected)
    np.testing.assert_array_equal(region(x, how=how), x.reshape(-1)[places])
    check_rule(lambda x: region(x, how=how), x)
    check_rule(lambda x, v: scatter(x, v, how=how), x, v)


@given(arrays((4, 3), dtype="float64"), chains)
def test_scatter_is_the_transpose_of_region(g, how):
    v = region(g, how=how)
    t = np.arange(12.0).reshape(4, 3)
    assert np.vdot(scatter(zeros(g, g.shape), v, how=how), t) == pytest.approx(np.vdot(v, region(t, how=how)))


def test_zeros_live_where_their_model_lives():
    assert isinstance(zeros(tg.ones(2), (3,)), Tensor)
    made = zeros(np.ones(2, np.float32), (3,))
    assert isinstance(made, np.ndarray)
    assert (made.dtype, made.shape) == (np.float32, (3,))


def test_a_write_does_not_touch_what_the_region_came_from():
    x = np.ones((4, 3))
    scatter(x, np.zeros(3), how=(FIRST,))
    assert x.all()


def test_writes_through_chains_of_views_are_recorded():
    x = tg.ones(4, 3, requires_grad=True)
    with tg.tape() as t:
        y = x * 2
        y.T[1].view(2, 2)[0] *= 5
        loss = (y * y).sum()
    loss.backward()
    assert "scatter" in [row.op for row in t]
    assert y.tolist() == [[2, 10, 2], [2, 10, 2], [2, 2, 2], [2, 2, 2]]
    assert x.grad.tolist() == [[8, 200, 8], [8, 200, 8], [8, 8, 8], [8, 8, 8]]


@pytest.mark.parametrize(
    "view", [lambda x: x.expand(3, 4), lambda x: x.unfold(0, 2, 1), lambda x: x.as_strided((3, 2), (0, 1))]
)
def test_a_view_that_reads_twice_is_read_anew_after_a_write_to_its_root(view):
    a = tg.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    with tg.tape():
        x = a * 1
        v = view(x)
        x.mul_(2)
        (v * v).sum().backward()
    times = view(tg.arange(4)).reshape(-1).bincount(minlength=4)
    np.testing.assert_array_equal(a.grad.numpy(), (8 * a.detach() * times).numpy())
