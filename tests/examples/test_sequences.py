"""The examples of sequences run as they say, learn, and tell what they do."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import tapegrad as tg

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script as a user would, from another folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(ROOT / "examples" / script), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


def names(script: str) -> SimpleNamespace:
    """The names in a script, without its run."""
    return SimpleNamespace(**runpy.run_path(str(ROOT / "examples" / script)))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return run("char_gpt.py", tmp_path_factory.mktemp("gpt"), "--steps", "60", "--write", "80", "--target", "3.3")


def test_the_gpt_learns_and_writes(written):
    assert written.returncode == 0, written.stderr
    lines = [line for line in written.stdout.splitlines() if line.startswith("step")]
    losses = [float(re.search(r"held out (\d\.\d{3})", line)[1]) for line in lines]
    assert len(lines) == 10 and losses[-1] < 3.3 < losses[0]
    assert f"held-out loss: {losses[-1]:.3f} nats a character" in written.stdout
    text = written.stdout.split("─" * 60)[1].strip("\n")
    assert text.startswith("The ") and len(text) > 60


def test_the_gpt_sees_only_what_lies_before(written):
    script = names("char_gpt.py")
    tg.manual_seed(0)
    model = script.GPT(7, layers=2, width=16).eval()
    x = tg.tensor([[1, 2, 3, 4, 5]])
    y, z = model(x).detach().numpy(), model(tg.tensor([[1, 2, 3, 6, 0]])).detach().numpy()
    np.testing.assert_allclose(y[:, :3], z[:, :3], rtol=1e-5)
    assert abs(y[:, 3:] - z[:, 3:]).max() > 1e-3
    assert len({id(p) for p in model.parameters()}) == len(list(model.parameters()))


def test_the_gpt_fails_when_it_has_not_learnt_enough(tmp_path):
    result = run("char_gpt.py", tmp_path, "--steps", "1", "--write", "1", "--target", "1")
    assert result.returncode == 1 and "that is more than the 1 it should reach" in result.stderr


def test_sunspots_are_forecast_better_than_as_last_year(tmp_path):
    result = run("sunspots.py", tmp_path, "--steps", "60")
    assert result.returncode == 0, result.stderr
    found = {name: float(error) for name, error in re.findall(r"^  (\S.*?) +(\d+\.\d) sunspots$", result.stdout, re.M)}
    assert found["as last year"] == 29.1 and found["regression on 9 years"] == 14.0
    assert found["LSTM"] < 25
    assert (tmp_path / "sunspots.png").read_bytes().startswith(b"\x89PNG")


def test_sunspots_come_back_from_their_scale_and_forecasts_go_on_from_forecasts(monkeypatch, capsys):
    script = names("sunspots.py")
    years, spots = script.load()
    assert (years[0].item(), years[-1].item(), len(spots)) == (1700, 2008, 309)
    np.testing.assert_allclose(script.unscaled(script.scaled(spots)).numpy(), spots.numpy(), rtol=1e-4, atol=1e-3)
    tg.manual_seed(0)
    model, x = script.Forecaster(4), script.scaled(spots)[:20]
    long = script.ahead(model, x, 3)
    again = model(tg.cat([x, long[:2]]).reshape(1, -1, 1))[0].reshape(-1)[-3:]
    np.testing.assert_allclose(long.detach().numpy(), again.detach().numpy(), rtol=1e-4)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    script.plot(years, spots, spots, spots, "sunspots.png")
    assert "tapegrad[examples]" in capsys.readouterr().out
