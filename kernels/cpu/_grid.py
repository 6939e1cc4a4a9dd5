"""Points of a grid, 64 at a time: their neighbours, places and weights, are found in lanes.

Images are volumes one frame deep. `numbers` holds, behind the addresses of four arrays (the grid is the second),

    N, C, D, H, W, points of an image, coordinates of a point, mode, padding, align
"""

from .._scheme import far, far_slope, near, near_slope
from ._lanes import absolute, floored, lanes, load, select, stack, store, width
from ._native import call, on_stack, peek, poke
from ._numba import kernel, pointer
from ._powers import rounded

BLOCK = 64
BILINEAR, NEAREST, BICUBIC = range(3)
ZEROS, BORDER, REFLECTION = range(3)
_near, _far, _near_slope, _far_slope = (kernel(f) for f in (near, far, near_slope, far_slope))


@kernel
def _inside(x, slope, n, padding, align):
    """Coordinates brought into the image, and their slopes."""
    if padding == REFLECTION:
        low, span = 0.0 if align else -0.5, n - 1.0 if align else n * 1.0
        if span == 0.0:
            x = x * 0.0
        else:
            distance = absolute(x - low)
            flips = floored(distance / span)
            rest = distance - flips * span
            odd, slope = flips != floored(flips * 0.5) * 2.0, select(x < low, -slope, slope)
            x, slope = select(odd, lanes(x, span) - rest, rest) + low, select(odd, -slope, slope)
    none, last = lanes(x, 0.0), lanes(x, n - 1.0)
    slope = select(x > 0.0, select(x < last, slope, none), none)
    return select(x > 0.0, select(x < last, x, last), none), slope


@kernel
def _axis(point, n, mode, padding, align, p, at, weight, slope):
    """Neighbours of a vector of coordinates along one axis: places, as floats, or -1; weights; slopes of weights."""
    if align:
        x, change = (point + 1.0) * ((n - 1) / 2), lanes(point, (n - 1) / 2)
    else:
        x, change = ((point + 1.0) * n - 1.0) * 0.5, lanes(point, n / 2)
    if mode != BICUBIC and padding != ZEROS:
        x, change = _inside(x, change, n, padding, align)
    low = rounded(x) if mode == NEAREST else floored(x)
    t, one = x - low, lanes(x, 1.0)
    if mode == NEAREST:
        _put(low, n, t * 0.0 + 1.0, t * 0.0, p, at, weight, slope)
    elif mode == BILINEAR:
        _put(low, n, one - t, -change, p, at, weight, slope)
        _put(low + 1.0, n, t, change, p + BLOCK, at, weight, slope)
    else:
        for k in range(4):
            place = low + (k - 1.0)
            if padding != ZEROS:
                place, _ = _inside(place, place, n, padding, align)
            if k == 0:
                w, s = _far(t + 1.0), _far_slope(t + 1.0)
            elif k == 1:
                w, s = _near(t), _near_slope(t)
            elif k == 2:
                w, s = _near(one - t), -_near_slope(one - t)
            else:
                w, s = _far(one + one - t), -_far_slope(one + one - t)
            _put(place, n, w, change * s, p + k * BLOCK, at, weight, slope)


@kernel
def _put(place, n, w, s, p, at, weight, slope):
    """Note neighbours; what is NaN is the first pixel, its weight is NaN."""
    none = lanes(place, -1.0)
    found = select(place >= 0.0, select(place < n, place, none), select(place != place, lanes(place, 0.0), none))
    store(found, at, p, p + width(place))
    store(w, weight, p, p + width(place))
    store(s, slope, p, p + width(place))


@kernel
def neighbours(numbers, n, first, count, places, weights, sloping):
    """Find all neighbours of `count` points of image n: rows of 64 places in a volume, -1 for none, and of weights.

    `places` and `weights` are addresses. Behind 16 rows of weights come, if `sloping`, 16 of their slopes along each
    axis. Return how many rows there are.
    """
    asked = on_stack(24)
    for k in range(14):
        poke(asked, k, numbers[k])
    poke(asked, 14, n)
    poke(asked, 15, first)
    poke(asked, 16, count)
    poke(asked, 17, places)
    poke(asked, 18, weights)
    poke(asked, 19, 1 if sloping else 0)
    call(numbers[14], (0, asked, 0, 0))
    return peek(asked, 20)


def find(memory, numbers, t, threads):
    """Do that: a task that is called through its address, `numbers[14]`, lest all who read a grid compile it anew."""
    grid, P, d = pointer(memory, numbers[1]), numbers[9], numbers[10]
    n, first, count, sloping = numbers[14], numbers[15], numbers[16], numbers[19] != 0
    places, weights = pointer(numbers, numbers[17]), pointer(memory, numbers[18])
    mode, padding, align = numbers[11], numbers[12], numbers[13] != 0
    point, at = stack(memory, 64), stack(memory, 768)
    weight, slope = stack(memory, 768), stack(memory, 768)
    taps = 1 if mode == NEAREST else 2 if mode == BILINEAR else 4
    for axis in range(3 - d, 3):
        for p in range(BLOCK):
            point[p] = grid[(n * P + first + min(p, count - 1)) * d + 2 - axis]
        for p in range(0, BLOCK, width(memory)):
            _axis(
                load(point, p, BLOCK, 0.0), numbers[6 + axis], mode, padding, align, axis * 4 * BLOCK + p, at, weight,
                slope,
            )  # fmt: skip
    frames, row = taps if d == 3 else 1, 0
    H, W = numbers[7], numbers[8]
    for i in range(frames * taps * taps):
        a, b, c = i // (taps * taps) * BLOCK, (4 + i // taps % taps) * BLOCK, (8 + i % taps) * BLOCK
        for p in range(BLOCK):
            z = at[a + p] if d == 3 else at[b + p] * 0
            y, x = at[b + p], at[c + p]
            exists = z >= 0 and y >= 0 and x >= 0 and p < count
            places[row + p] = (int(z) * H + int(y)) * W + int(x) if exists else -1
            u = weight[a + p] if d == 3 else weight[b + p] * 0 + 1
            v, w = weight[b + p], weight[c + p]
            weights[row + p] = u * v * w if exists else 0
            if sloping:
                weights[16 * BLOCK + row + p] = slope[a + p] * v * w if exists and d == 3 else 0
                weights[32 * BLOCK + row + p] = u * slope[b + p] * w if exists else 0
                weights[48 * BLOCK + row + p] = u * v * slope[c + p] if exists else 0
        row += BLOCK
    numbers[20] = row
