"""The optimisation problems whose steps PyTorch 2.13 took in float64: `torch_steps.npz` holds where it arrived.

`python -m tests.optim.settings` writes that file anew, where PyTorch is installed.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("torch_steps.npz")
SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05, "maximize": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.2, "weight_decay": 0.05, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.6), "eps": 1e-3}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.05}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.05, "decoupled_weight_decay": True}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.6)}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.05, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.05}),
    ("AdamW", {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.6), "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.05, "momentum_decay": 0.01}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.05, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.05}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.05, "decoupled_weight_decay": True, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.05, "eps": 1e-3}),
    ("Adamax", {"lr": 0.1, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.5, "weight_decay": 0.05}),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.1, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.95, "weight_decay": 0.05, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.9, "weight_decay": 0.05, "eps": 1e-3}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.5, "maximize": True}),
    ("RMSprop", {"lr": 0.01, "centered": True, "eps": 0.1}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.05, "eps": 0.1}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.4, 1.5), "step_sizes": (1e-3, 0.2), "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "t0": 3, "weight_decay": 0.05, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.1, "beta2_decay": -1.0, "d": 1.5, "weight_decay": 0.05, "maximize": True}),
]

SHAPES = [(3, 4), (5,), (), (3, 4)]
STEPS = 50
SEEN = [0, 1, 2, 5, 11, 24, 49]  # the steps after which the place is kept


def start() -> list[np.ndarray]:
    """Parameters to begin with."""
    return [np.cos(np.arange(np.prod(shape, dtype=int)) + i).reshape(shape) for i, shape in enumerate(SHAPES)]


def gradients() -> list[list[np.ndarray | None]]:
    """The gradients of each step; now and then a parameter has none."""
    return [
        [
            None if (step + i) % 4 == 3 else np.sin(3.7 * step + np.arange(x.size) * (i + 1)).reshape(x.shape)
            for i, x in enumerate(start())
        ]
        for step in range(STEPS)
    ]


def _write() -> None:
    import torch

    places = {}
    for number, (name, settings) in enumerate(SETTINGS):
        params = [torch.tensor(x, requires_grad=True) for x in start()]
        optimizer = getattr(torch.optim, name)(params, **settings)
        seen = []
        for step, grads in enumerate(gradients()):
            for p, g in zip(params, grads, strict=True):
                p.grad = None if g is None else torch.tensor(g)
            optimizer.step()
            if step in SEEN:
                seen.append(np.concatenate([p.detach().numpy().ravel() for p in params]))
        places[str(number)] = np.array(seen)
    np.savez_compressed(FILE, **places)


if __name__ == "__main__":
    _write()
