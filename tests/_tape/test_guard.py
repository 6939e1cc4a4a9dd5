"""A saved value that was changed is an error that names both lines, never a wrong gradient."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import TapeError, tape
from tapegrad._tape import push_forward

CHANGED = r"\[mul\] \(.*test_guard\.py:\d+\).*modified by an inplace operation.*test_guard\.py:\d+"


def leaf(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


@pytest.fixture
def x():
    return leaf(1.0, 2.0, 3.0)


def test_a_saved_value_changed_in_place(x):
    with tape():
        y = x * 1
        z = y * y
        y.add_(1)
    with pytest.raises(TapeError, match=CHANGED):
        z.backward(tg.ones(3))


def test_a_change_under_no_grad_counts(x):
    with tape():
        y = x * 1
        z = (y * y).sum()
        with tg.no_grad():
            y.add_(1)
    with pytest.raises(TapeError, match=CHANGED):
        z.backward()


def test_a_change_after_the_tape_counts(x):
    with tape():
        z = (x * x).sum()
    x.add_(1)
    with pytest.raises(TapeError, match=CHANGED):
        z.backward()


def test_a_value_that_nobody_saved_may_change(x):
    with tape():
        y = x * 1
        z = (y + 2).sum()
        y.add_(1)
    z.backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_write_through_a_numpy_alias_of_a_result(x):
    with tape():
        y = x * 1
        z = (y * y).sum()
        y.detach().numpy()[0] = 100.0
    with pytest.raises(TapeError, match=r"\[mul\].*modified"):
        z.backward()


def test_an_alias_that_is_only_read_is_no_change(x):
    with tape():
        y = x * 1
        z = (y * y).sum()
        y.detach().numpy().sum()
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_an_alias_from_before_the_tape_cannot_change_what_is_saved(x):
    alias = x.detach().numpy()
    with tape():
        z = (x * x).sum()
    alias[...] = 100.0
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_from_numpy_memory_cannot_change_what_is_saved(x):
    a = np.array([1.0, 2.0, 3.0])
    c = tg.from_numpy(a)
    with tape():
        z = (x * c).sum() + (x * a).sum()
    a[...] = 7.0
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_tensor_copies_its_data(x):
    a = np.ones(3)
    c = tg.tensor(a)
    with tape():
        z = (x * c).sum()
    a[...] = 7.0
    z.backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_data_shares_memory_and_is_guarded(x):
    with tape():
        z = (x * x).sum()
    x.data.mul_(2)
    with pytest.raises(TapeError, match=CHANGED):
        z.backward()


def test_a_write_to_one_region_leaves_records_of_others_alone():
    x = leaf(1.0, 2.0, 3.0, 4.0)
    with tape():
        y = x * 1
        z = (y[:2] * y[:2]).sum()
        with tg.no_grad():
            y[2:] = 0
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0, 0.0, 0.0]


def test_leaves_are_not_written_inside_a_tape(x):
    with tape():
        for change in (lambda: x.add_(1), lambda: x[0:2].mul_(2), lambda: x.__setitem__(0, 1.0)):
            with pytest.raises(TapeError, match=r"leaf Variable that requires grad.*no_grad"):
                change()
        with tg.no_grad():
            x.add_(1)
    assert x.tolist() == [2.0, 3.0, 4.0] and x.is_leaf


def test_a_tracked_result_is_not_written_outside(x):
    with tape():
        y = x * 2
    with pytest.raises(TapeError, match="outside `with tape"):
        y.add_(1)
    with tg.no_grad():
        y.add_(1)


def test_a_tracked_value_is_not_written_through_a_detached_alias(x):
    with tape():
        y = x * 2
        with pytest.raises(TapeError, match="detached alias"):
            y.detach().copy_(x)


def test_read_only_memory_is_refused():
    a = np.ones(3)
    a.flags.writeable = False
    for t in (tg.from_numpy(a), tg.ones(1).expand(3)):
        with pytest.raises(TapeError, match="read-only"):
            t.add_(1)


def test_memory_shared_with_another_tensor_is_watched_before_numpy_sees_it(x):
    def leaf_of(y):
        return y.detach().requires_grad_()

    def data_of(y):
        tg.zeros(3, dtype=tg.float64).data = y.detach()

    for share in (leaf_of, data_of, lambda y: tg.nn.Parameter(y.detach())):
        with tape():
            y = x * 1
            z = (y * y).sum()
            share(y)
            y.detach().numpy()[0] = 100.0
        with pytest.raises(TapeError, match=r"\[mul\].*modified"):
            z.backward()


def test_a_leaf_that_was_a_view_stays_memory_that_others_reach(x):
    y = x.detach() * 1
    alias = y.numpy()
    c = y.detach().requires_grad_().detach()
    with tape():
        z = (x * c).sum()
    alias[...] = 100.0
    z.backward()
    assert x.grad.tolist() == [1.0, 2.0, 3.0]


def test_a_recorded_sweep_saves_nothing_that_an_older_alias_can_change_unseen(x):
    v = leaf(1.0, 1.0, 1.0)
    with tape():
        y = x * x
        alias = x.detach().numpy()
        (g,) = tg.autograd.grad(y, x, v, create_graph=True)
        alias[...] = 100.0
        with pytest.raises(TapeError, match="modified"):
            tg.autograd.grad(g, v, tg.ones(3))


def test_a_change_made_while_the_sweep_runs_counts(x):
    class Meddle(tg.Function):
        @staticmethod
        def forward(ctx, h):
            return h * 1

        @staticmethod
        def backward(ctx, g):
            x.data.mul_(10)
            return g

    def meddle(g):
        x.data.mul_(10)

    with tape():
        z = Meddle.apply(x * x).sum()
        y = x * x
        h = y * 1
        h.register_hook(meddle)
    for result in (z, h):
        with pytest.raises(TapeError, match=CHANGED):
            result.backward(tg.ones_like(result))


def test_forward_mode_needs_what_was_saved_unchanged(x):
    with tape() as t:
        (x * x).sum()
    x.data.mul_(10)
    with pytest.raises(TapeError, match=CHANGED):
        push_forward(t.tape, {-1: np.ones(3)}, 0, len(t), False)
    with tape() as t:
        y = (x * x).sum()
    y.backward()
    with pytest.raises(TapeError, match=r"\[mul\].*push tangents.*freed"):
        push_forward(t.tape, {-1: np.ones(3)}, 0, len(t), False)
