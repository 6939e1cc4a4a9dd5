"""Loggers: the files say what the history says."""

import csv
import json

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.data import DataLoader, TensorDataset
from tapegrad.training import ConfusionMatrix, CSVLogger, Events, JSONLLogger, TensorBoardLogger, Trainer


def run(*handlers, epochs=2):
    net = nn.Linear(2, 2)
    t = Trainer(net, tg.optim.SGD(net.parameters(), 0.1), nn.CrossEntropyLoss(), metrics={"cm": ConfusionMatrix(2)})
    t.add(*handlers)
    t.fit(DataLoader(TensorDataset(tg.rand(4, 2), tg.tensor([0, 1, 0, 1])), batch_size=2), epochs)
    return t


def table(path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_csv_has_a_line_an_epoch_and_a_column_a_number(tmp_path):
    t = run(CSVLogger(tmp_path / "logs" / "run.csv"))
    rows = table(tmp_path / "logs" / "run.csv")
    assert [{name: float(value) for name, value in row.items()} for row in rows] == [
        {name: row[name] for name in ("epoch", "lr", "loss")} for row in t.history
    ]


def test_json_lines_hold_matrices_too_and_no_nan(tmp_path):
    logger = JSONLLogger(tmp_path / "run.jsonl")
    t = run(logger)
    t.history[0]["loss"] = float("nan")
    t._fire(Events.EPOCH_COMPLETED)
    rows = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert rows[0]["loss"] is None and rows[1]["loss"] == t.history[1]["loss"]
    assert rows[1]["cm"] == t.history[1]["cm"].tolist()


def test_a_resumed_run_leaves_no_rows_of_what_is_done_again(tmp_path):
    t = run(CSVLogger(tmp_path / "run.csv"), epochs=3)
    del t.history[1:]
    t.epoch = 1
    t.fit(t.loader, 2)
    rows = table(tmp_path / "run.csv")
    assert [row["epoch"] for row in rows] == ["1", "2"]


def test_tensorboard_gets_every_batch_and_epoch(tmp_path):
    pytest.importorskip("tensorboardX")
    t = run(TensorBoardLogger(tmp_path))
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"batch/loss" in written and b"epoch/lr" in written and b"cm" not in written
    assert np.float32(t.history[0]["loss"]).tobytes() in written


def test_without_tensorboardx_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"pip install tapegrad\[training\]"):
        TensorBoardLogger(tmp_path)
