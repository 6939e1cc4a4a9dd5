"""Random programs of views and writes in place, against the same programs in which neither exists.

The model of a tensor is a place in a storage that is never changed: a view is another place in the same storage, a
write is a new storage. What the library answers must be the model's value and the model's gradient, or an error;
after an error the program goes on as if the step had not been asked for.
"""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg

VIEWS = {
    "rows": (lambda a: a[1:], lambda s: len(s) > 0 and s[0] > 1),
    "back": (lambda a: a[::-1], lambda s: len(s) > 0),
    "even": (lambda a: a[..., ::2], lambda s: len(s) > 0 and s[-1] > 1),
    "first": (lambda a: a[0], lambda s: len(s) > 0 and s[0] > 0),
    "column": (lambda a: a[:, 1], lambda s: len(s) == 2 and s[1] > 1),
    "turned": (lambda a: a.T, lambda s: len(s) == 2),
    "flat": (lambda a: a.reshape(-1), lambda s: len(s) > 0),
    "new": (lambda a: a[None], lambda s: len(s) < 3),
    "half": (lambda a: tg.tensor_split(a, 2)[1], lambda s: len(s) > 0 and s[0] > 1),
    "last": (lambda a: tg.unbind(a)[-1], lambda s: len(s) > 0 and s[0] > 1),
    "diagonal": (lambda a: a.diagonal(), lambda s: len(s) == 2),
}
FUNCTIONS = (tg.sin, tg.tanh)


class Place:
    """The elements `at` of a storage (a list of one flat Tensor); `cut`: without their history."""

    def __init__(self, storage: list, at: np.ndarray, cut: bool = False):
        self.storage, self.at, self.cut = storage, at, cut

    @property
    def value(self):
        v = self.storage[0][self.at.reshape(-1)].reshape(self.at.shape)
        return v.detach() if self.cut else v

    def write(self, value, *, recorded: bool) -> None:
        old, where, v = self.storage[0], (self.at.reshape(-1),), tg.broadcast_to(value, self.at.shape).reshape(-1)
        if recorded:
            self.storage[0] = tg.index_put(old, where, v)
        else:  # the memory changes, the gradient does not know of it
            self.storage[0] = old + (tg.index_put(old.detach(), where, v.detach()) - old).detach()


def place(value) -> Place:
    """A place of its own for a value."""
    return Place([value.reshape(-1)], np.arange(value.numel()).reshape(value.shape))


class Program:
    """A random program, run on tensors and on their models side by side."""

    def __init__(self, seed: int):
        self.random, numbers = random.Random(seed), np.random.default_rng(seed)
        x, c = numbers.uniform(0.2, 1, (2, 3, 4))
        self.x, self.model_x = tg.tensor(x, requires_grad=True), tg.tensor(x, requires_grad=True)
        self.refusals = 0
        with tg.tape():
            constants = [tg.tensor(c), tg.zeros(3, 4, dtype=tg.float64)]
            self.tensors = [self.x, self.x * 1, *constants]
            self.places = [place(self.model_x), place(self.model_x * 1), *(place(t.clone()) for t in constants)]
            for _ in range(self.random.randrange(4, 16)):
                try:
                    self.step()
                except tg.TapeError:
                    self.refusals += 1
            self.loss, self.model_loss = tg.zeros((), dtype=tg.float64), tg.zeros((), dtype=tg.float64)
            for t, p in zip(self.tensors, self.places, strict=True):
                weights = tg.tensor(numbers.uniform(0.5, 1, t.shape))
                self.loss = self.loss + (t * weights).sum()
                self.model_loss = self.model_loss + (p.value * weights).sum()

    def step(self) -> None:
        pick = self.random.randrange(len(self.tensors))
        t, p = self.tensors[pick], self.places[pick]
        kind = self.random.choice(["view"] * 4 + ["function", "sum", "product", "detach"] + ["write"] * 5 + ["silent"])
        {"view": self.view, "write": self.write, "detach": self.detach, "silent": self.silent}.get(kind, self.compute)(
            kind, t, p
        )

    def add(self, tensor, place_: Place) -> None:
        self.tensors.append(tensor)
        self.places.append(place_)

    def other(self, shape) -> int:
        """Any tensor of this shape."""
        return self.random.choice([i for i, t in enumerate(self.tensors) if t.shape == shape])

    def view(self, kind, t, p) -> None:
        ways = [view for view, fits in VIEWS.values() if fits(t.shape)]
        view = self.random.choice(ways)
        y = view(t)
        if np.shares_memory(y._array, t._array):
            self.add(y, Place(p.storage, view(p.at), p.cut))
        else:  # a reshape that had to copy
            self.add(y, place(view(p.value)))

    def compute(self, kind, t, p) -> None:
        k = self.other(t.shape)
        f = self.random.choice(FUNCTIONS)
        g = {"function": lambda a, b: f(a), "sum": lambda a, b: a + b, "product": lambda a, b: a * b}[kind]
        self.add(g(t, self.tensors[k]), place(g(p.value, self.places[k].value)))

    def detach(self, kind, t, p) -> None:
        self.add(t.detach(), Place(p.storage, p.at, True))

    def silent(self, kind, t, p) -> None:
        with tg.no_grad():
            t.mul_(0.5)
        p.write(p.value * 0.5, recorded=False)

    def write(self, kind, t, p) -> None:
        k, number = self.other(t.shape), self.random.choice([0.5, -1.5])
        value, b = p.value, self.places[k].value
        how = self.random.choice(["scale", "add", "copy", "apply", "fill", "positions", "mask"])
        if how in ("positions", "mask") and not t.shape:
            how = "scale"
        if how == "scale":
            new, _ = value * number, t.mul_(number)
        elif how == "add":
            new, _ = value + b, t.add_(self.tensors[k])
        elif how == "copy":
            new, _ = b, t.copy_(self.tensors[k])
        elif how == "apply":
            new, _ = tg.tanh(value), t.tanh_()
        elif how == "fill":
            new, _ = tg.full(t.shape, number, dtype=tg.float64), t.fill_(number)
        else:
            index = [0, -1, 0] if how == "positions" else np.arange(t.numel()).reshape(t.shape) % 3 == 0
            v = b[index] * number
            new = value.clone()
            new[index] = v
            t[index] = self.tensors[k][index] * number
        p.write(new, recorded=not p.cut)


def outcome(seed: int):
    """The program, and whether its sweep went through."""
    program = Program(seed)
    if not program.loss.requires_grad:
        return program, None
    try:
        program.loss.backward()
    except tg.TapeError:
        return program, False
    program.model_loss.backward()
    return program, True


@given(st.integers(0, 10**6))
def test_views_and_writes_mean_what_the_model_says(start):
    for seed in range(start, start + 20):
        program, swept = outcome(seed)
        assert program.loss.item() == pytest.approx(program.model_loss.item(), rel=1e-10), seed
        if swept:
            got, expected = (x.grad if x.grad is not None else tg.zeros(3, 4) for x in (program.x, program.model_x))
            np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-9, atol=1e-12, err_msg=str(seed))


def test_most_programs_are_not_refused():
    swept = [outcome(seed)[1] for seed in range(100)]
    assert swept.count(False) < 25
