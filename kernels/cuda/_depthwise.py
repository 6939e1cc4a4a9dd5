"""Convolutions in which each filter sees one channel: too few products for a tile, so each thread makes sums.

    y[n,k,p] = b[k] + Σ_t x[n, k//m, p·u + t·d - pad] · w[k,t]        m filters a channel

Neighbouring threads take neighbouring positions. The input gradient is the same walk backwards: input h was seen by tap
t if h + pad - t·d is a multiple of u. A weight is the sum of a whole channel: a block owns a share of it, adds it up in
a tree in shared memory, and a second kernel adds the shares in order.
"""

from math import prod

from numba import types

from ._array import DeviceArray
from ._driver import SIMULATED, cuda, kernel
from ._operands import check, divider, dividers
from ._shares import in_shares, shares_of
from ._template import specialise, unroll
from ._tile import summed

TREE = 4 if SIMULATED else 256  # threads that add up a weight


@kernel
def windows(dtype: str, biased: int, strided: int):
    """The kernel of sums over windows; `strided` if only every so-many-th coordinate counts."""
    return specialise(
        window_sums, TOTAL=getattr(types, summed(dtype)), OUT=getattr(types, dtype), BIASED=biased, STRIDED=strided
    )


def window_sums(y, size, split, x, x_how, w, w_how, walk, bias, bias_how, *, TOTAL, OUT, BIASED, STRIDED):
    """A thread owns every so-many-th element of y."""
    for i in range(cuda.grid(1), size, cuda.gridsize(1)):
        n = i * split[1] >> split[2]
        rest = i - n * split[0]
        channel = rest * split[4] >> split[5]
        rest -= channel * split[3]
        frame = rest * split[7] >> split[8]
        rest -= frame * split[6]
        row = rest * split[10] >> split[11]
        column = rest - row * split[9]
        total = TOTAL(0)
        for k in range(channel * w_how[5], (channel + 1) * w_how[5]):
            x_at = x_how[0] + n * x_how[1] + k // w_how[6] * x_how[2]
            w_at = w_how[0] + k * w_how[1]
            for a in range(walk[12]):
                z = frame * walk[0] + walk[3] + a * walk[6]
                if STRIDED:
                    z = z // walk[9] if z % walk[9] == 0 else -1
                for r in range(walk[13] if 0 <= z < x_how[6] else 0):
                    h = row * walk[1] + walk[4] + r * walk[7]
                    if STRIDED:
                        h = h // walk[10] if h % walk[10] == 0 else -1
                    for s in range(walk[14] if 0 <= h < x_how[7] else 0):
                        v = column * walk[2] + walk[5] + s * walk[8]
                        if STRIDED:
                            v = v // walk[11] if v % walk[11] == 0 else -1
                        if 0 <= v < x_how[8]:
                            there = x[x_at + z * x_how[3] + h * x_how[4] + v * x_how[5]]
                            total += TOTAL(there) * TOTAL(w[w_at + a * w_how[2] + r * w_how[3] + s * w_how[4]])
        if BIASED:
            total += TOTAL(bias[bias_how[0] + channel * bias_how[1]])
        y[i] = OUT(total)


@kernel
def weights(dtype: str, out: str):
    """The kernel of the weight gradient."""
    return specialise(
        weight_sums, TOTAL=getattr(types, summed(dtype)), OUT=getattr(types, out), TREE=TREE,
        STEPS=TREE.bit_length() - 1,
    )  # fmt: skip


def weight_sums(y, size, g, g_how, x, x_how, walk, split, sizes, *, TOTAL, OUT, TREE, STEPS):
    """A block owns one share of one weight."""
    sums = cuda.shared.array(TREE, TOTAL)
    length, share, per = sizes
    weight, part = cuda.blockIdx.x % size, cuda.blockIdx.x // size
    taps = walk[12] * walk[13] * walk[14]
    k, tap = weight // taps, weight % taps
    a, r, s = tap // (walk[13] * walk[14]), tap // walk[14] % walk[13], tap % walk[14]
    g_at = g_how[0] + k * g_how[2]
    x_at = x_how[0] + k // per * x_how[2]
    thread = cuda.threadIdx.x
    end = part * share + share if part * share + share < length else length
    total = TOTAL(0)
    for j in range(part * share + thread, end, TREE):
        n = j * split[1] >> split[2]
        rest = j - n * split[0]
        frame = rest * split[4] >> split[5]
        rest -= frame * split[3]
        row = rest * split[7] >> split[8]
        column = rest - row * split[6]
        z = frame * walk[0] + walk[3] + a * walk[6]
        h = row * walk[1] + walk[4] + r * walk[7]
        v = column * walk[2] + walk[5] + s * walk[8]
        if (0 <= z) & (z < x_how[6]) & (0 <= h) & (h < x_how[7]) & (0 <= v) & (v < x_how[8]):
            here = g[g_at + n * g_how[1] + frame * g_how[3] + row * g_how[4] + column * g_how[5]]
            there = x[x_at + n * x_how[1] + z * x_how[3] + h * x_how[4] + v * x_how[5]]
            total += TOTAL(here) * TOTAL(there)
    sums[thread] = total
    cuda.syncthreads()
    for step in unroll(STEPS):
        if thread < TREE >> step + 1:
            total += sums[thread + (TREE >> step + 1)]
            sums[thread] = total
        cuda.syncthreads()
    if thread == 0:
        y[part * size + weight] = OUT(total)


def forward(x, w, b, window, groups: int, rank: int) -> DeviceArray:
    """Images by filters."""
    before = tuple(-n for n, _ in window.pads)
    walk = (*window.stride, *before, *window.dilation, 1, 1, 1, *window.size)
    y = DeviceArray.empty((x.shape[0], w.shape[0], *window.out), x.dtype)
    return _summed("conv", y, x, w, walk, (1, w.shape[0] // groups), b)


def input_grad(g, w, x_shape, window, groups: int, rank: int) -> DeviceArray:
    """Cotangents by filters."""
    before, back = tuple(n for n, _ in window.pads), tuple(-d for d in window.dilation)
    walk = (1, 1, 1, *before, *back, *window.stride, *window.size)
    return _summed("conv_input_grad", DeviceArray.empty(x_shape, g.dtype), g, w, walk, (w.shape[0] // groups, 1), None)


def weight_grad(g, x, w_shape, window, groups: int, rank: int) -> DeviceArray:
    """Cotangents by images."""
    y = DeviceArray.empty(w_shape, g.dtype)
    length = g.shape[0] * prod(window.out)
    check("conv_weight_grad", length)
    if not y.size:
        return y
    before = tuple(-n for n, _ in window.pads)
    walk = (*window.stride, *before, *window.dilation, 1, 1, 1, *window.size)
    shares, share = shares_of(y.size, length, TREE)

    def launch(target, *_):
        run = weights(y.dtype.name, target.dtype.name)
        run(
            y.size * shares, TREE, target.buffer, y.size, g.buffer, (g.offset, *g.steps), x.buffer,
            (x.offset, *x.steps, *x.shape[2:]), walk, dividers(window.out), (length, share, w_shape[0] // groups),
        )  # fmt: skip

    in_shares(y, shares, None, (1, 1), False, launch)
    return y


def _summed(op, y, x, w, walk, ways, b):
    check(op, y.size)
    run = windows(y.dtype.name, int(b is not None), int(walk[9:12] != (1, 1, 1)))
    used = y if b is None else b
    run.over(
        y.size, y.buffer, y.size, (*divider(prod(y.shape[1:])), *dividers(y.shape[2:])), x.buffer,
        (x.offset, *x.steps, *x.shape[2:]), w.buffer, (w.offset, w.steps[0], *w.steps[2:], *ways), walk,
        used.buffer, (used.offset, used.steps[0]),
    )  # fmt: skip
    return y
