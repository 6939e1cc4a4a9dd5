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
    ("SparseAdam", {}),
    ("SparseAdam", {"lr": 0.1, "betas": (0.5, 0.6), "eps": 1e-3, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.1, "beta2_decay": -1.0, "d": 1.5, "weight_decay": 0.05, "maximize": True}),
]

MATRICES = [  # of optimisers that take matrices alone
    ("Muon", {"lr": 0.1}),
    ("Muon", {"lr": 0.1, "nesterov": False, "momentum": 0.8, "weight_decay": 0.0}),
    ("Muon", {"lr": 0.1, "ns_steps": 3, "ns_coefficients": (3.4, -4.7, 2.0), "adjust_lr_fn": "match_rms_adamw"}),
]
SEARCHES = [  # of optimisers that call a closure
    ("LBFGS", {"lr": 0.1}),
    ("LBFGS", {"lr": 0.1, "max_iter": 7}),
    ("LBFGS", {"history_size": 3, "max_iter": 5, "line_search_fn": "strong_wolfe"}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "max_eval": 9}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-2}),
]

SHAPES = [(3, 4), (5,), (), (3, 4)]
STEPS = 50
SEEN = [0, 1, 2, 5, 11, 24, 49]  # the steps after which the place is kept


def start() -> list[np.ndarray]:
    """Parameters to begin with."""
    return [np.cos(np.arange(np.prod(shape, dtype=int)) + i).reshape(shape) for i, shape in enumerate(SHAPES)]


def gradients() -> list[list[np.ndarray | None]]:
    """The gradients of each step; now and then a parameter has none, and now and then an element has a zero."""

    def gradient(step, i, x):
        k = np.arange(x.size)
        return np.where((step + k) % 5 == 2, 0.0, np.sin(3.7 * step + k * (i + 1))).reshape(x.shape)

    return [
        [None if (step + i) % 4 == 3 else gradient(step, i, x) for i, x in enumerate(start())] for step in range(STEPS)
    ]


def as_gradient(library, name, g):
    """An array as the gradient that an optimiser of that name takes: PyTorch's SparseAdam wants it sparse."""
    g = library.tensor(g)
    return g.to_sparse() if name == "SparseAdam" and library.__name__ == "torch" else g


def trajectory(library, name, settings, dtype="float64", matrices=False) -> np.ndarray:
    """Where each step arrives, flat."""
    chosen = [k for k, shape in enumerate(SHAPES) if not matrices or len(shape) == 2]
    params = [library.tensor(start()[k].astype(dtype), requires_grad=True) for k in chosen]
    optimizer = getattr(library.optim, name)(params, **settings)
    places = []
    for grads in gradients():
        for p, k in zip(params, chosen, strict=True):
            p.grad = None if grads[k] is None else as_gradient(library, name, grads[k].astype(dtype))
        optimizer.step()
        places.append(np.concatenate([p.detach().numpy().ravel() for p in params]))
    return np.array(places)


def search(library, name, settings, steps=6) -> np.ndarray:
    """Where each step arrives in Rosenbrock's valley; the second parameter comes and goes in the third step."""
    params = [library.tensor([-1.2, 0.5], dtype=library.float64), library.tensor([[1.0], [0.3]], dtype=library.float64)]
    optimizer = getattr(library.optim, name)(params, **settings)
    places = []

    def closure():
        a, b = params[0].numpy(), params[1].numpy()[:, 0]
        rise = b - a * a
        params[0].grad = library.tensor(-400 * a * rise - 2 * (1 - a))
        params[1].grad = None if len(places) == 2 else library.tensor((200 * rise)[:, None])
        return library.tensor(float((100 * rise**2 + (1 - a) ** 2).sum()), dtype=library.float64)

    for _ in range(steps):
        optimizer.step(closure)
        places.append(np.concatenate([p.numpy().ravel() for p in params]))
    return np.array(places)


def _write() -> None:
    import torch

    places = {str(k): trajectory(torch, *case)[SEEN] for k, case in enumerate(SETTINGS)}
    places |= {f"matrices {k}": trajectory(torch, *case, matrices=True)[SEEN] for k, case in enumerate(MATRICES)}
    places |= {f"search {k}": search(torch, *case) for k, case in enumerate(SEARCHES)}
    np.savez_compressed(FILE, **places)


if __name__ == "__main__":
    _write()
