"""What the pictures say is what the numbers are."""

import matplotlib as mpl
import numpy as np
import pytest

import tapegrad as tg
from tapegrad import viz

mpl.use("Agg")

HISTORY = [{"epoch": k + 1, "loss": 1 / (k + 1), "val_loss": 2 / (k + 1), "lr": 0.1} for k in range(3)]


@pytest.fixture(autouse=True)
def no_figures_left():
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def test_curves_of_held_out_data_are_dashed_in_the_same_colour():
    ax = viz.learning_curves(HISTORY, ["loss", "lr"])
    lines = {line.get_label(): line for line in ax.lines}
    assert list(lines) == ["loss", "val_loss", "lr"]
    np.testing.assert_allclose(lines["val_loss"].get_xydata(), [(1, 2), (2, 1), (3, 2 / 3)])
    assert lines["val_loss"].get_linestyle() == "--" and lines["val_loss"].get_color() == lines["loss"].get_color()


def test_a_confusion_matrix_writes_every_number():
    ax = viz.confusion_matrix(np.array([[8, 2], [0, 5]]), labels=["cat", "horse"])
    assert [text.get_text() for text in ax.texts] == ["8", "2", "·", "5"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.8, 0.2], [0, 1]])
    assert ax.get_ylabel() == "true" and [t.get_text() for t in ax.get_yticklabels()] == ["cat", "horse"]


def test_a_decision_boundary_shows_the_class_of_each_point_and_keeps_the_mode():
    net = tg.nn.Linear(2, 2)
    with tg.no_grad():
        net.weight.copy_(tg.tensor([[1.0, 0.0], [-1.0, 0.0]]))
        net.bias.zero_()
    x = tg.tensor([[-1.0, -1.0], [1.0, 1.0]])
    ax = viz.decision_boundary(net, x, tg.tensor([1, 0]), resolution=11)
    np.testing.assert_allclose(ax.collections[-1].get_offsets(), x.numpy())
    assert net.training and ax.get_xlim() == pytest.approx((-1.2, 1.2))


@pytest.mark.parametrize(
    ("draw", "error", "match"),
    [
        (lambda: viz.learning_curves(HISTORY, ["accuracy"]), KeyError, "`names` has 'accuracy'; the history has epoch"),
        (lambda: viz.learning_curves([]), ValueError, "at least one row"),
        (lambda: viz.confusion_matrix(np.ones((2, 3))), ValueError, "must be square"),
        (lambda: viz.confusion_matrix(np.ones((2, 2)), ["a"]), ValueError, "`labels` has 1 texts"),
        (lambda: viz.decision_boundary(None, np.ones((2, 3))), ValueError, r"must have the shape \(N, 2\)"),
    ],
)
def test_what_cannot_be_drawn_says_why(draw, error, match):
    with pytest.raises(error, match=match):
        draw()


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install tapegrad\[viz\]"):
        viz.learning_curves(HISTORY)
