"""The reverse sweep: one loop down the list.

`adjoints` maps slots to cotangents: arrays in a plain sweep, Tensors in one that is itself recorded. Each is
taken out when its record is reached, so at any moment only the live front of the computation is held.

Inside, a vjp is the plain transpose of its jvp, of complex arguments too: that of y = f(x) is g · f′(x), no rule of a
holomorphic function conjugates anything. The gradients that users see and give are PyTorch's: conjugates of these, so
that x - g is a step downhill. `seen` is the way between the two, at both ends of the sweep and around hooks.
"""

from contextvars import ContextVar

from .borrowed import lent
from .context import line_of, within
from .errors import TapeError
from .guard import Changes
from .record import HEADER, PART
from .tensor import Tensor, plain

anomalies: ContextVar[bool] = ContextVar("tapegrad_detect_anomaly", default=False)

PATIENCE = 32  # empty slots in a row before the loop looks for the next pending one: cost follows the stretch swept


def sweep(
    tape, adjoints: dict, top: int, low: int, kept: list, record: bool, retain: bool, wanted=None, capture=None
) -> None:
    """Carry `adjoints` from slot `top` down to slot `low`; what is left in it belongs to leaves.

    `kept` receives (tensor, cotangent) of tensors that asked for theirs by `retain_grad`.
    `wanted`: the slots that lie on a way to an asked input (None: all). `capture`: a dict whose slots receive
    their finished cotangents.
    """
    records, pop = tape.records, adjoints.pop
    on_tape = tape if record else None
    anomaly = anomalies.get()
    special = bool(tape.hooks or tape.retained or tape.watched or tape.version or tape.exposures or capture)
    changes = Changes(tape) if special else None  # otherwise nothing was written, and nobody will
    parts: dict = {}
    slot = top
    while slot >= low:
        misses, start = 0, slot
        for slot in range(start, low - 1, -1):
            g = pop(slot, None)
            if g is None:
                misses += 1
                if misses > PATIENCE and misses > len(adjoints):
                    break
                continue
            misses = 0
            entry = records[slot]
            p = entry[0]
            if special or p.outputs != 1 or p is PART:
                g = _attend(tape, entry, slot, g, adjoints, parts, changes, kept, capture, record)
                if g is None:
                    continue
            if p.saves:
                if len(entry) == p.header:
                    raise freed(tape, entry, slot, "trying to backward through the graph a second time")
                p.back(entry, g, adjoints, on_tape, wanted)
                if not retain:
                    records[slot] = entry[: p.header]
            else:
                p.back(entry, g, adjoints, on_tape, wanted)
            if anomaly:
                _check_numbers(entry, adjoints)
        else:
            return
        slot = max((s for s in adjoints if s < slot), default=-1)


NOTHING = object()  # the adjoint of a first output that only later outputs have one


def _attend(tape, entry, slot, g, adjoints, parts, changes, kept, capture, record):
    """What only some records need: hooks, kept gradients, guards, several outputs. None: go on to the next."""
    p = entry[0]
    if g is not NOTHING:
        g = finish(tape, entry, slot, g, kept, record)
        if capture is not None and slot in capture:
            capture[slot] = g
    if p is PART:
        parts[slot] = g
        adjoints.setdefault(slot - entry[1], NOTHING)  # the record of the first output
        return None
    if p.saves and changes is not None:
        changes.check(entry, slot)
    if p.outputs > 1:
        rest = tuple(parts.pop(slot + k, None) for k in range(1, p.outputs))
        g = (None if g is NOTHING else g, *rest)
    return g


def finish(tape, entry, slot, g, kept, record):
    """What becomes of the finished cotangent of a slot: its hooks, and the tensors that keep it."""
    hooks = tape.hooks.get(slot)
    if hooks:
        g = seen(run_hooks(hooks, seen(g), entry[3], f"[{entry[0].name}] ({line_of(*entry[5:7])})", record))
    for ref in tape.retained.get(slot, ()):
        if (tensor := ref()) is not None:
            kept.append((tensor, seen(g)))
    return g


def seen(g):
    """A cotangent as users see it, of one as the sweep carries it, or the other way round: the conjugate."""
    return lent.conjugate(g) if g.dtype.kind == "c" else g


def seen_on(g, tape):
    """`seen`, recorded on `tape` if there is one; real numbers, which are most, cost no change of mode."""
    return within(tape, seen, g) if g.dtype.kind == "c" else g


def run_hooks(hooks: dict, g, shape, who: str, record: bool):
    """The cotangent that tensor hooks make of `g`. They get a copy, which is theirs to change in place."""
    mine = g.clone() if isinstance(g, Tensor) else plain(lent.copy(g))
    dtype = mine._dtype
    for hook in tuple(hooks.values()):
        answer = hook(mine)
        if answer is None:
            continue
        if not isinstance(answer, Tensor):
            raise TypeError(f"{who} a hook answered a {type(answer).__name__}; a Tensor or None is wanted")
        if answer._shape != shape:
            raise TapeError(f"{who} a hook answered a gradient of shape {answer._shape}; the tensor has shape {shape}")
        if answer._dtype != dtype:
            raise TapeError(f"{who} a hook answered a gradient of dtype {answer._dtype}; the gradient has {dtype}")
        mine = answer
    return mine if record else mine._array


def _check_numbers(entry: tuple, adjoints: dict) -> None:
    """Raise if the record just swept made a NaN."""
    p = entry[0]
    for i, slot in enumerate(entry[HEADER : HEADER + p.n]):
        g = adjoints.get(slot)
        array = g._array if isinstance(g, Tensor) else g
        if array is not None and (array != array).any():
            raise TapeError(
                f"[{p.name}] ({line_of(*entry[5:7])}) returned nan values in the gradient of its argument {i}"
            )


def freed(tape, entry, slot, what: str) -> TapeError:
    """The error of a sweep that finds nothing saved: `what` was tried, and who took the values before."""
    line = next((w for low, high, w in reversed(tape.spent) if low <= slot <= high), None)
    first = f" at {line_of(*line)}" if line else ""
    return TapeError(
        f"[{entry[0].name}] ({line_of(*entry[5:7])}): {what}, but the "
        f"saved values were freed by the first backward(){first}. Specify retain_graph=True there"
    )
