"""Products as Python calls them: functions of the interpreter's own kind, compiled by Numba.

    product(a, b, bias=None, memory=0, block=None)

allocates the result and returns it, or a number: REFUSED where the kernels cannot do it, because arrays are unaligned,
empty, of a subclass or another dtype, or do not fit; else the bytes of workspace it wants, odd if it is worth threads.
`memory` is the address of that workspace. Into a block, an array of words, the product is described for threads to
share, and the result is returned before anything is written to it.
"""

import numpy as np
from numba import types

from ._blocks import AXPYS, DOTS, DTYPE, FINISH, PACK, SIZE, TABLE_WORDS, TALL, TILE, WIDE, block_sizes
from ._finish import finish_of
from ._gemm import (
    BIAS,
    FLIP,
    HOW,
    LEFT,
    OUT,
    PLAIN,
    RELU,
    RIGHT,
    TABLE,
    WORDS,
    WORTH_THREADS,
    describe,
    room_of,
    share,
    terms_of,
)
from ._gemv import axpys_of, dots_of
from ._native import (
    ALIGNED,
    ask,
    builtin,
    call,
    data_of,
    dtype_of,
    empty_api,
    extent,
    flags_of,
    ndim_of,
    on_stack,
    peek,
    poke,
    python_api,
    stride,
    type_of,
)
from ._numba import callback, kernel, launch, thread_count, workspace
from ._pack import pack_of
from ._simd import tile_of

REFUSED = -1
_FLAGS, _TABLES, _ARRAY, _NONE, _EMPTY, _INCREF, _NUMBER, _VALUE, _SAVE, _RESTORE, _SHARE = range(11)  # of a root
_ON_STACK = 8192  # words of workspace
_MOST_AXES = 64
_BRIEF = 1 << 18  # multiply-adds, up to which the GIL is held: a few microseconds


@kernel
def _shape_of(left, right, flips, shape):
    """Write the shape of the product; return its rank and the number of matrices, or -1 where sizes do not fit."""
    rank, other = ndim_of(left), ndim_of(right)
    if rank == 0 or other == 0 or extent(left, rank - 1) != extent(right, other - 1 - (other > 1 and not flips)):
        return -1, 0
    lead, count = max(rank, other, 2) - 2, 1
    for i in range(lead):
        m = extent(left, rank - 3 - i) if i < rank - 2 else 1
        n = extent(right, other - 3 - i) if i < other - 2 else 1
        if m != n and m != 1 and n != 1:
            return -1, 0
        length = n if m == 1 else m
        poke(shape, lead - 1 - i, length)
        count *= length
    axes = lead
    if rank > 1:
        poke(shape, axes, extent(left, rank - 2))
        axes += 1
    if other > 1:
        poke(shape, axes, extent(right, other - 1 - (flips != 0)))
        axes += 1
    return axes, count


@kernel
def _table_of(words, left, right):
    """Return the table of the dtype of two arrays, or 0 if they are not for us."""
    kind = dtype_of(left)
    if type_of(left) != peek(words, _ARRAY) or type_of(right) != peek(words, _ARRAY) or dtype_of(right) != kind:
        return 0
    if flags_of(left) & flags_of(right) & ALIGNED == 0:
        return 0
    tables = peek(words, _TABLES)
    for i in range(len(_DTYPES)):
        if peek(tables, 2 * i) == kind:
            return peek(tables, 2 * i + 1)
    return 0


def _product(root, arguments, given):
    words = data_of(root)
    left, right = peek(arguments, 0), peek(arguments, 1)
    bias = peek(arguments, 2) if given > 2 and peek(arguments, 2) != peek(words, _NONE) else 0
    memory = ask(peek(words, _VALUE), (peek(arguments, 3),)) if given > 3 else 0
    table, flags = _table_of(words, left, right), peek(words, _FLAGS)
    if table and bias:
        whole = stride(bias, 0) == peek(table, SIZE) and flags_of(bias) & ALIGNED
        if type_of(bias) != peek(words, _ARRAY) or dtype_of(bias) != peek(table, DTYPE) or not whole:
            table = 0
    if table == 0:
        return ask(peek(words, _NUMBER), (REFUSED,))

    shape = on_stack(_MOST_AXES)
    axes, count = _shape_of(left, right, flags & FLIP, shape)
    block = data_of(peek(arguments, 4)) if given > 4 else on_stack(WORDS)
    poke(block, LEFT, left)
    poke(block, RIGHT, right)
    poke(block, TABLE, table)
    poke(block, BIAS, bias)
    poke(block, HOW, flags)
    terms = 0
    if axes >= 0:
        describe(block, count)
        terms = terms_of(block)
    if terms == 0:
        return ask(peek(words, _NUMBER), (REFUSED,))
    if memory == 0 and given < 5:
        room, many = room_of(block), terms >= WORTH_THREADS
        if many or room > 8 * _ON_STACK - 64:
            return ask(peek(words, _NUMBER), (room + many,))
        memory = (on_stack(_ON_STACK) + 63) // 64 * 64

    call(peek(words, _INCREF), (peek(table, DTYPE),))
    out = ask(peek(words, _EMPTY), (axes, shape, peek(table, DTYPE), 0))
    if out == 0 or given > 4:  # no memory, an exception is set; or all that was asked for
        poke(block, OUT, out)
        return out
    poke(block, OUT, out)
    if terms <= _BRIEF:
        call(peek(words, _SHARE), (memory, block, 0, 1))
    else:
        thread = ask(peek(words, _SAVE), (0,))
        call(peek(words, _SHARE), (memory, block, 0, 1))
        call(peek(words, _RESTORE), (thread,))
    return out


_DTYPES = np.dtype(np.float32), np.dtype(np.float64)
_tables = np.zeros((len(_DTYPES), 2), np.int64)  # of each dtype: its id, and the address of its table once there is one
_owned = []  # an address does not keep its memory alive
_share = callback(share, types.void(*[types.intp] * 4))


def prepare(dtype):
    """Compile what products of a dtype need."""
    row = _tables[_DTYPES.index(dtype)]
    if row[1]:
        return
    table = np.zeros(TABLE_WORDS, np.int64)
    table[[DTYPE, SIZE]] = id(_DTYPES[_DTYPES.index(dtype)]), dtype.itemsize
    table[[TALL, WIDE]] = block_sizes()
    for place, of in ((TILE, tile_of), (PACK, pack_of), (DOTS, dots_of), (AXPYS, axpys_of), (FINISH, finish_of)):
        table[place] = of(dtype)
    _owned.append(table)
    row[:] = table[DTYPE], table.ctypes.data


def _functions():
    api = [python_api(name) for name in ("Py_IncRef", "PyLong_FromSsize_t", "PyLong_AsSsize_t")]
    api += [python_api(name) for name in ("PyEval_SaveThread", "PyEval_RestoreThread")]
    address = callback(_product, types.intp(types.intp, types.intp, types.intp))
    for flags in (PLAIN, FLIP, FLIP | RELU):
        root = flags, _tables.ctypes.data, id(np.ndarray), id(None), empty_api(), *api, _share
        yield builtin("product", address, np.array(root, np.int64))


products = list(_functions())


def complete(product, wanted, a, b, bias=None):
    """Return a product that wants a workspace, or threads."""
    threads = thread_count() if wanted & 1 else 1
    memory = workspace(wanted * threads)
    if threads == 1:
        return product(a, b, bias, memory)
    block = np.empty(WORDS, np.int64)
    c = product(a, b, bias, 0, block)
    launch(_share, memory, wanted, block.ctypes.data, threads)
    return c
