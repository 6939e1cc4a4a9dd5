"""Products of float32 or float64 matrices, batches and vectors, wherever their elements lie.

    C[i, j] = Σ_k A[i, k] · B[k, j]

A share owns a rectangle of C, or whole matrices of a batch. How C is shared out among the threads does not show in its
bits: K is cut by itself alone, and rows and columns are cut where tiles and groups of dot products end anyway.

A block of words describes a product (`LEFT` …); arrays are there by their `id` (see `_native`), or 0.
"""

from math import lcm

from ._blocks import AXPYS, DOTS, FINISH, PACK, SIZE, multiply_blocks, room_of_blocks
from ._gemv import ROWS
from ._native import call, data_of, extent, ndim_of, peek, poke, stride
from ._numba import kernel
from ._simd import MR, PANEL

LEFT, RIGHT, OUT, TABLE, BIAS, HOW = range(6)  # what a product is, and what `describe` finds out:
_A, _ROW_A, _COL_A, _B, _ROW_B, _COL_B, _M, _N, _K, _COUNT, WORDS = range(6, 17)
PLAIN, FLIP, RELU = 0, 1, 2  # FLIP: b is transposed; RELU: of what comes out
WORTH_THREADS = 1 << 21  # multiply-adds
_STEP = lcm(MR, ROWS)  # shares of the rows are multiples of it: `_dots` and `tile` then see the same groups
_FEW = 256  # bytes of a column of A up to which columns of B are not packed, but C is computed transposed,
_SOME = 1536  # columns at a time


@kernel
def describe(block, count):
    """Complete a block: addresses and strides of A and B, sizes, and how many matrices, `count` or 1 tall one."""
    left, right, size = peek(block, LEFT), peek(block, RIGHT), peek(peek(block, TABLE), SIZE)
    rank, other = ndim_of(left), ndim_of(right)
    m, row_a = (extent(left, rank - 2), stride(left, rank - 2)) if rank > 1 else (1, 0)
    n, row_b, col_b = 1, stride(right, 0), size
    if other > 1:
        n, row_b, col_b = extent(right, other - 1), stride(right, other - 2), stride(right, other - 1)
        if peek(block, HOW) & FLIP:
            n, row_b, col_b = extent(right, other - 2), col_b, row_b
    if n == 1:
        col_b = size
    if other <= 2 and rank > 2:  # all matrices of A meet one B: they are one tall matrix, if they lie like one
        even = True
        rows, step = m, row_a
        for axis in range(rank - 3, -1, -1):
            if extent(left, axis) != 1:
                if rows == 1:
                    step = stride(left, axis)
                even = even and stride(left, axis) == step * rows
                rows *= extent(left, axis)
        if even:
            m, row_a, count = rows, step, 1
    poke(block, _A, data_of(left))
    poke(block, _ROW_A, row_a)
    poke(block, _COL_A, stride(left, rank - 1))
    poke(block, _B, data_of(right))
    poke(block, _ROW_B, row_b)
    poke(block, _COL_B, col_b)
    poke(block, _M, m)
    poke(block, _N, n)
    poke(block, _K, extent(left, rank - 1))
    poke(block, _COUNT, count)


@kernel
def _operands(block):
    """Read what `describe` wrote."""
    of_a = peek(block, _A), peek(block, _ROW_A), peek(block, _COL_A)
    of_b = peek(block, _B), peek(block, _ROW_B), peek(block, _COL_B)
    return *of_a, *of_b, peek(block, _M), peek(block, _N), peek(block, _K), peek(block, _COUNT)


@kernel
def terms_of(block):
    """Return the number of multiply-adds."""
    return peek(block, _M) * peek(block, _N) * peek(block, _K) * peek(block, _COUNT)


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
def _swaps(M, N, row_b, col_b, size):
    """Tell whether to compute Cᵀ = Bᵀ Aᵀ: packing columns of B would cost more than what few rows of A do with them."""
    return row_b == size and col_b != size and 1 < M and M * size <= _FEW and N >= 2 * M


@kernel
def room_of(block):
    """Bytes of workspace that one share takes at most."""
    _, row_a, col_a, _, row_b, col_b, M, N, K, _ = _operands(block)
    table = peek(block, TABLE)
    size = peek(table, SIZE)
    if _swaps(M, N, row_b, col_b, size):
        room = _SOME * M * size + room_of_blocks(table, min(N, _SOME), M, K, col_b, row_b, col_a, row_a)
    else:
        room = room_of_blocks(table, M, N, K, row_a, col_a, row_b, col_b)
    if M == 1 or N == 1:
        room = max(room, K * size)
    return (room + 127) // 64 * 64


def share(memory, block, t, threads):
    """Compute share `t` of a product."""
    a, row_a, col_a, b, row_b, col_b, M, N, K, count = _operands(block)
    left, right, out, table = peek(block, LEFT), peek(block, RIGHT), peek(block, OUT), peek(block, TABLE)
    c, bias, relu, size = data_of(out), peek(block, BIAS), peek(block, HOW) & RELU, peek(table, SIZE)
    lead = ndim_of(out) - (ndim_of(left) > 1) - (ndim_of(right) > 1)
    swaps = _swaps(M, N, row_b, col_b, size)
    high = wide = 1  # the grid of rectangles that each matrix is cut into
    if count % threads and (count < threads or M * N * K >= WORTH_THREADS):
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
            some = _SOME if swaps else n  # of the columns, swapped: the workspace stays small
            for low in range(0, n, some):
                columns = min(some, n - low)
                space, left_of, right_of = memory, (from_a, row_a, col_a), (from_b, row_b, col_b)
                target, pitch, tall, broad, add, clip = to, row_c, m, n, of_bias, relu
                if swaps:
                    left_of, right_of = (from_b + low * col_b, col_b, row_b), (from_a, col_a, row_a)
                    space, target, pitch, tall, broad = memory + _SOME * m * size, memory, m * size, columns, m
                    add = clip = 0 * relu  # no literals: they would compile another copy
                multiply_blocks(table, space, *left_of, *right_of, target, pitch, tall, broad, K, add, clip)
                if swaps:
                    for r in range(m):
                        target = to + r * row_c + low * size
                        call(peek(table, PACK), (memory + r * size, columns, columns, 1, m * size, 0, target, 1, size))
        if (done or swaps) and (bias or relu):
            call(peek(table, FINISH), (0, to, m, n, row_c, of_bias, relu, size))


@kernel
def _edge(length, i, parts, unit):
    """Where part `i` begins: parts are whole units, about equal."""
    return min(length, (length + unit - 1) // unit * i // parts * unit)


@kernel
def _times_vector(table, memory, a, m, row, col, x, step, K, y):
    """Multiply m rows with a vector, and say whether: a matrix scattered in both directions is not for us."""
    size = peek(table, SIZE)
    if col == size:
        if step != size:
            call(peek(table, PACK), (x, 1, 1, K, size, step, memory, 1, size))
            x = memory
        call(peek(table, DOTS), (a, m, row, x, K, y, size))
        return True
    if row == size and m * size >= 2 * PANEL:
        call(peek(table, AXPYS), (a, m, col, x, step, K, y, size))
        return True
    return False
