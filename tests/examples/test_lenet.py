"""The main job runs as the README says, learns, and tells what it does."""

import os
import re
import runpy
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.data import FashionMNIST

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "lenet.py"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the script as a user would, from another folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A short training on the digits, and the folder it ran in."""
    folder = tmp_path_factory.mktemp("lenet")
    return run(folder, "--epochs", "4", "--target", "80"), folder


@pytest.fixture(scope="module")
def lenet():
    """The names in the script, without its run."""
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


def test_it_learns_the_digits_in_a_few_epochs(done):
    result, _ = done
    assert result.returncode == 0, result.stderr
    assert "digits: 1,438 images to train with, 359 held out" in result.stdout
    assert float(re.search(r"^held-out accuracy: (\d+\.\d\d) %$", result.stdout.rstrip(), re.MULTILINE)[1]) > 80


def test_off_a_terminal_it_prints_one_line_an_epoch(done):
    lines = [line for line in done[0].stdout.splitlines() if line.startswith("epoch")]
    assert len(lines) == 4
    for line in lines:
        assert re.fullmatch(r"epoch +\d/4  loss \d\.\d{4}  accuracy .*%  held out .*%  +\d+ images/s", line)


def test_it_shows_the_network_and_the_tape_of_one_step(done):
    printed = done[0].stdout
    for count in ("260", "5 020", "16 050", "510", "21 840"):
        assert count in printed.replace(",", " ")
    tape = printed[printed.index("records on the tape") :]
    assert tape.index("conv") < tape.index("max_pool") < tape.index("relu")
    assert re.search(r"lenet\.py:\d+", tape)


def test_it_holds_a_gradient_against_the_slope_of_the_loss(done):
    slope, gradient = re.search(r"central differences (\S+), backward (\S+)", done[0].stdout).groups()
    assert float(gradient) != 0
    assert float(slope) == pytest.approx(float(gradient), rel=1e-5, abs=1e-8)


def test_it_writes_the_learning_curve(done):
    image = (done[1] / "learning_curve.png").read_bytes()
    width, height = struct.unpack(">II", image[16:24])
    assert image.startswith(b"\x89PNG") and width > height > 400


def test_it_fails_when_the_network_has_not_learnt_enough(tmp_path):
    result = run(tmp_path, "--epochs", "1", "--target", "100", "--out", "curve.png")
    assert result.returncode == 1
    assert "that is less than the 100 % it should reach" in result.stderr
    assert (tmp_path / "curve.png").exists()


def test_settings_that_make_no_sense_are_refused(tmp_path):
    result = run(tmp_path, "--epochs", "0")
    assert result.returncode == 2
    assert "--epochs and --batch-size must be at least 1" in result.stderr


def test_the_held_out_fifth_is_the_same_in_every_run_and_never_trained_on(lenet):
    (images, held_out), (_, again) = lenet.load("digits"), lenet.load("digits")
    assert held_out.tensors[0].shape == (359, 1, 28, 28)
    np.testing.assert_array_equal(held_out.tensors[0].numpy(), again.tensors[0].numpy())
    counts = np.bincount(held_out.tensors[1].numpy()) / np.bincount(tg.data.Digits().targets.numpy())
    assert abs(counts - 0.2).max() < 0.01
    seen = {row.tobytes() for row in images.tensors[0].numpy()}
    assert not any(row.tobytes() in seen for row in held_out.tensors[0].numpy())


def test_the_digits_are_enlarged_and_framed(lenet):
    images = tg.cat([part.tensors[0] for part in lenet.load("digits")]).numpy()
    assert images[:, :, 2:-2, 2:-2].sum() == images.sum()
    np.testing.assert_array_equal(images[:, :, 2:26:3, 2:26:3], images[:, :, 4:26:3, 4:26:3])


def test_the_big_set_goes_through_the_same_network(lenet, tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    for part, n in (("train", 96), ("t10k", 32)):
        images, labels = rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n, np.uint8)
        for kind, array in (("images", images), ("labels", labels)):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            (tmp_path / f"{part}-{kind}-idx{array.ndim}-ubyte").write_bytes(header + array.tobytes())
    monkeypatch.setattr(FashionMNIST, "places", (str(tmp_path),))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["lenet.py", "--data", "fashion-mnist", "--epochs", "1", "--target", "0"])
    lenet.main()
    assert "fashion-mnist: 96 images to train with, 32 held out" in capsys.readouterr().out


def test_a_missing_big_set_is_one_line_that_says_how_to_get_it(tmp_path, lenet, monkeypatch):
    monkeypatch.setattr(FashionMNIST, "places", (str(tmp_path),))
    monkeypatch.setattr(sys, "argv", ["lenet.py", "--data", "fashion-mnist"])
    with pytest.raises(SystemExit, match="apt-get install dataset-fashion-mnist"):
        lenet.main()


def test_on_a_terminal_a_bar_moves(lenet, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with lenet.progress(2) as (show, say):
        show("loss 0.5")
        say("half way")
        show("loss 0.25")
    printed = capsys.readouterr().out
    assert "━" in printed and "half way" in printed and "loss 0.25" in printed


@pytest.mark.parametrize(
    ("missing", "use"),
    [
        ("rich.progress", lambda lenet: lenet.progress(1).__enter__()),
        ("matplotlib.figure", lambda lenet: lenet.plot([(1.0, 50.0, 50.0)], "title", "curve.png")),
    ],
)
def test_what_is_not_installed_is_named_with_its_extra(lenet, monkeypatch, capsys, missing, use):
    monkeypatch.setitem(sys.modules, missing, None)
    use(lenet)
    assert "tapegrad[examples]" in capsys.readouterr().out
