"""The examples with a Trainer run in small, learn, draw, and can be interrupted."""

import csv
import os
import runpy
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tapegrad.data import FashionMNIST

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script as a user would, from another folder."""
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "Agg"}
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


def is_picture(path: Path) -> bool:
    image = path.read_bytes()
    return image.startswith(b"\x89PNG") and min(struct.unpack(">II", image[16:24])) > 200


def test_the_spiral_is_told_apart_and_drawn(tmp_path):
    done = run(tmp_path, "spiral.py", "--epochs", "30", "--target", "80")
    assert done.returncode == 0, done.stderr
    assert "accuracy " in done.stdout and is_picture(tmp_path / "spiral.png")


def test_the_autoencoder_keeps_most_of_the_digits(tmp_path):
    done = run(tmp_path, "autoencoder.py", "--epochs", "6", "--target", "0.4")
    assert done.returncode == 0, done.stderr
    assert "8 of 64 numbers keep" in done.stdout and is_picture(tmp_path / "autoencoder.png")


@pytest.mark.parametrize(("script", "target"), [("spiral.py", "101"), ("autoencoder.py", "1.1")])
def test_what_has_not_learnt_enough_fails(script, target, tmp_path):
    done = run(tmp_path, script, "--epochs", "1", "--target", target)
    assert done.returncode == 1 and "that is less than" in done.stderr


@pytest.fixture
def clothing(tmp_path, monkeypatch):
    """Stripes in ten places instead of ten kinds of clothing; the script, to be run with arguments."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 1280), ("t10k", 320)):
        labels = rng.integers(0, 10, n, np.uint8)
        images = rng.integers(0, 60, (n, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 3 : 2 * label + 6] = 255
        for kind, array in (("images", images), ("labels", labels)):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            (tmp_path / f"{part}-{kind}-idx{array.ndim}-ubyte").write_bytes(header + array.tobytes())
    monkeypatch.setattr(FashionMNIST, "places", (str(tmp_path),))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    script = runpy.run_path(str(EXAMPLES / "fashion_mnist.py"))

    def main(*arguments):
        monkeypatch.setattr(sys, "argv", ["fashion_mnist.py", "--batch-size", "64", *arguments])
        script["main"]()

    return main


def test_fashion_mnist_learns_logs_and_draws(clothing, tmp_path, capsys):
    clothing("--epochs", "6", "--target", "60", "--out", "out")
    printed = capsys.readouterr()
    assert "held-out accuracy: " in printed.out and "epoch 6/6" in printed.err
    rows = list(csv.DictReader((tmp_path / "out" / "log.csv").read_text().splitlines()))
    assert len(rows) == 6 and float(rows[-1]["val_accuracy"]) > 0.6
    assert is_picture(tmp_path / "out" / "run.png")


def test_fashion_mnist_goes_on_where_it_was_saved(clothing, tmp_path, capsys):
    clothing("--epochs", "6", "--target", "0", "--out", "out")  # 20 batches an epoch: saved after the fifth
    whole = (tmp_path / "out" / "log.csv").read_text()
    clothing("--epochs", "6", "--target", "0", "--out", "out", "--resume")
    assert "going on after iteration 100, in epoch 5" in capsys.readouterr().out
    assert (tmp_path / "out" / "log.csv").read_text() == whole


def test_a_missing_set_is_one_line_that_says_how_to_get_it(clothing, tmp_path, monkeypatch):
    monkeypatch.setattr(FashionMNIST, "places", (str(tmp_path / "nowhere"),))
    with pytest.raises(SystemExit, match="apt-get install dataset-fashion-mnist"):
        clothing()
