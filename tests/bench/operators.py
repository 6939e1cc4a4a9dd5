"""Every differentiable operator, forward and backward, on 10⁴ and on 10⁶ elements of float32.

`rows` has the table. The number of elements is that of the largest input, about. Where the cost is cubic the rows of
10⁶ work on a hundred matrices instead of a large one.
"""

import ast

import numpy as np

from tests.bench.eager import recorded
from tests.bench.measure import timed
from tests.bench.rows import ROWS, UNARY, WHY

SIZES = {"1e4": 100, "1e6": 1000}  # elements -> side of the square
ROUNDS = 15


def inputs(side):
    """Every input of the rows, by its letter: arrays of `side`² elements unless said otherwise."""
    rng = np.random.default_rng(0)
    n, matrices = side * side, (1 if side == 100 else 100, 100, 100)
    batch, channels, width = (4, 4, 24) if side == 100 else (16, 16, 64)

    def normal(*shape):
        return rng.standard_normal(shape).astype("f")

    def uniform(low, high, *shape):
        return rng.uniform(low, high, shape).astype("f")

    square = normal(*matrices) / 10 + np.eye(100, dtype="f")
    return {
        **{name: normal(side, side) for name in "xyz"},
        **{name: uniform(0.5, 2, side, side) for name in "pq"},
        **{name: uniform(0.05, 0.95, side, side) for name in "uv"},
        **{name: normal(n) for name in "ab"},
        **{name: normal(n // 3, 3) for name in "de"},
        "g": uniform(0.2, 0.3, 1),
        "A": square,
        "B": normal(*matrices),
        "S": square @ square.mT + np.eye(100, dtype="f"),
        "i": normal(batch, channels, width, width),
        "m": normal(channels, channels, 3, 3),
        "f": normal(channels),
        "h": normal(channels),
        "n": normal(batch // 2, channels, width // 8, width, width // 2),
        "s": uniform(-1, 1, batch, width, width, 2),
        "o": normal(50, 8, n // 400),
        **{name: normal(2, 4, side // 4, side // 2 if side == 100 else 512) for name in ("q0", "k0", "v0")},
        # constants
        "c": rng.random((side, side)) < 0.5,
        "j": rng.permutation(side),
        "k": rng.permuted(np.tile(np.arange(side), (side, 1)), axis=1),
        "l": rng.integers(0, 10, n // 10),
        "r": rng.integers(1, n // 400, (8, 10)),
        "w": np.hanning(64).astype("f"),
    }


CONSTANTS = "cjklrw"


def rows():
    """Name and expression of every row."""
    for letter, names in UNARY.items():
        for name in names.split():
            yield name.rpartition(".")[2], f"t.{name}({letter})"
    for line in ROWS.strip().splitlines():
        name, _, expression = line.partition(": ")
        yield name, expression


def step(library, expression, side):
    """Return one forward and backward pass of `expression`, its cotangents standard normal."""
    used = {node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)}
    here = {"t": library, "F": library.nn.functional}
    leaves = []
    for name, array in inputs(side).items():
        if name in used:
            here[name] = library.tensor(array, requires_grad=name not in CONSTANTS)
            leaves += [] if name in CONSTANTS else [here[name]]
    forward = recorded(library, eval(f"lambda: {expression}", here))

    y = forward()
    several = isinstance(y, (tuple, list))
    chosen = [k for k, v in enumerate(y) if v.requires_grad] if several else []
    rng = np.random.default_rng(1)
    cotangents = [
        library.tensor(rng.standard_normal(tuple(v.shape)).astype("f")).to(v.dtype)
        for v in ([y[k] for k in chosen] if several else [y])
    ]

    def run_one():
        forward().backward(*cotangents)
        for leaf in leaves:
            leaf.grad = None

    def run_several():
        outputs = forward()
        library.autograd.backward([outputs[k] for k in chosen], cotangents)
        for leaf in leaves:
            leaf.grad = None

    return run_several if several else run_one


for _size, _side in SIZES.items():
    for _name, _expression in rows():

        def _run(library, expression=_expression, side=_side):
            return step(library, expression, side)

        _run.__name__ = f"{_size}_{_name}"
        timed(3.0, rounds=ROUNDS, why=WHY.get(_name, ""))(_run)
