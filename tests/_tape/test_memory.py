"""Memory is freed by reference counting alone: no cycles, nothing kept longer than needed."""

import gc
import weakref

import pytest

import tapegrad as tg
from tapegrad import tape


@pytest.fixture(autouse=True)
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def tracked(n=1000):
    return tg.ones(n, dtype=tg.float64, requires_grad=True)


def test_a_tape_dies_with_its_span_and_its_last_tensor():
    x = tracked()
    with tape() as t:
        y = (x * 2).exp()
        z = y.sum()
    array, record = weakref.ref(y._array), weakref.ref(t.tape)
    del y, t
    assert array() is not None  # exp's rule needs it
    del z
    assert array() is None and record() is None


def test_a_sweep_frees_each_saved_value_as_it_passes():
    x = tracked()
    with tape() as t:
        y = (x * 2).exp()
        z = y.sum()
    array = weakref.ref(y._array)
    del y
    z.backward()
    assert array() is None and t.stats().saved_bytes == 0


def test_what_no_rule_asks_for_is_not_kept():
    x = tracked()
    with tape():
        a = x * 2
        b = a.tanh()
        kept, gone = weakref.ref(b._array), weakref.ref(a._array)
        c = b + 1
        del a, b
        assert gone() is None and kept() is not None
        c.sum().backward()


def test_create_graph_makes_no_cycle():
    x = tracked()
    with tape() as t:
        y = (x * x * x).sum()
        y.backward(create_graph=True)
        (x.grad * x.grad).sum().backward()
    tape_alive = weakref.ref(t.tape)
    del t, y
    x.grad = None
    assert tape_alive() is None


def test_an_abandoned_computation_is_freed():
    x = tracked()
    with tape():
        y = (x * x).sin()
        alive = weakref.ref(y._array)
        del y
    assert alive() is None


def test_leaves_do_not_live_longer_for_being_recorded():
    x = tracked()
    alive = weakref.ref(x)
    with tape() as t:
        x * 2
    del x
    assert alive() is None and len(t) == 1


def test_the_logs_of_a_tape_keep_no_memory_alive():
    x, arrays = tg.ones(10, requires_grad=True), []
    with tg.tape():
        for _ in range(3):
            h = x * 2
            arrays.append(weakref.ref(h._array))
            h.mul_(3)
            h.detach().numpy()
            h.sum().backward()
            del h
        assert [array() for array in arrays] == [None] * 3
        for _ in range(200):
            h = x * 2
            arrays.append(weakref.ref(h._array))
            h.mul_(3)
        assert sum(array() is not None for array in arrays) < 100
