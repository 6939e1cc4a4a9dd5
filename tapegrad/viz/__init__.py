"""Pictures, by matplotlib (``pip install tapegrad[viz]``): each function draws into `ax` and returns it."""

from .training import confusion_matrix, decision_boundary, learning_curves

__all__ = ["confusion_matrix", "decision_boundary", "learning_curves"]
