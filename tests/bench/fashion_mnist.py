"""LeNet on Fashion-MNIST beside PyTorch: the same recipe, several seeds, held-out accuracy after each epoch.

    python -m tests.bench.fashion_mnist [--seeds 3] [--epochs 5] [--out examples/fashion_mnist.png]

Each library draws its own initial weights, orders and dropout masks, so only means over seeds can be compared.
"""

import argparse
import time
from statistics import mean

import numpy as np
import torch

import tapegrad
from tapegrad.data import FashionMNIST
from tests.bench.eager import recorded

BATCH = 64


def network(nn):
    """The network of `examples/fashion_mnist.py`, in either library."""
    return nn.Sequential(
        *(nn.Conv2d(1, 10, kernel_size=5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(10, 20, kernel_size=5), nn.Dropout2d(0.1), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(320, 50), nn.ReLU(), nn.Linear(50, 10)),
    )


def train(library, data, seed: int, epochs: int) -> list[float]:
    """Held-out accuracy (in %) after each epoch."""
    x, y, held_out, labels = (library.from_numpy(array) for array in data)
    library.manual_seed(seed)
    model = network(library.nn)
    optimizer = library.optim.AdamW(model.parameters(), lr=2e-3)
    scheduler = library.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    loss_of = library.nn.CrossEntropyLoss()
    reached = []
    for _ in range(epochs):
        model.train()
        order = library.randperm(len(x))
        for k in range(0, len(x), BATCH):
            part = order[k : k + BATCH]
            inputs, target = x[part], y[part]
            forward = recorded(library, lambda inputs=inputs, target=target: loss_of(model(inputs), target))
            optimizer.zero_grad()
            forward().backward()
            optimizer.step()
        scheduler.step()
        model.eval()
        with library.no_grad():
            right = sum(
                (model(held_out[k : k + 1000]).argmax(1) == labels[k : k + 1000]).sum().item()
                for k in range(0, len(labels), 1000)
            )
        reached.append(100 * right / len(labels))
    return reached


def draw(curves: dict[str, list[list[float]]], path: str) -> None:
    """Mean and range over the seeds, epoch by epoch."""
    from matplotlib.figure import Figure

    ax = (figure := Figure(figsize=(6, 3.6), layout="constrained")).subplots()
    for (name, runs), style in zip(curves.items(), ("o-", "s--"), strict=True):
        values = np.array(runs)
        epochs = np.arange(1, values.shape[1] + 1)
        (line,) = ax.plot(epochs, values.mean(0), style, ms=4, label=f"{name}: {values[:, -1].mean():.2f} %")
        ax.fill_between(epochs, values.min(0), values.max(0), color=line.get_color(), alpha=0.15)
    ax.set(xlabel="epoch", ylabel="held-out accuracy (%)", title="LeNet on Fashion-MNIST, mean and range of the seeds")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(loc="lower right", frameon=False)
    ax.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Train both, print a table, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--out", help="where the picture goes")
    args = parser.parse_args()
    parts = [FashionMNIST(train=wanted)[:] for wanted in (True, False)]
    data = [tensor.numpy() for part in parts for tensor in part]
    curves: dict[str, list[list[float]]] = {}
    for library in (tapegrad, torch):
        library.set_num_threads(1)
        runs = curves[library.__name__] = []
        for seed in range(args.seeds):
            start = time.perf_counter()
            runs.append(train(library, data, seed, args.epochs))
            texts = " ".join(f"{value:.2f}" for value in runs[-1])
            print(f"{library.__name__:9} seed {seed}: {texts}  {time.perf_counter() - start:.0f} s", flush=True)
    ends = {name: mean(run[-1] for run in runs) for name, runs in curves.items()}
    print(f"mean: {ends}, difference {ends['tapegrad'] - ends['torch']:+.2f} points")
    if args.out:
        draw(curves, args.out)


if __name__ == "__main__":
    main()
