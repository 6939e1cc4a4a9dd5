"""Workers change when batches are made, and nothing else."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback

import pytest

import tapegrad as tg
from tapegrad.data import DataLoader, IterableDataset, TensorDataset, get_worker_info
from tests.data import samples
from tests.house.tree import ROOT

KINDS = pytest.mark.parametrize("kind", [None, "spawn"], ids=["threads", "processes"])


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


def workers_alive() -> list:
    threads = [t for t in threading.enumerate() if t.name.startswith("DataLoader")]
    return threads + [p for p in multiprocessing.active_children() if p.name.startswith("DataLoader")]


@pytest.fixture(autouse=True)
def leaves_no_workers():
    yield
    deadline = time.monotonic() + 5
    while workers_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not workers_alive()


def plain(batches) -> list:
    return [[part.tolist() for part in batch] for batch in batches]


def loader(dataset=None, workers=0, kind=None, **arguments) -> DataLoader:
    dataset = samples.Numbers() if dataset is None else dataset
    given = {"batch_size": 3, "num_workers": workers, "multiprocessing_context": kind if workers else None}
    return DataLoader(dataset, **{**given, **arguments})


# ------------------------------------------------------------------------------------------- the same batches


@pytest.mark.parametrize(
    ("workers", "kind", "arguments"),
    [
        (1, None, {"shuffle": True}),
        (3, None, {"shuffle": True}),
        (2, "spawn", {"shuffle": True}),
        (3, None, {"batch_size": None}),
        (3, None, {"drop_last": True}),
    ],
)
def test_a_seed_gives_the_same_batches_for_any_workers(workers, kind, arguments):
    expected = loader(generator=seeded(), **arguments)
    made = loader(workers=workers, kind=kind, generator=seeded(), persistent_workers=True, **arguments)
    if arguments.get("batch_size", 3) is None:
        epochs = [[[(i, x.tolist()) for i, x in epoch] for epoch in (a, a)] for a in (expected, made)]
    else:
        epochs = [[plain(a), plain(a)] for a in (expected, made)]
    assert epochs[0] == epochs[1]
    assert epochs[0][0] != epochs[0][1]
    made._crew.close()


def test_random_numbers_of_the_user_are_not_touched_by_those_of_the_dataset():
    tg.manual_seed(5)
    for _ in loader(TensorDataset(tg.arange(9))):
        pass
    wanted = tg.rand(3).tolist()
    for workers in (0, 2):
        tg.manual_seed(5)
        for _ in loader(workers=workers):
            pass
        assert tg.rand(3).tolist() == wanted


def test_batches_of_one_epoch_draw_different_numbers():
    numbers = [x for _, batch in plain(loader(batch_size=1)) for x in batch]
    assert len({tuple(x) for x in numbers}) == len(numbers)


@KINDS
def test_workers_take_turns_and_know_who_they_are(kind):
    made = plain(loader(samples.Who(), 2, kind, batch_size=2))
    assert [worker for _, worker in made] == [[k % 2] * 2 for k in range(6)]
    assert (made[0][0][0] == os.getpid()) == (kind is None)
    assert get_worker_info() is None


@pytest.mark.parametrize(("workers", "kind"), [(0, None), (1, None), (3, None), (2, "spawn")])
def test_a_stream_is_shared_among_workers_and_ends_once_for_each(workers, kind):
    made = loader(samples.Shares(), workers, kind, generator=seeded())
    batches = plain(made)
    assert sorted(i for numbers, _ in batches for i in numbers) == list(range(11))
    assert batches == plain(loader(samples.Shares(), workers, generator=seeded()))


def test_a_stream_without_a_batch_size_gives_its_samples():
    class Letters(IterableDataset):
        def __iter__(self):
            return iter("abc")

    assert list(DataLoader(Letters(), batch_size=None)) == ["a", "b", "c"]
    assert list(DataLoader(Letters(), batch_size=2, drop_last=True)) == [["a", "b"]]
    with pytest.raises(TypeError, match="has no len"):
        len(DataLoader(Letters()))


def test_workers_use_the_default_dtype_of_the_user():
    class Rand(samples.Numbers):
        def __getitem__(self, i):
            return tg.rand(1)

    tg.set_default_dtype(tg.float64)
    try:
        assert next(iter(loader(Rand(), 1))).dtype == tg.float64
    finally:
        tg.set_default_dtype(tg.float32)


def test_seeding_in_a_worker_stays_in_its_batch():
    class Seeding(samples.Numbers):
        def __getitem__(self, i):
            tg.manual_seed(i)
            return tg.rand(1)

    tg.manual_seed(3)
    state = tg.get_rng_state().tolist()
    made = loader(Seeding(), 2, batch_size=1, generator=seeded())
    assert [b.item() for b in made] == [tg.rand(1, generator=seeded(i)).item() for i in range(20)]
    assert tg.get_rng_state().tolist() == state


# ------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(("workers", "kind"), [(0, None), (2, None), (2, "spawn")])
def test_an_error_of_the_dataset_comes_as_it_is_and_names_the_sample(workers, kind):
    batches = []
    with pytest.raises(KeyError, match="gone") as caught:
        for batch in loader(samples.Broken(), workers, kind):
            batches.append(batch.tolist())
    assert batches == [[0, 1, 2], [3, 4, 5]]
    assert any("raised by sample 7, in batch 2" in note for note in caught.value.__notes__)
    shown = "".join(traceback.format_exception(caught.value))
    assert "raise self.error" in shown
    assert not workers_alive()


def test_an_error_that_cannot_travel_is_described():
    with pytest.raises(RuntimeError, match=r"\[DataLoader\] Unpicklable: 1 and 2"):
        list(loader(samples.BrokenUnpicklably(), 1, "spawn"))


def test_a_worker_that_dies_is_noticed():
    with pytest.raises(RuntimeError, match=r"worker 0 \(process \d+\) exited with code 9 .* `if __name__ =="):
        list(loader(samples.Killed(), 1, "spawn"))


@KINDS
def test_a_batch_that_takes_too_long_is_an_error(kind):
    epoch = iter(loader(samples.Slow(), 2, kind, timeout=60))
    next(epoch)  # by now the workers have started
    epoch._timeout = 0.5
    with pytest.raises(RuntimeError, match=r"`timeout` \(=0.5\) must be longer .*: batch 2 of worker 0"):
        list(epoch)


@KINDS
def test_an_error_in_worker_init_fn_reaches_the_user(kind):
    with pytest.raises(OSError, match="no disk") as caught:
        list(loader(None, 2, kind, worker_init_fn=samples.fail_in_worker_one))
    assert caught.value.__notes__ == ["[DataLoader] in worker 1 of 2"]


def test_what_cannot_travel_is_refused_before_a_process_starts():
    with pytest.raises(TypeError, match=r"`dataset`, `collate_fn` and `worker_init_fn` must be picklable"):
        iter(loader(None, 2, "spawn", collate_fn=lambda batch: batch))


def test_a_dataset_that_raises_stop_iteration_does_not_end_the_epoch_in_silence():
    class Stops(samples.Numbers):
        def __getitem__(self, i):
            return next(iter(()))

    with pytest.raises(RuntimeError, match=r"raised by sample 0, in batch 0: StopIteration"):
        list(loader(Stops()))


def test_a_sampler_that_raises_leaves_no_workers():
    class Fails(samples.Numbers):
        def __iter__(self):
            yield from range(7)
            raise ArithmeticError("out of numbers")

    with pytest.raises(ArithmeticError):
        list(loader(None, 2, sampler=Fails()))
    assert not workers_alive()


# ------------------------------------------------------------------------------------------- the end


@KINDS
def test_an_abandoned_epoch_leaves_no_workers(kind):
    for _ in loader(None, 2, kind):
        break


def test_persistent_workers_stay_for_the_next_epoch_and_go_with_the_loader():
    kept = loader(None, 2, persistent_workers=True)
    list(kept)
    before = workers_alive()
    list(kept)
    assert len(before) == 2 and workers_alive() == before


def test_persistent_workers_serve_one_epoch_at_a_time():
    kept = loader(None, 2, persistent_workers=True)
    first = iter(kept)
    second = iter(kept)
    with pytest.raises(RuntimeError, match="persistent workers serve one epoch at a time"):
        [next(first) for _ in range(7)]
    assert kept._crew.closed
    del second


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_ctrl_c_ends_the_workers(kind):
    command = [sys.executable, "-m", "tests.data.interrupted", kind]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)
    pids = process.stdout.readline().split()
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    out, err = process.communicate(timeout=30)
    assert out.split() == ["interrupted", "0"]
    assert err.count("Traceback") == 1
    assert len(pids) == (2 if kind == "processes" else 0)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
