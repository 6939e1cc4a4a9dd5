"""Squeeze handwritten digits through eight numbers, and draw what comes out.

    python examples/autoencoder.py        writes autoencoder.png: held-out digits above, their reconstructions below

The encoder halves the image with strided convolutions, the decoder doubles it with transposed ones.
"""

import argparse
import sys

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn
from tapegrad.data import DataLoader, Digits, stratified_split
from tapegrad.training import Trainer


class Autoencoder(nn.Module):
    """Images (N, 1, 8, 8) to codes (N, size), and back."""

    def __init__(self, size: int):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),
            nn.SiLU(),  # (N, 16, 4, 4)
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.SiLU(),  # (N, 32, 2, 2)
            nn.Flatten(),
            nn.Linear(128, size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(size, 128),
            nn.Unflatten(1, (32, 2, 2)),
            nn.SiLU(),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            nn.SiLU(),  # (N, 16, 4, 4)
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
            nn.Sigmoid(),  # (N, 1, 8, 8)
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Reconstruction(Trainer):
    """The target of a batch is the batch."""

    def compute(self, batch):
        x, _ = batch
        y = self.model(x)
        return self.loss_fn(y, x), y, x


def draw(x, y, path: str) -> None:
    """Images above, reconstructions below."""
    try:
        from matplotlib import pyplot
    except ImportError:
        print(f"{path} is not written, it takes matplotlib: pip install 'tapegrad[viz]'")
        return
    figure, axes = pyplot.subplots(2, len(x), figsize=(len(x), 2.2), layout="constrained")
    for row, images in zip(axes, (x, y), strict=True):
        for ax, image in zip(row, images, strict=True):
            ax.imshow(image[0].numpy(), cmap="gray_r", vmin=0, vmax=1)
            ax.axis("off")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    print(f"reconstructions: {path}")


def main() -> None:
    """Train, draw, and fail if too much is lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--size", type=int, default=8, help="numbers in a code; an image has 64")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", type=float, default=0.7, help="part of the variance to keep")
    parser.add_argument("--out", default="autoencoder.png")
    args = parser.parse_args()

    tg.manual_seed(args.seed)
    digits = Digits()
    kept, held_out = stratified_split(digits.targets, 0.2, tg.Generator().manual_seed(0))
    model = Autoencoder(args.size)
    run = Reconstruction(model, tg.optim.Adam(model.parameters(), lr=3e-3), nn.MSELoss())
    run.fit(DataLoader(tg.data.Subset(digits, kept), 64, shuffle=True), args.epochs)

    x, _ = digits[held_out]
    y = model.eval()(x).detach()
    draw(x[:12], y[:12], args.out)
    kept_part = 1 - (F.mse_loss(y, x) / F.mse_loss(x.mean(0, keepdim=True).expand_as(x), x)).item()
    print(f"{args.size} of 64 numbers keep {kept_part:.1%} of the variance of held-out digits")
    if kept_part < args.target:
        sys.exit(f"that is less than the {args.target:.0%} it should keep")


if __name__ == "__main__":
    main()
