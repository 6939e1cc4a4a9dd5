"""How products of matrices are done: which kernel, which tile, how many shares of k. All of it follows from shapes.

y[o, e, i, j] = Σ_k a[o, e, i, k] · b[o, e, k, j]        o outer, e inner members of a batch
"""

from math import prod
from typing import NamedTuple

import numpy as np

from ._array import DeviceArray
from ._driver import kernel
from ._gemv import lines_of
from ._operands import check, matrix
from ._results import result
from ._shares import in_shares, shares_of
from ._tile import NEIGHBOURS, TILES, blocks_of, build, choose, threads


@kernel
def tiles(dtype: str, out: str, tile: str, a_fast: str, a_v: int, b_fast: str, b_v: int, bias: str, relu: int, v: int):
    """The tiled kernel of two matrices."""
    y = result("line", bias, bool(relu), bool(v))
    return build(dtype, out, tile, 2, matrix(a_fast, a_v), matrix(b_fast, b_v), y)


class Operand(NamedTuple):
    """Matrices in memory: the first element, steps between outer and inner members, along the own axis and along k."""

    array: DeviceArray
    at: int
    outer: int
    member: int
    step: int
    pace: int
    length: int  # of the own axis

    @property
    def fast(self) -> str:
        """Along what it is read: the axis with the smaller step."""
        return "k" if abs(self.pace) <= abs(self.step) or self.length == 1 else "tile"

    def neighbours(self, k: int) -> int:
        """How many elements are read at once: several where they always are aligned and never beyond the end."""
        count = NEIGHBOURS.get(self.array.dtype.name, 1)
        near, far, length, others = self.pace, self.step, k, self.length
        if self.fast == "tile":
            near, far, length, others = far, near, others, length
        aligned = (self.at, self.outer, self.member, length, far if others > 1 else 0)
        return count if near == 1 and all(n % count == 0 for n in aligned) else 1


def multiplied(a: DeviceArray, b: DeviceArray, bias: DeviceArray | None = None, relu: bool = False) -> DeviceArray:
    """The products of two batches of matrices of one dtype, plus a bias for each column."""
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    (m, k), n = a.shape[-2:], b.shape[-1]
    y = DeviceArray.empty((*lead, m, n), a.dtype)
    if not y.size:
        return y
    axes = merged(lead, leading(a, lead), leading(b, lead))
    if len(axes) > 2:  # repeated along several axes in turn: hardly ever, and then not in place
        a, b = (x.view((*lead, *x.shape[-2:]), (*leading(x, lead), *x.steps[-2:])).copy() for x in (a, b))
        axes = [(prod(lead), m * k, k * n)]
    step = a.steps[-2]
    if all(t == 0 for *_, t in axes):  # one b for all: the rows of all members are rows of one matrix
        rows = merged((*lead, m), (*leading(a, lead), step))
        if len(rows) == 1:
            (m, step), axes = rows[0], []
    outer, member = [(1, 0, 0)] * (2 - len(axes)) + axes
    left = Operand(a, a.offset, outer[1], member[1], step, a.steps[-1], m)
    right = Operand(b, b.offset, outer[2], member[2], b.steps[-1], b.steps[-2], n)
    run = lines_of if m == 1 or n == 1 else tiles_of
    run(y, left, right, k, (outer[0], member[0]), bias, relu)
    return y


def tiles_of(y, a: Operand, b: Operand, k: int, batch: tuple[int, int], bias, relu=False, axis="column") -> None:
    """Make y in tiles; the bias is that of each column, or of each row of the members."""
    m, n, members = a.length, b.length, prod(batch)
    check("matmul", m, n, k)
    tile = choose(y.dtype.name, m, n, k, members)
    blocks, bk = blocks_of(tile, m, n, members), TILES[tile][0][2]
    shares, share = shares_of(blocks, k, bk)
    hows = [(x.at, x.outer, x.member, x.step, x.pace, bk * x.pace) for x in (a, b)]
    aligned = int(n % NEIGHBOURS.get(y.dtype.name, 1) == 0)

    def launch(target, bias, relu):
        ways = (a.fast, a.neighbours(k), b.fast, b.neighbours(k))
        run = tiles(y.dtype.name, target.dtype.name, tile, *ways, "" if bias is None else axis, int(relu), aligned)
        used = target if bias is None else bias
        others = m * used.steps[-1] if axis == "row" else 0  # from the bias of one member to that of the next
        run(
            blocks * shares, threads(tile), target.buffer, (0, y.size, batch[1] * m * n, m * n, n), a.array.buffer,
            hows[0], b.array.buffer, hows[1], used.buffer, (used.offset, used.steps[-1], others),
            (m, n, k, share, shares, batch[1]),
        )  # fmt: skip

    in_shares(y, shares, bias, (1, n) if axis == "column" else (n, m * batch[1]), relu, launch)


def merged(shape: tuple, *steps: tuple) -> list:
    """Merge neighbouring axes where all arrays allow it, and leave out those of length 1: [(length, step, …), …]."""
    axes: list = []
    for n, *each in zip(shape, *steps, strict=True):
        if n == 1:
            continue
        if axes and all(far == n * near for far, near in zip(axes[-1][1:], each, strict=True)):
            axes[-1] = (axes[-1][0] * n, *each)
        else:
            axes.append((n, *each))
    return axes


def leading(x: DeviceArray, lead: tuple) -> tuple:
    """Steps of the axes before the last two, where the matrices of `x` are repeated along `lead`."""
    own = [0 if n == 1 else s for n, s in zip(x.shape[:-2], x.steps[:-2], strict=True)]
    return (0,) * (len(lead) - len(own)) + tuple(own)
