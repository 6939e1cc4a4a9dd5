"""Tell the three arms of a spiral apart: a small network, and a picture of what it has learnt.

    python examples/spiral.py        writes spiral.png: the loss, and the class of every point of the plane

The network is a function of two numbers, so everything it does can be seen.
"""

import argparse
import sys

import tapegrad as tg
from tapegrad import nn, viz
from tapegrad.data import DataLoader, Spiral
from tapegrad.training import Accuracy, Trainer


def network(width: int) -> nn.Sequential:
    """Two hidden layers."""
    return nn.Sequential(
        nn.Linear(2, width),
        nn.Tanh(),
        nn.Linear(width, width),
        nn.Tanh(),
        nn.Linear(width, 3),
    )


def main() -> None:
    """Train, draw, and fail if the arms are not told apart."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", type=float, default=98, help="accuracy in %% to reach")
    parser.add_argument("--out", default="spiral.png")
    args = parser.parse_args()

    tg.manual_seed(args.seed)
    points = Spiral(n=900, classes=3, generator=tg.Generator().manual_seed(0))
    model = network(args.width)
    optimizer = tg.optim.Adam(model.parameters(), lr=0.01)
    run = Trainer(model, optimizer, nn.CrossEntropyLoss(), metrics={"accuracy": Accuracy()})
    history = run.fit(DataLoader(points, 64, shuffle=True), args.epochs)

    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    viz.learning_curves(history, ["loss"], left)
    viz.decision_boundary(model, *points[:], right)
    figure.savefig(args.out, dpi=120)
    pyplot.close(figure)
    print(f"accuracy {history[-1]['accuracy']:.2%}, picture: {args.out}")
    if 100 * history[-1]["accuracy"] < args.target:
        sys.exit(f"that is less than the {args.target:g} % it should reach")


if __name__ == "__main__":
    main()
