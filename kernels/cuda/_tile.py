"""The engine of matrix products and convolutions: one block of threads makes one tile of the result.

    y[i, j] = Σ_k a[i, k] · b[k, j]

A block walks along k in steps of BK. While it multiplies one step, held in shared memory as BK rows of BM (of a) and
BN (of b) elements, it already reads the next into registers, and stores them into the other half of shared memory:
one barrier a step. Thread (tx, ty) owns TM × TN sums in registers, in bands of neighbours, so that it reads its rows
and columns from shared memory 128 bits at a time; the lanes of a warp cover 4 × 8 bands, whose words lie in different
banks or are the same.

How an operand gets from memory into shared memory is a *loader* (`_operands`), three parts that are written into the
engine: `setup`, `fetch` and `keep`; how the tile gets out is the part `put` (`_results`). A block sums a *share* of k;
where there are several, partial results lie beside each other and `_shares` adds them up in order. So the order of each
sum depends on the shapes alone.

Of the tile of 128 × 128, compiled for 7.5 to 10.0: 599 instructions a step, 512 of them fused products, in 122–128
registers and 16.5 KB, so that two blocks fit on a multiprocessor; 32 FLOP for each byte that is read.
"""

# ruff: noqa: F821, F841 — parts share their names with the template that they are written into

from math import gcd

import numpy as np
from numba import types

from ._driver import SIMULATED, cuda
from ._template import specialise, splice, unroll
from ._vector import align_shared, filler, loads, multiply, reader, stores, where

# (rows of y, columns of y, step along k) of a block, (rows, columns) of a thread; threads cover a side at least once
TILES = {
    "large": ((128, 128, 8), (8, 8)),
    "wide": ((64, 128, 8), (8, 8)),
    "medium": ((64, 64, 8), (8, 4)),
    "low": ((32, 128, 8), (4, 8)),
    "thin": ((16, 128, 8), (4, 4)),
    "small": ((32, 32, 16), (4, 4)),
    "plain": ((16, 16, 16), (1, 1)),  # dtypes without vector loads
}
if SIMULATED:  # each thread is a thread of Python: the same algorithm with few of them
    TILES = {
        "large": ((16, 8, 4), (4, 2)),
        "wide": ((8, 8, 4), (4, 2)),
        "medium": ((8, 4, 4), (2, 2)),
        "low": ((4, 8, 4), (2, 2)),
        "thin": ((2, 8, 4), (1, 2)),
        "small": ((4, 4, 4), (2, 2)),
        "plain": ((4, 2, 4), (1, 1)),
    }
narrow = int if SIMULATED else np.int32
unsigned = int if SIMULATED else np.uint32  # quotients of these cost a fifth of those of int64
whole = int if SIMULATED else np.int64
NEIGHBOURS = {"float16": 4, "float32": 4, "float64": 2}  # that a thread reads at once
WANTED = 8 if SIMULATED else 128  # blocks that keep a GPU busy: one number, so that results are those of every device
SHARE = 8 if SIMULATED else 256  # least terms of a sum that is cut into shares
GROUP = 8  # tiles below each other that run before the next column of tiles starts: they find b in the L2 cache


def summed(dtype: str) -> str:
    """The dtype in which a dtype is added up."""
    kind = np.dtype(dtype).kind
    return "float32" if dtype == "float16" else "int64" if kind == "i" else "uint64" if kind == "u" else dtype


def threads(tile: str) -> int:
    """The threads of a block."""
    (rows, columns, _), (tall, wide) = TILES[tile]
    return rows // tall * (columns // wide)


def blocks_of(tile: str, m: int, n: int, batch: int) -> int:
    """The tiles of a batch of matrices."""
    bm, bn, _ = TILES[tile][0]
    return batch * -(-m // bm) * -(-n // bn)


def choose(dtype: str, m: int, n: int, k: int, batch: int) -> str:
    """The largest tile that leaves enough blocks, or shares of them, and does not stand empty for the most part."""
    if dtype not in NEIGHBOURS:
        return "plain"
    if m <= TILES["thin"][0][0] and n >= TILES["thin"][0][1]:
        return "thin"
    for tile in ("medium",) if dtype == "float64" else ("large", "wide", "medium", "low"):
        bm, bn, _ = TILES[tile][0]
        if m > bm // 2 and n > bn // 2 and blocks_of(tile, m, n, batch) * max(1, k // (4 * SHARE)) >= WANTED:
            return tile
    return "small"


def build(dtype: str, out: str, tile: str, rank: int, a: dict, b: dict, y: dict):
    """Return the kernel of two loaders and a writer, each a dict of parts and constants."""
    (bm, bn, bk), (tm, tn) = TILES[tile]
    total, count = summed(dtype), threads(tile)
    across, down = bn // tn, bm // tm
    known = {
        "BM": bm, "BN": bn, "BK": bk, "TM": tm, "TN": tn, "THREADS": count, "ACROSS": across, "DOWN": down,
        "WARPS": across % 8 == 0 and down % 4 == 0, "GROUP": GROUP, "RANK": rank, "SIMULATED": SIMULATED,
        "TOTAL": getattr(types, total), "OUT": getattr(types, out), "SAME": out == total,
        "CLEAR": filler(tm * tn), "MULTIPLIED": tm * tn > 1, "PLACE": place,
    }  # fmt: skip
    for prefix, side, size, own in (("A", a, bm, tm), ("B", b, bn, tn)):
        known |= {f"{prefix}_{name}": value for name, value in operand(side, size, own, bk, count, total).items()}
    known |= {f"Y_{name}": value for name, value in y.items()}
    return specialise(engine, **known, Y_STORE=stores[known["B_BAND"]], Y_STORE_ONE=stores[1])


def operand(side: dict, size: int, own: int, bk: int, count: int, total: str) -> dict:
    """What is known of a loader that brings `size` elements a step of k, of which a thread multiplies `own`."""
    loaded = size * bk // count  # by a thread, V at once
    v = min(side.get("V", 1), loaded)
    band = gcd(NEIGHBOURS.get(total, 1), own)
    return {
        **side, "SIZE": size, "PITCH": size + NEIGHBOURS.get(total, 1), "BAND": band, "LOADS": loaded // v, "V": v,
        "LANES": count // bk,  # threads beside each other along the tile, where each brings one element of a step
        "STRIDE": count * v // (bk if side.get("FAST") == "k" else size),  # from one load of a thread to its next
        "LOAD": loads[v], "STORE": stores[v], "STORE_ONE": stores[1], "READ": reader(own, band, size * band // own),
    }  # fmt: skip


def engine(
    y, y_how, a, a_how, b, b_how, bias, bias_how, sizes, *,
    BK, TOTAL, CLEAR, MULTIPLIED, PLACE, SIMULATED, A_PITCH, B_PITCH, A_BAND, B_BAND, A_READ, B_READ,
    A_SETUP, A_FETCH, A_KEEP, B_SETUP, B_FETCH, B_KEEP, Y_PUT,
):  # fmt: skip
    """A tile of y; `sizes` are rows, columns, length of k and of a share of it, shares, and matrices of a batch."""
    a_tile = cuda.shared.array(2 * BK * A_PITCH, TOTAL)
    b_tile = cuda.shared.array(2 * BK * B_PITCH, TOTAL)
    if not SIMULATED:
        align_shared()
    rows, columns, length, share, shares, batch = sizes  # noqa: RUF059 — for PLACE
    zero = TOTAL(0)

    splice(PLACE, "")
    a_extent, b_extent = narrow(rows), narrow(columns)
    k_start = part * share
    k_end = narrow(k_start + share if k_start + share < length else length)

    c = CLEAR(zero)

    splice(A_SETUP, "a")
    splice(B_SETUP, "b")
    k = narrow(k_start)
    splice(A_FETCH, "a")
    splice(B_FETCH, "b")
    half = narrow(0)
    splice(A_KEEP, "a")
    splice(B_KEEP, "b")
    cuda.syncthreads()
    while k < k_end:
        k = narrow(k + BK)
        if k < k_end:
            splice(A_FETCH, "a")
            splice(B_FETCH, "b")
        a_from = whole(narrow(half * (BK * A_PITCH) + ty * A_BAND))
        b_from = whole(narrow(half * (BK * B_PITCH) + tx * B_BAND))
        for kk in unroll(BK):
            u, v = A_READ(a_tile, a_from + kk * A_PITCH), B_READ(b_tile, b_from + kk * B_PITCH)
            if MULTIPLIED:
                c = multiply(c, u, v)
            else:
                c = (c[0] + u[0] * v[0],)
        half = narrow(1 - half)
        if k < k_end:
            splice(A_KEEP, "a")
            splice(B_KEEP, "b")
        cuda.syncthreads()
    splice(PLACE, "")
    splice(Y_PUT, "y")


def place(rows, columns, shares, batch, *, BM, BN, GROUP, WARPS, ACROSS, SIMULATED):
    """Which tile a block makes, and which sums of it a thread; asked twice, so that the loop need not remember it."""
    # A batch of shares of grids of tiles, GROUP rows of tiles after GROUP rows.
    if SIMULATED:
        rest, thread = cuda.blockIdx.x, cuda.threadIdx.x
    else:
        rest, thread = where()
    tall, wide = unsigned((rows + BM - 1) // BM), unsigned((columns + BN - 1) // BN)
    block, rest = unsigned(rest % unsigned(tall * wide)), unsigned(rest // unsigned(tall * wide))
    part, rest = whole(rest % unsigned(shares)), unsigned(rest // unsigned(shares))
    member, outer = whole(rest % unsigned(batch)), whole(rest // unsigned(batch))
    band, rest = unsigned(block // unsigned(GROUP * wide)), unsigned(block % unsigned(GROUP * wide))
    height = unsigned(GROUP if tall > GROUP * band + GROUP else tall - GROUP * band)
    a_first = narrow((GROUP * band + rest % height) * BM)
    b_first = narrow(rest // height * BN)
    if WARPS:
        tx = narrow(thread // 32 % (ACROSS // 8) * 8 + thread % 8)
        ty = narrow(thread // 32 // (ACROSS // 8) * 4 + thread % 32 // 8)
    else:
        tx, ty = narrow(thread % ACROSS), narrow(thread // ACROSS)
