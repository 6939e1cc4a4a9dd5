"""Forward mode: the same list read forwards, tangents indexed by slot, with nothing but the jvp maps."""

from .borrowed import lent
from .context import line_of
from .errors import TapeError
from .guard import Changes
from .record import HEADER, PART
from .sweep import freed
from .tensor import wrap


def push_forward(tape, tangents: dict, start: int, stop: int, record: bool) -> None:
    """Push `tangents` (slot -> array, or Tensor if `record`) over the records `start … stop-1`, adding to it."""
    changes = Changes(tape)
    for slot in range(start, stop):
        entry = tape.records[slot]
        p = entry[0]
        if p is PART:
            continue
        incoming = [None if s is None else tangents.get(s) for s in entry[HEADER : HEADER + p.n]]
        if all(t is None for t in incoming):
            continue
        if p.saves:
            if len(entry) == p.header:
                raise freed(tape, entry, slot, "trying to push tangents through the graph")
            changes.check(entry, slot)
        push = getattr(p, "push", None)
        outgoing = push(entry, incoming, tape if record else None) if push else _push(p, entry, incoming, tape, record)
        if p.outputs == 1:
            tangents[slot] = outgoing
        else:
            tangents.update((slot + k, t) for k, t in enumerate(outgoing) if t is not None)


def _push(p, entry: tuple, incoming: list, tape, record: bool):
    """The tangent of a primitive's output, summed over its arguments."""
    n, shape = p.n, entry[3]
    slots, shapes = entry[HEADER : HEADER + n], entry[HEADER + n : HEADER + 2 * n]
    saved = dict(zip([p.args[j] for j in p.saved] + ["y"] * p.saves_y, entry[p.header :], strict=True))
    if record:
        for j in p.saved:
            if saved[p.args[j]] is not None:
                saved[p.args[j]] = wrap(saved[p.args[j]], slots[j], tape)
        if saved.get("y") is not None:
            y, slot = saved["y"], entry[2]
            saved["y"] = (
                wrap(y, slot, tape)
                if p.outputs == 1
                else tuple(None if v is None else wrap(v, slot + k, tape) for k, v in enumerate(y))
            )
    facts = saved | p.options(entry[1]) | {f"{a}_shape": s for a, s in zip(p.args, shapes, strict=True)}
    total = None
    for i, t in enumerate(incoming):
        rule = p.jvps[i]
        if t is None or p.vjps[i] is None:
            continue
        if rule is None:
            raise TapeError(f"[{p.name}] ({line_of(*entry[5:7])}) has no jvp rule for `{p.args[i]}`; see `defjvp`")
        if rule in p.CONSTANT_SLOPES:
            d = t if p.CONSTANT_SLOPES[rule] == "g" else -t
        else:
            needed = p.jvp_names[i]
            d = rule(*(t if name == "t" else facts[name] for name in needed))
            if "t" not in needed and p.elementwise:
                d = t * d
        if p.broadcasts and d.shape != shape:
            d = lent.expand(d, shape=shape)
        if total is None:
            total = d
        elif p.outputs == 1:
            total = total + d
        else:
            total = tuple(b if a is None else a if b is None else a + b for a, b in zip(total, d, strict=True))
    return total
