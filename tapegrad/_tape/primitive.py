"""A primitive: a forward on arrays, and for each array argument its vjp and jvp map.

A rule is a plain function that says by its parameter names what it needs:

    g          the cotangent of the output (vjp)      t      the tangent of the argument (jvp)
    y          the output                             x      an argument, by its own name
    x_shape    an argument's shape alone              axis   a setting, by its own name

A rule that names neither `g` nor `t` is the slope of an elementwise function, to be multiplied with either.
What the rules of the tracked arguments name is what a record saves; nothing else is kept alive.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import ClassVar

import numpy as np

from . import codegen
from .record import HEADER

RESERVED = ("g", "t", "y")


def one():
    """The slope 1: the cotangent passes unchanged."""


def minus():
    """The slope -1."""


def names(rule: Callable | None) -> tuple[str, ...]:
    """The parameter names of a rule."""
    return () if rule is None else rule.__code__.co_varnames[: rule.__code__.co_argcount]


class Primitive:
    """An operation as a tape sees it.

    `call` is the function that users and rules call; ``back(record, g, adjoints, tape, wanted)`` adds the cotangents
    of a record's inputs to `adjoints`, on `tape` if the sweep is recorded.
    """

    __slots__ = (
        "args", "back", "broadcasts", "call", "checked", "defaults", "differentiable", "elementwise", "forward",
        "header", "joint", "jvp_names", "jvps", "keep", "keep_y", "keeps", "n", "name", "outputs", "parameters",
        "saved", "saves", "saves_y", "settings", "view", "vjp_names", "vjps",
    )  # fmt: skip

    CONSTANT_SLOPES: ClassVar[dict] = {one: "g", minus: "-g"}

    def __init__(
        self,
        name: str,
        forward: Callable,
        args: tuple[str, ...],
        defaults: dict | None = None,
        *,
        settings: tuple[str, ...] = (),
        elementwise: bool = False,
        outputs: int = 1,
        view: bool = False,
        joint: bool = False,
        keeps: tuple[int, ...] | None = None,
    ):
        taken = [a for a in (*args, *settings) if a in RESERVED or a.startswith("_")]
        if taken:
            raise ValueError(
                f"[primitive] `{name}`: the argument name `{taken[0]}` is reserved; rename it. In rules `g` is the "
                "cotangent, `t` the tangent, `y` the output"
            )
        self.name, self.forward, self.args, self.settings, self.defaults = name, forward, args, settings, defaults
        self.parameters = args  # what callers call the arguments; rules know them by `args`
        self.n = len(args)
        self.header = HEADER + 2 * self.n
        self.elementwise = elementwise
        self.broadcasts = elementwise and self.n > 1  # to one dtype and shape; cotangents are summed back
        self.outputs = outputs
        self.keeps = keeps  # which of several outputs `y` holds in a rule, None in the place of the others (None: all)
        self.joint = joint  # whether one vjp map, the same for every argument that has one, answers all cotangents
        self.view = view  # the output may share memory with the first argument
        self.checked = False  # whether the sweep looks at the shapes that the rules answer: they are a user's
        self.call = codegen.wrapper(self)
        self.set_rules([None] * self.n, [None] * self.n)

    def set_rules(self, vjps, jvps) -> None:
        """Install one linear map per argument (None: no derivative)."""
        for kind, rules in (("vjp", vjps), ("jvp", jvps)):
            if len(rules) != self.n:
                raise ValueError(f"[{self.name}] {len(rules)} {kind} rules for {self.n} arguments {self.args}")
            for rule in rules:
                self._check(kind, rule)
        self.vjps, self.jvps = tuple(vjps), tuple(jvps)
        self.vjp_names, self.jvp_names = tuple(map(names, vjps)), tuple(map(names, jvps))
        needs = [{*v, *j} for v, j in zip(self.vjp_names, self.jvp_names, strict=True)]
        self.keep = [[arg in need for arg in self.args] for need in needs]  # keep[i][j]: rule i wants argument j
        self.keep_y = ["y" in need for need in needs]
        self.saved = [j for j in range(self.n) if any(row[j] for row in self.keep)]
        self.saves_y = any(self.keep_y)
        self.saves = bool(self.saved) or self.saves_y
        self.differentiable = any(v is not None for v in vjps)  # if no argument has a rule, nothing is recorded
        self.back: Callable = partial(_first_back, self)
        codegen.restub(self)

    def call_by(self, called: Mapping[str, str]) -> None:
        """Give arguments the names that callers use: ``call_by({"x": "input"})``."""
        self.parameters = tuple(called.get(a, a) for a in self.parameters)
        codegen.restub(self)

    def _check(self, kind: str, rule: Callable | None) -> None:
        allowed = ["g" if kind == "vjp" else "t", "y", *self.args, *(f"{a}_shape" for a in self.args), *self.settings]
        for name in names(rule):
            if name not in allowed:
                raise ValueError(f"[{self.name}] a {kind} rule names `{name}`; it may name {', '.join(allowed)}")

    def options(self, values: tuple | None) -> dict:
        """Recorded settings as keywords."""
        return dict(zip(self.settings, values or (), strict=True))

    def __repr__(self):
        return f"<primitive {self.name}>"


def _first_back(p: Primitive, record, g, adjoints, tape, wanted) -> None:
    """The step back of a primitive that no sweep has met: writes the real one."""
    p.back = codegen.back(p)
    p.back(record, g, adjoints, tape, wanted)


def from_function(forward: Callable, name: str | None = None, **kinds) -> Primitive:
    """Make a primitive of a function: positional parameters are arrays, keyword-only ones settings."""
    code = getattr(forward, "__code__", None)
    if code is None or hasattr(forward, "__wrapped__"):
        raise TypeError(f"[primitive] `{forward!r}` must be a plain Python function of arrays; wrap it in one")
    if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        raise TypeError(f"[primitive] `{forward.__name__}` must name its array arguments and settings one by one")
    args = code.co_varnames[: code.co_argcount]
    settings = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return Primitive(name or forward.__name__, forward, args, forward.__kwdefaults__, settings=settings, **kinds)


def declare(name: str, forward: Callable, vjps: list, jvps: list, **kinds) -> Callable:
    """Declare an operation on named arguments with one vjp and one jvp map each; returns the function to call."""
    p = from_function(forward, name, **kinds)
    p.set_rules(vjps, jvps)
    return p.call


def elementwise(name: str, forward: Callable, *rules: Callable | None) -> Callable:
    """Declare an elementwise operation of `len(rules)` broadcasting arguments.

    Rules of elementwise functions are diagonal, so each serves as vjp and as jvp.
    """
    if isinstance(forward, np.ufunc):
        args = ("x",) if len(rules) == 1 else ("a", "b", "c")[: len(rules)]
        p = Primitive(name, forward, args, elementwise=True)
    else:
        p = from_function(forward, name, elementwise=True)
    p.set_rules(rules, [_as_jvp(rule) for rule in rules])
    return p.call


def _as_jvp(rule: Callable | None) -> Callable | None:
    """A diagonal map read forwards: the same function with its `g` called `t`."""
    if not isinstance(rule, FunctionType) or "g" not in names(rule):
        return rule
    code = rule.__code__
    code = code.replace(co_varnames=tuple("t" if v == "g" else v for v in code.co_varnames))
    return FunctionType(code, rule.__globals__, rule.__name__, rule.__defaults__, rule.__closure__)


def unary(name: str, forward: Callable, slope: Callable | None) -> Callable:
    """Declare `y = f(x)` by its slope in `y` or `x`: ``sin = unary("sin", kernels.sin, lambda x: cos(x))``."""
    return elementwise(name, forward, slope)


def binary(name: str, forward: Callable, slope_a: Callable | None, slope_b: Callable | None) -> Callable:
    """Declare `y = f(a, b)` by its two slopes in `y`, `a` and `b`."""
    return elementwise(name, forward, slope_a, slope_b)
