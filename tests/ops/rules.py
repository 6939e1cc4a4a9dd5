"""Which rules there are, and which of them `check_rule` has found right."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tapegrad._tape import HEADER
from tapegrad._tape.primitive import Primitive
from tapegrad._tape.variadic import Variadic
from tapegrad.testing import _rules
from tapegrad.testing._trace import Trace
from tests.house.tree import ROOT, imports

Rule = tuple  # (primitive, argument), or (vjp,) of a Variadic: one rule serves all its arguments


def rules(value) -> dict[Rule, str]:
    """The rules of a primitive, or of the function that calls it, each with its argument; nothing of other values."""
    p = getattr(value, "primitive", value)
    if isinstance(p, Variadic):
        return {(p.vjp,): "every argument"}
    if isinstance(p, Primitive):
        return {(p, i): f"`{p.args[i]}`" for i in range(p.n) if p.vjps[i] is not None}
    return {}


def declared(family: str) -> dict[Rule, str]:
    """The rules of all primitives, private ones too, that tapegrad/ops/`family`.py declares, and names to call them."""
    path = ROOT / "tapegrad" / "ops" / f"{family}.py"
    imported = {a.asname or a.name for _, statement in imports(path, everywhere=True) for a in statement.names}
    own = {k: v for k, v in vars(importlib.import_module(f"tapegrad.ops.{family}")).items() if k not in imported}
    return {rule: f"{name} in {argument}" for name, value in own.items() for rule, argument in rules(value).items()}


@contextmanager
def noting() -> Iterator[set[Rule]]:
    """A set that grows by every rule that `check_rule` finds right to second order.

    Only what the checked operation itself records counts; what its derivatives record is right to first order alone.
    """
    found = set()
    run = _rules._Check.run

    def noted(check, arrays, order):
        run(check, arrays, order)
        if order > 1:
            for p, *rest in Trace(check.map, arrays, check.at).tape.records:
                tracked = [i for i, slot in enumerate(rest[HEADER - 1 : HEADER - 1 + p.n]) if slot is not None]
                found.update([(p.vjp,)] if isinstance(p, Variadic) else [(p, i) for i in tracked])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rules._Check, "run", noted)
        yield found
