"""Primitives of any number of arrays: concatenate, stack, einsum."""

from collections.abc import Callable

from .apply import apply
from .primitive import names
from .record import HEADER
from .tensor import wrap


class Variadic:
    """A primitive of a sequence of arrays; there is one for each length, made when first needed.

    Its two rules serve every argument: `vjp` may name `g`, `i` (the argument's number), `shapes` and `xs` (those of
    all arguments), and the settings; `jvp` the same with `t` for `g`.
    """

    elementwise = broadcasts = view = saves_y = False
    outputs = 1
    differentiable = True

    def __init__(self, name: str, forward: Callable, vjp: Callable, jvp: Callable, settings: tuple = (), n: int = 0):
        self.name, self.sequence_forward, self.vjp, self.jvp, self.settings, self.n = (
            name, forward, vjp, jvp, settings, n,
        )  # fmt: skip
        self.saves = "xs" in names(vjp) + names(jvp)
        self.saved = list(range(n)) if self.saves else []
        self.keep = [[self.saves] * n] * n
        self.keep_y = [False] * n
        self.vjps = (vjp,) * n
        self.header = HEADER + 2 * n
        self.of: dict[int, Variadic] = {}

    def __call__(self, arrays, **options):
        """Apply to a sequence of tensors (any may be an array)."""
        args = tuple(arrays)
        p = self.of.get(len(args))
        if p is None:
            p = Variadic(self.name, self.sequence_forward, self.vjp, self.jvp, self.settings, len(args))
            self.of[len(args)] = p
        return apply(p, args, tuple(options[s] for s in self.settings))

    def forward(self, *arrays, **options):
        return self.sequence_forward(arrays, **options)

    def options(self, values) -> dict:
        return dict(zip(self.settings, values or (), strict=True))

    def facts(self, record, tape) -> dict:
        """What the rules may name, taken from a record."""
        n = self.n
        slots, shapes, xs = record[HEADER : HEADER + n], record[HEADER + n : HEADER + 2 * n], record[self.header :]
        if tape is not None:
            xs = tuple(wrap(x, s, tape) for x, s in zip(xs, slots, strict=False))
        return {"shapes": shapes, "xs": xs, **self.options(record[1])}

    def back(self, record, g, adjoints, tape, wanted) -> None:
        """Add the cotangents of a record's inputs to `adjoints`."""
        facts = self.facts(record, tape)
        facts["g"] = g
        for i, slot in enumerate(record[HEADER : HEADER + self.n]):
            if slot is not None and (wanted is None or slot in wanted):
                facts["i"] = i
                gx = self.vjp(**{name: facts[name] for name in names(self.vjp)})
                adjoints[slot] = adjoints[slot] + gx if slot in adjoints else gx

    def push(self, record, tangents, tape):
        """The tangent of the output: the sum over the arguments that have one."""
        facts = self.facts(record, tape)
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                facts["i"], facts["t"] = i, t
                d = self.jvp(**{name: facts[name] for name in names(self.jvp)})
                total = d if total is None else total + d
        return total

    def __repr__(self):
        return f"<primitive {self.name}>"
