"""Metrics: numbers that say how good outputs are, gathered batch by batch.

A metric keeps sums, in float64 and under names, so that a run can be stopped and resumed within an epoch.
"""

from typing import Any

import numpy as np

from .._interop import values
from .events import at_least_one


class Metric:
    """Base class: ``reset()``, ``update(y, target)`` a batch, ``compute()`` the value so far.

    A subclass fills `sums` in `start`, and reads and changes nothing else.

    Fields
    ------
    sums : dict of numbers and arrays
        All that the metric remembers.
    """

    def __init__(self):
        self.sums: dict[str, Any] = {}
        self.reset()

    def start(self) -> dict[str, Any]:
        """What `sums` is before the first batch."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define `start`")

    def add(self, y: np.ndarray, target: np.ndarray) -> None:
        """Take in one batch."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define `add`")

    def compute(self):
        """The value of all batches since `reset`; NaN if there were none."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define `compute`")

    def reset(self) -> None:
        """Forget all batches."""
        self.sums = self.start()

    def update(self, y, target) -> None:
        """Take in a batch of outputs and what they should have been, Tensors or arrays."""
        self.add(values(y), values(target))

    def __call__(self, y, target):
        """The value of one batch alone; what was gathered stays as it is."""
        kept, self.sums = self.sums, self.start()
        try:
            self.update(y, target)
            return self.compute()
        finally:
            self.sums = kept

    def state_dict(self) -> dict[str, Any]:
        return dict(self.sums)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        if state_dict.keys() != self.sums.keys():
            raise ValueError(f"[{type(self).__name__}] the state has {sorted(state_dict)}, not {sorted(self.sums)}")
        self.sums = dict(state_dict)


class Mean(Metric):
    """The mean of numbers, each counting `weight` times: ``update(value, weight)``."""

    def start(self):
        return {"sum": 0.0, "count": 0.0}

    def add(self, y, target):
        self.sums["sum"] += float(y) * float(target)
        self.sums["count"] += float(target)

    def compute(self) -> float:
        return _ratio(self.sums["sum"], self.sums["count"])


class Accuracy(Metric):
    """The part of predictions that are right.

    Parameters
    ----------
    threshold : float
        For outputs of the shape of the targets (two classes): above it the prediction is 1, else 0.

    Notes
    -----
    Outputs (N, C, …) with targets (N, …) of class numbers: the prediction is the largest of C. Targets (N, C, …) of
    probabilities count as the class of the largest.
    """

    def __init__(self, threshold: float = 0.5):
        self.threshold = threshold
        super().__init__()

    def start(self):
        return {"right": 0, "count": 0}

    def add(self, y, target):
        if y.ndim == target.ndim + 1 and y.shape[:1] + y.shape[2:] == target.shape:
            right = y.argmax(1) == target
        elif y.shape == target.shape:
            right = (y > self.threshold) == (target > 0.5)
        else:
            raise ValueError(
                f"[Accuracy] `y` of shape {y.shape} must be (N, C, …) with `target` (N, …), or of its shape; `target` "
                f"has {target.shape}"
            )
        self.sums["right"] += int(right.sum())
        self.sums["count"] += right.size

    def compute(self) -> float:
        return _ratio(self.sums["right"], self.sums["count"])


class TopKAccuracy(Metric):
    """The part of samples whose class is among the `k` largest outputs; y (N, C), target (N,).

    Of equal outputs at the limit the first classes are in.
    """

    def __init__(self, k: int = 5):
        at_least_one("TopKAccuracy", "k", k)
        self.k = k
        super().__init__()

    def start(self):
        return {"right": 0, "count": 0}

    def add(self, y, target):
        _check_classes("TopKAccuracy", y, target)
        best = np.argsort(-y, axis=1, kind="stable")[:, : self.k]  # (N, k)
        self.sums["right"] += int((best == target[:, None]).any(1).sum())
        self.sums["count"] += len(target)

    def compute(self) -> float:
        return _ratio(self.sums["right"], self.sums["count"])


class ConfusionMatrix(Metric):
    """How many samples of each class (row) were taken for which (column).

    Parameters
    ----------
    num_classes : int
    normalize : {None, "true", "pred", "all"}
        Fractions of each row, of each column, or of everything, instead of counts (0 where there is nothing).

    Notes
    -----
    ``update(y, target)``: y (N, C) outputs or (N,) predicted classes, target (N,).
    """

    def __init__(self, num_classes: int, normalize: str | None = None):
        if normalize not in (None, "true", "pred", "all"):
            raise ValueError(f"[ConfusionMatrix] `normalize` (={normalize!r}) must be None, 'true', 'pred' or 'all'")
        at_least_one("ConfusionMatrix", "num_classes", num_classes)
        self.num_classes, self.normalize = num_classes, normalize
        super().__init__()

    def start(self):
        return {"counts": np.zeros((self.num_classes, self.num_classes), np.int64)}

    def add(self, y, target):
        if y.ndim == 2:
            _check_classes("ConfusionMatrix", y, target)
            y = y.argmax(1)
        for name, classes in (("y", y), ("target", target)):
            if classes.ndim != 1 or classes.dtype.kind not in "iu":
                raise ValueError(f"[ConfusionMatrix] `{name}` must be class numbers (N,), got {_of(classes)}")
            if len(classes) and not 0 <= classes.min() <= classes.max() < self.num_classes:
                wrong = classes.min() if classes.min() < 0 else classes.max()
                raise ValueError(f"[ConfusionMatrix] `{name}` has the class {wrong}, of {self.num_classes} classes")
        n = self.num_classes
        counts = np.bincount(target.astype(np.int64) * n + y, minlength=n * n).reshape(n, n)
        self.sums["counts"] = self.sums["counts"] + counts

    def compute(self) -> np.ndarray:
        counts = self.sums["counts"]
        if self.normalize is None:
            return counts
        axis = {"true": 1, "pred": 0, "all": None}[self.normalize]
        return counts / np.maximum(counts.sum(axis, keepdims=True), 1)


class MeanAbsoluteError(Metric):
    """Mean of |y - target| over all elements."""

    def start(self):
        return {"sum": 0.0, "count": 0}

    def add(self, y, target):
        _check_same("MeanAbsoluteError", y, target)
        self.sums["sum"] += float(np.abs(y.astype(np.float64) - target).sum())
        self.sums["count"] += y.size

    def compute(self) -> float:
        return _ratio(self.sums["sum"], self.sums["count"])


class MeanSquaredError(Metric):
    """Mean of (y - target)² over all elements; `squared=False`: its root."""

    def __init__(self, squared: bool = True):
        self.squared = squared
        super().__init__()

    def start(self):
        return {"sum": 0.0, "count": 0}

    def add(self, y, target):
        _check_same("MeanSquaredError", y, target)
        self.sums["sum"] += float(((y.astype(np.float64) - target) ** 2).sum())
        self.sums["count"] += y.size

    def compute(self) -> float:
        mean = _ratio(self.sums["sum"], self.sums["count"])
        return mean if self.squared else mean**0.5


class R2Score(Metric):
    """The coefficient of determination of all elements: 1 - Σ(y - t)² / Σ(t - t̄)².

    1 for perfect outputs and 0 for the mean of the targets; constant targets give 1 if all outputs are right, else 0.

    Notes
    -----
    Mean and spread of the targets are merged batch by batch without cancellation (Chan, Golub, LeVeque: Updating
    formulae and a pairwise algorithm for computing sample variances; 1979).
    """

    def start(self):
        return {"residual": 0.0, "count": 0, "mean": 0.0, "spread": 0.0}

    def add(self, y, target):
        _check_same("R2Score", y, target)
        if not y.size:
            return
        y, target = y.astype(np.float64), target.astype(np.float64)
        n, total = self.sums["count"], self.sums["count"] + target.size
        mean = float(target.mean())
        shift = mean - self.sums["mean"]
        self.sums["residual"] += float(((y - target) ** 2).sum())
        self.sums["spread"] += float(((target - mean) ** 2).sum()) + shift * shift * n * target.size / total
        self.sums["mean"] += shift * target.size / total
        self.sums["count"] = total

    def compute(self) -> float:
        if not self.sums["count"]:
            return float("nan")
        if self.sums["spread"] == 0:
            return float(self.sums["residual"] == 0)
        return 1 - self.sums["residual"] / self.sums["spread"]


def _ratio(total: float, count: float) -> float:
    return total / count if count else float("nan")


def _of(x: np.ndarray) -> str:
    return f"{x.dtype} of shape {x.shape}"


def _check_same(op: str, y: np.ndarray, target: np.ndarray) -> None:
    if y.shape != target.shape:
        raise ValueError(f"[{op}] `y` of shape {y.shape} must have the shape of `target`, {target.shape}")


def _check_classes(op: str, y: np.ndarray, target: np.ndarray) -> None:
    if y.ndim != 2 or target.shape != y.shape[:1]:
        raise ValueError(f"[{op}] `y` must be (N, C) and `target` (N,), got {y.shape} and {target.shape}")
