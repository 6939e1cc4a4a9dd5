"""Views that read elements more than once: values, rules, writes through them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import strided
from tapegrad.testing import check_rule
from tests.kernels.arrays import layouts, random

X = random(0, (4, 5))
readings = st.sampled_from(
    [((3, 3), (1, 2), 4), ((2, 5), (0, 3), 1), ((), (), 19), ((4, 0), (1, 1), 9), ((2, 3), (10, 3), 0)]
)


@given(readings)
def test_strided_readings_are_numpys_and_their_rules_hold(reading):
    size, stride, offset = reading
    want = np.lib.stride_tricks.as_strided(X.ravel()[offset:], size, [8 * s for s in stride])
    for x in layouts(X):
        if x.dtype.isnative:
            np.testing.assert_array_equal(tg.as_strided(tg.from_numpy(x), size, stride, offset).numpy(), want)
    check_rule(lambda x: tg.as_strided(x, size, stride, offset), X)
    check_rule(lambda v: strided._strided_sum(v, shape=X.shape, stride=stride, offset=offset), want.copy())
    check_rule(lambda x, v: tg.as_strided_scatter(x, v, size, stride, offset), X, want * 2)


def test_the_last_of_what_is_scattered_to_one_place_stays():
    y = tg.as_strided_scatter(tg.zeros(3), tg.tensor([1.0, 2.0, 3.0]), (3,), (0,), 1)
    assert y.tolist() == [0, 3, 0]


@given(st.sampled_from([0, 1, -1]), st.integers(0, 4), st.integers(1, 5))
def test_windows_have_the_right_rules(dim, size, step):
    check_rule(lambda x: x.unfold(dim, size, step), X)
    check_rule(
        lambda v: strided._windows_sum(v, shape=X.shape, dim=dim % 2, step=step),
        tg.tensor(X).unfold(dim, size, step).numpy().copy(),
    )


@pytest.mark.parametrize("view", [lambda x: x.unfold(0, 2, 3), lambda x: x.as_strided((2, 2), (3, 1))])
def test_writes_go_through_a_view(view):
    a = tg.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    with tg.tape():
        x = a * 1
        view(x).mul_(tg.tensor([[10.0, 20.0], [30.0, 40.0]]))
        x.sum().backward()
    assert x.tolist() == [10, 40, 3, 120, 200] and a.grad.tolist() == [10, 20, 1, 30, 40]


def test_a_view_that_reads_twice_cannot_be_written():
    with pytest.raises(tg.TapeError, match="read-only"):
        tg.zeros(4).unfold(0, 2, 1).add_(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: x.as_strided((2,), (1, 1)), r"\[as_strided\] `stride` \(=\(1, 1\)\) must have as many"),
        (lambda x: x.as_strided((2,), (-1,), 3), r"\[as_strided\] `stride` \(=\(-1,\)\) must not be negative"),
        (lambda x: x.as_strided((7,), (1,)), r"\[as_strided\] `size` \(=\(7,\)\).*6 elements"),
        (lambda x: tg.as_strided_scatter(x, x, (2,), (1,)), r"\[as_strided_scatter\] `src` \(shape \(2, 3\)\)"),
        (lambda x: x.unfold(0, 3, 1), r"\[unfold\] `size` \(=3\) must lie in 0 … 2"),
    ],
)
def test_misuse_is_named(call, message):
    with tg.tape() as t, pytest.raises(RuntimeError, match=message):
        call(tg.ones(2, 3, requires_grad=True))
    assert len(t) == 0
