"""The allocator of a device: blocks come again, wait for other streams, and go back when memory is short."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tapegrad.kernels import OutOfMemoryError
from tapegrad.kernels.cuda import DeviceArray, _memory, _streams
from tapegrad.kernels.cuda._memory import new_buffer, pool, rounded


@pytest.fixture(autouse=True)
def empty():
    """A pool without cached blocks, and without a limit afterwards."""
    gc.collect()
    pool(0).release()
    yield pool(0)
    pool(0).limit = None


def address(buffer):
    return buffer.lease.block


def test_a_class_wastes_an_eighth_at_most():
    for size in [1, 511, 512, 513, 4095, 4096, 4097, 5000, 10**6, 2**20 + 1, 10**9 + 7]:
        whole = rounded(size)
        assert size <= whole <= max(size * 1.125, size + 511) and whole % 512 == 0 and rounded(whole) == whole
    assert len({rounded(n) for n in range(1, 2**20, 37)}) < 80


def test_the_next_array_of_a_class_gets_the_block_of_the_last():
    first = new_buffer(100, "float32")
    block = address(first)
    second = new_buffer(100, "float32")
    assert address(second) is not block
    del first
    assert address(new_buffer(110, np.int32)) is block


def test_a_view_keeps_the_block_and_the_last_one_gives_it_back(empty):
    before = empty.statistics.allocated_bytes
    x = DeviceArray.from_host(np.arange(6.0))
    part = x.reshape(2, 3).T[1]
    block = address(part.buffer)
    del x
    empty.settle()
    assert empty.statistics.allocated_bytes == before + 512 and address(new_buffer(6, float)) is not block
    np.testing.assert_array_equal(part.to_host(), [1, 4])
    del part
    empty.settle()
    assert empty.statistics.allocated_bytes == before


def test_a_block_belongs_to_its_stream():
    stream = _streams.next_stream(0)
    before = _streams.set_stream(stream)
    block = address(new_buffer(100, "float32"))
    _streams.set_stream(before)
    other = new_buffer(100, "float32")
    _streams.set_stream(stream)
    again = new_buffer(100, "float32")
    _streams.set_stream(before)
    assert address(other) is not block and address(again) is block


def test_a_block_used_in_another_stream_waits_for_it(monkeypatch, empty):
    done = []
    monkeypatch.setattr(_streams.Event, "query", lambda self: bool(done))
    x = DeviceArray.from_host(np.ones(3))
    block = address(x.buffer)
    before = _streams.set_stream(_streams.next_stream(0))
    y = x + x  # the kernel reads the block
    _streams.set_stream(before)
    del x
    empty.settle()
    assert [waits for _, waits in empty.waiting] == [block]
    done.append(True)
    assert address(new_buffer(3, float)) is block and not empty.waiting
    assert y.to_host().tolist() == [2, 2, 2]


def test_statistics_count_what_happened(empty):
    empty.statistics.reset_peaks()
    start = empty.statistics.as_dict()
    x, y = new_buffer(1000, "float64"), new_buffer(3, "float32")
    del y
    z = new_buffer(4, "float32")
    empty.settle()
    now = {k: v - start[k] for k, v in empty.statistics.as_dict().items()}
    assert now["allocated_bytes.all.current"] == 8192 + 512 == now["allocated_bytes.all.peak"]
    assert now["requested_bytes.all.current"] == 8016 and now["allocation.all.allocated"] == 3
    assert now["reserved_bytes.all.current"] == 8192 + 512 and now["segment.all.current"] == 2
    del x, z
    empty.release()
    after = empty.statistics.as_dict()
    assert after["allocated_bytes.all.freed"] - start["allocated_bytes.all.freed"] == 8192 + 1024
    assert after["reserved_bytes.all.current"] == start["reserved_bytes.all.current"]
    assert "cuda:0" in (text := empty.statistics.table("cuda:0")) and "requested bytes" in text


def test_cached_blocks_go_back_before_memory_runs_out(empty):
    empty.limit = empty.statistics.reserved_bytes + 8192
    x = new_buffer(2048, "float32")
    del x  # 8192 bytes are cached, in a class that does not fit
    retries = empty.statistics.retries
    new_buffer(1000, "float32")
    assert empty.statistics.retries == retries + 1


def test_dead_cycles_give_their_memory_back_before_it_runs_out(empty):
    empty.limit = empty.statistics.reserved_bytes + 8192
    gc.disable()
    try:
        cycle = [new_buffer(2048, "float32")]
        cycle.append(cycle)
        del cycle
        new_buffer(2048, "float32")
    finally:
        gc.enable()


def test_out_of_memory_says_what_is_in_use_and_changes_nothing(empty):
    x = DeviceArray.from_host(np.ones(5))
    empty.limit = empty.statistics.reserved_bytes + 1024
    before, failures = empty.statistics.allocated_bytes, empty.statistics.failures
    with pytest.raises(
        OutOfMemoryError, match=r"3\.91 KiB more were asked for on cuda:0, .* may use .* hold .* cached"
    ):
        DeviceArray.empty((1000,), np.float32)
    assert empty.statistics.allocated_bytes == before and empty.statistics.failures == failures + 1
    np.testing.assert_array_equal((x + x).to_host(), np.full(5, 2.0))
    empty.limit = None
    assert DeviceArray.empty((1000,), np.float32).size == 1000


@pytest.mark.parametrize("error", [MemoryError(), type("CudaAPIError", (Exception,), {"code": 2})()])
def test_the_drivers_own_error_is_translated(monkeypatch, error):
    class Context:
        def memalloc(self, size):
            raise error

    monkeypatch.setattr(_memory.cuda, "current_context", Context)
    with pytest.raises(OutOfMemoryError, match="out of memory"):
        new_buffer(10, "float32")


def test_other_errors_of_the_driver_come_as_they_are(monkeypatch):
    class Context:
        def memalloc(self, size):
            raise KeyError("illegal address")

    monkeypatch.setattr(_memory.cuda, "current_context", Context)
    with pytest.raises(KeyError, match="illegal address"):
        new_buffer(10, "float32")


def test_more_than_the_simulated_device_has_is_refused():
    with pytest.raises(OutOfMemoryError, match=r"32\.00 GiB .*16\.00 GiB"):
        DeviceArray.empty((1 << 33,), np.float32)


def test_threads_share_a_pool(empty):
    before = empty.statistics.allocated_bytes

    def work(number):
        held = []
        for k in range(200):
            held.append(new_buffer(1 + (k * 37 + number) % 3000, "float32"))
            if k % 3:
                held.pop(k % len(held))
        blocks = [address(buffer) for buffer in held]
        return blocks, held

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(work, range(4)))
    blocks = [block for found, _ in results for block in found]
    assert len(set(map(id, blocks))) == len(blocks) and empty.statistics.allocated_bytes >= sum(b.size for b in blocks)
    del results, blocks
    gc.collect()
    empty.settle()
    assert empty.statistics.allocated_bytes == before
