"""Products of float32 or float64 matrices, batches and vectors, wherever their elements lie.

    C[i, j] = Σ_k A[i, k] · B[k, j]

Operands are read in place, through their strides; what `tile` would read badly is packed just before its first use.
K is cut by itself alone, and the sum over each piece runs in order: how C is shared out among the threads, and where
blocks end, does not show in its bits. A share owns a rectangle of C, or whole matrices of a batch.

An argument block of words describes a product (`_LEFT` …); arrays are there by their `id` (see `_native`).
"""

from math import lcm

import numpy as np
from numba import types

from ._caches import cache_bytes
from ._finish import finish_of
from ._gemv import _ROWS, axpys_of, dots_of
from ._native import ALIGNED, call, data_of, dtype_of, extent, flags_of, ndim_of, on_stack, peek, poke, stride
from ._numba import callback, kernel, launch, thread_count, workspace
from ._pack import pack_of
from ._simd import MR, PANEL, tile_of

_LEFT, _RIGHT, _OUT, _TABLE, _BIAS, _HOW, _WORDS = range(7)
_DTYPE, _SIZE, _TILE, _PACK, _DOTS, _AXPYS, _FINISH, _SHARE, _TALL, _WIDE = range(10)  # of the table of a dtype

_DEPTH = 1024  # of one piece of K at most; the same on every machine, since it shows in the bits
_GROUP = 4  # panels of B that are packed together
_STEP = lcm(MR, _ROWS)  # shares of the rows are multiples of it: `_dots` and `tile` then see the same groups
_LITTLE = 192  # rows of A up to which B of 1 MB is read in place
_FEW = 256  # bytes of a column of A up to which columns of B are not packed
_ON_STACK = 8192  # words of workspace
_WORTH_THREADS = 1 << 21  # multiply-adds
DONE, REFUSED = 0, -1
PLAIN, FLIP, RELU = 0, 1, 2  # FLIP: b is transposed; RELU: of what comes out


def multiply(a, b, c, dtype, bias=0, how=0):
    """Compute c = a @ b; then add to its rows what `bias`, the id of an array, holds. `how` is PLAIN or of FLIP, RELU.

    Returns whether the kernel could: not with arrays that are unaligned, empty, or of another dtype. `c` is
    C-contiguous and of the right dtype and shape; the shapes fit; nothing is checked.
    """
    table = _tables.get(dtype) or _table(dtype)
    wanted = _enter(id(a), id(b), id(c), table, bias, how, 0)
    if wanted <= 0:
        return wanted == DONE
    threads = thread_count() if wanted & 1 else 1
    if threads == 1:
        _enter(id(a), id(b), id(c), table, bias, how, workspace(wanted))
        return True
    numbers = np.array((id(a), id(b), id(c), table, bias, how), np.int64)
    launch(_owners[table][_SHARE], workspace(wanted * threads), wanted, numbers.ctypes.data, threads)
    return True


def _table(dtype):
    """Address of what a product needs to know of a dtype."""
    size = dtype.itemsize
    tall = max(2, cache_bytes(2) * 3 // 4 // (_DEPTH * size) // MR) * MR
    wide = min(4096, max(512, cache_bytes(3) // 4 // (_DEPTH * size))) // PANEL * PANEL
    share = callback(_share, types.void(*[types.intp] * 4))
    parts = tile_of(dtype), pack_of(dtype), dots_of(dtype), axpys_of(dtype), finish_of(dtype)
    table = np.array((id(dtype), size, *parts, share, tall, wide), np.int64)
    _tables[dtype] = address = table.ctypes.data
    _owners[address] = table
    return address


_tables = {}  # dtype -> address
_owners = {}  # address -> table: an address does not keep it alive


@kernel
def _operands(block):
    """Read a product: addresses and strides of A, B and C, sizes, and how many matrices."""
    left, right, out = peek(block, _LEFT), peek(block, _RIGHT), peek(block, _OUT)
    size = peek(peek(block, _TABLE), _SIZE)
    rank, other = ndim_of(left), ndim_of(right)
    K = extent(left, rank - 1)
    col_a = stride(left, rank - 1)
    M, row_a = (extent(left, rank - 2), stride(left, rank - 2)) if rank > 1 else (1, 0)
    N, row_b, col_b = 1, stride(right, 0), size
    if other > 1:
        N, row_b, col_b = extent(right, other - 1), stride(right, other - 2), stride(right, other - 1)
        if peek(block, _HOW) & FLIP:
            N, row_b, col_b = extent(right, other - 2), col_b, row_b
    if N == 1:
        col_b = size
    lead = ndim_of(out) - (rank > 1) - (other > 1)
    count = 1
    for axis in range(lead):
        count *= extent(out, axis)
    if other <= 2 and rank > 2:  # all matrices of A meet one B: they are one tall matrix, if they lie like one
        even = True
        rows, step = M, row_a
        for axis in range(rank - 3, -1, -1):
            if extent(left, axis) != 1:
                if rows == 1:
                    step = stride(left, axis)
                even = even and stride(left, axis) == step * rows
                rows *= extent(left, axis)
        if even:
            M, row_a, count = rows, step, 1
    return data_of(left), row_a, col_a, data_of(right), row_b, col_b, data_of(out), M, N, K, count


@kernel
def _offset(array, flat, out, lead):
    """Bytes from the first matrix of an array to the one that goes into matrix `flat` of the result."""
    offset, axis, place = 0, ndim_of(array) - 3, lead - 1
    while axis >= 0:
        length = extent(out, place)
        if extent(array, axis) > 1:
            offset += flat % length * stride(array, axis)
        flat //= length
        axis, place = axis - 1, place - 1
    return offset


@kernel
def _piece(K):
    """Length of one piece of K: pieces about equal, and whole vectors."""
    pieces = (K + _DEPTH - 1) // _DEPTH
    return ((K + pieces - 1) // pieces + 15) // 16 * 16


@kernel
def _packs_a(M, N, K, row_a, col_a, size):
    """Tell whether to pack A: too large for the cache, its rows in one another's places there, or scattered."""
    scattered = col_a != size and row_a != size
    return N * size > 2 * PANEL and (M * K * size > 262144 or row_a % 2048 == 0 or scattered)


@kernel
def _packs_b(M, K, row_b, col_b, size):
    """Tell whether to pack B: scattered, or used often."""
    return col_b != size or (M > 4 and (M > _LITTLE or abs(K * row_b) > 1048576))


@kernel
def _room_of_b(M, N, depth, size, tall, wide):
    """Bytes that packed panels of B take: all of them where several blocks of A come by, else one group."""
    group = _GROUP * PANEL // size
    columns = min(N, wide if M > tall else group)
    return (columns * size + PANEL - 1) // PANEL * PANEL * depth + PANEL


@kernel
def _swaps(M, N, row_b, col_b, size):
    """Tell whether to compute Cᵀ = Bᵀ Aᵀ: packing columns of B would cost more than what few rows of A do with them."""
    return row_b == size and col_b != size and 1 < M and M * size <= _FEW and N >= 2 * M


@kernel
def _room(block):
    """Bytes of workspace that one share takes at most."""
    _, row_a, col_a, _, row_b, col_b, _, M, N, K, _ = _operands(block)
    table = peek(block, _TABLE)
    size, tall, wide = peek(table, _SIZE), peek(table, _TALL), peek(table, _WIDE)
    depth, room = min(_piece(K), K), 0
    if _swaps(M, N, row_b, col_b, size):
        room = M * N * size + 64
        M, N, row_a, col_a, row_b, col_b = N, M, col_b, row_b, col_a, row_a
    if _packs_b(M, K, row_b, col_b, size):
        room += _room_of_b(M, N, depth, size, tall, wide)
    if _packs_a(M, N, K, row_a, col_a, size):
        room += min(M, tall) * depth * size + PANEL
    if M == 1 or N == 1:
        room = max(room, K * size)
    return (room + 127) // 64 * 64


@kernel
def _enter(left, right, out, table, bias, how, memory):
    """Do a small product at once. Of a large one return the workspace it wants, plus 1 if it is worth threads.

    With `memory`, do it in any case.
    """
    kind = peek(table, _DTYPE)
    if dtype_of(left) != kind or dtype_of(right) != kind or flags_of(left) & flags_of(right) & ALIGNED == 0:
        return REFUSED
    block = on_stack(_WORDS)
    poke(block, _LEFT, left)
    poke(block, _RIGHT, right)
    poke(block, _OUT, out)
    poke(block, _TABLE, table)
    poke(block, _BIAS, bias)
    poke(block, _HOW, how)
    if bias and (dtype_of(bias) != kind or flags_of(bias) & ALIGNED == 0 or stride(bias, 0) != peek(table, _SIZE)):
        return REFUSED
    if memory == 0:
        operands = _operands(block)
        M, N, K, count = operands[7], operands[8], operands[9], operands[10]
        if M * N * K * count == 0:
            return REFUSED
        room, many = _room(block), M * N * K * count >= _WORTH_THREADS
        if many or room > 8 * _ON_STACK - 64:
            return room + many
        memory = (on_stack(_ON_STACK) + 63) // 64 * 64
    call(peek(table, _SHARE), (memory, block, 0, 1))
    return DONE


def _share(memory, block, t, threads):
    a, row_a, col_a, b, row_b, col_b, c, M, N, K, count = _operands(block)
    left, right, out, table = peek(block, _LEFT), peek(block, _RIGHT), peek(block, _OUT), peek(block, _TABLE)
    bias, relu, size = peek(block, _BIAS), peek(block, _HOW) & RELU, peek(table, _SIZE)
    lead = ndim_of(out) - (ndim_of(left) > 1) - (ndim_of(right) > 1)
    swaps = _swaps(M, N, row_b, col_b, size)
    high = wide = 1  # the grid of rectangles that each matrix is cut into
    if count % threads and (count < threads or M * N * K >= _WORTH_THREADS):
        wide = threads
        for rows in range(2, threads + 1):
            columns = threads // rows
            if rows * columns == threads and M // rows + N // columns < M // high + N // wide:
                high, wide = rows, columns
    grid = high * wide
    for task in range(count * grid * t // threads, count * grid * (t + 1) // threads):
        matrix, cell = task // grid, task % grid
        i, j = cell // wide, cell % wide
        top, bottom = _edge(M, i, high, _STEP), _edge(M, i + 1, high, _STEP)
        near, far = _edge(N, j, wide, PANEL // size), _edge(N, j + 1, wide, PANEL // size)
        m, n, row_c = bottom - top, far - near, N * size
        if m <= 0 or n <= 0:
            continue
        from_a, from_b, to = a + top * row_a, b + near * col_b, c + ((matrix * M + top) * N + near) * size
        if count > 1:
            from_a += _offset(left, matrix, out, lead)
            from_b += _offset(right, matrix, out, lead)
        of_bias = data_of(bias) + near * size if bias else 0
        # whether a vector or a swap is seen in the whole, not in the share: for the bits, and for the workspace
        done = False
        if M == 1 or N == 1:
            if N == 1:
                matrix_at, rows, row, col, x, step = from_a, m, row_a, col_a, from_b, row_b
            else:
                matrix_at, rows, row, col, x, step = from_b, n, col_b, row_b, from_a, col_a
            done = _times_vector(table, memory, matrix_at, rows, row, col, x, step, K, to)
        if not done:
            if swaps:
                first, row_1, col_1, second, row_2, col_2 = from_b, col_b, row_b, from_a, col_a, row_a
                target, pitch, rows, columns = memory, m * size, n, m
            else:
                first, row_1, col_1, second, row_2, col_2 = from_a, row_a, col_a, from_b, row_b, col_b
                target, pitch, rows, columns = to, row_c, m, n
            beyond = memory + (m * n * size + 63) // 64 * 64 if swaps else memory
            at_bias, cuts = (0, 0) if swaps else (of_bias, relu)
            _blocks(
                table, beyond, first, row_1, col_1, second, row_2, col_2, target, pitch, rows, columns, K, at_bias, cuts
            )
            if swaps:
                for r in range(m):
                    call(peek(table, _PACK), (memory + r * size, n, n, 1, m * size, 0, to + r * row_c, 1, size))
        if (done or swaps) and (bias or relu):
            call(peek(table, _FINISH), (0, to, m, n, row_c, of_bias, relu, size))


@kernel
def _edge(length, i, parts, unit):
    """Where part `i` begins: parts are whole units, about equal."""
    return min(length, (length + unit - 1) // unit * i // parts * unit)


@kernel
def _blocks(table, memory, a, row_a, col_a, b, row_b, col_b, c, row_c, M, N, K, bias, relu):
    """Multiply block by block, each small enough for its cache: K, then N and M, then panels of B and rows of A."""
    size, tall, wide = peek(table, _SIZE), peek(table, _TALL), peek(table, _WIDE)
    tile, pack, finish = peek(table, _TILE), peek(table, _PACK), peek(table, _FINISH)
    panel = PANEL // size
    longest = _piece(K)
    packs_a, packs_b = _packs_a(M, N, K, row_a, col_a, size), _packs_b(M, K, row_b, col_b, size)
    room_of_b = _room_of_b(M, N, min(longest, K), size, tall, wide) if packs_b else 0
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
                for j in range(0, n, panel):
                    some = min(panel, n - j)
                    here, pitch = b + k * row_b + (j0 + j) * col_b, row_b
                    if packs_b:
                        first = j if M > tall else j % (_GROUP * panel)
                        at = memory + first * depth * size
                        if i0 == 0 and j % (_GROUP * panel) == 0:
                            together = min(_GROUP * panel, n - j)
                            call(pack, (here, panel, together, depth, col_b, row_b, at, 0, size))
                        here, pitch = at, PANEL
                    for i in range(0, m, rows):
                        high = min(rows, m - i)
                        target = c + (i0 + i) * row_c + (j0 + j) * size
                        if packs_a:
                            at = packed_a + i * depth * size
                            call(tile, (high, some, depth, at, size, high * size, here, pitch, target, row_c, k))
                        else:
                            at = a + (i0 + i) * row_a + k * col_a
                            call(tile, (high, some, depth, at, row_a, col_a, here, pitch, target, row_c, k))
                        if last:
                            of_bias = bias + (j0 + j) * size if bias else 0
                            call(finish, (0, target, high, some, row_c, of_bias, relu, size))


@kernel
def _times_vector(table, memory, a, m, row, col, x, step, K, y):
    """Multiply m rows with a vector, and say whether: a matrix scattered in both directions is not for us."""
    size = peek(table, _SIZE)
    if col == size:
        if step != size:
            call(peek(table, _PACK), (x, 1, 1, K, size, step, memory, 1, size))
            x = memory
        call(peek(table, _DOTS), (a, m, row, x, K, y, size))
        return True
    if row == size and m * size >= 2 * PANEL:
        call(peek(table, _AXPYS), (a, m, col, x, step, K, y, size))
        return True
    return False
