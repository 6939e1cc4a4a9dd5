"""Average pooling and its transpose: sums over windows, in lanes.

At strides 1 and 2 along a row the lanes are windows side by side: what stands below each other is added up first, then
the even and the odd columns of that. At other strides, of wide windows and in rows of one window the lanes are the
taps of one window. The gradient is gathered likewise, from the windows that its elements lie in.

Window (p, q) has the weight rows[p] · columns[q]: `average` divides by it, `spread` is given the inverses.
"""

from ._edges import evens, load_within, odds, store_within, zip_high, zip_low
from ._lanes import add_up, lanes, load, store, width
from ._numba import kernel, pointer


def average(memory, numbers, t, threads):
    """y[n, p, q] = Σ_{r, s} x[n, p·u + r - top, q·v + s - left] / (rows[p] · columns[q])."""
    x, y, rows, columns = _arrays(memory, numbers)
    N, H, W, R, S, P, Q, u, v, top, left, beside = _sizes(numbers)
    for n in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            first, last = max(0, p * u - top), min(H, p * u - top + R)
            start, many, out = (n * H + first) * W, last - first, (n * P + p) * Q
            if beside:
                for q in range(0, Q, width(x)):
                    w = q * v - left
                    if v == 2 and S == 2 and many == 2:  # spelled out for the compiler, twice as fast
                        total = _windows(x, start, 2, w, 2, 2, W)
                    elif v == 2 and S == 3 and many == 3:
                        total = _windows(x, start, 3, w, 3, 2, W)
                    else:
                        total = _windows(x, start, many, w, S, v, W)
                    store(total / (load(columns, q, Q, 1.0) * rows[p]), y, out + q, out + Q)
            else:
                for q in range(Q):
                    total = _window(x, start, many, q * v - left, S, W)
                    y[out + q] = total / (rows[p] * columns[q])


def spread(memory, numbers, t, threads):
    """x[n, h, w] = Σ_{p, q} g[n, p, q] · rows[p] · columns[q], over the windows that (h, w) lies in."""
    g, x, rows, columns = _arrays(memory, numbers)
    N, H, W, R, S, P, Q, u, v, top, left, beside = _sizes(numbers)
    for n in range(N * t // threads, N * (t + 1) // threads):
        h, first, last = 0, 0, 0
        while h < H:
            while first < P and first * u + R <= h + top:
                first += 1
            while last < P and last * u <= h + top:
                last += 1
            below = H  # the next row that lies in other windows
            if first < P:
                below = min(below, first * u + R - top)
            if last < P:
                below = min(below, last * u - top)
            start, same, lead = (n * H + h) * W, below - h, n * P * Q
            if not beside:
                _fill(g, lead, first, last, x, start, S, Q, v, left, W, rows, columns)
                for w in range(0, W, width(x)):
                    value = load(x, start + w, start + W, 0.0)
                    for i in range(1, same):
                        store(value, x, start + i * W + w, start + i * W + W)
            elif v == 1:
                for w in range(0, W, width(x)):
                    total = lanes(x, 0.0)
                    for p in range(first, last):
                        for s in range(S):
                            total = total + _share(g, lead + p * Q, w + left - s, Q, rows[p], columns)
                    for i in range(same):
                        store(total, x, start + i * W + w, start + i * W + W)
            else:
                for q in range(left // 2, (W + left + 1) // 2, width(x)):
                    even, odd = lanes(x, 0.0), lanes(x, 0.0)
                    for p in range(first, last):
                        for s in range(0, S, 2):
                            share = _share(g, lead + p * Q, q - s // 2, Q, rows[p], columns)
                            even = even + share
                            if s + 1 < S:
                                odd = odd + share
                    near, far, w = zip_low(even, odd), zip_high(even, odd), 2 * q - left
                    for i in range(same):
                        store_within(near, x, start + i * W, w, W)
                        store_within(far, x, start + i * W, w + width(x), W)
            h = below


@kernel
def _arrays(memory, numbers):
    return (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip


@kernel
def _sizes(numbers):
    return (
        numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12],
        numbers[13], numbers[14], numbers[15],
    )  # fmt: skip


@kernel
def _windows(x, start, many, w, S, v, W):
    """Sums over the windows that begin at columns w, w + v, …; v is 1 or 2."""
    total = lanes(x, 0.0)
    for s in range(0, S, v):
        near, far = lanes(x, 0.0), lanes(x, 0.0)
        for r in range(many):
            near = near + load_within(x, start + r * W, w + s, W)
            if v == 2:
                far = far + load_within(x, start + r * W, w + s + width(x), W)
        if v == 1:
            total = total + near
        else:
            total = total + evens(near, far)
            if s + 1 < S:
                total = total + odds(near, far)
    return total


@kernel
def _window(x, start, many, w, S, W):
    """Sum over the window that begins at column w."""
    total = lanes(x, 0.0)
    first, last = max(0, w), min(W, w + S)
    for r in range(many):
        for s in range(first, last, width(x)):
            total = total + load(x, start + r * W + s, start + r * W + last, 0.0)
    return add_up(total)


@kernel
def _share(g, at, q, Q, weight, columns):
    """What the windows from q on, in a row that begins at `at`, give to an element each."""
    return load_within(g, at, q, Q) * (load_within(columns, 0, q, Q) * weight)


@kernel
def _fill(g, lead, first, last, x, start, S, Q, v, left, W, rows, columns):
    """Give every element of a row its shares, window by window."""
    for w in range(start, start + W):
        x[w] = 0
    for p in range(first, last):
        for q in range(Q):
            share = g[lead + p * Q + q] * (rows[p] * columns[q])
            for w in range(start + max(0, q * v - left), start + min(W, q * v - left + S)):
                x[w] += share
