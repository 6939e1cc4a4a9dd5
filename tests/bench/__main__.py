"""Measure tapegrad against its peers: `python -m tests.bench [--only NAME] [--quick] [--threads N] [--json FILE]`.

With `--device cuda` the rows of `device`, after they have been compared with the CPU.
"""

import argparse
import json
import multiprocessing
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from statistics import geometric_mean, median

from tests.bench import device
from tests.bench.measure import DEVICE_TOPICS, Benchmark, Result, collect, compare, installed, serve

OURS = "tapegrad"
UNITS = {"s": (("s", 1), ("ms", 1e3), ("µs", 1e6)), "B": (("MB", 1e-6),)}
ROW = "{:<42}{:>11}{:>11}{:>8}  {:<12}{:>7}  {}"


class Worker:
    """A process that runs one library's side of the timed benchmarks."""

    def __init__(self, library: str, threads: int):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, library, threads), daemon=True)
        self.process.start()
        theirs.close()  # so that a worker that dies ends the conversation

    def __call__(self, command: str, name: str) -> float:
        """Send a command and wait for its number."""
        self.pipe.send((command, name))
        return self.pipe.recv()

    def close(self) -> None:
        """Let the process end by itself."""
        self.pipe.send(None)
        self.process.join()


def measure(benchmark: Benchmark, workers: dict[str, Worker], rounds: int) -> Result:
    """Measure one benchmark on both sides, or on ours alone."""

    def sampler(library):
        if library not in workers and (benchmark.timed or not installed(library)):
            return None
        if not benchmark.timed:
            return lambda: benchmark.run(library)
        workers[library]("prepare", benchmark.name)
        return lambda: workers[library]("sample", benchmark.name)

    return compare(benchmark, sampler(OURS), sampler(benchmark.peer), rounds)


def readable(value: float | None, unit: str) -> str:
    """Format `value` in the unit that leaves at least one digit before the point."""
    if value is None:
        return "–"
    name, factor = next((u for u in UNITS[unit] if value * u[1] >= 1), UNITS[unit][-1])
    return f"{value * factor:.1f} {name}"


def row(result: Result) -> str:
    """Format one line of the table."""
    ratio = "–" if result.ratio is None else f"{result.ratio:.2f}"
    spread = "" if result.quartiles is None else "{:.2f}–{:.2f}".format(*result.quartiles)
    budget = "–" if result.budget is None else f"{result.budget:.2f}"
    times = readable(result.ours, result.unit), readable(result.peer, result.unit)
    return ROW.format(result.name, *times, ratio, spread, budget, result.verdict)


def summary(results: list[Result]) -> list[str]:
    """Geometric mean and worst of the ratios of each family of rows: names alike up to the first underscore."""
    families: dict[str, list[float]] = {}
    for result in results:
        if result.ratio is not None and "_" in result.name:
            families.setdefault(result.name.split("_")[0], []).append(result.ratio)
    return [
        f"{name}: {len(ratios)} rows, median {median(ratios):.3f}, "
        f"geometric mean {geometric_mean(ratios):.3f}, worst {max(ratios):.2f}"
        for name, ratios in families.items()
        if len(ratios) > 3
    ]


def versions() -> dict[str, str]:
    """Return what was compared: package versions, Python and machine."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in (OURS, "numpy", "numba", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed" if package != OURS else "uninstalled checkout"
    return found


def main() -> None:
    """Run the chosen benchmarks, print the table, write the JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", default="", help="run the benchmarks whose name contains NAME")
    parser.add_argument("--quick", action="store_true", help="a sixth of the rounds: a first look, not a figure")
    parser.add_argument("--threads", type=int, default=1, help="threads and cores for each side (default 1)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where the work is done")
    parser.add_argument("--json", metavar="FILE", help="also write the results to FILE")
    options = parser.parse_args()

    offered = collect(DEVICE_TOPICS) if options.device == "cuda" else collect()
    chosen = [benchmark for name, benchmark in offered.items() if options.only in name]
    if not chosen:
        parser.error(f"no benchmark is called like {options.only!r}; there are: {', '.join(offered)}")
    if options.device == "cuda":
        if reason := device.missing():
            parser.exit(message=f"nothing is measured: {reason}\n")
        device.check(b.name for b in chosen)
        if device.SIMULATED:
            parser.exit(message="nothing is timed in the simulator\n")
    about = {**versions(), "threads": options.threads}
    print(" · ".join(f"{key} {value}" for key, value in about.items()))
    if not installed("torch"):
        print("PyTorch is not here, so ours stand alone; for the ratios: pip install torch==2.13.0")
    print(ROW.format("name", "ours", "peer", "ratio", "quartiles", "budget", "verdict"))

    here = device.usable if options.device == "cuda" else installed
    libraries = {library for b in chosen if b.timed for library in (OURS, b.peer) if here(library)}
    workers = {library: Worker(library, options.threads) for library in libraries}
    results = []
    for benchmark in chosen:
        rounds = max(3, benchmark.rounds // 6) if options.quick else benchmark.rounds
        results.append(measure(benchmark, workers, rounds))
        print(row(results[-1]), flush=True)
    print(*summary(results), sep="\n")
    print(*(f"over: {r.name} {r.ratio:.2f} {r.verdict}" for r in results if r.verdict not in ("ok", "–")), sep="\n")
    for worker in workers.values():
        worker.close()
    if options.json:
        table = [{**asdict(result), "verdict": result.verdict} for result in results]
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"about": about, "results": table}, file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()
