"""The general path: operations with several outputs or any number of inputs, and users' own Functions.

Here loops over the arguments cost nothing that matters; the common cases have functions without loops (`codegen`).
"""

from .borrowed import lent
from .context import caller, stack
from .nodes import safe_array, slot_of
from .tensor import Tensor, plain
from .views import outside


def apply(p, args: tuple, values: tuple | None):
    """Call the primitive `p` on `args` with settings `values`, recording if an argument is tracked."""
    inputs = lent.lift(args, p)
    options = p.options(values)
    if inputs is None:
        return p.forward(*args, **options)
    result = p.forward(*(x._array for x in inputs), **options)
    if p.outputs == 1:
        y = plain(result)
        record(p, values, inputs, (y,), result)
        return y
    outputs = tuple(map(plain, result))
    record(p, values, inputs, outputs, result)
    return outputs if type(result) is tuple else type(result)(*outputs)  # a named tuple keeps its names


def record(p, values, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], result) -> None:
    """Append what was computed to the open tape, and mark the outputs as tracked there."""
    tape = stack.get()[0]
    if tape is None:
        for y in outputs:
            outside(inputs, y)
        return
    slots = [None if rule is None else slot_of(x, tape) for x, rule in zip(inputs, p.vjps, strict=True)]
    tracked = [i for i, s in enumerate(slots) if s is not None]
    if not tracked:
        return
    saved = [safe_array(inputs[j], tape) if any(p.keep[i][j] for i in tracked) else None for j in p.saved]
    if p.saves_y:
        saved.append(_kept(p, result) if any(p.keep_y[i] for i in tracked) else None)
    where, slot, first = caller(), len(tape.records), outputs[0]
    shapes = [x._shape for x in inputs]
    entry = (p, values, slot, first._shape, first._dtype, *where, *slots, *shapes, *saved)
    tape.extend(entry, outputs)
    for k, y in enumerate(outputs):
        if y._dtype.kind in "fc":
            y._node = tape
            y._slot = slot + k


def _kept(p, result):
    """The output as rules want it: of several, those alone that the primitive keeps."""
    return result if p.keeps is None else tuple(v if k in p.keeps else None for k, v in enumerate(result))
