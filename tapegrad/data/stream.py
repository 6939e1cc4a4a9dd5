"""Randomness of a batch: one stream each, whoever makes it.

The seed of a batch's stream is a hash of the epoch's place in the loader's generator and of the batch's number. So
what a batch draws depends neither on which worker makes it, nor on how many there are, nor on what was made before:
an epoch can be resumed in its middle.
"""

from hashlib import blake2b

import numpy as np

from .._random import Generator, generator_of

DRAWN = 256  # numbers at once: to draw one takes as long
Place = tuple[int, int]  # a seed and an offset: what `Generator.skip` gives


class _Stream(Generator):
    """A generator that nobody holds for longer than a batch, and that may draw more than it was asked for."""

    def __init__(self, *numbers: int):
        super().__init__()
        self._seed = _hash(*numbers)
        self._drawn: list[float] = []

    def few(self, n: int) -> list[float]:
        """`n` uniform numbers in [0, 1), of which many are drawn at once."""
        if len(self._drawn) < n:
            self._drawn = self.uniform((max(n, DRAWN),), np.float64).tolist()
        few, self._drawn = self._drawn[:n], self._drawn[n:]
        return few


class BatchStream(_Stream):
    """The default generator while batch `number` of the epoch at `place` is made."""

    def __init__(self, place: Place, number: int):
        super().__init__(*place, number)
        self._kin: dict[int, _Stream] = {}

    def kin(self, generator: Generator) -> _Stream:
        """The stream in this batch of a generator that somebody holds."""
        seed = generator.initial_seed()
        if seed not in self._kin:
            self._kin[seed] = _Stream(self._seed, seed)
        return self._kin[seed]


def uniform(generator: Generator | None, n: int) -> list[float]:
    """`n` numbers in [0, 1) for a random transform.

    In a loader they come from the batch's stream; for a transform with a generator of its own, from that one's stream
    in this batch: drawn from the generator itself, they would depend on the order in which workers come to batches.
    """
    batch = generator_of(None)
    if isinstance(batch, BatchStream):
        return (batch if generator is None else batch.kin(generator_of(generator))).few(n)
    return generator_of(generator).uniform((n,), np.float64).tolist()


def _hash(*numbers: int) -> int:
    """128 bits."""
    text = b"".join(number.to_bytes(16, "little", signed=False) for number in numbers)
    return int.from_bytes(blake2b(text, digest_size=16).digest(), "little")
