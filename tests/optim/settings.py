"""The optimisation problems whose steps PyTorch 2.13 took in float64: `torch_steps.npz` holds where it arrived."""

import numpy as np

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
    ("Adam", {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.6)}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.05, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.05}),
    ("AdamW", {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.6), "maximize": True}),
]

SHAPES = [(3, 4), (5,), (), (3, 4)]
STEPS = 6


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
