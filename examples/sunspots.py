"""Forecast sunspots with an LSTM, one year ahead and many.

    python examples/sunspots.py                      a plot of the forecasts goes to sunspots.png

309 yearly numbers of sunspots, 1700 to 2008, are in sunspots.csv beside this file: public domain, from the National
Geophysical Data Center (http://www.ngdc.noaa.gov/stp/solar/solarda3.html), as statsmodels ships them.

The network sees 1700 to 1979 and is judged by the years after. Two yardsticks: "as last year", and a linear regression
on the last nine years, which 280 numbers do not allow to beat by much. The training is short on purpose: three times as
many steps learn the past by heart, and forecast worse. The first run also compiles the kernels.
"""

import argparse
import csv
import math
import sys
from pathlib import Path

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn, optim, tape

FIRST_UNSEEN = 1980
LAGS = 9  # of the linear regression


class Forecaster(nn.Module):
    """Next year's number from all before it: an LSTM, and a linear map of its state."""

    def __init__(self, width: int):
        super().__init__()
        self.lstm = nn.LSTM(1, width, batch_first=True)
        self.change = nn.Linear(width, 1)

    def forward(self, x, state=None):
        h, state = self.lstm(x, state)
        return x + self.change(h), state  # (N, T, 1): the year before, and how it changes


def load():
    """Return years and numbers of sunspots, (309,) each."""
    with open(Path(__file__).with_name("sunspots.csv")) as file:
        rows = [(int(row["YEAR"]), float(row["SUNACTIVITY"])) for row in csv.DictReader(file)]
    years, spots = zip(*rows, strict=True)
    return tg.tensor(years), tg.tensor(spots)


def scaled(spots):
    """Square roots, whose noise is the same at any height, brought to about [-1, 1]."""
    return spots.sqrt() / 7 - 1


def unscaled(x):
    """Numbers of sunspots again."""
    return ((x + 1).clamp(min=0) * 7) ** 2


def train(model, x, steps: int, batch: int, window: int, lr: float) -> list[float]:
    """Learn from windows of some years, cut out anywhere; return the losses."""
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.1)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    losses = []
    for step in range(steps):
        starts = tg.randint(0, len(x) - window, (batch, 1))
        years = x[starts + tg.arange(window + 1)].reshape(batch, window + 1, 1)
        noisy = years[:, :-1] + 0.05 * tg.randn(batch, window, 1)  # the numbers are counts: no net should trust a digit
        with tape():
            guesses, _ = model(noisy)
            loss = F.mse_loss(guesses[:, 10:], years[:, 11:])  # the first ten years are for warming up
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % max(steps // 8, 1) == 0:
            print(f"step {step + 1:4}  loss {sum(losses[-25:]) / len(losses[-25:]):.4f}")
    return losses


def ahead(model, x, years: int):
    """Forecast `years` years after x, each from the forecasts before it."""
    guess, state = model(x.reshape(1, -1, 1))
    found = [guess[:, -1:]]
    while len(found) < years:
        guess, state = model(found[-1], state)
        found.append(guess)
    return tg.cat(found, 1).reshape(-1)


def regression(x, seen: int):
    """One-year forecasts of every year from `LAGS` on: the least squares of the last years, fitted to the first."""
    rows = tg.stack([x[k : len(x) - LAGS + k] for k in range(LAGS)] + [tg.ones(len(x) - LAGS)], 1)
    weights = tg.linalg.lstsq(rows[: seen - LAGS], x[LAGS:seen].reshape(-1, 1)).solution
    return (rows @ weights).reshape(-1)


def error(guesses, spots) -> float:
    """Root mean square error, in sunspots."""
    return math.sqrt(F.mse_loss(guesses, spots).item())


def plot(years, spots, one_year, long, path: str) -> None:
    """Draw what was and what was forecast."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print(f"{path} is not written, it takes matplotlib: pip install 'tapegrad[examples]'")
        return
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(years.numpy(), spots.numpy(), "k.-", ms=3, lw=0.8, label="seen from the earth")
    axes.plot(years[-len(one_year) :].numpy(), one_year.numpy(), color="tab:red", label="forecast, a year ahead")
    axes.plot(
        range(FIRST_UNSEEN, FIRST_UNSEEN + len(long)), long.numpy(), "--", label=f"forecast in {FIRST_UNSEEN - 1}"
    )
    axes.set(xlabel="year", ylabel="sunspots", xlim=(1900, None))
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    print(f"forecasts: {path}")


def main() -> None:
    """Run it all; fail if the forecasts are not better than "as last year"."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--width", type=int, default=16, help="elements of the state")
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="sunspots.png", help="where the plot goes")
    args = parser.parse_args()
    if args.steps < 1:
        parser.error("--steps must be at least 1")

    tg.manual_seed(args.seed)
    years, spots = load()
    x, seen = scaled(spots), int((years < FIRST_UNSEEN).sum().item())
    print(f"{seen} years to train with, {len(x) - seen} held out\n")
    model = Forecaster(args.width)
    train(model, x[:seen], args.steps, batch=16, window=80, lr=args.lr)

    model.eval()
    one_year = unscaled(model(x[:-1].reshape(1, -1, 1))[0].reshape(-1)[seen - 1 :])
    errors = {
        "as last year": error(spots[seen - 1 : -1], spots[seen:]),
        f"regression on {LAGS} years": error(unscaled(regression(x, seen)[seen - LAGS :]), spots[seen:]),
        "LSTM": error(one_year, spots[seen:]),
    }
    print(f"\nroot mean square error a year ahead, {FIRST_UNSEEN} to {years[-1].item()}:")
    for name, value in errors.items():
        print(f"  {name:22} {value:5.1f} sunspots")
    long = unscaled(ahead(model, x[:seen], len(x) - seen))
    peak = FIRST_UNSEEN + int(long[3:].argmax().item()) + 3
    print(f"forecast in {FIRST_UNSEEN - 1}, all years: error {error(long, spots[seen:]):.1f}, highest in {peak}")
    plot(years, spots, one_year, long, args.out)
    if errors["LSTM"] > errors["as last year"]:
        sys.exit("that is worse than saying that next year will be as this one")


if __name__ == "__main__":
    main()
