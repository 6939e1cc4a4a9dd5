"""Schedules whose learning rates and momentums PyTorch 2.13 computed: `torch_schedules.npz` holds some of 500 steps.

`python -m tests.optim.schedules` writes that file anew, where PyTorch is installed.
"""

import importlib
import math
import warnings
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("torch_schedules.npz")
STEPS = 500
SEEN = [*range(40), *range(40, STEPS, 23)]


def metric(step: int) -> float:
    """Something that gets better, then stops, then gets better again."""
    return math.cos(step / 40) + (step % 7) / 10


def _chain(s, o):
    return s.ChainedScheduler([s.ExponentialLR(o, 0.99), s.StepLR(o, 30, 0.5), s.ConstantLR(o, 0.1, 9)])


def _sequence(s, o):
    parts = [s.LinearLR(o, 0.01, total_iters=20), s.CosineAnnealingLR(o, 100, 1e-3), s.ExponentialLR(o, 0.97)]
    return s.SequentialLR(o, parts, [20, 150])


def _nested(s, o):
    return s.SequentialLR(
        o, [s.ChainedScheduler([s.ConstantLR(o, 0.5, 4), s.StepLR(o, 3)]), s.PolynomialLR(o, 40)], [10]
    )


def _swa(s, o, *args, **settings):
    return importlib.import_module(s.__name__.replace("lr_scheduler", "swa_utils")).SWALR(o, *args, **settings)


def _plateau(**settings):
    return lambda s, o: s.ReduceLROnPlateau(o, **settings)


SCHEDULES = {  # of the module of schedulers and the optimiser
    "lambda": lambda s, o: s.LambdaLR(o, [lambda t: 0.95**t, lambda t: 1 / (1 + t)]),
    "lambda one": lambda s, o: s.LambdaLR(o, lambda t: t // 30),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda t: 1 - 1 / (t + 10)),
    "step": lambda s, o: s.StepLR(o, 30),
    "step gamma": lambda s, o: s.StepLR(o, 7, gamma=0.9),
    "multi-step": lambda s, o: s.MultiStepLR(o, [5, 5, 30, 80, 300]),
    "multi-step gamma": lambda s, o: s.MultiStepLR(o, [9, 300], gamma=0.3),
    "constant": lambda s, o: s.ConstantLR(o),
    "constant half": lambda s, o: s.ConstantLR(o, factor=0.5, total_iters=33),
    "linear": lambda s, o: s.LinearLR(o),
    "linear long": lambda s, o: s.LinearLR(o, start_factor=0.001, end_factor=0.5, total_iters=400),
    "linear down": lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=50),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.97),
    "polynomial": lambda s, o: s.PolynomialLR(o),
    "polynomial power": lambda s, o: s.PolynomialLR(o, total_iters=450, power=1.7),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 50),
    "cosine floor": lambda s, o: s.CosineAnnealingLR(o, 37, eta_min=0.01),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 20),
    "restarts longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 10, T_mult=2, eta_min=1e-3),
    "cyclic": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=20),
    "cyclic halving": lambda s, o: s.CyclicLR(
        o, [0.01, 0.02], 0.1, 20, 50, mode="triangular2", base_momentum=0.6, max_momentum=[0.8, 0.95]
    ),
    "cyclic decaying": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 9, mode="exp_range", gamma=0.995),
    "cyclic own": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 9, scale_fn=lambda x: 0.5 + 0.5 * math.sin(x)),
    "cyclic own iterations": lambda s, o: s.CyclicLR(
        o, 0.01, 0.1, 9, scale_fn=lambda x: 0.99**x, scale_mode="iterations", cycle_momentum=False
    ),
    "one cycle": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=STEPS),
    "one cycle linear": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.1], epochs=50, steps_per_epoch=10, pct_start=0.2, anneal_strategy="linear", div_factor=10.0
    ),
    "one cycle three": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=STEPS, three_phase=True, base_momentum=0.7),
    "swa": lambda s, o: _swa(s, o, 0.05),
    "swa linear": lambda s, o: _swa(s, o, [0.05, 0.5], anneal_epochs=70, anneal_strategy="linear"),
    "swa at once": lambda s, o: _swa(s, o, 0.05, anneal_epochs=0),
    "plateau": _plateau(patience=5),
    "plateau max": _plateau(mode="max", factor=0.5, patience=3, threshold=0.01, threshold_mode="abs", cooldown=4),
    "plateau floor": _plateau(factor=0.7, patience=2, min_lr=[0.01, 0.001], threshold_mode="abs"),
    "chained": _chain,
    "sequential": _sequence,
    "nested": _nested,
}


def run(library, name: str, optimizer: str = "SGD", steps: int = STEPS, resume_at: int | None = None) -> np.ndarray:
    """Rates and momentums of two groups, step by step; after `resume_at` by copies made of the states."""
    optimizer_class, momentum = getattr(library.optim, optimizer), "momentum" if optimizer == "SGD" else "betas"

    def make():
        groups = [{"params": [library.zeros(1, requires_grad=True)]}, {"params": [library.zeros(1)], "lr": 0.3}]
        made = optimizer_class(groups, lr=0.1, **({"momentum": 0.9} if optimizer == "SGD" else {}))
        return made, SCHEDULES[name](library.optim.lr_scheduler, made)

    values = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimiser makes no step
        optim, scheduler = make()
        for step in range(steps):
            if step == resume_at:
                states = optim.state_dict(), scheduler.state_dict()
                optim, scheduler = make()
                optim.load_state_dict(states[0])
                scheduler.load_state_dict(states[1])
            values.append([(g["lr"], np.ravel(g[momentum])[0]) for g in optim.param_groups])
            scheduler.step(*([metric(step)] if name.startswith("plateau") else []))
    return np.array(values)


if __name__ == "__main__":
    import torch

    np.savez_compressed(FILE, **{name: run(torch, name)[SEEN] for name in SCHEDULES})
