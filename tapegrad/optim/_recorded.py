"""Steps that a tape can record: the formulas of the reference kernels, on Tensors."""

from typing import Any

from ..kernels.ref import update, update_scaled


class Recorded:
    """Answers to the names of the kernels; the parameter is written in place, for the rest there are new values."""

    def __init__(self):
        self._new: dict[int, Any] = {}

    def __getattr__(self, name: str):
        step = getattr(update, name, None) or getattr(update_scaled, name)

        def run(p, *args):
            values = step.formula(p, *args)
            for place, value in zip(step.places[1:], values[1:], strict=True):
                self._new[id(args[place - 1])] = value
            p[...] = values[0]

        return run

    def new(self, entry):
        """What the last step made of an entry of the state."""
        return self._new.pop(id(entry), entry)
