"""`python -m tapegrad info` and `python -m tapegrad warmup`."""

import argparse
import importlib.metadata
import os
import platform
import sys
import time


def version_of(package: str) -> str:
    """The installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def info() -> dict[str, str]:
    """What decides how fast, and whether, things run here."""
    import tapegrad
    from tapegrad import kernels

    facts = {
        "tapegrad": f"{tapegrad.__version__} ({os.path.dirname(tapegrad.__file__)})",
        "python": f"{platform.python_version()} on {platform.machine()}, {platform.system()}",
        "numpy": version_of("numpy"),
        "numba": version_of("numba"),
        "numba-cuda": version_of("numba-cuda"),
        "scipy": version_of("scipy"),
        **kernels.host_report(),
    }
    try:
        devices = map(tapegrad.cuda.get_device_properties, range(kernels.cuda_devices().streams.device_count()))
        facts["cuda"] = "; ".join(
            f"{d.name}, compute capability {d.major}.{d.minor}, {d.total_memory / 2**30:.0f} GiB" for d in devices
        )
    except RuntimeError as error:
        facts["cuda"] = str(error)
    return facts


def warm_up(report=print) -> None:
    """Compile the standard set of kernels, or load it from the cache: a training step of small networks."""
    import tapegrad as tg
    from tapegrad import nn
    from tapegrad.nn import functional as F

    for dtype in (tg.float32, tg.float64):
        started = time.perf_counter()
        model = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, padding=1), nn.GELU(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(8 * 6 * 6, 10),
        ).to(dtype)  # fmt: skip
        optimizer = tg.optim.Adam(model.parameters(), lr=1e-3)
        images, labels = tg.rand(16, 1, 26, 26, dtype=dtype), tg.randint(0, 10, (16,))
        with tg.tape():
            loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        big = tg.rand(512, 512, dtype=dtype)
        big @ big
        report(f"{dtype}: {time.perf_counter() - started:.1f} s")


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(prog="python -m tapegrad", description=__doc__)
    parser.add_argument(
        "command", choices=("info", "warmup"), help="info: versions and hardware; warmup: compile and cache kernels"
    )
    command = parser.parse_args(arguments).command
    if command == "warmup":
        warm_up()
    else:
        facts = info()
        width = max(map(len, facts))
        for name, fact in facts.items():
            print(f"{name:{width}}  {fact}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
