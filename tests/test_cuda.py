"""`tapegrad.cuda` where no device is: it can be asked, and says what is missing."""

import pytest

import tapegrad as tg
from tapegrad import cuda

pytestmark = pytest.mark.skipif(cuda.is_available(), reason="there is a GPU: tests/simulated tests these names")


def test_counters_are_zero_and_caches_empty():
    assert cuda.device_count() == 0 and not cuda.is_available() and not cuda.is_initialized()
    for count in (cuda.memory_allocated, cuda.memory_reserved, cuda.max_memory_allocated, cuda.max_memory_reserved):
        assert count() == count("cuda:0") == 0
    assert cuda.memory_stats() == {} and cuda.memory_summary() == "CUDA is not in use"
    for change in (cuda.empty_cache, cuda.reset_peak_memory_stats, cuda.reset_accumulated_memory_stats):
        change()


@pytest.mark.parametrize(
    "call",
    [
        cuda.init,
        cuda.current_device,
        cuda.synchronize,
        cuda.Stream,
        cuda.Event,
        cuda.current_stream,
        cuda.mem_get_info,
        cuda.get_device_properties,
        lambda: cuda.set_device(0),
        lambda: cuda.device(0).__enter__(),
        lambda: tg.ones(2).pin_memory(),
        lambda: tg.ones(2).to(0),
        lambda: tg.zeros(2, device="cuda:1"),
        lambda: tg.Generator("cuda") and tg.rand(2, device="cuda"),
    ],
)
def test_what_needs_a_device_says_that_there_is_none(call):
    with pytest.raises(RuntimeError, match=r"^\[cuda\] .*(numba-cuda|GPU|driver)"):
        call()


def test_the_cpu_needs_nothing_of_it():
    with cuda.stream(None):
        assert cuda.manual_seed(3).initial_seed() == 3 == cuda.initial_seed()
    assert not tg.ones(2).is_pinned() and tg.ones(2).get_device() == -1
    loader = tg.data.DataLoader(tg.data.TensorDataset(tg.arange(4)), batch_size=2, pin_memory=True)
    assert [x.tolist() for (x,) in loader] == [[0, 1], [2, 3]]


def test_a_device_is_named_by_a_number_a_word_or_both():
    assert tg.device(1) == tg.device("cuda:1") == tg.device("cuda", 1) != tg.device("cuda") == tg.device("cuda:0")
    with pytest.raises(RuntimeError, match=r"\[device\]"):
        tg.device(-1)
