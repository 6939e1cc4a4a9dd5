"""Writers: how a tile of sums gets into memory, with the bias added and, if wanted, what is negative cut off.

`y_how` = first element, steps between parts, outer and inner members of a batch, and rows; then what the place of a
column needs. `bias_how` = first element of the bias, its step along its axis and between members.
"""

# ruff: noqa: F821, F841 — parts share their names with the template that they are written into

from ._template import registers, splice, unroll
from ._vector import quotient


def put(
    y, y_how, c, tx, ty, a_first, b_first, a_extent, b_extent, part, outer, member, bias, bias_how, zero, *,
    OUT, TOTAL, SAME, TM, TN, ACROSS, DOWN, A_BAND, B_BAND, Y_PLACE, Y_BIAS, Y_RELU, Y_VECTOR, Y_STORE, Y_STORE_ONE,
):  # fmt: skip
    """Write the sums of a thread, B_BAND neighbours at once if they are aligned (VECTOR)."""
    y_start = y_how[0] + part * y_how[1] + outer * y_how[2] + member * y_how[3]
    if Y_BIAS:
        y_bias = bias_how[0] + member * bias_how[2]
    y_at = registers
    y_value = registers
    y_add = registers
    y_last = b_extent - b_first - tx * B_BAND
    for j in unroll(TN):
        y_j = b_first + tx * B_BAND + (j // B_BAND * B_BAND * ACROSS + j % B_BAND)
        splice(Y_PLACE, "y")
        y_at[j] = y_start + y_place
        y_add[j] = TOTAL(bias[y_bias + (y_j if y_j < b_extent else 0) * bias_how[1]]) if Y_BIAS == "column" else zero
    for i in unroll(TM):
        y_row = a_first + ty * A_BAND + (i // A_BAND * A_BAND * DOWN + i % A_BAND)
        if y_row < a_extent:
            y_more = TOTAL(bias[y_bias + y_row * bias_how[1]]) if Y_BIAS == "row" else zero
            for j in unroll(TN):
                y_sum = c[i * TN + j]
                if Y_BIAS:
                    y_sum += y_add[j] if Y_BIAS == "column" else y_more
                if Y_RELU:
                    y_sum = zero if y_sum < zero else y_sum
                y_value[j] = y_sum if SAME else OUT(y_sum)
            if Y_VECTOR:
                for j in unroll(0, TN, B_BAND):
                    if j * ACROSS < y_last:
                        Y_STORE(y, y_at[j] + y_row * y_how[4], y_value[j : j + B_BAND])
            else:
                for j in unroll(TN):
                    if j // B_BAND * B_BAND * ACROSS + j % B_BAND < y_last:
                        Y_STORE_ONE(y, y_at[j] + y_row * y_how[4], (y_value[j],))


def line(y_j, y_place):
    """Columns lie beside each other."""
    y_place = y_j


def images(y_j, y_how, y_place):
    """Columns are positions in images, which lie beside each other in each: (step between images, `divider`)."""
    y_image = quotient(y_j, y_how[7], y_how[8])
    y_place = y_image * (y_how[5] - y_how[6]) + y_j


def lattice(y_j, y_how, y_rest, y_place):
    """Columns are positions of a lattice in images: (steps of images, depth, height, width, three `divider`s)."""
    y_image = quotient(y_j, y_how[10], y_how[11])
    y_rest = y_j - y_image * y_how[9]
    y_frame = quotient(y_rest, y_how[13], y_how[14])
    y_rest -= y_frame * y_how[12]
    y_line = quotient(y_rest, y_how[16], y_how[17])
    y_rest -= y_line * y_how[15]
    y_place = y_image * y_how[5] + y_frame * y_how[6] + y_line * y_how[7] + y_rest * y_how[8]


PLACES = {"line": line, "images": images, "lattice": lattice}


def result(place: str = "line", bias: str = "", relu: bool = False, vector: bool = False) -> dict:
    """The writer of columns that lie so; `bias` is that of each "row" or "column"."""
    return {"PUT": put, "PLACE": PLACES[place], "BIAS": bias, "RELU": relu, "VECTOR": vector}
