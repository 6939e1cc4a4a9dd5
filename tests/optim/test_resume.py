"""A run that is stopped, saved, loaded elsewhere and gone on with is the run that was never stopped, bit by bit."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tests.optim.schedules import SCHEDULES, metric
from tests.optim.settings import SETTINGS, gradients, start

CHOICES = [*SETTINGS, ("Lion", {"weight_decay": 0.1}), ("NovoGrad", {"amsgrad": True})]
STEPS = gradients()[:14]


class Run:
    """Parameters in two groups, their optimiser and its scheduler."""

    def __init__(self, case, schedule):
        name, settings = case
        self.params = [tg.tensor(x, requires_grad=True) for x in start()]
        groups = [{"params": self.params[:2]}, {"params": self.params[2:], "lr": 0.05}]
        self.optimizer = getattr(tg.optim, name)(groups, **settings)
        self.scheduler = SCHEDULES[schedule](tg.optim.lr_scheduler, self.optimizer)
        self.needs_metric = schedule.startswith("plateau")

    def go(self, steps):
        for k in steps:
            for p, g in zip(self.params, STEPS[k], strict=True):
                p.grad = None if g is None else tg.tensor(g)
            self.optimizer.step()
            self.scheduler.step(*([metric(k)] if self.needs_metric else []))

    def moved(self, case, schedule) -> "Run":
        """Another that begins where this one is."""
        other = Run(case, schedule)
        with tg.no_grad():
            for p, q in zip(self.params, other.params, strict=True):
                q[...] = p
        other.optimizer.load_state_dict(self.optimizer.state_dict())
        other.scheduler.load_state_dict(self.scheduler.state_dict())
        return other


def fits(case, schedule):
    """Cycles move a momentum."""
    return not schedule.startswith(("cyclic", "one cycle")) or case[0] in ("SGD", "Adam", "AdamW", "NAdam", "RMSprop")


PAIRS = [(case, schedule) for case in CHOICES for schedule in SCHEDULES if fits(case, schedule)]


@given(st.sampled_from(PAIRS), st.integers(0, len(STEPS)))
def test_a_resumed_run_is_the_unbroken_one_bit_by_bit(pair, at):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        unbroken, broken = Run(*pair), Run(*pair)
        unbroken.go(range(len(STEPS)))
        broken.go(range(at))
        resumed = broken.moved(*pair)
        resumed.go(range(at, len(STEPS)))
    for p, q in zip(unbroken.params, resumed.params, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())
    assert unbroken.scheduler.get_last_lr() == resumed.scheduler.get_last_lr()


@pytest.mark.parametrize("at", [1, 4])
@pytest.mark.parametrize("line_search", [None, "strong_wolfe"])
def test_a_resumed_search_is_the_unbroken_one_bit_by_bit(at, line_search):
    def search(x):
        optimizer = tg.optim.LBFGS([x], max_iter=2, line_search_fn=line_search, lr=0.01)

        def closure():
            optimizer.zero_grad()
            with tg.tape():
                loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
            loss.backward()
            return loss

        return optimizer, closure

    first = tg.tensor([-1.2, 1.0], dtype=tg.float64, requires_grad=True)
    optimizer, closure = search(first)
    for k in range(6):
        if k == at:
            second = first.detach().clone().requires_grad_()
            other, other_closure = search(second)
            other.load_state_dict(optimizer.state_dict())
        optimizer.step(closure)
        if k >= at:
            other.step(other_closure)
    np.testing.assert_array_equal(first.detach().numpy(), second.detach().numpy())
