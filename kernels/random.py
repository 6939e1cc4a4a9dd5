"""Random numbers from counters.

The stream of a seed is a sequence of 64-bit words that exists without being generated: word i is a function of
(seed, i) alone. So a caller draws by taking the next words, threads and devices agree, and nothing is global.

    word i of seed k = lane i mod 4 of Philox4x64-10(key = k, counter = ⌊i/4⌋ + 1)

(Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; SC'11. The counter is that of
`numpy.random.Philox`, which counts before it generates.) The other functions turn words into what is wanted; word and
result stand at the same position, except that `normal` takes words in pairs, and `dropout` half a word an element.
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
    seed, offset, n = _place("philox", seed, offset, n)
    return serve("random", like).philox(seed, offset, n)


def uniform(seed, offset, n, dtype, like=None):
    """Map words to [0, 1).

        y[i] = ⌊words[i] / 2^(64-m)⌋ / 2^m,   m the bits of the dtype's mantissa (11, 24 or 53)

    Parameters
    ----------
    seed, offset, n, like
        As for `philox`.
    dtype : float16, float32 or float64

    Returns
    -------
    array, (n,)

    Raises
    ------
    ValueError
        As for `philox`.
    TypeError
        If `dtype` is none of the three.
    """
    _floating("uniform", dtype)
    seed, offset, n = _place("uniform", seed, offset, n)
    return serve("random", like).uniform(seed, offset, n, dtype)


def normal(seed, offset, n, dtype, like=None):
    """Map words to the standard normal distribution (Box and Muller).

        y[2i] = r cos φ,  y[2i+1] = r sin φ,   r = √(-2 log u),  φ = 2π v

    with u in (0, 1] from words[2i], of which float32 takes 32 bits, and v in [0, 1) from words[2i+1] as in `uniform`.

    Parameters
    ----------
    seed, offset, n, like
        As for `philox`; an odd n drops the last number of a pair.
    dtype : float16, float32 or float64
        float16 is float32, rounded.

    Returns
    -------
    array, (n,)

    Raises
    ------
    ValueError
        As for `philox`.
    TypeError
        If `dtype` is none of the three.

    Notes
    -----
    The last digits are those of the machine's logarithm, sine and cosine: r has an error of 3 units in the last place,
    the numbers one of r/2 units.
    """
    _floating("normal", dtype)
    seed, offset, n = _place("normal", seed, offset, n)
    return serve("random", like).normal(seed, offset, n, dtype)


def dropout(x, p, seed, offset):
    """Clear elements at random, and scale the others: linear in x, and its own transpose.

        y[i] = x[i] · [h[i] ≥ p 2³²] / (1 - p),   h[2i], h[2i+1] the lower and the upper half of words[i]

    Parameters
    ----------
    x : array, floating
        In the order of its indices, whatever its layout.
    p : float
        In [0, 1].
    seed, offset
        As for `philox`; ⌈size/2⌉ words are used.

    Returns
    -------
    array, x.shape

    Raises
    ------
    ValueError
        If an argument is out of range.
    TypeError
        If `x` is not floating.
    """
    if x.dtype.kind != "f":
        raise TypeError(f"[dropout] `x` (dtype {x.dtype}) must be floating")
    if not 0 <= p <= 1:
        raise ValueError(f"[dropout] `p` (={p}) must lie in 0 … 1")
    seed, offset, _ = _place("dropout", seed, offset, 0)
    return serve("random", x).dropout(x, p, seed, offset)


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


def _place(op, seed, offset, n):
    seed, offset, n = index(seed), index(offset), index(n)
    if not 0 <= seed < 1 << 128:
        raise ValueError(f"[{op}] `seed` (={seed}) must lie in 0 … 2**128 - 1")
    if offset < 0 or n < 0:
        raise ValueError(f"[{op}] `offset` (={offset}) and `n` (={n}) must not be negative")
    return seed, offset, n


def _words(op, words):
    if words.dtype != "uint64":
        raise TypeError(f"[{op}] `words` (dtype {words.dtype}) must be uint64")
    return words


def _floating(op, dtype):
    if np.dtype(dtype) not in (np.float16, np.float32, np.float64):
        raise TypeError(f"[{op}] `dtype` (={np.dtype(dtype)}) must be float16, float32 or float64")
