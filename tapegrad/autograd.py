"""`tapegrad.autograd`: gradients without `.grad`, and the nodes that `grad_fn` shows."""

import importlib
from contextlib import contextmanager

from . import _tape
from ._tape import HEADER, Leaf, Tensor, line_of, wrap
from ._tape.sweep import anomalies


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=None, inputs=None) -> None:
    """Accumulate into `.grad` of the leaves the gradient of Σ ⟨grad_tensors, tensors⟩.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensors
    grad_tensors : Tensor or sequence of Tensors, optional
        Needed where an output has more than one element.
    retain_graph : bool, optional
        Keep the saved values for another sweep (default: only if the sweep is recorded).
    create_graph : bool, optional
        Record the sweep, for higher derivatives (default: if a span outside the tensors' own is open).
    inputs : Tensor or sequence of Tensors, optional
        Accumulate into these alone.

    Raises
    ------
    TapeError
        If an output has no history, or its saved values were freed or changed.
    """
    _tape.backward(
        _listed("tensors", tensors),
        None if grad_tensors is None else _listed("grad_tensors", grad_tensors),
        retain_graph=retain_graph,
        create_graph=create_graph,
        inputs=None if inputs is None else _listed("inputs", inputs),
    )


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=None, only_inputs=True,
         allow_unused=False, materialize_grads=False) -> tuple:  # fmt: skip
    """The gradients of Σ ⟨grad_outputs, outputs⟩ with respect to `inputs`; `.grad` stays as it is.

    Only the records between the inputs and the outputs are swept. Parameters as for `backward`.

    Parameters
    ----------
    only_inputs : bool
        Always True; accepted because much code for PyTorch passes it.
    allow_unused : bool
        Answer None, instead of raising, for inputs that the outputs do not depend on.
    materialize_grads : bool
        Answer zeros for those.

    Returns
    -------
    tuple of Tensors, one for each input

    Examples
    --------
    >>> import tapegrad as tg
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> with tg.tape():
    ...     y = x * x
    >>> tg.autograd.grad(y, x)
    (tensor(6.),)
    """
    if not only_inputs:
        raise ValueError("[grad] `only_inputs` (=False) must be True: `backward` accumulates into the other leaves")
    inputs = _listed("inputs", inputs)
    if not inputs:
        raise ValueError("[grad] `inputs` must not be empty")
    found = _tape.grad(
        _listed("outputs", outputs),
        inputs,
        None if grad_outputs is None else _listed("grad_outputs", grad_outputs),
        retain_graph=retain_graph,
        create_graph=create_graph,
        allow_unused=allow_unused or materialize_grads,
    )
    if not materialize_grads:
        return found
    return tuple(x.detach() * 0 if g is None else g for x, g in zip(inputs, found, strict=True))


def _listed(name: str, tensors) -> list:
    single = isinstance(tensors, Tensor) or not hasattr(tensors, "__iter__")
    items = [tensors] if single else list(tensors)
    for item in items:
        if not isinstance(item, Tensor) and not (item is None and name.startswith("grad_")):
            raise TypeError(f"[autograd] `{name}` must hold Tensors, got {type(item).__name__}")
    return items


@contextmanager
def detect_anomaly(check_nan: bool = True):
    """Within this block a sweep that makes a NaN raises, naming the operation and the line that recorded it."""
    token = anomalies.set(check_nan)
    try:
        yield
    finally:
        anomalies.reset(token)


class Node:
    """The operation that made a tensor, as `grad_fn` shows it."""

    __slots__ = ("_slot", "_tape")

    def __init__(self, tape, slot: int):
        self._tape, self._slot = tape, slot

    @property
    def _record(self) -> tuple:
        return self._tape.records[self._slot]

    def name(self) -> str:
        """The name of the node's class."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple:
        """A pair (node, output number) for each argument; (None, 0) for untracked ones."""
        record = self._record
        return tuple((_node_at(self._tape, s), 0) for s in record[HEADER : HEADER + record[0].n])

    @property
    def saved_tensors(self) -> tuple:
        """The values that the operation keeps for the sweep."""
        record = self._record
        primitive = record[0]
        if primitive.saves and len(record) == primitive.header:
            raise _tape.TapeError(
                f"[{primitive.name}] ({line_of(*record[5:7])}): its saved values were freed by a backward(); "
                "specify retain_graph=True there"
            )
        if hasattr(primitive, "saved_tensors"):
            return primitive.saved_tensors(record, self._tape)
        slots = record[HEADER : HEADER + primitive.n]
        kept = [*zip(record[primitive.header :], (slots[j] for j in primitive.saved), strict=False)]
        if primitive.saves_y:
            y, slot = record[-1], record[2]
            kept += [(v, slot + k) for k, v in enumerate(y)] if isinstance(y, tuple) else [(y, slot)]
        return tuple(None if a is None else wrap(a, s, self._tape) for a, s in kept)

    @property
    def metadata(self) -> dict:
        """Where the operation was called."""
        return {"line": line_of(*self._record[5:7])}

    def __eq__(self, other):
        if not isinstance(other, Node):
            return NotImplemented
        return self._tape is other._tape and self._slot == other._slot

    def __hash__(self):
        return hash((id(self._tape), self._slot))

    def __repr__(self):
        return f"<{self.name()} object at {hash(self) & 0xFFFFFFFFFFFF:#x}>"


class AccumulateGrad(Node):
    """Where the sweep ends: the leaf `variable`."""

    __slots__ = ()

    @property
    def _leaf(self) -> Leaf:
        return next(cell for cell, slot in self._tape.leaves.items() if slot == self._slot)

    variable = property(lambda self: self._leaf.ref(), doc="The leaf itself, or None if it is gone.")
    next_functions = property(lambda self: (), doc="Nothing comes before a leaf.")
    saved_tensors = property(lambda self: (), doc="A leaf saves nothing.")


_classes: dict[str, type[Node]] = {}


def _node_at(tape, slot: int | None) -> Node | None:
    if slot is None:
        return None
    if slot < 0:
        return AccumulateGrad(tape, slot)
    if tape.records[slot][0] is _tape.PART:
        slot -= tape.records[slot][1]
    name = tape.records[slot][0].name
    if name not in _classes:
        camel = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
        title = camel if camel.endswith("Backward") else f"{camel}Backward0"
        _classes[name] = type(title, (Node,), {"__slots__": ()})
    return _classes[name](tape, slot)


def node_of(x: Tensor) -> Node | None:
    """The `grad_fn` of a tensor: None for leaves and constants."""
    node = x._node
    if node is None or type(node) is Leaf or not node.tracked(x):
        return None
    return _node_at(*node.origin(x))


def __getattr__(name: str):
    if name in ("gradcheck", "gradgradcheck"):  # PyTorch has them here; they are loaded by who asks for them
        return getattr(importlib.import_module(f"{__package__}.testing"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
