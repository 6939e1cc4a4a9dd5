"""Matrices times vectors: each element of the matrix is used once, so what counts is that neighbours are read together.

y[i] = Σ_k a[i, k] · x[k]
"""

from math import prod

from numba import types

from ._driver import SIMULATED, cuda, kernel
from ._operands import check
from ._shares import in_shares, shares_of
from ._template import specialise, unroll
from ._tile import SHARE, summed

LANES, LINES = (4, 2) if SIMULATED else (32, 8)  # threads that read neighbours, and rows of them


@kernel
def lines(dtype: str, out: str, fast: str, biased: int, relu: int):
    """The kernel of a matrix that is read along "k" or along its rows ("tile").

    A block owns some rows, and several threads share each: LANES if neighbours lie along k, else LINES, so that a
    warp reads 32 neighbours either way. Their sums are added up in a tree in shared memory.
    """
    rows, across = (LINES, LANES) if fast == "k" else (LANES, LINES)
    return specialise(
        line, TOTAL=getattr(types, summed(dtype)), OUT=getattr(types, out), SAME=out == summed(dtype), FAST=fast,
        ROWS=rows, ACROSS=across, STEPS=across.bit_length() - 1, BIASED=biased, RELU=relu,
    )  # fmt: skip


def line(
    y, y_how, a, a_how, x, x_how, bias, bias_how, sizes, *, TOTAL, OUT, SAME, FAST, ROWS, ACROSS, STEPS, BIASED, RELU
):
    """Some rows of one product."""
    sums = cuda.shared.array(ROWS * ACROSS, TOTAL)
    rows, length, share, shares, batch = sizes
    zero = TOTAL(0)
    blocks = (rows + ROWS - 1) // ROWS
    rest = cuda.blockIdx.x // blocks
    part, member, outer = rest % shares, rest // shares % batch, rest // shares // batch
    thread = cuda.threadIdx.x
    if FAST == "k":
        lane, own = thread % ACROSS, thread // ACROSS
    else:
        lane, own = thread // ROWS, thread % ROWS
    row = cuda.blockIdx.x % blocks * ROWS + own
    start = part * share
    end = start + share if start + share < length else length
    value = zero
    if row < rows:
        a_at = a_how[0] + outer * a_how[1] + member * a_how[2] + row * a_how[3]
        x_at = x_how[0] + outer * x_how[1] + member * x_how[2]
        for k in range(start + lane, end, ACROSS):
            value += TOTAL(a[a_at + k * a_how[4]]) * TOTAL(x[x_at + k * x_how[3]])
    sums[lane * ROWS + own] = value
    cuda.syncthreads()
    for step in unroll(STEPS):
        if lane < ACROSS >> step + 1:
            value += sums[(lane + (ACROSS >> step + 1)) * ROWS + own]
            sums[lane * ROWS + own] = value
        cuda.syncthreads()
    if (lane == 0) & (row < rows):
        if BIASED:
            value += TOTAL(bias[bias_how[0] + row * bias_how[1]])
        if RELU:
            value = zero if value < zero else value
        y[part * y_how[0] + outer * y_how[1] + member * y_how[2] + row] = value if SAME else OUT(value)


def lines_of(y, a, b, k: int, batch: tuple[int, int], bias, relu: bool) -> None:
    """Make y, whose matrices have one row or one column, from two operands."""
    matrix, vector = (b, a) if a.length == 1 else (a, b)
    rows = matrix.length
    blocks = prod(batch) * -(-rows // (LINES if matrix.fast == "k" else LANES))
    shares, share = shares_of(blocks, k, LANES, 4 * SHARE)
    check("matmul", blocks * shares)

    def launch(target, bias, relu):
        used = target if bias is None else bias
        run = lines(y.dtype.name, target.dtype.name, matrix.fast, int(bias is not None), int(relu))
        run(
            blocks * shares, LANES * LINES, target.buffer, (y.size, batch[1] * rows, rows),
            matrix.array.buffer, (matrix.at, matrix.outer, matrix.member, matrix.step, matrix.pace),
            vector.array.buffer, (vector.at, vector.outer, vector.member, vector.pace),
            used.buffer, (used.offset, 0 if b.length == 1 else used.steps[-1]), (rows, k, share, shares, batch[1]),
        )  # fmt: skip

    in_shares(y, shares, bias, (1, b.length), relu, launch)
