"""Randomness of a batch: one stream each, whoever makes it.

The seed of a batch's stream is a hash of the epoch's place in the loader's generator and of the batch's number. So
what a batch draws depends neither on which worker makes it, nor on how many there are, nor on what was made before:
an epoch can be resumed in its middle.
"""

from hashlib import blake2b

from .._random import Generator, generator_of

Place = tuple[int, int]  # a seed and an offset: what `Generator.skip` gives


class BatchStream(Generator):
    """The default generator while batch `number` of the epoch at `place` is made."""

    def __init__(self, place: Place, number: int):
        super().__init__()
        self._seed = _hash(*place, number)
        self._kin: dict[int, Generator] = {}

    def kin(self, generator: Generator) -> Generator:
        """The stream in this batch of a generator that somebody holds."""
        seed = generator.initial_seed()
        if seed not in self._kin:
            self._kin[seed] = Generator().manual_seed(_hash(self._seed, seed))
        return self._kin[seed]


def batch_generator_of(generator: Generator | None) -> Generator:
    """What a random transform draws from.

    In a loader it is the batch's stream; with a generator of the transform's own, that one's stream in this batch,
    for drawing from the generator itself would make batches depend on the order in which workers come to them.
    """
    batch = generator_of(None)
    if generator is not None and isinstance(batch, BatchStream):
        return batch.kin(generator_of(generator))
    return generator_of(generator)


def _hash(*numbers: int) -> int:
    """128 bits."""
    text = b"".join(number.to_bytes(16, "little", signed=False) for number in numbers)
    return int.from_bytes(blake2b(text, digest_size=16).digest(), "little")
