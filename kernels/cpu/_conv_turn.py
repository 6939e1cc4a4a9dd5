"""Filters as the input gradient sees them: channels and filters exchanged, taps in another order."""

from ._numba import pointer, run

TURNED = 3 << 20  # bytes of turned filters that are kept at a time
_NEAR = 16  # filters that are read side by side, so that both sides are runs of memory
_CHANNELS = 64  # of a task


def turn(w, turned, picks, groups, first, part):
    """turned[group][c][k][t] = w[group][k][first + c][picks[t]] for c < part, by tap number."""
    filters, channels, size = w.shape[0] // groups, w.shape[1], w.shape[2] * w.shape[3]
    numbers = (groups, filters, channels, size, picks.size, first, part)
    run(_turn, groups * filters * part * picks.size, w.dtype, (w, turned, picks), numbers)


def _turn(memory, numbers, t, threads):
    w, turned, picks = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(numbers, numbers[2])
    groups, K, C, size, taps, first, part = (
        numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9],
    )  # fmt: skip
    shares = (part + _CHANNELS - 1) // _CHANNELS
    tasks = groups * shares
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns some channels
        group, begin = task // shares, task % shares * _CHANNELS
        for k0 in range(0, K, _NEAR):
            for c in range(begin, min(part, begin + _CHANNELS)):
                for k in range(k0, min(K, k0 + _NEAR)):
                    source = ((group * K + k) * C + first + c) * size
                    target = ((group * part + c) * K + k) * taps
                    for i in range(taps):
                        turned[target + i] = w[source + picks[i]]
