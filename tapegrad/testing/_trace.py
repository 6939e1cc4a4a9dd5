"""A function of arrays, recorded once and swept both ways: what every check looks at.

A *map* is called as ``map(tensors, record)`` and answers a list of floating Tensors. `record` says that a tape is
open and that what the map computes must stay differentiable on it.
"""

from collections.abc import Callable, Sequence

import numpy as np

from .._tape import HEADER, PART, Leaf, Tensor, backward, grad, plain, push_forward, tape

Map = Callable[[list[Tensor], bool], list[Tensor]]


def leaf(array: np.ndarray) -> Tensor:
    """Wrap `array`, whatever its strides, as a tensor that gradients are asked of."""
    x = plain(array)
    x._node = Leaf(x)
    return x


def tracked(y: Tensor) -> bool:
    """Whether gradients flow through `y`."""
    return y._node is not None and y._node.tracked(y)


def evaluate(function: Map, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The values of a map, nothing recorded."""
    return [y._array for y in function([plain(a) for a in arrays], False)]


class Trace:
    """A map on a tape: `at` are the numbers of the inputs that are tracked."""

    def __init__(self, function: Map, arrays: Sequence[np.ndarray], at: Sequence[int]):
        self.at = at
        self.inputs = [leaf(a) if i in at else plain(a) for i, a in enumerate(arrays)]
        self.tracked = [self.inputs[i] for i in at]
        with tape() as span:
            self.outputs = function(self.inputs, True)
        self.tape = span.tape

    def values(self) -> list[np.ndarray]:
        """The outputs as arrays."""
        return [y._array for y in self.outputs]

    def _flowing(self, cotangents: Sequence[np.ndarray | None]) -> list[tuple[Tensor, Tensor]]:
        """The tracked outputs that have a cotangent, with it."""
        pairs = zip(self.outputs, cotangents, strict=True)
        return [(y, plain(g)) for y, g in pairs if g is not None and tracked(y)]

    def reverse(self, cotangents: Sequence[np.ndarray | None]) -> list[np.ndarray | None]:
        """Jᵀ·g for each tracked input; None where no gradient arrives."""
        flowing = self._flowing(cotangents)
        if not flowing:
            return [None] * len(self.tracked)
        ys, gs = zip(*flowing, strict=True)
        found = grad(ys, self.tracked, gs, retain_graph=True, create_graph=False, allow_unused=True)
        return [None if g is None else g._array for g in found]

    def accumulate(self, cotangents: Sequence[np.ndarray]) -> list[np.ndarray | None]:
        """What `backward()` leaves in the `.grad` of every input."""
        flowing = self._flowing(cotangents)
        if flowing:
            backward(*map(list, zip(*flowing, strict=True)), retain_graph=True, create_graph=False)
        found = [getattr(x, "_grad", None) for x in self.inputs]
        return [None if g is None else g._array for g in found]

    def forward(self, tangents: Sequence[np.ndarray]) -> list[np.ndarray]:
        """J·t for each output."""
        pushed = zip(push(self.tape, self.tracked, tangents, self.outputs, record=False), self.values(), strict=True)
        return [np.zeros_like(y) if t is None else np.asarray(t) for t, y in pushed]

    def without_jvp(self) -> str | None:
        """The first operation that reverse mode can differentiate and forward mode cannot."""
        for record in self.tape.records:
            p = record[0]
            function = getattr(p, "cls", None)  # of a user's Function
            if function is not None and not hasattr(function, "jvp"):
                return p.name
            if p is PART or hasattr(p, "push"):
                continue
            slots = record[HEADER : HEADER + p.n]
            for slot, vjp, jvp in zip(slots, p.vjps, p.jvps, strict=True):
                if slot is not None and vjp is not None and jvp is None:
                    return p.name
        return None

    def coarsest(self) -> np.dtype:
        """The floating dtype with the fewest digits among the inputs and everything recorded."""
        dtypes = [a.dtype for x in self.inputs if (a := x._array).dtype.kind in "fc"]
        dtypes += [y.dtype for y in self.outputs] + [r[4] for r in self.tape.records if r[4].kind in "fc"]
        return max((np.dtype(d.type(0).real.dtype) for d in dtypes), key=lambda d: np.finfo(d).eps)


def push(tape, inputs, tangents, outputs, *, record: bool) -> list:
    """Push `tangents` of the leaves `inputs` forward over a whole tape; None for outputs that none reaches."""
    known = {x._node: t for x, t in zip(inputs, tangents, strict=True)}
    slots = {tape.leaves[cell]: t for cell, t in known.items() if cell in tape.leaves}
    with np.errstate(all="ignore"):
        push_forward(tape, slots, 0, len(tape.records), record)
    found = []
    for y in outputs:
        if not tracked(y):
            found.append(None)
        elif type(y._node) is Leaf:
            found.append(known.get(y._node))
        else:
            found.append(slots.get(y._node.origin(y)[1]))
    return found
