"""The same work on a GPU, against PyTorch and CuPy: `python -m tests.bench --device cuda`.

Before anything is timed every row is computed on the CPU, too, and compared. Each call ends with the device having
finished, by the wall's clock. In Numba's simulator the rows shrink to sizes that it can bear: that shows that they run.
"""

import importlib
import os

import numpy as np

from tests.bench.eager import recorded
from tests.bench.measure import installed, timed
from tests.bench.train import batch, lenet, step, vgg11

SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM") == "1" and os.environ.get("TAPEGRAD_CUDA") != "rehearse"
ROWS = {}  # name -> function (library, put), which returns the function to time; `put` brings an array to its place
TOLERANCE = 2e-3  # of float32 results, relative to the largest: sums of thousands of products in another order


def size(real, tiny):
    """`real`, or `tiny` in the simulator."""
    return tiny if SIMULATED else real


def row(peer="torch"):
    """Declare a row: it is timed against `peer`, and compared with our own CPU."""

    def declare(problem):
        name = problem.__name__
        ROWS[f"device/{name}"] = problem

        def run(library):
            function, wait = problem(library, placing(library)), waiting(library)
            return lambda: (function(), wait())

        run.__name__, run.__module__ = name, __name__
        timed(None, peer=peer, wall=True, rounds=30)(run)
        return problem

    return declare


def placing(library, device="cuda"):
    """Return the function that makes an array of NumPy, or a module, one of the library on the device."""
    if library.__name__ == "cupy":
        return library.asarray
    return lambda x: (library.from_numpy(x) if isinstance(x, np.ndarray) else x).to(device)


def waiting(library):
    """Return the function that waits until the device has finished."""
    return library.cuda.Device().synchronize if library.__name__ == "cupy" else library.cuda.synchronize


def missing() -> str:
    """What keeps the rows from running here; empty if nothing does."""
    import tapegrad as tg

    try:
        tg.ones(1, device="cuda")
    except RuntimeError as error:
        return str(error)
    return ""


def usable(library: str) -> bool:
    """Whether a library is here and finds the device."""
    if not installed(library):
        return False
    module = importlib.import_module(library)
    return module.cuda.is_available()


def check(names) -> None:
    """Compare rows with the CPU, and say so; raise where one differs."""
    import tapegrad as tg

    for name in names:
        tg.manual_seed(0)
        want = as_numpy(ROWS[name](tg, placing(tg, "cpu"))())
        tg.manual_seed(0)
        got = as_numpy(ROWS[name](tg, placing(tg))())
        error = max(np.abs(g - w).max() / np.abs(w).max() for g, w in zip(got, want, strict=True))
        print(f"{name}: largest difference from the CPU {error:.1e} of the largest value", flush=True)
        if not error < TOLERANCE:
            raise SystemExit(f"{name} is wrong: that is more than {TOLERANCE}")


def as_numpy(results):
    """Return tensors, one or several, as NumPy arrays."""
    results = results if isinstance(results, (tuple, list)) else [results]
    return [r.detach().cpu().numpy() for r in results]


def product(m, k, n, dtype):
    def problem(library, put):
        a, b = (put(batch(*s).astype(dtype)) for s in ((m, k), (k, n)))
        return lambda: library.matmul(a, b)

    return problem


for peer in ("torch", "cupy"):
    for dtype in ("float32", "float64", "float16"):
        for m, k, n in ((256, 256, 256), (1024, 1024, 1024), (4096, 4096, 4096), (64, 4096, 1000), (4096, 64, 64)):
            f = product(*(size(x, 1 + x % 7 + 4) for x in (m, k, n)), dtype)
            f.__name__ = f"matmul_{dtype}_{m}x{k}x{n}_{peer}"
            row(peer)(f)
    for what in ("exp", "add", "sum", "chain"):

        def elementwise(library, put, what=what):
            x, y = (put(batch(size(1 << 24, 50)) / 4) for _ in range(2))
            calls = {
                "exp": lambda: library.exp(x),
                "add": lambda: x + y,
                "sum": lambda: library.sum(x * x),
                "chain": lambda: library.tanh(x) * y + library.exp(x) - y * y,
            }
            return calls[what]

        elementwise.__name__ = f"elementwise_{what}_{peer}"
        row(peer)(elementwise)


def layer(call, *shapes):
    """Forward and backward of a function of the inputs, all of them differentiated."""

    def problem(library, put):
        inputs = [put(batch(*s)).requires_grad_(True) for s in shapes]
        forward = recorded(library, lambda: call(library.nn.functional, *inputs))

        def run():
            for x in inputs:
                x.grad = None
            y = forward()
            y.backward(y.detach())
            return [x.grad for x in inputs]

        return run

    return problem


CONVOLUTIONS = {  # N, C, H, K, R, stride, padding, groups
    "vgg2": (32, 64, 16, 128, 3, 1, 1, 1),
    "vgg4": (32, 256, 8, 256, 3, 1, 1, 1),
    "resnet1": (32, 3, 224, 64, 7, 2, 3, 1),
    "resnet2": (32, 64, 56, 64, 3, 1, 1, 1),
    "resnet5": (32, 512, 7, 512, 3, 1, 1, 1),
    "depthwise": (32, 128, 56, 128, 3, 1, 1, 128),
}
for name, (n, c, h, k, r, stride, padding, groups) in CONVOLUTIONS.items():
    if SIMULATED:
        n, c, h, k, groups = 1, min(c, 4), 8, min(k, 4), min(groups, 4)
    f = layer(
        lambda F, x, w, s=stride, p=padding, g=groups: F.conv2d(x, w, stride=s, padding=p, groups=g),
        (n, c, h, h),
        (k, c // groups, r, r),
    )
    f.__name__ = f"conv_{name}"
    row()(f)

POOLED = size((32, 64, 112, 112), (1, 2, 8, 8))
for name, call in {
    "max_2": lambda F, x: F.max_pool2d(x, 2),
    "max_3by2": lambda F, x: F.max_pool2d(x, 3, 2, 1),
    "avg_2": lambda F, x: F.avg_pool2d(x, 2),
}.items():
    f = layer(call, POOLED)
    f.__name__ = f"pool_{name}"
    row()(f)

for name, call, shape in (
    ("softmax", lambda F, x: F.softmax(x, -1), size((4096, 1000), (3, 20))),
    ("layer_norm", lambda F, x: F.layer_norm(x, x.shape[-1:]), size((4096, 768), (3, 20))),
    ("gelu", lambda F, x: F.gelu(x), size((1 << 22,), (50,))),
):
    f = layer(call, shape)
    f.__name__ = f"fused_{name}"
    row()(f)


def training(make, images, classes=10):
    """A step of SGD; its answer is the first parameter afterwards."""

    def problem(library, put):
        model = put(make(library.nn))
        optimizer = library.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
        target = put(np.arange(images[0]) % classes)
        run = step(library, model, library.nn.CrossEntropyLoss(), optimizer, put(batch(*images)), target)
        return lambda: (run(), next(model.parameters()))[1]

    return problem


def tiny(nn):
    """A network for the simulator."""
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(18, 10))


def train_lenet(library, put):
    """LeNet, batch 64."""
    return training(size(lenet, tiny), size((64, 1, 28, 28), (2, 1, 8, 8)))(library, put)


def train_vgg11(library, put):
    """VGG-11, batch 128."""
    return training(size(vgg11, tiny), size((128, 3, 32, 32), (2, 1, 8, 8)))(library, put)


for f in (train_lenet, train_vgg11):
    row()(f)
