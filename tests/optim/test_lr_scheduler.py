"""Learning rates step by step: PyTorch's, closed forms, and what a scheduler refuses."""

import warnings

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.optim import SGD, Adam, lr_scheduler
from tests.optim.schedules import FILE, SCHEDULES, SEEN, STEPS, run

TORCH = dict(np.load(FILE))
CLOSED = [name for name in SCHEDULES if name.split()[0] in ("step", "multi-step", "linear", "exponential", "cosine")]
every_schedule = pytest.mark.parametrize("name", SCHEDULES)


def optimizer(kind=SGD, **settings):
    p = tg.zeros(1, requires_grad=True)
    p.grad = tg.ones(1)
    return kind([p], lr=0.1, **settings)


@every_schedule
def test_rates_and_momentums_are_pytorchs(name):
    np.testing.assert_allclose(run(tg, name)[SEEN], TORCH[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [*CLOSED, "constant", "constant half", "polynomial", "polynomial power"])
def test_going_on_from_the_rate_before_is_the_get_closed_form_lr(name):
    optim = SGD([{"params": [tg.zeros(1)]}, {"params": [tg.zeros(1)], "lr": 0.3}], lr=0.1)
    scheduler = SCHEDULES[name](lr_scheduler, optim)
    expected = []
    for scheduler.last_epoch in range(STEPS):
        expected.append(scheduler._get_closed_form_lr())
    np.testing.assert_allclose(run(tg, name)[:, :, 0], expected, rtol=1e-11, atol=1e-12)


@every_schedule
@pytest.mark.parametrize("at", [1, 21, 37])
def test_a_resumed_schedule_goes_on_bit_by_bit(name, at):
    np.testing.assert_array_equal(run(tg, name, steps=60, resume_at=at), run(tg, name, steps=60))


@pytest.mark.parametrize("name", ["cyclic", "one cycle"])
def test_the_momentum_of_adam_is_its_first_beta(name):
    np.testing.assert_array_equal(run(tg, name, "Adam"), run(tg, name))


def test_a_rate_that_is_a_tensor_stays_that_tensor():
    rate = tg.tensor(0.1)
    optim = SGD([tg.zeros(1, requires_grad=True)], lr=rate)
    scheduler = lr_scheduler.ExponentialLR(optim, 0.5)
    optim._stepped = True
    scheduler.step()
    assert optim.param_groups[0]["lr"] is rate and rate.item() == pytest.approx(0.05)
    assert scheduler.get_last_lr()[0] is not rate


def test_a_scheduler_before_the_first_step_of_its_optimizer_warns():
    optim = optimizer()
    scheduler = lr_scheduler.StepLR(optim, 2)
    with pytest.warns(UserWarning, match=r"`lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        scheduler.step()


def test_in_the_right_order_nothing_warns():
    optim = optimizer()
    scheduler = lr_scheduler.StepLR(optim, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            optim.step()
            scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(0.01)]


def test_asking_for_the_next_rate_warns_and_names_the_cure():
    scheduler = lr_scheduler.StepLR(optimizer(), 2)
    with pytest.warns(UserWarning, match=r"please use `get_last_lr\(\)`"):
        scheduler.get_lr()


def test_an_epoch_is_deprecated_and_reached_by_the_get_closed_form_lr():
    scheduler = lr_scheduler.StepLR(optimizer(), 2)
    scheduler.optimizer.step()
    with pytest.warns(UserWarning, match="deprecated"):
        scheduler.step(5)
    assert scheduler.get_last_lr() == [pytest.approx(1e-3)]


def test_warm_restarts_take_fractions_of_epochs():
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer(), 10, T_mult=2)
    for epoch, share in ((2.5, (1 + np.cos(np.pi * 0.25)) / 2), (10.0, 1.0), (20, 0.5), (30.0, 1.0)):
        scheduler.step(epoch)
        assert scheduler.get_last_lr() == [pytest.approx(0.1 * share)]


def test_a_scheduler_that_goes_on_needs_the_first_rate():
    with pytest.raises(KeyError, match="param 'initial_lr' is not specified in param_groups"):
        lr_scheduler.StepLR(optimizer(), 2, last_epoch=3)


class Halving:
    """A callable that remembers."""

    def __init__(self):
        self.calls = 0

    def __call__(self, step):
        self.calls += 1
        return 0.5**step


def test_what_a_callable_object_remembers_is_part_of_the_state():
    first, second = (lr_scheduler.LambdaLR(optimizer(), Halving()) for _ in range(2))
    first.optimizer.step()
    first.step()
    second.load_state_dict(first.state_dict())
    assert second.lr_lambdas[0].calls == 2 and first.state_dict()["lr_lambdas"] == [{"calls": 2}]
    assert lr_scheduler.LambdaLR(optimizer(), lambda step: 1.0).state_dict()["lr_lambdas"] == [None]


WRONG = {
    "no optimizer": (TypeError, "is not an Optimizer", lambda o: lr_scheduler.StepLR(3, 2)),
    "too few functions": (ValueError, "Expected 1 lr_lambdas", lambda o: lr_scheduler.LambdaLR(o, [abs, abs])),
    "no function": (TypeError, "should be a function", lambda o: lr_scheduler.MultiplicativeLR(o, 3)),
    "constant": (ValueError, "between 0 and 1", lambda o: lr_scheduler.ConstantLR(o, 1.5)),
    "linear start": (ValueError, "above 0", lambda o: lr_scheduler.LinearLR(o, 0.0)),
    "linear end": (ValueError, "between 0 and 1", lambda o: lr_scheduler.LinearLR(o, 0.5, 2.0)),
    "T_0": (ValueError, "positive integer", lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 0)),
    "T_mult": (ValueError, "positive integer", lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2, 1.5)),
    "mode": (ValueError, "mode is invalid", lambda o: lr_scheduler.CyclicLR(o, 0.1, 1, mode="square")),
    "no momentum": (
        ValueError,
        "must support momentum",
        lambda o: lr_scheduler.OneCycleLR(tg.optim.Adagrad([tg.zeros(1)]), 1.0, 10),
    ),
    "no total": (ValueError, "You must define either", lambda o: lr_scheduler.OneCycleLR(o, 1.0)),
    "negative total": (ValueError, "positive integer", lambda o: lr_scheduler.OneCycleLR(o, 1.0, -1)),
    "pct_start": (ValueError, "between 0 and 1", lambda o: lr_scheduler.OneCycleLR(o, 1.0, 9, pct_start=1.5)),
    "anneal": (
        ValueError,
        "one of 'cos' or 'linear'",
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, 9, anneal_strategy="x"),
    ),
    "factor": (ValueError, "should be < 1.0", lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=1.0)),
    "plateau mode": (ValueError, "is unknown", lambda o: lr_scheduler.ReduceLROnPlateau(o, "mean")),
    "min_lr": (ValueError, "expected 1 min_lrs", lambda o: lr_scheduler.ReduceLROnPlateau(o, min_lr=[0, 0])),
    "lists": (ValueError, "has 2 values", lambda o: lr_scheduler.CyclicLR(o, [0.1, 0.2], 1)),
    "nothing": (ValueError, "at least one scheduler", lambda o: lr_scheduler.ChainedScheduler([])),
    "plateau within": (
        ValueError,
        "does not support `ReduceLROnPlateau`",
        lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ReduceLROnPlateau(o)]),
    ),
    "two optimizers": (
        ValueError,
        "the same optimizer",
        lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 2), lr_scheduler.StepLR(optimizer(), 2)]),
    ),
    "milestones": (
        ValueError,
        "one more than the number of milestone points",
        lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 2)], [1]),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_makes_no_schedule_is_refused(case):
    error, match, make = WRONG[case]
    optim = optimizer(Adam)
    with pytest.raises(error, match=match):
        make(optim)


def test_one_cycle_ends():
    scheduler = lr_scheduler.OneCycleLR(optimizer(momentum=0.9), 1.0, total_steps=3)
    scheduler.optimizer.step()
    for _ in range(3):
        scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 4 times"):
        scheduler.step()


def test_a_plateau_knows_when_groups_were_added():
    optim = optimizer()
    several, one = lr_scheduler.ReduceLROnPlateau(optim, patience=0, min_lr=[0.05]), None
    one = lr_scheduler.ReduceLROnPlateau(optim, patience=0, min_lr=0.05)
    optim.add_param_group({"params": [tg.zeros(1)]})
    for scheduler in (several, one):
        scheduler.step(1.0)
    with pytest.raises(RuntimeError, match="modify the `min_lrs` field"):
        several.step(2.0)
    one.step(2.0)
    assert one.get_last_lr() == [0.05, 0.05]
