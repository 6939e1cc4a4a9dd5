"""Tell ten kinds of clothing apart, with the training loop, the checkpoints and the pictures that come with tapegrad.

    sudo apt-get install dataset-fashion-mnist      Debian's copy of the 70 000 images, 30 MB
    python examples/fashion_mnist.py                five epochs; fashion_mnist/ gets the log, pictures and checkpoint
    python examples/fashion_mnist.py --resume       go on where a run was interrupted (Ctrl-C it and try)

`lenet.py` beside it writes the same loop by hand.
"""

import argparse
import sys
from pathlib import Path

import tapegrad as tg
from tapegrad import nn
from tapegrad.data import DataLoader, FashionMNIST, Subset
from tapegrad.training import Accuracy, Checkpoint, ConfusionMatrix, CSVLogger, Events, Progress, Trainer

CLASSES = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot".split()


def network() -> nn.Sequential:
    """LeNet: two convolutions and two linear layers, 21 840 parameters."""
    return nn.Sequential(
        nn.Conv2d(1, 10, kernel_size=5),
        nn.MaxPool2d(2),
        nn.ReLU(),  # (N, 10, 12, 12)
        nn.Conv2d(10, 20, kernel_size=5),
        nn.Dropout2d(0.1),
        nn.MaxPool2d(2),
        nn.ReLU(),  # (N, 20, 4, 4)
        nn.Flatten(),
        nn.Linear(320, 50),
        nn.ReLU(),
        nn.Linear(50, 10),
    )


def trainer(epochs: int, folder: Path) -> Trainer:
    """All that a run consists of."""
    model = network()
    optimizer = tg.optim.AdamW(model.parameters(), lr=2e-3)
    run = Trainer(
        model,
        optimizer,
        nn.CrossEntropyLoss(),
        scheduler=tg.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs),
        metrics={"accuracy": Accuracy(), "confusion": ConfusionMatrix(10)},
    )
    saving = Checkpoint(folder / "run.safetensors", on=Events.ITERATION_COMPLETED(every=100))
    return run.add(Progress(), CSVLogger(folder / "log.csv"), saving)


def draw(history, folder: Path) -> None:
    """The learning curve and the confusions of the last epoch."""
    try:
        from matplotlib import pyplot
    except ImportError:
        print("no pictures without matplotlib: pip install 'tapegrad[viz]'")
        return
    from tapegrad import viz

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    viz.learning_curves(history, ["accuracy"], left)
    viz.confusion_matrix(history[-1]["val_confusion"], CLASSES, right)
    figure.savefig(folder / "run.png", dpi=120)
    pyplot.close(figure)
    print(f"pictures: {folder / 'run.png'}")


def main() -> None:
    """Train, and fail if the network has not learnt enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--images", type=int, help="use only so many of the 60 000")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint of an interrupted run")
    parser.add_argument("--target", type=float, default=88, help="held-out accuracy in %% to reach")
    parser.add_argument("--out", type=Path, default=Path("fashion_mnist"), help="folder of log, checkpoint, pictures")
    args = parser.parse_args()

    try:
        images, held_out = FashionMNIST(train=True), FashionMNIST(train=False)
    except FileNotFoundError as missing:
        sys.exit(str(missing))
    if args.images is not None:
        images, held_out = Subset(images, range(args.images)), Subset(held_out, range(args.images // 6))

    tg.manual_seed(args.seed)
    run = trainer(args.epochs, args.out)
    if args.resume:
        run.load_state_dict(tg.load(args.out / "run.safetensors"))
        print(f"going on after iteration {run.iteration}, in epoch {run.epoch}")
    loader = DataLoader(images, args.batch_size, shuffle=True)
    history = run.fit(loader, args.epochs, validation=DataLoader(held_out, 256))

    draw(history, args.out)
    reached = 100 * history[-1]["val_accuracy"]
    print(f"held-out accuracy: {reached:.2f} %")
    if reached < args.target:
        sys.exit(f"that is less than the {args.target:g} % it should reach")


if __name__ == "__main__":
    main()
