"""A product of matrices block by block, each small enough for its cache, in tiles that keep their sums in registers.

Operands are read in place, through their strides; what `tile` would read badly is packed just before its first use.
K is cut by itself alone, and the sum over each piece runs in order: where blocks end does not show in the bits.

The table of a dtype, an array of words, holds what was compiled for it and its block sizes.
"""

from ._caches import cache_bytes
from ._native import call, peek
from ._numba import kernel
from ._simd import MR, PANEL

DTYPE, SIZE, TILE, PACK, DOTS, AXPYS, FINISH, TALL, WIDE, TABLE_WORDS = range(10)  # of the table of a dtype

_DEPTH = 4096  # bytes of one piece of K at most; the same on every machine, since it shows in the bits
_GROUP = 4  # panels of B that are packed together
_NARROW = 256  # bytes of a row of B up to which A is not packed
_NEAR = 32768  # bytes of panels up to which they all meet some rows of A before the next rows come
_LITTLE = 192  # rows of A up to which B of 1 MB is read in place


def block_sizes():
    """Return the rows of a block of A, which fills most of the second cache, and the columns of a block of B."""
    tall = max(2, cache_bytes(2) * 3 // 4 // _DEPTH // MR) * MR
    wide = min(2048, max(512, cache_bytes(3) // 4 // _DEPTH)) // PANEL * PANEL
    return tall, wide


@kernel
def _piece(K, size):
    """Length of one piece of K: pieces about equal, and whole vectors."""
    pieces = (K * size + _DEPTH - 1) // _DEPTH
    return ((K + pieces - 1) // pieces + 15) // 16 * 16


@kernel
def _packs_a(M, N, K, row_a, col_a, size):
    """Tell whether to pack A: used often, and too large for the cache, its rows in one place there, or scattered."""
    scattered = col_a != size and row_a != size
    return N * size > _NARROW and N * K * size > _NEAR and (M * K * size > 262144 or row_a % 2048 == 0 or scattered)


@kernel
def _packs_b(M, K, row_b, col_b, size):
    """Tell whether to pack B: scattered, or used often."""
    return col_b != size or (M > 4 and (M > _LITTLE or abs(K * row_b) > 1048576))


@kernel
def _room_of_b(table, M, N, depth):
    """Bytes that packed panels of B take: all of them where several blocks of A come by, else one group."""
    size = peek(table, SIZE)
    columns = min(N, peek(table, WIDE) if M > peek(table, TALL) else _GROUP * PANEL // size)
    return (columns * size + PANEL - 1) // PANEL * PANEL * depth + PANEL


@kernel
def room_of_blocks(table, M, N, K, row_a, col_a, row_b, col_b):
    """Bytes of workspace that a product takes."""
    size, room = peek(table, SIZE), 64
    depth = min(_piece(K, size), K)
    if _packs_b(M, K, row_b, col_b, size):
        room += _room_of_b(table, M, N, depth)
    if _packs_a(M, N, K, row_a, col_a, size):
        room += min(M, peek(table, TALL)) * depth * size + PANEL
    return room


@kernel
def multiply_blocks(table, memory, a, row_a, col_a, b, row_b, col_b, c, row_c, M, N, K, bias, relu):
    """Compute C = A·B and finish it with bias and relu: pieces of K, in them blocks of A, panels of B, rows of A."""
    size, tall, wide = peek(table, SIZE), peek(table, TALL), peek(table, WIDE)
    tile, pack, finish = peek(table, TILE), peek(table, PACK), peek(table, FINISH)
    panel = PANEL // size
    group = _GROUP * panel
    longest = _piece(K, size)
    packs_a, packs_b = _packs_a(M, N, K, row_a, col_a, size), _packs_b(M, K, row_b, col_b, size)
    room_of_b = _room_of_b(table, M, N, min(longest, K)) if packs_b else 0
    packed_a = memory + (room_of_b + 63) // 64 * 64
    for j0 in range(0, N, wide):
        n = min(wide, N - j0)
        for k in range(0, K, longest):
            depth = min(longest, K - k)
            last = k + depth == K and (bias != 0 or relu != 0)
            for i0 in range(0, M, tall):
                m = min(tall, M - i0)
                tiles = (m + MR - 1) // MR
                rows = (m + tiles - 1) // tiles
                if packs_a:
                    call(pack, (a + i0 * row_a + k * col_a, rows, m, depth, row_a, col_a, packed_a, 1, size))
                for g in range(0, n, group):
                    some = min(group, n - g)
                    from_b, pitch, leap = b + k * row_b + (j0 + g) * col_b, row_b, panel * col_b
                    if packs_b:
                        at = memory + (g * depth * size if M > tall else 0)
                        if i0 == 0:
                            call(pack, (from_b, panel, some, depth, col_b, row_b, at, 0, size))
                        from_b, pitch, leap = at, PANEL, PANEL * depth
                    across = (some + panel - 1) // panel
                    row_by_row = some * depth * size <= _NEAR
                    for number in range(tiles * across):
                        i, j = number % tiles, number // tiles
                        if row_by_row:
                            i, j = number // across, number % across
                        high, broad, at_b = min(rows, m - i * rows), min(panel, some - j * panel), from_b + j * leap
                        target = c + (i0 + i * rows) * row_c + (j0 + g + j * panel) * size
                        if packs_a:
                            at = packed_a + i * rows * depth * size
                            call(tile, (high, broad, depth, at, size, high * size, at_b, pitch, target, row_c, k))
                        else:
                            at = a + (i0 + i * rows) * row_a + k * col_a
                            call(tile, (high, broad, depth, at, row_a, col_a, at_b, pitch, target, row_c, k))
                        if last:
                            of_bias = bias + (j0 + g + j * panel) * size if bias else 0
                            call(finish, (0, target, high, broad, row_c, of_bias, relu, size))
