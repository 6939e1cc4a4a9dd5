"""`tapegrad.cuda`: devices, memory, streams and events, on the simulated device."""

import gc
import os
import subprocess
import sys

import pytest

import tapegrad as tg
from tapegrad import cuda
from tapegrad.kernels.cuda import _driver, _numba, _streams


def test_there_is_one_simulated_device():
    assert cuda.is_available() and cuda.is_initialized() and cuda.device_count() == 1 and cuda.current_device() == 0
    found = cuda.get_device_properties("cuda")
    assert "simulator" in found.name and found.name == cuda.get_device_name(0)
    assert cuda.get_device_capability(tg.device("cuda:0")) == (found.major, found.minor)
    assert cuda.mem_get_info()[1] == found.total_memory == 1 << 34
    cuda.synchronize()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cuda.set_device(1), RuntimeError, r"\[device\] `cuda:1` is not available: there is only cuda:0"),
        (lambda: tg.ones(2, device="cuda:3"), RuntimeError, r"`cuda:3` is not available"),
        (lambda: tg.ones(2).cuda(7), RuntimeError, r"`cuda:7` is not available"),
        (lambda: tg.ones(2).to(1), RuntimeError, r"`cuda:1` is not available"),
        (lambda: cuda.memory_stats("cpu"), ValueError, r"\[cuda\] `device` \(=cpu\) must be a CUDA device"),
        (lambda: tg.ones(2).cuda("cpu"), RuntimeError, "must be a CUDA device"),
        (lambda: cuda.set_per_process_memory_fraction(2), ValueError, r"`fraction` \(=2\) must lie in 0 … 1"),
        (lambda: cuda.set_per_process_memory_fraction("a"), TypeError, "must be a number"),
        (lambda: cuda.Event().record("x"), TypeError, r"must be a tapegrad\.cuda\.Stream, got str"),
    ],
)
def test_what_is_not_there_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_counters_follow_tensors():
    gc.collect()
    cuda.empty_cache()
    cuda.reset_peak_memory_stats()
    before, reserved = cuda.memory_allocated(), cuda.memory_reserved()
    x = tg.ones(1000, device="cuda")
    assert cuda.memory_allocated() - before == 4096 == cuda.memory_reserved() - reserved
    y = x[10:]
    del x
    assert cuda.memory_allocated() - before == 4096
    del y
    assert cuda.memory_allocated() == before and cuda.max_memory_allocated() - before >= 4096
    assert cuda.memory_reserved() > reserved
    cuda.empty_cache()
    assert cuda.memory_reserved() == reserved < cuda.max_memory_reserved()
    assert cuda.memory_stats()["allocation.all.peak"] > 0 and "reserved bytes" in cuda.memory_summary()
    cuda.reset_accumulated_memory_stats()
    assert cuda.memory_stats()["allocated_bytes.all.freed"] == 0


@pytest.fixture
def no_more():
    """A function that lets this process have some bytes more than it holds now."""

    def limit(more):
        gc.collect()
        cuda.empty_cache()
        cuda.set_per_process_memory_fraction((cuda.memory_reserved() + more) / (1 << 34))

    yield limit
    cuda.set_per_process_memory_fraction(1.0)


def test_out_of_memory_leaves_everything_usable(no_more):
    x = tg.ones(10, device="cuda", requires_grad=True)
    no_more(4096)
    assert 0 < cuda.get_per_process_memory_fraction() < 1
    with pytest.raises(cuda.OutOfMemoryError, match=r"15\.62 KiB more were asked for on cuda:0") as caught:
        tg.ones(40, 100, device="cuda")
    assert isinstance(caught.value, RuntimeError)
    with tg.tape():
        y = (x * x).sum()
    y.backward()
    cuda.set_per_process_memory_fraction(1.0)
    assert x.grad.tolist() == [2.0] * 10 and tg.ones(40, 100, device="cuda").shape == (40, 100)


def test_a_sweep_without_memory_changes_no_gradient(no_more):
    x, w = (tg.ones(200, device="cuda", requires_grad=True) for _ in range(2))
    for more, error in ((1024, cuda.OutOfMemoryError), (1 << 20, None)):
        with tg.tape():
            y = (x * w * x).sum()
        no_more(more)
        if error is None:
            y.backward()
        else:
            with pytest.raises(error):
                y.backward()
            assert x.grad is None and w.grad is None
        cuda.set_per_process_memory_fraction(1.0)
    assert x.grad.tolist() == [2.0] * 200 and w.grad.tolist() == [1.0] * 200


def test_a_module_that_does_not_fit_stays_where_it_is(no_more):
    model = tg.nn.Sequential(tg.nn.Linear(2, 3), tg.nn.Linear(30, 40))
    no_more(2048)
    with pytest.raises(cuda.OutOfMemoryError):
        model.to("cuda")
    assert not any(p.is_cuda for p in model.parameters()) and model.double()[0].bias.dtype == tg.float64


def test_kernels_start_in_the_current_stream(monkeypatch):
    seen = []
    run = _driver.Kernel.__call__

    def watched(self, *args):
        seen.append(_streams.current_stream(0).number)
        return run(self, *args)

    monkeypatch.setattr(_driver.Kernel, "__call__", watched)
    x = tg.ones(3, device="cuda")
    seen.clear()
    side = cuda.Stream()
    with cuda.stream(side):
        assert cuda.current_stream() == side != cuda.default_stream() and side == side and len({side, side}) == 1
        y = x + x
        with cuda.stream(None):
            y = y + x
    assert len(set(seen)) == 1 and seen[0] > 0 and cuda.current_stream() == cuda.default_stream()
    y + x
    assert seen[-1] == 0 and y.tolist() == [3, 3, 3]


def test_streams_come_again_after_thirty_two():
    first = cuda.Stream()
    others = [cuda.Stream() for _ in range(31)]
    assert first not in others and cuda.Stream() == first and "cuda_stream" in repr(first)
    assert first.device == tg.device("cuda:0") and cuda.default_stream().cuda_stream == 0


def test_events_mark_and_measure():
    start, end = cuda.Event(enable_timing=True), cuda.Event(enable_timing=True)
    with pytest.raises(ValueError, match="recorded before"):
        start.elapsed_time(end)
    start.record()
    tg.ones(3, device="cuda") + 1
    side = cuda.Stream()
    side.record_event(end)
    side.wait_stream(cuda.current_stream())
    cuda.current_stream().wait_event(end)
    end.synchronize()
    side.synchronize()
    assert end.query() and side.query() and start.elapsed_time(end) > 0 and cuda.Event().query()
    with pytest.raises(ValueError, match="enable_timing=True"):
        start.elapsed_time(side.record_event())


def test_a_stream_can_be_set_for_good():
    side = cuda.Stream()
    cuda.set_stream(side)
    try:
        assert cuda.current_stream() == side
    finally:
        cuda.set_stream(cuda.default_stream())


class Gpu:
    """One of several devices: everything that the simulated one does, and it notes when it is chosen."""

    compute_capability = (8, 0)

    def __init__(self, entered, number):
        self.entered, self.number = entered, number

    def __enter__(self):
        self.entered.append(self.number)

    def __exit__(self, *error):
        self.entered.append(~self.number)


@pytest.fixture
def two(monkeypatch):
    """Two devices, in the same memory; what is noted are their numbers when they are entered, -1 - n when left."""
    entered = []
    monkeypatch.setattr(_numba.cuda, "gpus", [Gpu(entered, 0), Gpu(entered, 1)])
    return entered


def test_several_devices_have_their_own_arrays_memory_and_streams(two):
    assert cuda.device_count() == 2
    before = cuda.memory_allocated(1)
    x = tg.ones(3, device="cuda:1")
    assert str(x.device) == "cuda:1" and x.get_device() == 1 and "device='cuda:1'" in repr(x)
    assert cuda.memory_allocated(1) - before == 512
    with cuda.device(1):
        assert cuda.current_device() == 1 and tg.zeros(2, device="cuda").get_device() == 1
        side = cuda.Stream()
    with cuda.device_of(x):
        assert cuda.current_device() == 1
        with cuda.device_of(tg.ones(1)):
            assert cuda.current_device() == 1
    assert cuda.current_device() == 0 and side.device == tg.device("cuda:1")
    assert tg.zeros(2, device="cuda").get_device() == 0
    with cuda.stream(side):
        assert cuda.current_device() == 1 and cuda.current_stream() == side != cuda.current_stream(0)


def test_results_are_where_their_arguments_are(two):
    x = tg.full((2, 3), 2.0, device="cuda:1", requires_grad=True)
    two.clear()
    with tg.tape():
        y = ((x * x).T @ tg.ones(2, 1, device="cuda:1")).sum()
    y.backward()
    assert {y.get_device(), x.grad.get_device(), tg.zeros_like(x).get_device()} == {1}
    assert x.grad.tolist() == [[4.0] * 3] * 2 and set(two) == {1, ~1} and cuda.current_device() == 0
    assert (x.detach() + 1).clone().double().get_device() == 1


def test_moving_between_devices_is_recorded(two):
    x = tg.ones(2, device="cuda:0", requires_grad=True)
    with tg.tape():
        y = x.to("cuda:1") * 3
        z = y.cuda(0).sum()
    z.backward()
    assert (y.get_device(), z.get_device()) == (1, 0) and x.grad.tolist() == [3.0, 3.0] and x.grad.get_device() == 0


@pytest.mark.parametrize("operation", [lambda a, b: a + b, lambda a, b: a @ b, lambda a, b: tg.where(a > 0, a, b)])
def test_arrays_of_two_devices_are_not_mixed(two, operation):
    a, b = tg.ones(2, 2, device="cuda:0"), tg.ones(2, 2, device="cuda:1")
    with pytest.raises(RuntimeError, match=r"same device.*\(2, 2\) on cuda:0 and.*\(2, 2\) on cuda:1"):
        operation(a, b)
    with pytest.raises(RuntimeError, match=r"same device.*\(2, 2\) on cuda:1 and.*\(2, 2\) on cpu"):
        operation(b, tg.ones(2, 2))


CHILD = """
import os, tapegrad as tg
x = tg.ones(2, device="cuda")
if pid := os.fork():
    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
said = []
for call in (lambda: x + x, lambda: x.cpu(), lambda: tg.ones(2).cuda(), tg.cuda.synchronize):
    try:
        call()
    except RuntimeError as error:
        said.append("forked" in str(error) and "spawn" in str(error))
os._exit(0 if said == [True] * 4 and (tg.ones(2) + 1).tolist() == [2, 2] else 1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_is_told_to_spawn():
    assert subprocess.run([sys.executable, "-c", CHILD], check=False).returncode == 0
