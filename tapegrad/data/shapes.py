"""Points on curves, made to be told apart or unrolled."""

from math import pi

import numpy as np

from .._creation import tensor
from .._random import Generator, generator_of
from ._arguments import count, real
from .dataset import TensorDataset


class Spiral(TensorDataset):
    """Arms of a spiral in the plane, one for each class: what no straight line can part.

        x = r (cos φ, sin φ) + noise · z,    φ = 2π (turns · r + c / classes),    r in 0 … 1,    z normal

    A sample is ``(x, c)``: float32 of shape (2,), and a 0-d int64.

    Parameters
    ----------
    n : int, default 300
        How many points; classes take turns.
    classes : int, default 3
    turns : float, default 0.75
        How often an arm goes round.
    noise : float, default 0.02
    generator : Generator, optional

    Examples
    --------
    >>> len(tg.data.Spiral(90)), tg.data.Spiral(90)[0][1]
    (90, tensor(0))
    """

    def __init__(
        self,
        n: int = 300,
        classes: int = 3,
        turns: float = 0.75,
        noise: float = 0.02,
        generator: Generator | None = None,
    ):
        n, classes = count("Spiral", "n", n, 1), count("Spiral", "classes", classes, 1)
        turns, noise = real("Spiral", "turns", turns, -1e6, 1e6), real("Spiral", "noise", noise, 0, 1e6)
        c = np.arange(n) % classes
        r = (np.arange(n) // classes + 0.5) / -(-n // classes)
        angle = 2 * pi * (turns * r + c / classes)
        points = np.stack([r * np.cos(angle), r * np.sin(angle)], 1)  # (N, 2)
        points += noise * generator_of(generator).normal((n, 2), np.float64)
        self.data, self.targets = tensor(points.astype(np.float32)), tensor(c)
        super().__init__(self.data, self.targets)


class SwissRoll(TensorDataset):
    """A rolled-up sheet in space: what neighbours on the sheet say, distances in space do not.

        x = (t cos t, 21 v, t sin t) + noise · z,    t = 3/2 π (1 + 2u),    u, v uniform,    z normal

    A sample is ``(x, t)``: float32 of shape (3,), and the 0-d place along the sheet.

    Parameters
    ----------
    n : int, default 1000
        How many points.
    noise : float, default 0
    generator : Generator, optional

    Notes
    -----
    S. Marsland: Machine Learning: An Algorithmic Perspective, 2nd edition, chapter 6, 2014; as in scikit-learn.
    """

    def __init__(self, n: int = 1000, noise: float = 0.0, generator: Generator | None = None):
        n, noise = count("SwissRoll", "n", n, 1), real("SwissRoll", "noise", noise, 0, 1e6)
        random = generator_of(generator)
        u, v = random.uniform((2, n), np.float64)
        t = 1.5 * pi * (1 + 2 * u)
        points = np.stack([t * np.cos(t), 21 * v, t * np.sin(t)], 1)  # (N, 3)
        points += noise * random.normal((n, 3), np.float64)
        self.data, self.targets = tensor(points.astype(np.float32)), tensor(t.astype(np.float32))
        super().__init__(self.data, self.targets)
