"""Filters as the input gradient sees them: channels and filters exchanged, taps in another order."""

from ._numba import pointer, run

TURNED = 1 << 21  # bytes of turned filters that are kept at a time
_NEAR = 8  # channels that are turned together: a run of the filters' memory


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
    tasks = groups * ((part + _NEAR - 1) // _NEAR)
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns a few channels
        group, c0 = task % groups, task // groups * _NEAR
        for k in range(K):
            for c in range(c0, min(part, c0 + _NEAR)):
                source = ((group * K + k) * C + first + c) * size
                target = ((group * part + c) * K + k) * taps
                for i in range(taps):
                    turned[target + i] = w[source + picks[i]]
