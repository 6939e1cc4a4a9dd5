"""How a benchmark is declared, and how two libraries are measured against each other.

Machines drift: another job starts, the clock rate falls. So nothing here compares two absolute times. One
*round* samples ours and the peer's one right after the other, and gives one ratio; the result is the median
ratio of many rounds. Each library lives in a process of its own, because thread pools disturb each other, and
both processes are bound to the same cores. On one thread the clock is the processor's time, which stands still
while another job has the core; on several it is the wall's.
"""

import importlib
import importlib.util
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

TOPICS = ("eager", "matmul", "conv", "fused", "train", "resnet", "optim", "data", "imports", "memory", "operators")
DEVICE_TOPICS = ("device",)  # with `--device cuda`
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
SAMPLE = 0.004  # seconds that one sample of a timed benchmark lasts at least
SETTLE = 0.35  # seconds after which a library has left the cores: after 0.05 the other one often ran on one of two


@dataclass(frozen=True)
class Benchmark:
    """One row of the table: a thing to do with any library, and what it may cost relative to the peer."""

    name: str  # topic/what
    run: Callable  # timed: library -> function to time; measured: library's name -> number
    budget: float | None  # ours / peer; None where no budget is agreed
    peer: str
    unit: str
    timed: bool
    rounds: int
    why: str = ""  # the reason of a row that may cost more than its budget
    wall: bool = False  # by the wall's clock, also on one thread: a device works while the processor waits


BENCHMARKS: dict[str, Benchmark] = {}


def timed(budget: float | None, *, peer: str = "torch", rounds: int = 60, why: str = "", wall: bool = False):
    """Declare a benchmark that takes a library's module and returns the function to time."""
    return _declare(budget, peer, "s", True, rounds, why, wall)


def measured(budget: float | None, *, peer: str = "torch", unit: str = "s", rounds: int = 9):
    """Declare a benchmark that takes a library's name and returns one number, less being better."""
    return _declare(budget, peer, unit, False, rounds, "")


def _declare(budget, peer, unit, is_timed, rounds, why, wall=False):
    def register(run):
        topic = run.__module__.rsplit(".", 1)[-1]
        name = f"{topic}/{run.__name__}"
        BENCHMARKS[name] = Benchmark(name, run, budget, peer, unit, is_timed, rounds, why, wall)
        return run

    return register


def collect(topics: tuple[str, ...] = TOPICS) -> dict[str, Benchmark]:
    """Import these topics; their benchmarks in the order of their declaration."""
    for topic in topics:
        importlib.import_module(f"tests.bench.{topic}")
    return {name: benchmark for name, benchmark in BENCHMARKS.items() if name.partition("/")[0] in topics}


def installed(library: str) -> bool:
    """Tell whether a library can be imported, without importing it."""
    return importlib.util.find_spec(library) is not None


@dataclass(frozen=True)
class Result:
    """What the rounds said; `peer` and the ratios are None when the peer is not installed."""

    name: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    quartiles: tuple[float, float] | None
    budget: float | None
    why: str = ""

    @property
    def verdict(self) -> str:
        """`ok`, `OVER`, the reason why a row may be over, or `–` where nothing is to be judged."""
        if self.ratio is None or self.budget is None:
            return "–"
        return "ok" if self.ratio <= self.budget else self.why or "OVER"


def compare(benchmark: Benchmark, sample_ours: Callable[[], float], sample_peer, rounds: int) -> Result:
    """Sample in turn, the one that goes first changing every round, and keep the medians."""
    ours, peer = [], []
    for number in range(rounds):
        turn = [(sample_ours, ours), (sample_peer, peer)]
        for sample, samples in turn if number % 2 else reversed(turn):
            if sample is not None:
                samples.append(sample())
    head = benchmark.name, benchmark.unit, statistics.median(ours)
    if not peer:
        return Result(*head, None, None, None, benchmark.budget, benchmark.why)
    ratios = [a / b for a, b in zip(ours, peer, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4) if rounds > 1 else ratios * 3
    return Result(*head, statistics.median(peer), middle, (low, high), benchmark.budget, benchmark.why)


def serve(pipe: Connection, library: str, threads: int) -> None:
    """Run one library's side of the timed benchmarks: `("prepare", name)`, then any number of `("sample", name)`."""
    os.environ.update(dict.fromkeys(THREADS, str(threads)))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    module = importlib.import_module(library)
    if library == "torch":
        module.set_num_threads(threads)
    benchmarks = {**collect(), **collect(DEVICE_TOPICS)}
    sample: Callable[[], float] = float
    for command, name in iter(pipe.recv, None):
        if command == "prepare":
            wall = threads > 1 or benchmarks[name].wall
            sample = _repeated(benchmarks[name].run(module), time.perf_counter if wall else time.process_time)
        if threads > 1:
            sample()  # wakes the threads
        seconds = sample()
        if threads > 1:
            time.sleep(SETTLE)  # the other library has the cores to itself
        pipe.send(seconds)


def _repeated(function: Callable[[], object], clock: Callable[[], float]) -> Callable[[], float]:
    """Warm `function` up and return a sampler: seconds per call, over enough calls for the clock."""

    def sample(calls: int) -> float:
        start = clock()
        for _ in range(calls):
            function()
        return (clock() - start) / calls

    function()  # what is loaded and compiled once must not set the number of calls
    calls = 1
    while sample(calls) * calls < SAMPLE:
        calls *= 2
    return lambda: sample(calls)
