"""Randomness: counter-based generators, and the factories that draw from them.

A generator is a seed and a position in that seed's stream (`tapegrad.kernels.random`): drawing n numbers reads the
next words and moves on. The same stream comes out on every device; NumPy's global state is never touched.
"""

import os
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod

import numpy as np

from . import kernels
from ._creation import finish, shape_of
from ._device import device as Device
from ._device import home
from ._dtypes import as_dtype, get_default_dtype, int64
from ._tape import Tensor, write


class Generator:
    """A stream of random numbers.

    Parameters
    ----------
    device : device, optional

    Examples
    --------
    >>> import tapegrad as tg
    >>> g = tg.Generator().manual_seed(1)
    >>> a = tg.rand(3, generator=g)
    >>> (a == tg.rand(3, generator=g.manual_seed(1))).all().item()
    True
    """

    def __init__(self, device=None):
        self.device = Device("cpu" if device is None else device)
        self._seed, self._offset = 67280421310721, 0

    def manual_seed(self, seed: int) -> "Generator":
        """Go to the start of the stream of `seed` (0 … 2¹²⁸-1; negative seeds count from 2⁶⁴); returns itself."""
        try:
            seed = int(seed)
        except (TypeError, ValueError):
            raise TypeError(f"[manual_seed] `seed` (={seed!r}) must be an integer") from None
        if seed < 0:
            seed += 1 << 64
        if not 0 <= seed < 1 << 128:
            raise ValueError(f"[manual_seed] `seed` (={seed}) must lie in -2**63 … 2**128 - 1")
        self._seed, self._offset = seed, 0
        return self

    def seed(self) -> int:
        """Take a seed from the operating system; returns it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed of the stream."""
        return self._seed

    def get_state(self) -> Tensor:
        """Seed and position, as a tensor of 24 bytes."""
        text = self._seed.to_bytes(16, "little") + self._offset.to_bytes(8, "little")
        return finish(np.frombuffer(text, np.uint8).copy())

    def set_state(self, state: Tensor) -> "Generator":
        """Continue where `get_state` was called."""
        raw = np.asarray(kernels.to_numpy(state._array) if isinstance(state, Tensor) else state)
        if raw.dtype != np.uint8 or raw.shape != (24,):
            raise TypeError(f"[set_state] `state` (dtype {raw.dtype}, shape {raw.shape}) must be what get_state gave")
        text = raw.tobytes()
        self._seed, self._offset = int.from_bytes(text[:16], "little"), int.from_bytes(text[16:], "little")
        return self

    def clone_state(self) -> "Generator":
        """A generator at the same place."""
        return Generator(self.device).set_state(self.get_state())

    def at(self, seed: int, offset: int) -> "Generator":
        """Go to a place that `skip` gave; returns itself."""
        self.manual_seed(seed)._offset = offset
        return self

    def skip(self, n: int) -> tuple[int, int]:
        """Move on by `n` words; returns the seed and the position of the first of them."""
        place = self._seed, self._offset
        self._offset += n
        return place

    def words(self, n: int, like=None):
        """The next `n` 64-bit words of the stream."""
        return kernels.philox(*self.skip(n), n, like)

    # arrays, for layers and loaders that need no Tensor; made where the array `like` lives
    def uniform(self, shape: tuple, dtype, like=None):
        """Uniform numbers in [0, 1), a word each."""
        n = prod(shape)
        return kernels.uniform(*self.skip(n), n, dtype, like).reshape(shape)

    def normal(self, shape: tuple, dtype, like=None):
        """Standard normal numbers, two words for two."""
        n = prod(shape)
        return kernels.normal(*self.skip(n + n % 2), n, dtype, like).reshape(shape)

    def integers(self, low: int, high: int, shape: tuple, like=None):
        """Integers in low … high-1."""
        return kernels.integers(self.words(prod(shape), like), low, high).reshape(shape)

    def permutation(self, n: int, like=None):
        """0 … n-1 in random order."""
        return kernels.permutation(self.words(n, like))


default_generator = Generator()
_current: ContextVar[Generator | None] = ContextVar("tapegrad_generator", default=None)


def generator_of(generator: Generator | None) -> Generator:
    """The generator given, or the default one: inside `drawing_from` that one, else the one of the process."""
    if generator is None:
        return _current.get() or default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"[generator] must be a tapegrad.Generator, got {type(generator).__name__}")
    return generator


@contextmanager
def drawing_from(generator: Generator):
    """Let `generator` be the default one of this thread, as a worker that loads a batch wants it."""
    token = _current.set(generator)
    try:
        yield generator
    finally:
        _current.reset(token)


def manual_seed(seed: int) -> Generator:
    """Seed the generator that is used where none is given; returns it."""
    return generator_of(None).manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the operating system."""
    return generator_of(None).seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return generator_of(None).initial_seed()


def get_rng_state() -> Tensor:
    """State of the default generator."""
    return generator_of(None).get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the state of the default generator."""
    generator_of(None).set_state(new_state)


def _floating(op: str, dtype) -> np.dtype:
    dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
    if dtype.kind != "f":
        raise RuntimeError(f"[{op}] `dtype` (={dtype}) must be floating")
    return dtype


def rand(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Uniform numbers in [0, 1), of sizes `*sizes` (or one tuple)."""
    shape, dtype = shape_of("rand", sizes, size), _floating("rand", dtype)
    return finish(generator_of(generator).uniform(shape, dtype, home(device)), requires_grad)


def randn(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Standard normal numbers, of sizes `*sizes` (or one tuple)."""
    shape, dtype = shape_of("randn", sizes, size), _floating("randn", dtype)
    return finish(generator_of(generator).normal(shape, dtype, home(device)), requires_grad)


def randint(*bounds_and_size, low=None, high=None, size=None, generator=None, dtype=None, device=None,
            requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Integers: ``randint(high, size)`` in 0 … high-1, ``randint(low, high, size)`` in low … high-1."""
    given = [*bounds_and_size, *(v for v in (low, high, size) if v is not None)]
    if len(given) not in (2, 3) or (low is not None and (bounds_and_size or high is None)):
        raise TypeError(f"[randint] takes (high, size) or (low, high, size), got {len(given)} arguments")
    low, high, size = (0, *given) if len(given) == 2 else given
    if low >= high:
        raise RuntimeError(f"[randint] `low` (={low}) must be less than `high` (={high})")
    values = generator_of(generator).integers(low, high, shape_of("randint", (size,)), home(device))
    return finish(values.astype(int64 if dtype is None else as_dtype(dtype), copy=False), requires_grad)


def randperm(n: int, *, generator=None, dtype=None, device=None) -> Tensor:
    """0 … n-1 in random order."""
    values = generator_of(generator).permutation(n, home(device))
    return finish(values.astype(int64 if dtype is None else as_dtype(dtype), copy=False))


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, device=None) -> Tensor:
    """Normal numbers of given means and standard deviations (numbers, or tensors that broadcast), where these are."""
    if size is None:
        size = np.broadcast_shapes(getattr(mean, "shape", ()), getattr(std, "shape", ()))
    if device is None:
        device = next((p.device for p in (mean, std) if isinstance(p, Tensor) and p.shape), None)
    return randn(size, generator=generator, dtype=dtype, device=device) * std + mean


def bernoulli(input: Tensor, p: float | None = None, *, generator=None) -> Tensor:
    """Ones with probability `input` (or `p`, where it is given), else zeros, in its dtype and without gradient."""
    odds, dtype = (input._array, input.dtype) if p is None else (np.full((), p, input.dtype), input.dtype)
    if odds.size and not kernels.all((odds >= 0) & (odds <= 1)):
        raise RuntimeError("[bernoulli] `input` must hold probabilities in [0, 1]")
    drawn = generator_of(generator).uniform(input.shape, dtype, input._array) < odds
    return finish(drawn.astype(dtype))


def rand_like(input: Tensor, *, generator=None, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Uniform numbers with the shape and dtype of `input`."""
    dtype, device = dtype or input.dtype, device or input.device
    return rand(input.shape, generator=generator, dtype=dtype, device=device, requires_grad=requires_grad)


def randn_like(input: Tensor, *, generator=None, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Standard normal numbers with the shape and dtype of `input`."""
    dtype, device = dtype or input.dtype, device or input.device
    return randn(input.shape, generator=generator, dtype=dtype, device=device, requires_grad=requires_grad)


def randint_like(
    input: Tensor, low: int, high: int | None = None, *, generator=None, dtype=None, device=None
) -> Tensor:
    """Integers in low … high-1 with the shape and dtype of `input`."""
    low, high = (0, low) if high is None else (low, high)
    dtype, device = dtype or input.dtype, device or input.device
    return randint(low, high, input.shape, generator=generator, dtype=dtype, device=device)


def uniform_(self, low: float = 0.0, high: float = 1.0, *, generator=None) -> Tensor:
    """Fill with uniform numbers in [low, high); returns the tensor."""
    if not low <= high:
        raise RuntimeError(f"[uniform_] `low` (={low}) must not exceed `high` (={high})")
    return _fill(self, "uniform", lambda u: u * (high - low) + low, "uniform", generator)


def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator=None) -> Tensor:
    """Fill with normal numbers; returns the tensor."""
    if not std >= 0:
        raise RuntimeError(f"[normal_] `std` (={std}) must not be negative")
    return _fill(self, "normal", lambda z: z * std + mean, "normal", generator)


def bernoulli_(self, p: float = 0.5, *, generator=None) -> Tensor:
    """Fill with ones, with probability `p`, and zeros; returns the tensor."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"[bernoulli_] `p` (={p}) must be a probability in [0, 1]")
    return _fill(self, "bernoulli", lambda u: u < p, "uniform", generator)


def exponential_(self, lambd: float = 1.0, *, generator=None) -> Tensor:
    """Fill with exponential numbers of rate `lambd`; returns the tensor."""
    if not lambd > 0:
        raise RuntimeError(f"[exponential_] `lambd` (={lambd}) must be positive")
    return _fill(self, "exponential", lambda u: np.log1p(-u) / -lambd, "uniform", generator)


def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator=None) -> Tensor:
    """Fill with Cauchy numbers around `median`, of scale `sigma`; returns the tensor."""
    if not sigma > 0:
        raise RuntimeError(f"[cauchy_] `sigma` (={sigma}) must be positive")
    return _fill(self, "cauchy", lambda u: median + sigma * np.tan(np.pi * (u - 0.5)), "uniform", generator)


def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator=None) -> Tensor:
    """Fill with numbers whose logarithms are normal; returns the tensor."""
    if not std > 0:
        raise RuntimeError(f"[log_normal_] `std` (={std}) must be positive")
    return _fill(self, "log_normal", lambda z: np.exp(z * std + mean), "normal", generator)


def geometric_(self, p: float, *, generator=None) -> Tensor:
    """Fill with the numbers of trials up to the first success of probability `p`; returns the tensor."""
    if not 0 < p < 1:
        raise RuntimeError(f"[geometric_] `p` (={p}) must lie between 0 and 1")
    return _fill(self, "geometric", lambda u: np.floor(np.log1p(-u) / np.log1p(-p)) + 1, "uniform", generator)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator=None) -> Tensor:
    """Draw positions with probabilities proportional to the rows of `input`.

    Parameters
    ----------
    input : floating Tensor, (C,) or (N, C)
        Not negative, finite, and not all 0 in a row.
    num_samples : int
    replacement : bool
        Whether a position may come twice.

    Returns
    -------
    int64 Tensor, (num_samples,) or (N, num_samples)

    Raises
    ------
    RuntimeError
        If `input` does not hold weights, or there are not so many positions to draw.
    """
    w = input._array
    if w.ndim not in (1, 2) or w.dtype.kind != "f":
        raise RuntimeError(f"[multinomial] `input` (dtype {w.dtype}, shape {w.shape}) must be floating, 1-D or 2-D")
    if num_samples < 1 or (not replacement and num_samples > w.shape[-1]):
        raise RuntimeError(
            f"[multinomial] `num_samples` (={num_samples}) must be positive, and at most {w.shape[-1]} without "
            "replacement"
        )
    rows = w.reshape(-1, w.shape[-1]).astype(np.float64)
    if not (kernels.all(kernels.isfinite(rows) & (rows >= 0)) and kernels.all(kernels.sum(rows, 1) > 0)):
        raise RuntimeError("[multinomial] `input` must hold finite weights, none negative and not all 0 in a row")

    def uniform(shape):
        return generator_of(generator).uniform(shape, np.dtype(np.float64), w)

    if replacement:
        edges = kernels.cumsum(rows, 1)
        found = kernels.searchsorted(edges, uniform((rows.shape[0], num_samples)) * edges[:, -1:], True)
        last = rows.shape[1] - 1 - kernels.argmax(rows[:, ::-1] > 0, 1, True)  # rounding may lead behind it
        found = kernels.minimum(found, last)
    else:  # the first of exponential waiting times at these rates
        with np.errstate(divide="ignore"):
            waits = kernels.log1p(-uniform(rows.shape)) / -rows
        found = kernels.argsort(kernels.where(rows == 0, np.inf, waits), 1)[:, :num_samples]
    return finish(found.reshape(*w.shape[:-1], num_samples).astype(int64))


def _fill(x: Tensor, name: str, shape_values, distribution: str, generator) -> Tensor:
    dtype = x.dtype if x.dtype.kind == "f" else get_default_dtype()
    if name != "bernoulli" and x.dtype.kind != "f":
        raise RuntimeError(f"[{name}_] the tensor's dtype ({x.dtype}) must be floating")
    values = shape_values(getattr(generator_of(generator), distribution)(x.shape, dtype, x._array)).astype(x.dtype)
    return write(x, name, lambda _: finish(values))
