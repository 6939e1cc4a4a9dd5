"""Convolutions as products of matrices that are never made: loaders compute where an element lies on the fly.

    images            y[k, (n,p)] = Σ_(c,t) w[k, (c,t)] · x[n, c, p·u + t·d - pad]
    input gradient    x[c, (n,h)] = Σ_(k,t) w[k, c, t] · g[n, k, (h + pad - t·d) / u]
    weight gradient   w[k, (c,t)] = Σ_(n,p) g[n, k, p] · x[n, c, p·u + t·d - pad]

Positions p and taps t are those of volumes (five axes). The batch is part of the positions, groups are members of a
batch of products. The inputs whose h has the same remainder by the stride see the same taps, evenly spaced: they are a
convolution of stride 1 of their own, so a strided input gradient multiplies no zeros.
"""

from itertools import product
from math import gcd, prod

from ._array import DeviceArray
from ._driver import kernel
from ._gemm import Operand, tiles_of
from ._operands import check, divider, dividers, image, matrix
from ._results import result
from ._shares import in_shares, shares_of
from ._tile import NEIGHBOURS, TILES, blocks_of, build, choose, threads


@kernel
def forward_tiles(dtype: str, out: str, tile: str, rank: int, far: int, a_v: int, bias: str, v: int):
    """The kernel of filters, which lie in rows, and images."""
    return build(
        dtype, out, tile, rank, matrix("k", a_v), image("position", far), result("images", bias, vector=bool(v))
    )


@kernel
def input_tiles(dtype: str, out: str, tile: str, rank: int, far: int, place: str, v: int):
    """The kernel of filters and cotangents, for the inputs of one remainder."""
    return build(dtype, out, tile, rank, image("tap", far), image("position", far), result(place, vector=bool(v)))


@kernel
def weight_tiles(dtype: str, out: str, tile: str, rank: int, far: int, a_v: int, v: int):
    """The kernel of cotangents, whose positions lie beside each other in each image, and images."""
    return build(dtype, out, tile, rank, matrix("k", a_v, folded=True), image("tap", far), result(vector=bool(v)))


def forward(x, w, b, window, groups: int, rank: int) -> DeviceArray:
    """Images by filters."""
    y = DeviceArray.empty((x.shape[0], w.shape[0], *window.out), x.dtype)
    if not y.size:
        return y
    w = w if w.is_contiguous else w.copy()
    filters, positions, terms = w.shape[0] // groups, prod(window.out), prod(w.shape[1:])
    if pointwise(window, x):
        rows = Operand(w, w.offset, 0, filters * terms, terms, 1, filters)
        tiles_of(y, rows, plane(x, terms), terms, (x.shape[0], groups), b, axis="row")
        return y
    sizes = filters, x.shape[0] * positions, terms
    tile, shares = planned(y, sizes, groups)
    w_how = (w.offset, 0, filters * terms, terms, 1, TILES[tile][0][2])
    x_how = windowed(x, w.shape[1] * x.steps[1], window.out, window.size, *walk(window))
    y_how = (0, y.size, 0, filters * positions, positions, w.shape[0] * positions, *divider(positions))
    a_v, v = neighbours(w, w.offset, terms), int(neighbours(y, positions) > 1)

    def launch(target, bias, _):
        run = forward_tiles(y.dtype.name, target.dtype.name, tile, rank, far(x), a_v, "" if bias is None else "row", v)
        start(run, tile, sizes, shares, groups, target, y_how, w, w_how, x, x_how, bias)

    in_shares(y, shares, b, (positions, w.shape[0]), False, launch)
    return y


def input_grad(g, w, x_shape, window, groups: int, rank: int) -> DeviceArray:
    """Cotangents by filters, a launch for each remainder."""
    y = DeviceArray.empty(x_shape, g.dtype)
    if not y.size:
        return y
    filters, channels, inputs = w.shape[0] // groups, w.shape[1], prod(window.image)
    if pointwise(window, g):
        rows = Operand(w, w.offset, 0, filters * w.steps[0], w.steps[1], w.steps[0], channels)
        tiles_of(y, rows, plane(g, filters), filters, (g.shape[0], groups), None)
        return y
    line = window.image[2]
    steps = [u * s for u, s in zip(window.stride, (window.image[1] * line, line, 1), strict=True)]
    axes = zip(window.size, window.stride, window.pads, window.dilation, window.image, strict=True)
    launches = []
    for parts in product(*(remainders(*axis) for axis in axes)):
        at, count, taps, first, every, base, back = zip(*parts, strict=True)
        sizes = channels, x_shape[0] * prod(count), filters * prod(taps)
        w_how = windowed(w, filters * w.steps[0], taps, (1, 1, 1), every, first, (0, 0, 0))
        g_how = windowed(g, filters * g.steps[1], count, taps, (1, 1, 1), base, back)
        begin = at[0] * window.image[1] * line + at[1] * line + at[2]
        place = divider(inputs) if window.stride == (1, 1, 1) else (*steps, *dividers(count))
        y_how = (begin, y.size, 0, channels * inputs, inputs, x_shape[1] * inputs, *place)
        launches.append((sizes, y_how, w_how, g_how))
    tile, shares = planned(y, max(sizes for sizes, *_ in launches), groups)
    way = "images" if window.stride == (1, 1, 1) else "lattice"
    v = int(way == "images" and neighbours(y, inputs) > 1)

    def launch(target, *_):
        run = input_tiles(y.dtype.name, target.dtype.name, tile, rank, max(far(g), far(w)), way, v)
        for sizes, y_how, w_how, g_how in launches:
            start(run, tile, sizes, shares, groups, target, y_how, w, w_how, g, g_how)

    in_shares(y, shares, None, (1, 1), False, launch)
    return y


def weight_grad(g, x, w_shape, window, groups: int, rank: int) -> DeviceArray:
    """Cotangents by images."""
    y = DeviceArray.empty(w_shape, g.dtype)
    if not y.size:
        return y
    g = g if g.view(g.shape[2:], g.steps[2:]).is_contiguous else g.copy()
    filters, positions, terms = w_shape[0] // groups, prod(window.out), prod(w_shape[1:])
    sizes = filters, terms, g.shape[0] * positions
    tile, shares = planned(y, sizes, groups)
    g_how = (g.offset, 0, filters * g.steps[1], g.steps[1], g.steps[0], 0, *divider(positions))
    x_how = windowed(x, w_shape[1] * x.steps[1], window.out, window.size, *walk(window))
    y_how = (0, y.size, 0, filters * terms, terms)
    a_v, v = neighbours(g, g.offset, positions, *g.steps[:2]), int(neighbours(y, terms) > 1)

    def launch(target, *_):
        run = weight_tiles(y.dtype.name, target.dtype.name, tile, rank, far(x), a_v, v)
        start(run, tile, sizes, shares, groups, target, y_how, g, g_how, x, x_how)

    in_shares(y, shares, None, (1, 1), False, launch)
    return y


def pointwise(window, x) -> bool:
    """Whether images are plain matrices (channels × positions), as wide as some tiles, or nearly so."""
    plain = (prod(window.size), prod(window.stride), window.pads) == (1, 1, ((0, 0),) * 3)
    positions, wide = prod(window.out), TILES["wide"][0][1]
    fits = positions % NEIGHBOURS.get(x.dtype.name, 1) == 0 and -(-positions // wide) * wide * 7 <= positions * 8
    return plain and fits and x.view(x.shape[2:], x.steps[2:]).is_contiguous


def plane(x, terms: int) -> Operand:
    """The images of `x` as matrices, `terms` channels of them in each group."""
    return Operand(x, x.offset, x.steps[0], terms * x.steps[1], 1, x.steps[1], prod(x.shape[2:]))


def planned(y, sizes: tuple, groups: int) -> tuple[str, int]:
    """The tile, and the number of shares of each sum."""
    rows, columns, terms = sizes
    check("conv", columns, terms)
    tile = choose(y.dtype.name, rows, columns, terms, groups)
    return tile, shares_of(blocks_of(tile, rows, columns, groups), terms, TILES[tile][0][2])[0]


def start(run, tile, sizes, shares, groups, target, y_how, a, a_how, b, b_how, bias=None) -> None:
    """Start a kernel on the tiles of all groups; each sum comes in so many shares, of which the last may be empty."""
    rows, columns, terms = sizes
    share = TILES[tile][0][2] * -(-terms // (shares * TILES[tile][0][2]))
    used, step = (target, 0) if bias is None else (bias, bias.steps[0])
    run(
        blocks_of(tile, rows, columns, groups) * shares, threads(tile), target.buffer, y_how, a.buffer, a_how,
        b.buffer, b_how, used.buffer, (used.offset, step, rows * step), (*sizes, share, shares, groups),
    )  # fmt: skip


def windowed(x, group: int, positions: tuple, taps: tuple, mult: tuple, base: tuple, dilation: tuple) -> tuple:
    """What `_operands.image` wants to know of x[n, c, i·mult + base + t·dilation]."""
    counts = *dividers(positions), *dividers(taps)
    return x.offset, group, *x.steps, *x.shape[2:], *mult, *base, *dilation, *counts


def walk(window) -> tuple[tuple, tuple, tuple]:
    """Stride, start and dilation."""
    return window.stride, tuple(-before for before, _ in window.pads), window.dilation


def remainders(size: int, stride: int, pads: tuple, dilation: int, image: int) -> list:
    """The inputs of each remainder by the stride along one axis, and the taps that see them.

    Input h = at + i·stride is seen by taps first + t·every from output i + base + t·back:
    [(at, count of i, count of t, first, every, base, back), …].
    """
    parts, every = [], stride // gcd(stride, dilation)
    for at in range(min(stride, image)):
        seen = [r for r in range(size) if (at + pads[0] - r * dilation) % stride == 0]
        first = seen[0] if seen else 0
        base, back = (at + pads[0] - first * dilation) // stride, -dilation * every // stride
        parts.append((at, -(-(image - at) // stride), len(seen), first, every, base, back))
    return parts


def neighbours(x, *numbers: int) -> int:
    """How many elements are read or written at once: several where all these numbers are their multiples."""
    count = NEIGHBOURS.get(x.dtype.name, 1)
    return count if all(n % count == 0 for n in numbers) else 1


def far(x) -> int:
    """Whether offsets of elements need more than 31 bits."""
    return int(x.offset + sum(abs(step) * (n - 1) for n, step in zip(x.shape, x.steps, strict=True)) >= 1 << 30)
