"""Loaders: how elements of an operand get from memory into shared memory, in three parts of `_tile.engine`.

`setup` decides which elements a thread brings, `fetch` reads those of the step at k into registers (zeros outside),
`keep` stores them. `o` is the operand, `o_how` says where it lies, `o_first` and `o_extent` the place of the tile and
the end of the operand along its own axis (rows of a, columns of b).
"""

# ruff: noqa: F841 — parts share their names with the template that they are written into

from math import prod

import numpy as np

from ._driver import SIMULATED
from ._template import registers, splice, unroll
from ._vector import quotient

narrow = int if SIMULATED else np.int32  # coordinates in an image: half the registers of int64
whole = int if SIMULATED else np.int64
FAR = -(1 << 30)  # a coordinate outside of any image, wherever a tap moves it

# --- A matrix with any two steps: V neighbours at a time along k or along the tile, whichever is FAST. A thread's next
# load is STRIDE rows on ("k") or STRIDE steps of k on ("tile").


def matrix_setup(
    o_how, o_first, member, outer, k_start, thread, *, BK, THREADS, O_FAST, O_FOLDED, O_V, O_SIZE, O_PITCH, O_STRIDE
):
    """Where in the tile the first load belongs (`o_k`, `o_to`), and where it reads (`o_at`)."""
    o_start, o_outer, o_member, o_step, o_pace, o_advance = o_how[:6]  # noqa: RUF059 — for `fetch`
    if O_FAST == "k":
        o_k, o_r = narrow(thread % (BK // O_V) * O_V), narrow(thread // (BK // O_V))
    else:
        o_k, o_r = narrow(thread // (O_SIZE // O_V)), narrow(thread % (O_SIZE // O_V) * O_V)
    o_to = narrow(o_k * O_PITCH + o_r)
    o_row = narrow(o_first + o_r)
    o_at = o_start + outer * o_outer + member * o_member + o_row * o_step
    if not O_FOLDED:
        o_at += (k_start + o_k) * o_pace
    o_raw = registers
    o_new = registers


def matrix_fetch(
    o, o_how, o_at, o_k, o_row, o_raw, o_new, o_step, o_pace, o_advance, o_extent, k, k_end, zero, *,
    BK, TOTAL, O_FAST, O_FOLDED, O_LOADS, O_V, O_LOAD, O_STRIDE,
):  # fmt: skip
    """Read. Where k is FOLDED it counts positions in all images, and `o_pace` is the step between images."""
    o_from = o_at
    if O_FOLDED:
        o_place = narrow(k + o_k)
        o_from += quotient(o_place, o_how[7], o_how[8]) * (o_pace - o_how[6]) + o_place
    for i in unroll(O_LOADS):
        if O_FAST == "k":
            o_in = (o_row < o_extent - i * O_STRIDE) & (narrow(k + o_k) < k_end)
        else:
            o_in = (o_row < o_extent) & (narrow(k + o_k + i * O_STRIDE) < k_end)
        if o_in:
            o_raw[:O_V] = O_LOAD(o, o_from)
            for w in unroll(O_V):
                o_new[i, w] = TOTAL(o_raw[w])
        else:
            for w in unroll(O_V):
                o_new[i, w] = zero
        o_from += O_STRIDE * (o_step if O_FAST == "k" else o_pace)
    if not O_FOLDED:
        o_at += o_advance


def matrix_keep(o_tile, o_to, o_new, half, *, BK, O_FAST, O_PITCH, O_LOADS, O_V, O_STRIDE, O_STORE, O_STORE_ONE):
    """Store: neighbours along k lie below each other in the tile."""
    o_there = whole(narrow(half * (BK * O_PITCH) + o_to))
    for i in unroll(O_LOADS):
        if O_FAST == "k":
            for w in unroll(O_V):
                O_STORE_ONE(o_tile, o_there + (w * O_PITCH + i * O_STRIDE), o_new[i, w : w + 1])
        else:
            O_STORE(o_tile, o_there + i * O_STRIDE * O_PITCH, o_new[i, :O_V])


def matrix(fast: str, neighbours: int, folded: bool = False) -> dict:
    """The loader of a matrix whose elements are neighbours along "k" or along the "tile"."""
    return {
        "SETUP": matrix_setup, "FETCH": matrix_fetch, "KEEP": matrix_keep,
        "FAST": fast, "V": neighbours, "FOLDED": folded,
    }  # fmt: skip


# --- A windowed image: x[n, c, i·mult + base + t·dilation], zero outside. One of the two axes of the matrix counts
# positions (n, i), the other taps (c, t); both are taken apart by multiplication, see `divider`. INDEX is the type of
# an offset: int32 where the whole image can be counted so, which costs half the registers and a quarter of the time.


def position(o_j, o_how, o_i, o_z, o_y, o_x, o_part, *, RANK, O_INDEX):
    """The coordinates of position `o_j`, and its part of the address."""
    o_i = quotient(o_j, o_how[20], o_how[21])
    o_part = O_INDEX(o_i * O_INDEX(o_how[2]))
    o_i = narrow(o_j - o_i * narrow(o_how[19]))
    if RANK == 3:
        o_z = quotient(o_i, o_how[23], o_how[24])
        o_i = narrow(o_i - o_z * narrow(o_how[22]))
        o_z = narrow(o_z * narrow(o_how[10]) + narrow(o_how[13]))
        o_part = O_INDEX(o_part + o_z * O_INDEX(o_how[4]))
    o_y = quotient(o_i, o_how[26], o_how[27])
    o_x = narrow((o_i - o_y * narrow(o_how[25])) * narrow(o_how[12]) + narrow(o_how[15]))
    o_y = narrow(o_y * narrow(o_how[11]) + narrow(o_how[14]))
    o_part = O_INDEX(o_part + o_y * O_INDEX(o_how[5]) + o_x * O_INDEX(o_how[6]))


def tap(o_j, o_how, o_i, o_z, o_y, o_x, o_part, *, RANK, O_INDEX):
    """What tap `o_j` adds to the coordinates, and its part of the address."""
    o_i = quotient(o_j, o_how[29], o_how[30])
    o_part = O_INDEX(o_i * O_INDEX(o_how[3]))
    o_i = narrow(o_j - o_i * narrow(o_how[28]))
    if RANK == 3:
        o_z = quotient(o_i, o_how[32], o_how[33])
        o_i = narrow(o_i - o_z * narrow(o_how[31]))
        o_z = narrow(o_z * narrow(o_how[16]))
        o_part = O_INDEX(o_part + o_z * O_INDEX(o_how[4]))
    o_y = quotient(o_i, o_how[35], o_how[36])
    o_x = narrow((o_i - o_y * narrow(o_how[34])) * narrow(o_how[18]))
    o_y = narrow(o_y * narrow(o_how[17]))
    o_part = O_INDEX(o_part + o_y * O_INDEX(o_how[5]) + o_x * O_INDEX(o_how[6]))


def image_setup(
    o_how, o_first, o_extent, member, thread, o_z, o_y, o_x, o_part, *,
    BK, THREADS, RANK, O_LANES, O_LOADS, O_ON, O_TILE, O_PITCH, O_INDEX,
):  # fmt: skip
    """Neighbouring threads take neighbouring positions; those along the tile are taken apart once, here."""
    o_start = O_INDEX(o_how[0] + member * o_how[1])
    o_deep, o_high, o_wide = narrow(o_how[7]), narrow(o_how[8]), narrow(o_how[9])
    if O_ON == "position":
        o_k, o_r = narrow(thread // O_LANES), narrow(thread % O_LANES)
    else:
        o_k, o_r = narrow(thread % BK), narrow(thread // BK)
    o_to = narrow(o_k * O_PITCH + o_r)
    o_at = registers
    o_zs = registers
    o_ys = registers
    o_xs = registers
    o_new = registers
    for i in unroll(O_LOADS):
        o_j = narrow(o_first + o_r + i * O_LANES)
        splice(O_TILE, "o")
        o_at[i] = O_INDEX(o_start + o_part)
        if RANK == 3:
            o_zs[i] = o_z
        o_ys[i] = o_y if o_j < o_extent else narrow(FAR)
        o_xs[i] = o_x


def image_fetch(
    o, o_how, o_at, o_zs, o_ys, o_xs, o_z, o_y, o_x, o_k, o_part, o_new, o_deep, o_high, o_wide, k, k_end, zero, *,
    TOTAL, RANK, O_LOADS, O_ALONG, O_LOAD, O_INDEX,
):  # fmt: skip
    """Read."""
    o_j = narrow(k + o_k)
    splice(O_ALONG, "o")
    for i in unroll(O_LOADS):
        o_row, o_column = narrow(o_ys[i] + o_y), narrow(o_xs[i] + o_x)
        o_in = (o_j < k_end) & (o_row >= 0) & (o_row < o_high) & (o_column >= 0) & (o_column < o_wide)
        if RANK == 3:
            o_frame = narrow(o_zs[i] + o_z)
            o_in &= (o_frame >= 0) & (o_frame < o_deep)
        if o_in:
            (o_raw,) = O_LOAD(o, whole(O_INDEX(o_at[i] + o_part)))
            o_new[i] = TOTAL(o_raw)
        else:
            o_new[i] = zero


def image_keep(o_tile, o_to, o_new, half, *, BK, O_PITCH, O_LOADS, O_LANES, O_STORE):
    """Store."""
    o_there = whole(narrow(half * (BK * O_PITCH) + o_to))
    for i in unroll(O_LOADS):
        O_STORE(o_tile, o_there + i * O_LANES, (o_new[i],))


def image(tile: str, far: int) -> dict:
    """The loader of a windowed image that has "position"s or "tap"s along the tile, and is too `far` for int32."""
    parts = (position, tap) if tile == "position" else (tap, position)
    return {
        "SETUP": image_setup, "FETCH": image_fetch, "KEEP": image_keep,
        "ON": tile, "TILE": parts[0], "ALONG": parts[1], "INDEX": whole if far else narrow,
    }  # fmt: skip


def divider(n: int) -> tuple[int, int, int]:
    """Return (n, magic, shift) with j // n = j · magic >> shift for all 0 <= j < 2³¹ (Granlund and Montgomery 1994).

    The magic number is below 2³².
    """
    shift = 31 + max(n - 1, 0).bit_length()
    return n, (1 << shift) // max(n, 1) + 1, shift


def dividers(counts: tuple) -> tuple:
    """What takes a number apart into a place on each of three axes."""
    return *divider(prod(counts)), *divider(prod(counts[1:])), *divider(counts[2])


def check(op: str, *counts: int) -> None:
    """Refuse more than `divider` can count."""
    if max(counts) >= (1 << 31) - 1024:  # a tile may begin there and end beyond
        raise NotImplementedError(f"[{op}] of {max(counts)} rows, columns or terms has no CUDA kernel: split the batch")
