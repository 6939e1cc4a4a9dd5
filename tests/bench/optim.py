"""Steps of optimisers alone: all parameters of a small GPT, most of them tiny, and one large array."""

import numpy as np

from tests.bench.measure import timed

WIDTH, LAYERS, SIGNS = 128, 4, 65


def gpt_shapes():
    """Embeddings, four layers, the last norm and the head: 53 parameters, 0.8 million elements."""
    block = [(WIDTH,), (WIDTH,), (3 * WIDTH, WIDTH), (3 * WIDTH,), (WIDTH, WIDTH), (WIDTH,), (WIDTH,), (WIDTH,)]
    block += [(4 * WIDTH, WIDTH), (4 * WIDTH,), (WIDTH, 4 * WIDTH), (WIDTH,)]
    return [(SIGNS, WIDTH), (WIDTH, WIDTH), *block * LAYERS, (WIDTH,), (WIDTH,), (SIGNS, WIDTH)]


def stepping(library, name, shapes, **settings):
    """One step of all parameters, which have gradients."""
    rng, params = np.random.default_rng(0), []
    for shape in shapes:
        p = library.tensor(rng.standard_normal(shape, "f"), requires_grad=True)
        p.grad = library.tensor(rng.standard_normal(shape, "f"))
        params.append(p)
    return getattr(library.optim, name)(params, **settings).step


@timed(0.5)
def adam_gpt(library):
    return stepping(library, "Adam", gpt_shapes(), lr=1e-5)


@timed(1.2)
def adam_gpt_fused(library):
    return stepping(library, "Adam", gpt_shapes(), lr=1e-5, fused=True)


@timed(0.5)
def adamw_gpt(library):
    return stepping(library, "AdamW", gpt_shapes(), lr=1e-5)


@timed(0.8)
def sgd_gpt(library):
    return stepping(library, "SGD", gpt_shapes(), lr=1e-5, momentum=0.9)


@timed(0.8)
def rmsprop_gpt(library):
    return stepping(library, "RMSprop", gpt_shapes(), lr=1e-5)


@timed(0.15, rounds=12)
def adam_ten_million(library):
    return stepping(library, "Adam", [(10**7,)], lr=1e-5)


@timed(1.0, rounds=12)
def adam_ten_million_fused(library):
    return stepping(library, "Adam", [(10**7,)], lr=1e-5, fused=True)
