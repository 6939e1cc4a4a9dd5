"""What a tape records, shows and forgets."""

import re

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import TapeError, tape


def leaf(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


def test_only_operations_with_a_tracked_input_are_recorded():
    x, c = leaf(1.0, 2.0), tg.ones(2, dtype=tg.float64)
    with tape() as t:
        c * c
        y = x * c
        y + y
    assert [row.op for row in t] == ["mul", "add"]


def test_nothing_is_recorded_outside():
    y = leaf(1.0) * 2
    assert not y.requires_grad and y.grad_fn is None
    with pytest.raises(TapeError, match="outside any tape"):
        y.backward()


def test_a_result_from_outside_is_refused_inside():
    w = leaf(1.0)
    h = w * 2
    with tape(), pytest.raises(TapeError, match=r"history is missing.*detach"):
        h * w
    with tape():
        z = (h.detach() * w).sum()
    z.backward()
    assert w.grad.tolist() == [2.0]


def test_results_under_no_grad_are_constants():
    w = leaf(3.0)
    with tg.no_grad():
        h = w * 2
    with tape():
        y = (h * w).sum()
    y.backward()
    assert w.grad.tolist() == [6.0]


def test_a_result_of_another_tape_is_refused():
    x = leaf(1.0)
    with tape():
        y = x * 2
    with tape(), pytest.raises(TapeError, match=r"\[mul\].*belongs to another tape.*detach"):
        y * x
    assert (y * 3).tolist() == [6.0]


def test_a_record_tells_all():
    x, c = leaf(1.0, 2.0), tg.ones(2, dtype=tg.float64)
    with tape() as t:
        y = x * c
        y.sum(dim=0)
    mul, total = t
    assert (mul.op, mul.inputs, mul.output, mul.shape, mul.dtype) == ("mul", (-1, None), 0, (2,), tg.float64)
    assert mul.saved_bytes == 16 and not mul.freed  # the constant alone: the rule of `x` asks for nothing else
    assert re.search(r"test_tape\.py:\d+$", mul.line)
    assert total.inputs == (0,) and t[-1].op == total.op and len(t[:1]) == 1
    with pytest.raises(IndexError, match=r"\[tape\] `k` \(=2\) must be the number of one of the 2 records"):
        t[2]


def test_printing_is_an_aligned_table_and_long_tapes_show_their_ends():
    x = leaf(1.0)
    with tape() as t:
        y = x
        for _ in range(100):
            y = y + 1
    lines = str(t).splitlines()
    assert len(lines) == 41 and lines[20] == "… 60 more records …"
    assert lines[0].startswith("%0") and lines[-1].startswith("%99")
    assert len({line.index("add") for line in lines if "add" in line}) == 1
    assert str(tape()) == "(an empty tape)"


def test_stats_count_records_and_bytes():
    x = leaf(1.0, 2.0)
    with tape() as t:
        y = (x * x).sum()
    assert t.stats().records == 2 and t.stats().by_op["mul"] == (1, 32)
    y.backward()
    assert t.stats().saved_bytes == 0 and t[0].freed and len(t) == 2


def test_nested_spans_share_the_list():
    x = leaf(2.0)
    with tape() as outer:
        y = x * x
        with tape() as inner:
            z = y * x
        w = z + y
    assert [r.op for r in inner] == ["mul"] and [r.op for r in outer] == ["mul", "mul", "add"]
    w.backward()
    assert x.grad.item() == pytest.approx(3 * 4 + 2 * 2)


def test_a_span_is_used_once():
    t = tape()
    with t:
        pass
    with pytest.raises(TapeError, match="opened before"), t:
        pass


def test_a_leaf_serves_any_number_of_tapes():
    x = leaf(3.0)
    for k in range(1, 4):
        with tape():
            y = x * x
        y.backward()
        assert x.grad.item() == 6.0 * k


def test_implicit_ones_seed_results_of_any_shape():
    x = leaf(1.0, 2.0, 3.0)
    with tape(implicit_ones=True):
        y = x * x
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]
    with tape():
        y = x * x
    with pytest.raises(TapeError, match=r"only for scalar outputs.*\.sum\(\)\.backward\(\).*ones_like"):
        y.backward()


def test_a_failed_operation_records_nothing():
    x = leaf(1.0, 2.0)
    with tape() as t:
        for error in (ValueError, RuntimeError):  # as in NumPy, as in PyTorch
            with pytest.raises(error, match=r"\[mul\].*`a` \(shape \(2,\)\), `b` \(shape \(3,\)\)"):
                x * leaf(1.0, 2.0, 3.0)
        assert len(t) == 0


def test_an_exception_leaves_the_block_and_the_tape_behind():
    x = leaf(1.0)
    with pytest.raises(KeyError), tape():
        y = x * 2
        raise KeyError
    assert tg.is_grad_enabled() and not (x * 2).requires_grad
    y.backward()
    assert x.grad.item() == 2.0


@pytest.mark.parametrize("n", [1_000_000])
def test_a_million_records_record_and_sweep(n):
    x = leaf(1.0)
    with tape() as t:
        y = x
        for _ in range(n):
            y = y + x
    assert len(t.tape.records) == n
    y.backward()
    assert x.grad.item() == n + 1


def test_a_sweep_costs_what_it_sweeps_not_what_was_recorded():
    import time

    x, steps = leaf(1.0), []
    with tape():
        y = x
        for _ in range(200_000):
            y = y + 1
        for _ in range(5):
            z = x * x
            start = time.perf_counter()
            z.backward()
            steps.append(time.perf_counter() - start)
    start = time.perf_counter()
    y.backward()
    assert min(steps) < (time.perf_counter() - start) / 20


def test_slots_of_constants_are_dots_and_leaves_are_named():
    with tape() as t:
        leaf(1.0) * np.ones(1)
    assert re.search(r"leaf0, ·", str(t))
