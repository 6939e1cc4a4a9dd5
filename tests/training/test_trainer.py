"""The loop does what one writes by hand, tells it in order, and goes on after a kill as if nothing had been."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.data import DataLoader, TensorDataset
from tapegrad.training import Accuracy, Checkpoint, Events, Metric, Trainer


def data(n=20):
    generator = tg.Generator().manual_seed(0)
    x = tg.randn(n, 3, generator=generator)
    return TensorDataset(x, (x.sum(1) > 0).to(tg.int64))


def trainer(seed=1, **options):
    tg.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
    optimizer = tg.optim.Adam(net.parameters(), lr=0.05)
    metrics = {"accuracy": Accuracy()}
    return Trainer(net, optimizer, nn.CrossEntropyLoss(), metrics=metrics, **options)


def weights(t: Trainer) -> list:
    return [p.tolist() for p in t.model.state_dict().values()]


def loader(**options):
    return DataLoader(data(), batch_size=6, shuffle=True, **options)


def test_it_trains_as_the_loop_written_by_hand():
    t = trainer(clip_grad_norm=0.5)
    history = t.fit(loader(), 3)
    other = trainer()
    net, optimizer = other.model, other.optimizer
    for epoch in range(3):
        losses, right = [], 0
        for x, target in loader():
            with tg.tape():
                y = net(x)
                loss = nn.functional.cross_entropy(y, target)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item() * len(target))
            right += int((y.detach().argmax(1) == target).sum())
        assert history[epoch] == {"epoch": epoch + 1, "lr": 0.05, "loss": sum(losses) / 20, "accuracy": right / 20}
    assert weights(t) == weights(other)


def test_events_come_in_order():
    t, told = trainer(), []
    for kind in Events:
        t.on(kind, lambda t, kind=kind: told.append((kind.name, t.epoch, t.iteration)))
    t.fit(DataLoader(data(4), batch_size=2), 2)
    assert told == [
        ("STARTED", 0, 0),
        ("EPOCH_STARTED", 1, 0),
        ("ITERATION_STARTED", 1, 1),
        ("ITERATION_COMPLETED", 1, 1),
        ("ITERATION_STARTED", 1, 2),
        ("ITERATION_COMPLETED", 1, 2),
        ("EPOCH_COMPLETED", 1, 2),
        ("EPOCH_STARTED", 2, 2),
        ("ITERATION_STARTED", 2, 3),
        ("ITERATION_COMPLETED", 2, 3),
        ("ITERATION_STARTED", 2, 4),
        ("ITERATION_COMPLETED", 2, 4),
        ("EPOCH_COMPLETED", 2, 4),
        ("COMPLETED", 2, 4),
    ]


def test_every_counts_iterations_and_epochs():
    t, told = trainer(), []

    @t.on(Events.ITERATION_COMPLETED(every=3))
    def third(t):
        told.append(t.iteration)

    t.on(Events.EPOCH_COMPLETED(every=2), lambda t: told.append(f"epoch {t.epoch}"))
    t.fit(loader(), 2)
    assert told == [3, 6, "epoch 2"]


def test_an_exception_is_told_and_raised():
    t, told = trainer(), []

    @t.on(Events.ITERATION_COMPLETED(every=2))
    def fail(t):
        raise KeyboardInterrupt

    t.on(Events.EXCEPTION_RAISED, lambda t: told.append(type(t.exception)))
    with pytest.raises(KeyboardInterrupt):
        t.fit(loader(), 2)
    assert told == [KeyboardInterrupt]


def test_terminate_ends_after_the_iteration_and_a_new_fit_goes_on():
    t = trainer()
    t.on(Events.ITERATION_COMPLETED, lambda t: t.terminate() if t.iteration == 2 else None)
    t.fit(loader(), 5)
    assert (t.epoch, t.iteration, len(t.history)) == (1, 2, 1)
    t.fit(loader(), 2)
    assert (t.epoch, t.iteration) == (2, 6)


def test_accumulated_gradients_are_those_of_the_mean_of_the_batches():
    x, y = tg.rand(12, 3), tg.rand(12, 1)
    results = []
    for size, accumulate in ((6, 1), (2, 3)):
        tg.manual_seed(3)
        net = nn.Linear(3, 1).double()
        t = Trainer(net, tg.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), accumulate=accumulate)
        t.fit(DataLoader(TensorDataset(x.double(), y.double()), batch_size=size), 2)
        results.append(net.weight.detach().numpy())
    np.testing.assert_allclose(results[0], results[1], rtol=1e-12)


def test_gradients_left_at_the_end_of_an_epoch_make_a_step():
    steps = []
    t = trainer(accumulate=3)
    step = t.optimizer.step
    t.optimizer.step = lambda: steps.append(t.iteration) or step()
    t.fit(loader(), 2)  # four batches an epoch
    assert steps == [3, 4, 7, 8]


def test_held_out_data_are_judged_in_evaluation_mode_and_change_nothing():
    t = trainer()
    held_out = DataLoader(data(), batch_size=7)
    history = t.fit(loader(), 1, validation=held_out)
    net = t.model.eval()
    with tg.no_grad():
        y = net(data().tensors[0])
    assert history[0]["val_accuracy"] == (y.argmax(1) == data().tensors[1]).double().mean().item()
    without = trainer()
    without.fit(loader(), 1)
    assert weights(t) == weights(without)
    assert {name: history[0][name] for name in without.history[0]} == without.history[0]


def test_schedulers_step_by_epoch_iteration_or_held_out_loss():
    def rates(step, scheduler, **options):
        t = trainer()
        t.scheduler, t.scheduler_step = scheduler(t.optimizer), step
        return [row["lr"] for row in t.fit(loader(), 3, validation=loader())] + [t.optimizer.param_groups[0]["lr"]]

    halve = tg.optim.lr_scheduler.ExponentialLR
    assert rates("epoch", lambda o: halve(o, 0.5)) == [0.05, 0.025, 0.0125, 0.00625]
    assert rates("iteration", lambda o: halve(o, 0.5))[-1] == 0.05 / 2**12
    plateau = tg.optim.lr_scheduler.ReduceLROnPlateau
    assert rates("epoch", lambda o: plateau(o, "max", 0.5, patience=0))[-1] < 0.05


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"scheduler_step": "batch"}, r"`scheduler_step` \(='batch'\) must be 'epoch' or 'iteration'"),
        ({"accumulate": 0}, r"`accumulate` \(=0\)"),
    ],
)
def test_settings_are_checked(options, match):
    with pytest.raises(ValueError, match=rf"\[Trainer\] {match}"):
        trainer(**options)


def test_metrics_must_be_metrics():
    with pytest.raises(TypeError, match=r"`metrics\['a'\]` \(a function\) must be a Metric"):
        Trainer(nn.Linear(1, 1), None, None, metrics={"a": weights})


def test_events_must_be_events():
    with pytest.raises(TypeError, match=r"`event` \(='epoch'\) must be one of Events"):
        trainer().on("epoch", print)
    with pytest.raises(ValueError, match=r"\[STARTED\] `every` \(=0\)"):
        Events.STARTED(every=0)


# ------------------------------------------------------------------------------ resuming


@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize("stop", range(1, 9))
def test_a_run_resumed_after_any_step_is_the_unbroken_run_bit_for_bit(stop, accumulate, tmp_path):
    def fresh(seed):
        t = trainer(seed, accumulate=accumulate)
        t.scheduler = tg.optim.lr_scheduler.StepLR(t.optimizer, 1, 0.5)
        return t

    whole = fresh(1)
    whole.fit(loader(), 3)

    class Killed(Exception):
        pass

    first = fresh(1).add(Checkpoint(tmp_path / "run", on=Events.ITERATION_COMPLETED))

    def kill(t):
        if t.iteration == stop:
            raise Killed

    first.on(Events.ITERATION_COMPLETED, kill)
    with pytest.raises(Killed):
        first.fit(loader(), 3)

    second = fresh(99).add(Checkpoint(tmp_path / "again", on=Events.ITERATION_COMPLETED))
    second.load_state_dict(tg.load(tmp_path / "run"))
    second.fit(loader(), 3)
    assert weights(second) == weights(whole) and second.history == whole.history


RUN = """
import os, signal, sys
sys.path.insert(0, {root!r})
import tapegrad as tg
from tests.training.test_trainer import loader, trainer, weights
from tapegrad.training import Checkpoint, Events

t = trainer().add(Checkpoint({path!r}, on=Events.ITERATION_COMPLETED))
if os.path.exists({path!r}):
    t.load_state_dict(tg.load({path!r}))
stop = int(sys.argv[1])
t.on(Events.ITERATION_COMPLETED, lambda t: os.kill(os.getpid(), signal.SIGKILL) if t.iteration == stop else None)
t.fit(loader(), 2)
print(weights(t), t.history)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL of POSIX")
def test_a_process_killed_twice_ends_where_the_unbroken_one_does(tmp_path):
    root = str(Path(__file__).parents[2])
    code = RUN.format(root=root, path=str(tmp_path / "run.safetensors"))
    for stop in (3, 5):
        done = subprocess.run([sys.executable, "-c", code, str(stop)], capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
    done = subprocess.run([sys.executable, "-c", code, "-1"], capture_output=True, text=True, check=True)
    t = trainer()
    t.fit(loader(), 2)
    assert done.stdout == f"{weights(t)} {t.history}\n"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda t: t.add(Checkpoint("run")), "the state is of 0 handlers, 1 were added"),
        (lambda t: t.metrics.pop("accuracy"), "the state has the metrics"),
        (lambda t: setattr(t, "scheduler", object()), "either the state or this trainer has a scheduler"),
    ],
)
def test_a_state_of_another_trainer_is_refused_before_anything_changes(change, match):
    state, t = trainer(1).state_dict(), trainer(2)
    change(t)
    before = weights(t)
    with pytest.raises(ValueError, match=match):
        t.load_state_dict(state)
    assert weights(t) == before


def test_going_on_within_an_epoch_needs_a_loader_that_knows_its_place():
    t = trainer()
    t.on(Events.ITERATION_COMPLETED, lambda t: states.append(t.state_dict()))
    states: list = []
    t.fit(loader(), 1)
    other = trainer()
    other.load_state_dict(states[0])
    with pytest.raises(ValueError, match=r"`loader` \(a list\) must have `load_state_dict`"):
        other.fit([], 1)


def test_a_metric_of_ones_own_is_three_functions():
    class Largest(Metric):
        def start(self):
            return {"largest": -np.inf}

        def add(self, y, target):
            self.sums["largest"] = max(self.sums["largest"], float(y.max()))

        def compute(self):
            return self.sums["largest"]

    t = trainer()
    t.metrics["largest"] = Largest()
    assert np.isfinite(t.fit(loader(), 1)[0]["largest"])
