"""Optimisers whose step treats every element alike: one kernel each."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import kernels
from .._tape import Tensor
from ._check import hints
from ._recorded import Recorded
from ._state import number, zeros_like
from .optimizer import Optimizer


class Elementwise(Optimizer):
    """Base class: a subclass goes through `_each` parameter and calls its kernel of `_kernels`."""

    def _check(self, group: dict[str, Any]) -> None:
        hints(type(self).__name__, group)

    def _kernels(self, group: dict[str, Any]) -> Any:
        return Recorded() if group["differentiable"] else kernels

    def _each(self, group: dict[str, Any], params: list[Tensor], names: tuple[str, ...], run: Any) -> Iterator[tuple]:
        """Parameter, gradient, number of the step and entries `names` of the state, as the kernels `run` want them.

        Complex ones are seen as pairs of reals. What recorded kernels make of the entries takes their place. Where the
        state has no count, the number is 1 when it was made just now, else 2.
        """
        counts = "step" in self._scalars
        for p in params:
            state = self.state[p] if counts or names else {}
            t = 2
            if not state:
                self._start(p, group, state, names)
                t = 1
            if counts:
                step = state["step"]._array
                step += 1
                t = step.item()
            if type(run) is Recorded:
                g = -p._grad if group["maximize"] else p._grad
                entries = [state[name] for name in names]
                yield p, g, t, entries, state
                for name, entry in zip(names, entries, strict=True):
                    state[name] = run.new(entry)
                continue
            x, g = p._array, p._grad._array
            entries = [state[name]._array for name in names]
            if group["maximize"]:
                g = np.negative(g, out=...)
            if x.dtype.kind == "c":
                x, g, *entries = map(as_real, (x, g, *entries))
            yield x, g, t, entries, state

    def _start(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], names: tuple[str, ...]) -> None:
        """Fill the empty state of a parameter."""
        if p._dtype.kind == "c" and group["differentiable"]:
            raise NotImplementedError(f"[{type(self).__name__}] `differentiable` steps of complex parameters")
        if "step" in self._scalars:
            state["step"] = number(0)
        for name in names:
            state[name] = zeros_like(p)

    def _state_shape(self, name: str, p: Tensor) -> tuple[int, ...]:
        return p._shape


def as_real(a: np.ndarray) -> np.ndarray:
    """The real and imaginary parts of complex numbers in place, along a last axis of two; of any strides."""
    if a.dtype.kind != "c":
        return a
    real = a.real
    return as_strided(real, (*real.shape, 2), (*real.strides, real.itemsize))
