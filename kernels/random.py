"""Random numbers from counters.

The stream of a seed is a sequence of 64-bit words that exists without being generated: word i is a function of
(seed, i) alone. So a caller draws by taking the next words, threads and devices agree, and nothing is global.

    word i of seed k = lane i mod 4 of Philox4x64-10(key = k, counter = ⌊i/4⌋ + 1)

(Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; SC'11. The counter is that of
`numpy.random.Philox`, which counts before it generates.) The other functions map words to distributions; word and
result stand at the same position, except for `normal`, which takes words in pairs.
"""

from operator import index

import numpy as np

from ._backend import serve


def philox(seed, offset, n, like=None):
    """Return words offset … offset + n - 1 of a seed's stream.

    Parameters
    ----------
    seed : int
        0 … 2¹²⁸ - 1.
    offset, n : int
        Not negative.
    like : array, optional
        The words live where it does.

    Returns
    -------
    array, uint64, (n,)

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> bool((philox(7, 2, 3) == philox(7, 0, 5)[2:]).all())
    True
    """
    seed, offset, n = index(seed), index(offset), index(n)
    if not 0 <= seed < 1 << 128:
        raise ValueError(f"[philox] `seed` (={seed}) must lie in 0 … 2**128 - 1")
    if offset < 0 or n < 0:
        raise ValueError(f"[philox] `offset` (={offset}) and `n` (={n}) must not be negative")
    return serve("random", like).philox(seed, offset, n)


def uniform(words, dtype):
    """Map words to [0, 1).

        y[i] = ⌊words[i] / 2^(64-m)⌋ / 2^m,   m the bits of the dtype's mantissa (11, 24 or 53)

    Parameters
    ----------
    words : array, uint64
    dtype : float16, float32 or float64

    Raises
    ------
    TypeError
        If `dtype` is none of the three.
    """
    _floating("uniform", dtype)
    return serve("random", words).uniform(_words("uniform", words), dtype)


def normal(words, dtype):
    """Map words to the standard normal distribution (Box and Muller).

        y[2i] = r cos φ,  y[2i+1] = r sin φ,   r = √(-2 log u),  φ = 2π v

    with u in (0, 1] from words[2i] and v in [0, 1) from words[2i+1].

    Parameters
    ----------
    words : array, uint64, (2m,)
    dtype : float16, float32 or float64
        float16 is float32, rounded.

    Returns
    -------
    array, (2m,)

    Raises
    ------
    ValueError
        If the number of words is odd.
    TypeError
        If `dtype` is none of the three.
    """
    _floating("normal", dtype)
    if words.ndim != 1 or words.size % 2:
        raise ValueError(f"[normal] `words` (shape {words.shape}) must be 1-D and of even length")
    return serve("random", words).normal(_words("normal", words), dtype)


def integers(words, low, high):
    """Map words to the integers low … high - 1.

        y[i] = low + ⌊words[i] · (high - low) / 2⁶⁴⌋

    Parameters
    ----------
    words : array, uint64
    low, high : int
        Within int64, low < high.

    Returns
    -------
    array, int64

    Raises
    ------
    ValueError
        If the interval is empty or leaves int64.

    Notes
    -----
    No value is more likely than another by more than (high - low) / 2⁶⁴.
    """
    low, high = index(low), index(high)
    if not -(1 << 63) <= low < high <= 1 << 63:
        raise ValueError(f"[integers] `low` (={low}) must be less than `high` (={high}), both within int64")
    return serve("random", words).integers(_words("integers", words), low, high)


def permutation(words):
    """Order 0 … n-1 by n words.

    Parameters
    ----------
    words : array, uint64, (n,)

    Returns
    -------
    array, int64, (n,)
        The stable argsort of the words.
    """
    return serve("random", words).permutation(_words("permutation", words))


def _words(op, words):
    if words.dtype != "uint64":
        raise TypeError(f"[{op}] `words` (dtype {words.dtype}) must be uint64")
    return words


def _floating(op, dtype):
    if np.dtype(dtype) not in (np.float16, np.float32, np.float64):
        raise TypeError(f"[{op}] `dtype` (={np.dtype(dtype)}) must be float16, float32 or float64")
