"""The functions that users and the sweep call, written out as text for each pattern of arguments.

An operation on a 4×4 array costs half a microsecond; a loop over its arguments would cost that again. So each
primitive gets a function without loops, compiled when it is first called (importing the library compiles none).
Primitives of one pattern share one code object and differ in their globals. To read one:
``print(codegen.call_text(tg.add.primitive))``.
"""

import builtins
import linecache
import sys
from types import CodeType, FunctionType

import numpy as np

from .apply import apply
from .borrowed import lent
from .context import internal, line_of, stack
from .errors import TapeError, explained, refused
from .nodes import View
from .record import HEADER, PART
from .tape import torn
from .tensor import Tensor, new, plain, wrap
from .views import link, outside

UNROLLED = 8  # a primitive of more outputs takes the general path

_codes: dict[str, CodeType] = {}


def compiled(text: str) -> CodeType:
    """The code object of the function in `text`; the text stays readable in tracebacks."""
    if text not in _codes:
        filename = f"<tapegrad {len(_codes)}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        _codes[text] = next(c for c in compile(text, filename, "exec").co_consts if isinstance(c, CodeType))
    return _codes[text]


def _stub(*args, **kwargs):
    return _first_call(args, kwargs)  # noqa: F821  (found in the globals that `wrapper` makes)


def wrapper(p) -> FunctionType:
    """The function that users call; its code is compiled on the first call."""

    def first_call(args, kwargs):
        specialise(p)
        return p.call(*args, **kwargs)

    call = FunctionType(_stub.__code__, {"__builtins__": builtins, "_first_call": first_call}, p.name)
    call.primitive = p
    return call


def specialise(p) -> None:
    """Give the primitive's function its real code."""
    p.call.__globals__.update(
        _P=p, _forward=p.forward, Tensor=Tensor, _new=new, _stack=stack, _getframe=sys._getframe, _internal=internal,
        _outside=outside, _link=link, _View=View, _apply=apply, _settle=lent.settle, _torn=torn, _explained=explained,
        _refused=refused, _plain=plain, _PART=PART, _ndarray=np.ndarray,
        _lift=lent.promote if p.broadcasts else lent.lift,
    )  # fmt: skip
    p.call.__kwdefaults__ = p.defaults
    p.call.__code__ = compiled(call_text(p))


def restub(p) -> None:
    """Forget the code of the primitive's function: its rules have changed."""
    p.call.__code__ = _stub.__code__


def call_text(p) -> str:
    """The text of a primitive's function."""
    n, args, ufunc = p.n, p.parameters, isinstance(p.forward, np.ufunc)
    given = "".join(f", {s}={s}" for s in p.settings)
    values = f"({', '.join(p.settings)},)" if p.settings else "None"
    dense = ", out=..." if ufunc else ""  # makes a 0-d result of a ufunc an array, for nothing
    raw = f"return _forward({', '.join(args)}{given}{dense})"
    given_up = f"raise _refused(_P, _error, ({', '.join(args)},)) from None"
    refused = f"except (AttributeError, TypeError) as _error: {given_up}"
    tensors = [f"isinstance({a}, Tensor)" for a in args]
    if p.broadcasts:
        tensors += [f"{args[0]}._dtype is {a}._dtype" for a in args[1:]]
    arrays = ", ".join(f"_d{i}" for i in range(n))

    lines = [f"def call({', '.join([*args, *(['*', *p.settings] if p.settings else [])])}):"]
    if p.outputs > UNROLLED:
        return "\n".join([*lines, f"    return _apply(_P, ({', '.join(args)},), {values})", ""])
    lines += [f"    if not ({' and '.join(tensors)}):"]
    if n > 1:
        raws = " is ".join([*(f"{a}.__class__" for a in args), "_ndarray"])  # as rules have them in a sweep
        lines += [f"        _in = None if {raws} else _lift(({', '.join(args)}), _P)"]
        lines += ["        if _in is None:", f"            try: {raw}", f"            {refused}"]
        lines += [f"        {', '.join(args)} = _in"]
    else:
        lines += [f"        try: {raw}", f"        {refused}"]
    lines += [f"    _d{i} = {a}._array; _n{i} = {a}._node" for i, a in enumerate(args)]
    if p.outputs > 1:
        return "\n".join([*lines, *several_text(p, values, f"_forward({arrays}{given})"), ""])
    lines += ["    _y = _new(Tensor)"]
    indent = "        " if p.elementwise else "    "
    if p.elementwise:
        lines += ["    try:"]
    if ufunc:
        same = "".join(f" and _ysh == {a}._shape" for a in args[1:])
        lines += [f"{indent}_ysh = {args[0]}._shape"]
        lines += [f"{indent}if _ysh{same}: _yd = _y._array = _forward({arrays}); _y._shape = _ysh"]
        lines += [f"{indent}else: _yd = _y._array = _forward({arrays}, out=...); _ysh = _y._shape = _yd.shape"]
    else:
        lines += [f"{indent}_yd = _y._array = _forward({arrays}{given}); _ysh = _y._shape = _yd.shape"]
    if p.elementwise:
        lines += ["    except (TypeError, ValueError) as _error:"]
        lines += [f"        raise _explained(_P, _error, ({', '.join(args)},)) from None"]
    lines += ["    _ydt = _y._dtype = _yd.dtype"]
    if p.elementwise and p.differentiable:
        lines += [f"    if _ydt is not {args[0]}._dtype: _yd, _ydt = _settle(_y, _forward, ({arrays},){given})"]

    shared = f"_link(_P, {values}, {args[0]}, _y, None, None); " if p.view else ""
    if not p.differentiable:
        return "\n".join([*lines, f"    _y._node = None; {shared}return _y", ""])
    lines += [
        "    _tape = _stack.get()[0]",
        "    if _tape is None:",
        "        _y._node = None",
        f"        if {' or '.join(f'_n{i} is not None' for i in range(n))}: _outside(({', '.join(args)},), _y)",
        f"        {shared}return _y",
    ]
    lines += [
        *slots_text(p),
        f"    if {_untracked(p)}: _y._node = None; {shared}return _y",
        *FRAME,
        "    _records = _tape.records; _s = len(_records)",
        f"    _r = (_P, {values}, _s, _ysh, _ydt, _code, _frame.f_lasti, {_kept(p)})",
        "    _records.append(_r)",
        "    if _records[_s] is not _r: raise _torn()",
        *(view_text(args[0], values) if p.view else ["    _y._node = _tape; _y._slot = _s"]),
        "    return _y",
    ]
    return "\n".join([*lines, ""])


FRAME = (
    "    _frame = _getframe(1); _code = _frame.f_code",
    "    if _code is not _tape.code:",
    "        while _internal[_code.co_filename]: _frame = _frame.f_back; _code = _frame.f_code",
    "        _tape.code = _code",
)


def slots_text(p) -> list[str]:
    """Find the slot of each argument, and its array, safe to save if a rule wants it."""
    lines = []
    for i, a in enumerate(p.parameters):
        keep = any(row[i] for row in p.keep)
        lines += [f"    if _n{i} is _tape: _s{i} = {a}._slot"]
        lines += [f"    elif _n{i} is None: _s{i} = None"]
        lines += [f"    else: _s{i}, _d{i} = _n{i}.locate({a}, _tape, {keep})"]
    return lines


def _untracked(p) -> str:
    return " and ".join(f"_s{i} is None" for i in range(p.n) if p.vjps[i] is not None)


def _kept(p) -> str:
    """The end of a record: slots, shapes, saved values."""
    return ", ".join([*(f"_s{i}" for i in range(p.n)), *(f"{a}._shape" for a in p.parameters), *saved_text(p)])


def several_text(p, values: str, forward: str) -> list[str]:
    """Compute several outputs, and record them: the first has the record, each other a part."""
    ks = range(p.outputs)
    each = ", ".join(f"_y{k}" for k in ks)
    answer = f"return ({each}) if _yd.__class__ is tuple else _yd.__class__({each})"  # a named tuple keeps its names
    lines = [f"    _yd = {forward}", f"    {', '.join(f'_a{k}' for k in ks)} = _yd"]
    lines += [f"    _y{k} = _plain(_a{k})" for k in ks]
    if not p.differentiable:
        return [*lines, f"    {answer}"]
    parts = (f"(_PART, {k}, _s + {k}, _y{k}._shape, _y{k}._dtype, _code, _frame.f_lasti)" for k in ks[1:])
    return [
        *lines,
        "    _tape = _stack.get()[0]",
        "    if _tape is None:",
        f"        if {' or '.join(f'_n{i} is not None' for i in range(p.n))}:",
        *(f"            _outside(({', '.join(p.parameters)},), _y{k})" for k in ks),
        f"        {answer}",
        *slots_text(p),
        f"    if {_untracked(p)}: {answer}",
        *FRAME,
        "    _records = _tape.records; _s = len(_records)",
        f"    _r = (_P, {values}, _s, _y0._shape, _y0._dtype, _code, _frame.f_lasti, {_kept(p)})",
        f"    _records.extend((_r, {', '.join(parts)}))",
        "    if _records[_s] is not _r: raise _torn()",
        *(f"    if _y{k}._dtype.kind in 'fc': _y{k}._node = _tape; _y{k}._slot = _s + {k}" for k in ks),
        f"    {answer}",
    ]


def view_text(x: str, values: str) -> list[str]:
    """Make the result a view of `x`; what `views.link` does, without the call, where `x` is no view itself."""
    return [
        f"    _base = _yd.base; _xd = {x}._array",
        "    if _n0.__class__ is _View or (_base is not _xd and (_base is None or _base is not _xd.base)):",
        f"        _link(_P, {values}, {x}, _y, _tape, _s)",
        "    else:",
        f"        _v = _y._node = _new(_View); _v.root = {x}; _v.how = ((_P, {values}),); _v.constant = False",
        f"        try: _v.at = (_tape, _s, {x}._generation)",
        f"        except AttributeError: {x}._generation = 0; _v.at = (_tape, _s, 0)",
    ]


def saved_text(p) -> list[str]:
    """What a record saves, as expressions: each value only if a tracked argument's rule names it."""
    ruled = {i for i in range(p.n) if p.vjps[i] is not None}
    values = [(f"_d{j}", {i for i in ruled if p.keep[i][j]}) for j in p.saved]
    if p.saves_y:
        y = "_yd"
        if p.keeps is not None:
            y = f"({''.join(f'_a{k}, ' if k in p.keeps else 'None, ' for k in range(p.outputs))})"
        values.append((y, {i for i in ruled if p.keep_y[i]}))
    return [v if needed == ruled else f"{v} if {_any_tracked(needed)} else None" for v, needed in values]


def _any_tracked(arguments: set[int]) -> str:
    return " or ".join(f"_s{i} is not None" for i in sorted(arguments)) or "False"


def back(p) -> FunctionType:
    """The function that takes a record one step back."""
    space = {"__builtins__": builtins, "_wrap": wrap, "_sum_to": lent.sum_to, "_misshapen": misshapen}
    space.update({f"_v{i}": rule for i, rule in enumerate(p.vjps)})
    return FunctionType(compiled(back_text(p)), space, f"back_{p.name}")


def back_text(p) -> str:
    """The text of a primitive's step back."""
    slots, shapes = [f"s{i}" for i in range(p.n)], [f"h{i}" for i in range(p.n)]
    saved = [f"d{j}" for j in p.saved] + (["y"] if p.saves_y else [])
    fields = ", ".join(["_", "settings", "slot", "ysh", "_", "_", "_", *slots, *shapes, *saved])
    lines = ["def back(record, g, adjoints, tape, wanted):", f"    {fields} = record"]
    if p.settings:
        lines += [f"    {', '.join(f'o_{s}' for s in p.settings)}, = settings"]
    if saved:
        lines += ["    if tape is not None:  # a recorded sweep: saved arrays become the Tensors that they were"]
        lines += [f"        if d{j} is not None: d{j} = _wrap(d{j}, s{j}, tape)" for j in p.saved]
        if p.saves_y:
            each = "tuple(None if v is None else _wrap(v, slot + k, tape) for k, v in enumerate(y))"
            y = each if p.outputs > 1 else "_wrap(y, slot, tape)"
            lines += [f"        if y is not None: y = {y}"]
    value = {"g": "g", "y": "y"}
    value |= {a: f"d{j}" for j, a in enumerate(p.args)} | {f"{a}_shape": f"h{j}" for j, a in enumerate(p.args)}
    value |= {s: f"o_{s}" for s in p.settings}
    ruled = [i for i, rule in enumerate(p.vjps) if rule is not None]
    if p.joint:
        lines += [f"    {''.join(f'g{i}, ' for i in ruled)}= {_map_text(p, ruled[0], value)}"]
    for i in ruled:
        lines += [f"    if s{i} is not None and (wanted is None or s{i} in wanted):"]
        lines += [f"        g{i} = {_map_text(p, i, value)}"] if not p.joint else []
        if p.broadcasts:
            lines += [f"        if h{i} is not ysh: g{i} = _sum_to(g{i}, h{i})"]
        if p.checked:
            lines += [f"        if getattr(g{i}, 'shape', None) != h{i}: raise _misshapen(record, {i}, g{i})"]
        lines += [f"        adjoints[s{i}] = adjoints[s{i}] + g{i} if s{i} in adjoints else g{i}"]
    return "\n".join([*lines, ""])


def misshapen(record: tuple, i: int, g) -> TapeError:
    """The error of a user's rule whose answer is no cotangent of its argument."""
    p = record[0]
    found = f"shape {g.shape}" if hasattr(g, "shape") else f"a {type(g).__name__}"
    return TapeError(
        f"[{p.name}] ({line_of(*record[5:7])}): the vjp rule of `{p.args[i]}` answered {found}; it must answer an "
        f"array of the shape of `{p.args[i]}`, {record[HEADER + p.n + i]}"
    )


def _map_text(p, i, value) -> str:
    """The cotangent of argument `i`: its whole map, or its slope times `g`."""
    if p.vjps[i] in p.CONSTANT_SLOPES:
        return p.CONSTANT_SLOPES[p.vjps[i]]
    needed = p.vjp_names[i]
    call = f"_v{i}({', '.join(value[name] for name in needed)})"
    return call if "g" in needed else f"g * {call}"
