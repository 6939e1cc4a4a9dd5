"""What a run looks like: learning curves, confusions, decision boundaries."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._creation import tensor
from .._interop import values
from .._tape import no_grad


def learning_curves(history: Sequence[dict[str, Any]], names: Sequence[str] = ("loss",), ax=None):
    """Draw columns of a history over the epochs; that of held-out data (``val_…``) dashed in the same colour.

    Parameters
    ----------
    history : list of dicts
        As `Trainer.fit` returns it.
    names : list of str
        Which columns.
    ax : matplotlib Axes, optional
        A new figure's, if there is none.

    Returns
    -------
    the Axes

    Raises
    ------
    KeyError
        If the history has no such column.
    ImportError
        Without matplotlib.
    """
    ax = _axes("learning_curves", ax)
    if not history:
        raise ValueError("[learning_curves] `history` must have at least one row")
    epochs = [row["epoch"] for row in history]
    for name in names:
        if name not in history[0]:
            raise KeyError(f"[learning_curves] `names` has {name!r}; the history has {', '.join(history[0])}")
        (line,) = ax.plot(epochs, [row[name] for row in history], marker="o", markersize=3, label=name)
        if f"val_{name}" in history[0]:
            held_out = [row[f"val_{name}"] for row in history]
            ax.plot(epochs, held_out, "--o", markersize=3, color=line.get_color(), label=f"val_{name}")
    ax.set_xlabel("epoch")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def confusion_matrix(matrix, labels: Sequence[str] | None = None, ax=None):
    """Draw a confusion matrix: a row for each true class, its colour by the part of the row, its text the number.

    Parameters
    ----------
    matrix : array or Tensor, (C, C)
        Counts or fractions, as the metric `ConfusionMatrix` computes them.
    labels : C texts, optional
    ax : matplotlib Axes, optional
    """
    ax = _axes("confusion_matrix", ax)
    counts = values(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"[confusion_matrix] `matrix` must be square, got the shape {counts.shape}")
    texts = list(map(str, range(len(counts)))) if labels is None else list(labels)
    if len(texts) != len(counts):
        raise ValueError(f"[confusion_matrix] `labels` has {len(texts)} texts, the matrix {len(counts)} classes")
    totals = counts.sum(1, keepdims=True)
    parts = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals != 0)
    ax.imshow(parts, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        text = str(count) if counts.dtype.kind in "iu" else f"{count:.2f}"
        ink = "white" if parts[row, column] > 0.5 else "black"
        ax.text(column, row, text if count else "·", ha="center", va="center", color=ink, fontsize=8)
    ax.set_xticks(range(len(texts)), texts, rotation=45 if max(map(len, texts)) > 3 else 0, ha="right")
    ax.set_yticks(range(len(texts)), texts)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    return ax


def decision_boundary(model, x, y=None, ax=None, resolution: int = 200, margin: float = 0.1):
    """Draw which class a model of two inputs gives to each point of the plane, and samples on top.

    Parameters
    ----------
    model : function of a Tensor (M, 2), giving (M, C) outputs
        Called in evaluation mode, if it is a Module; its mode stays as it was.
    x : array or Tensor, (N, 2)
        They decide which part of the plane is drawn.
    y : array or Tensor, (N,), optional
        Classes of the samples.
    ax : matplotlib Axes, optional
    resolution : int
        Points along each axis.
    margin : float
        How much more than the samples is drawn, in their range.
    """
    ax = _axes("decision_boundary", ax)
    points = values(x)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"[decision_boundary] `x` must have the shape (N, 2), got {points.shape}")
    low, high = points.min(0), points.max(0)
    low, high = low - margin * (high - low), high + margin * (high - low)
    across, up = (np.linspace(low[k], high[k], resolution) for k in range(2))
    grid = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2).astype(points.dtype)  # (resolution², 2)
    training = getattr(model, "training", None)
    if training:
        model.eval()
    try:
        with no_grad():
            outputs = values(model(tensor(grid)))
    finally:
        if training:
            model.train()
    classes = outputs.argmax(1).reshape(resolution, resolution)
    levels = np.arange(outputs.shape[1] + 1) - 0.5
    ax.contourf(across, up, classes, levels, cmap="viridis", alpha=0.35)
    colours = {} if y is None else {"c": values(y), "cmap": "viridis", "vmin": 0, "vmax": outputs.shape[1] - 1}
    ax.scatter(points[:, 0], points[:, 1], s=8, edgecolors="none", **colours)
    ax.set_aspect("equal")
    ax.locator_params(nbins=5)
    return ax


def _axes(op: str, ax):
    """`ax`, or the Axes of a new figure."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(f"[{op}] matplotlib is not installed: pip install tapegrad[viz]") from None
    return pyplot.subplots(figsize=(5, 4), layout="constrained")[1]
