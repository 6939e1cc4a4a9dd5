"""Schedulers: they change the learning rates of an optimiser, step by step.

    for epoch in range(epochs):
        for batch in loader:
            …
            optimizer.step()
        scheduler.step()                    # after the optimiser's; some are meant for every batch

Warm-up is a composition: here over 5 steps, then down a cosine.

>>> import tapegrad as tg
>>> from tapegrad.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
>>> x = tg.zeros(1, requires_grad=True)
>>> x.grad = tg.zeros(1)
>>> optimizer = tg.optim.SGD([x], lr=1.0)
>>> warm_up = LinearLR(optimizer, start_factor=0.2, total_iters=4)
>>> cosine = CosineAnnealingLR(optimizer, T_max=4)
>>> scheduler = SequentialLR(optimizer, [warm_up, cosine], milestones=[5])
>>> rates = []
>>> for _ in range(9):
...     rates += [round(lr, 3) for lr in scheduler.get_last_lr()]
...     optimizer.step()
...     scheduler.step()
>>> rates
[0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.854, 0.5, 0.146]
"""

from .compose import ChainedScheduler, SequentialLR
from .cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from .cyclic import CyclicLR
from .decay import ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR
from .functions import LambdaLR, MultiplicativeLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .scheduler import LRScheduler

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
