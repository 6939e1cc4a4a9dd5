"""Train a LeNet on real images, and look inside while it learns.

    python examples/lenet.py                         1 797 handwritten digits, part of the package
    python examples/lenet.py --data fashion-mnist    70 000 articles of clothing (apt-get install dataset-fashion-mnist)

The file reads from top to bottom as the run goes: the network, the images, one step seen on its tape, one gradient
checked against the slope of the loss, the training, the learning curve. The first run also compiles the kernels.
"""

import argparse
import contextlib
import copy
import math
import sys
import time

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn, optim, tape
from tapegrad.data import DataLoader, Digits, FashionMNIST, TensorDataset, stratified_split

EPOCHS = {"digits": 20, "fashion-mnist": 5}
TARGET = {"digits": 97, "fashion-mnist": 85}  # held-out accuracy in %


class Net(nn.Module):
    """Two convolutions and two linear layers, for grey images of 28×28 pixels in ten classes."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))  # (N, 10, 12, 12)
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))  # (N, 20, 4, 4)
        x = x.reshape(-1, 320)
        x = F.relu(self.fc1(x))
        return self.fc2(x)  # (N, 10), a score for each class


def load(name: str):
    """Return the images to train with, and those held out."""
    if name == "fashion-mnist":
        try:
            return FashionMNIST(train=True), FashionMNIST(train=False)
        except FileNotFoundError as missing:
            sys.exit(str(missing))
    images, labels = Digits()[:]  # (1797, 1, 8, 8), (1797,)
    images = images.repeat_interleave(3, dim=-1).repeat_interleave(3, dim=-2)  # (1797, 1, 24, 24)
    images = F.pad(images, (2, 2, 2, 2))  # (1797, 1, 28, 28)
    kept, held_out = stratified_split(labels, 0.2, tg.Generator().manual_seed(0))  # the same fifth in every run
    return TensorDataset(images[kept], labels[kept]), TensorDataset(images[held_out], labels[held_out])


def show_one_step(model, x, y, lines: int = 8):
    """Print the beginning of the list that one step writes; reading it backwards gives the gradient."""
    with tape() as t:
        F.cross_entropy(model(x), y)
    text = str(t).splitlines()
    print(f"\nOne step of {len(x)} images is {len(t)} records on the tape:\n", *text[:lines], sep="\n")
    print(f"… and {len(text) - lines} more\n")


def check_one_gradient(model, x, y, at=(0, 0, 2, 2), h: float = 1e-6):
    """Hold one element of one gradient against the slope of the loss, (L(w + h) - L(w - h)) / 2h."""
    model, x = copy.deepcopy(model).double().eval(), x.double()  # no dropout: both losses must be of one function
    weight = model.conv1.weight
    with tape():
        F.cross_entropy(model(x), y).backward()
    got = weight.grad[at].item()

    def loss_near(w):
        with tg.no_grad():
            weight[at] = w
        return F.cross_entropy(model(x), y).item()

    w = weight[at].item()
    expected = (loss_near(w + h) - loss_near(w - h)) / (2 * h)
    print(f"d loss / d conv1.weight{list(at)}: central differences {expected:+.9f}, backward {got:+.9f}")
    if not math.isclose(expected, got, rel_tol=1e-5, abs_tol=1e-8):
        sys.exit("the gradient is wrong")


@contextlib.contextmanager
def progress(steps: int):
    """Yield `show(text)`, which moves a live bar where there is a terminal and `rich`, and `say(text)`, a line."""
    try:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        Progress = None
        print("(for a live progress bar: pip install 'tapegrad[examples]')")
    if Progress is None or not sys.stdout.isatty():
        yield (lambda text: None), print
        return
    with Progress(BarColumn(None), TextColumn("{task.description}"), TimeRemainingColumn(), expand=True) as bar:
        task = bar.add_task("", total=steps)
        yield (lambda text: bar.update(task, advance=1, description=text)), bar.console.print


def train(model, images, held_out, epochs: int, batch_size: int, lr: float) -> list[tuple[float, float, float]]:
    """Descend; return loss, accuracy and held-out accuracy (in %) of every epoch."""
    loader = DataLoader(images, batch_size, shuffle=True)
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    history = []
    with progress(epochs * len(loader)) as (show, say):
        for epoch in range(epochs):
            optimizer.param_groups[0]["lr"] = lr * (1 + math.cos(math.pi * epoch / epochs)) / 2
            model.train()
            seen, right, total, start = 0, 0, 0.0, time.perf_counter()
            for x, y in loader:
                x = tg.roll(x, tg.randint(-1, 2, (2,)).tolist(), (2, 3))  # a digit that moves a pixel stays that digit
                with tape():
                    scores = model(x)
                    loss = F.cross_entropy(scores, y, label_smoothing=0.1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

                seen += len(y)
                right += (scores.argmax(1) == y).sum().item()
                total += loss.item() * len(y)
                speed = seen / (time.perf_counter() - start)
                state = f"epoch {epoch + 1:2}/{epochs}  loss {total / seen:.4f}  accuracy {right / seen:6.2%}"
                show(f"{state}  {speed:6.0f} images/s")
            history.append((total / seen, 100 * right / seen, accuracy(model, held_out)))
            say(f"{state}  held out {history[-1][2]:5.2f}%  {speed:6.0f} images/s")
    return history


def accuracy(model, images) -> float:
    """Percentage of images that get the highest score for their class. No tape is open: nothing is recorded."""
    model.eval()
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(images, batch_size=256))
    return 100 * right / len(images)


def plot(history, title: str, path: str) -> None:
    """Draw the learning curve."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print(f"{path} is not written, it takes matplotlib: pip install 'tapegrad[examples]'")
        return
    loss, seen, unseen = zip(*history, strict=True)
    epochs = range(1, len(history) + 1)
    figure = Figure(figsize=(10, 4), layout="constrained")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    left.plot(epochs, loss, "o-", ms=3, color="tab:red")
    left.set(xlabel="epoch", ylabel="cross-entropy, training")
    right.plot(epochs, seen, "o-", ms=3, label="training, with dropout")
    right.plot(epochs, unseen, "o-", ms=3, label=f"held out: {unseen[-1]:.2f} %")
    right.set(xlabel="epoch", ylabel="accuracy (%)")
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    print(f"learning curve: {path}")


def main() -> None:
    """Run it all; fail if the network has not learnt enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=EPOCHS, default="digits")
    parser.add_argument("--epochs", type=int, help="default: 20 for the digits, 5 for fashion-mnist")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.05, help="step size at the start; it falls along a cosine")
    parser.add_argument("--seed", type=int, default=0, help="of initial weights, order of images and dropout")
    parser.add_argument("--target", type=float, help="held-out accuracy in %% to reach; default: 97 and 85")
    parser.add_argument("--out", default="learning_curve.png", help="where the learning curve goes")
    args = parser.parse_args()
    epochs = EPOCHS[args.data] if args.epochs is None else args.epochs
    target = TARGET[args.data] if args.target is None else args.target
    if min(epochs, args.batch_size) < 1:
        parser.error("--epochs and --batch-size must be at least 1")

    tg.manual_seed(args.seed)
    images, held_out = load(args.data)
    print(f"{args.data}: {len(images):,} images to train with, {len(held_out):,} held out\n")
    model = Net()
    model.summary((1, 1, 28, 28))
    x, y = next(iter(DataLoader(images, args.batch_size)))
    show_one_step(model, x, y)
    check_one_gradient(model, x, y)

    history = train(model, images, held_out, epochs, args.batch_size, args.lr)
    plot(history, f"LeNet on {args.data}", args.out)
    print(f"held-out accuracy: {history[-1][2]:.2f} %")
    if history[-1][2] < target:
        sys.exit(f"that is less than the {target:g} % it should reach")


if __name__ == "__main__":
    main()
