"""Handlers: what they stop, save and show."""

import io
import math
import os
import sys

import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.data import DataLoader, TensorDataset
from tapegrad.training import Checkpoint, EarlyStopping, Events, Progress, TerminateOnNan, Trainer


def run(losses, *handlers, epochs=None):
    """A trainer whose held-out losses are given."""
    net = nn.Linear(1, 1)
    t = Trainer(net, tg.optim.SGD(net.parameters(), lr=0.0), nn.MSELoss())
    given = iter(losses)
    t.evaluate = lambda loader: {"loss": next(given)}
    t.add(*handlers)
    pairs = TensorDataset(tg.zeros(2, 1), tg.zeros(2, 1))
    t.fit(DataLoader(pairs, batch_size=1), len(losses) if epochs is None else epochs, validation=())
    return t


@pytest.mark.parametrize(
    ("losses", "options", "epochs"),
    [
        ([3, 2, 2, 2, 1], {"patience": 2}, 4),
        ([3, 2, 1, 0, 0], {"patience": 2}, 5),
        ([3, 2.95, 2.9, 2.85], {"patience": 2, "min_delta": 0.2}, 3),
        ([1, 2, 3, 3, 3], {"patience": 2, "mode": "max"}, 5),
        ([math.nan, math.nan, 1], {"patience": 2}, 2),
    ],
)
def test_early_stopping_waits_for_patience_epochs_without_a_better_one(losses, options, epochs):
    assert run(losses, EarlyStopping(**options)).epoch == epochs


def test_early_stopping_remembers_over_a_checkpoint():
    first = EarlyStopping(patience=2)
    run([3, 2, 2], first)
    second = EarlyStopping(patience=2)
    second.load_state_dict(first.state_dict())
    assert run([2, 0, 0], second).epoch == 1


def test_an_unknown_column_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"`monitor` \(='val_acc'\) must be one of epoch, lr, loss, val_loss"):
        run([1], EarlyStopping("val_acc"))


def test_the_best_state_is_kept(tmp_path):
    run([3, 1, 2], Checkpoint(tmp_path / "best-{epoch}", monitor="val_loss"))
    assert sorted(os.listdir(tmp_path)) == ["best-1", "best-2"]


def test_old_files_go_when_the_new_one_is_there(tmp_path):
    t = run([3, 1, 2, 5], Checkpoint(tmp_path / "a" / "run-{epoch}-{iteration}", keep=2))
    assert sorted(os.listdir(tmp_path / "a")) == ["run-3-6", "run-4-8"]
    written = tg.load(tmp_path / "a" / "run-4-8")["handlers"][0]["written"]
    assert [os.path.basename(path) for path in written] == ["run-3-6", "run-4-8"] and t.epoch == 4


def test_a_save_that_fails_removes_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    def fill(t):
        if t.epoch == 2:
            monkeypatch.setattr("tapegrad.training.handlers.save", full)

    checkpoint = Checkpoint(tmp_path / "run-{epoch}", keep=1)
    net = nn.Linear(1, 1)
    t = Trainer(net, tg.optim.SGD(net.parameters(), lr=0.0), nn.MSELoss())
    t.on(Events.EPOCH_STARTED, fill)
    t.add(checkpoint)
    with pytest.raises(OSError, match="No space"):
        t.fit(DataLoader(TensorDataset(tg.zeros(2, 1), tg.zeros(2, 1))), 3)
    assert os.listdir(tmp_path) == ["run-1"] and checkpoint.written == [str(tmp_path / "run-1")]


def test_nan_ends_the_run_at_once():
    net = nn.Linear(1, 1)
    t = Trainer(net, tg.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss()).add(TerminateOnNan())
    pairs = TensorDataset(tg.tensor([[0.0], [math.nan]]), tg.zeros(2, 1))
    with pytest.raises(FloatingPointError, match="the loss is nan in iteration 2, epoch 1"):
        t.fit(DataLoader(pairs), 1)


@pytest.mark.parametrize("bar", ["rich", "tqdm", "lines"])
def test_progress_ends_each_epoch_with_its_numbers(bar):
    file = io.StringIO()
    run([3.0, 0.5], Progress(bar, file))
    lines = [line for line in file.getvalue().replace("\r", "\n").splitlines() if "val_loss" in line]
    assert len(lines) == 2 and lines[1].strip().startswith("epoch 2/2") and "val_loss 0.5" in lines[1]


def test_progress_closes_its_bar_when_the_run_fails():
    file = io.StringIO()
    progress = Progress("tqdm", file)
    with pytest.raises(StopIteration):
        run([], progress, epochs=1)
    assert progress._close is None


def test_a_bar_that_is_not_installed_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install tapegrad\[training\]"):
        Progress("tqdm")
    assert Progress().bar == "lines"


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: EarlyStopping(patience=0), r"\[EarlyStopping\] `patience` \(=0\)"),
        (lambda: EarlyStopping(mode="low"), r"`mode` \(='low'\) must be 'min' or 'max'"),
        (lambda: EarlyStopping(min_delta=-1), r"`min_delta` \(=-1\)"),
        (lambda: Checkpoint("a", keep=0), r"\[Checkpoint\] `keep` \(=0\)"),
        (lambda: Checkpoint("a", Events.ITERATION_COMPLETED, monitor="loss"), "`monitor` looks at whole epochs"),
        (lambda: Progress("dots"), r"`bar` \(='dots'\) must be"),
    ],
)
def test_settings_are_checked(make, match):
    with pytest.raises(ValueError, match=match):
        make()
