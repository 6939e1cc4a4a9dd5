"""The loops of elimination and substitution on the device: a few columns or rows of each matrix of a batch.

A block of threads owns a matrix where columns must be gone through one after the other (`eliminating`, `rooting`);
a thread owns a column of the right-hand sides, its neighbours own neighbours, where it must be the rows
(`substituting`, `exchanging`); and one owns a whole matrix where only the diagonal is looked at.
"""

from numba import types

from ._driver import SIMULATED, cuda, kernel
from ._functions import NAMES

LINE = 4 if SIMULATED else 256  # threads of a block that owns a matrix
_REAL = {"float32": "float32", "float64": "float64", "complex64": "float32", "complex128": "float64"}


def names(dtype):
    """The type of an element, that of its parts, and the end of the names of functions of those."""
    real = _REAL[dtype]
    return NAMES[dtype], NAMES[real], real.removeprefix("float")


@kernel
def eliminating(dtype: str):
    """Factorize some columns by elimination; rows are exchanged over their whole length.

    The threads look for the largest element of what is left of a column, each in every so-many-th row, and then in
    pairs, so that the first of equals is found, or the first NaN.
    """
    element, real, _ = names(dtype)

    def run(size, M, N, K, first, last, pivot, lu, pivots):
        most = cuda.shared.array(LINE, real)
        where = cuda.shared.array(LINE, types.int64)
        t = cuda.threadIdx.x
        for b in range(cuda.blockIdx.x, size, cuda.gridDim.x):
            base = b * M * N
            for j in range(first, last):
                here = base + j * N
                best, at = real(-1), M
                if pivot:
                    for i in range(j + t, M, LINE):
                        value = lu[base + i * N + j]
                        value = abs(value.real) + abs(value.imag)
                        if value > best or (value != value and best == best):
                            best, at = value, i
                most[t], where[t] = best, at
                cuda.syncthreads()
                half = LINE // 2
                while half > 0:
                    if t < half:
                        value, best = most[t + half], most[t]
                        same = value == best or (value != value and best != best)
                        if value > best or (value != value and best == best) or (same and where[t + half] < where[t]):
                            most[t], where[t] = value, where[t + half]
                    cuda.syncthreads()
                    half //= 2
                p = where[0] if pivot else j
                if t == 0:
                    pivots[b * K + j] = p + 1
                if p != j:
                    for c in range(t, N, LINE):
                        upper, lower = lu[here + c], lu[base + p * N + c]
                        lu[here + c], lu[base + p * N + c] = lower, upper
                cuda.syncthreads()
                head = lu[here + j]
                if head != element(0) or not pivot:  # else the whole column is 0
                    for i in range(j + 1 + t, M, LINE):
                        lu[base + i * N + j] /= head
                    cuda.syncthreads()
                    wide = last - j - 1
                    for k in range(t, (M - j - 1) * wide, LINE):
                        row, c = base + (j + 1 + k // wide) * N, j + 1 + k % wide
                        lu[row + c] -= lu[row + j] * lu[here + c]
                cuda.syncthreads()

    return run


@kernel
def rooting(dtype: str):
    """Factorize some columns and their rows as L Lᴴ; `info` tells the first that has no root, counted from 1."""
    element, real, bits = names(dtype)
    sqrt = NAMES[f"sqrt{bits}"]

    def run(size, N, first, last, a, info):
        t = cuda.threadIdx.x
        for b in range(cuda.blockIdx.x, size, cuda.gridDim.x):
            base = b * N * N
            for j in range(first, last):
                here = base + j * N + j
                square = a[here].real
                if t == 0 and info[b] == 0 and square <= real(0):
                    info[b] = j + 1
                root = sqrt(square)
                cuda.syncthreads()
                if t == 0:
                    a[here] = element(root)
                for i in range(j + 1 + t, last, LINE):
                    a[base + i * N + j] /= element(root)
                cuda.syncthreads()
                wide = last - j - 1
                for k in range(t, wide * wide, LINE):
                    i, c = j + 1 + k // wide, j + 1 + k % wide
                    if c <= i:
                        a[base + i * N + c] -= a[base + i * N + j] * a[base + c * N + j].conjugate()
                cuda.syncthreads()

    return run


@kernel
def substituting(dtype: str):
    """Solve some rows of a triangular system in place; a thread owns a column."""
    element, _, _ = names(dtype)

    def run(n, columns, first, last, upper, unit, conjugated, a, a_offset, a_steps, x, x_offset, x_steps):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            b, c = k // columns, k % columns
            matrix, column = a_offset + b * a_steps[0], x_offset + b * x_steps[0] + c * x_steps[2]
            for r in range(last - first):
                i = last - 1 - r if upper else first + r
                row = matrix + i * a_steps[1]
                total = x[column + i * x_steps[1]]
                for s in range(r):
                    j = last - 1 - s if upper else first + s
                    factor = a[row + j * a_steps[2]]
                    total -= (factor.conjugate() if conjugated else factor) * x[column + j * x_steps[1]]
                if not unit:
                    head = a[row + i * a_steps[2]]
                    total /= head.conjugate() if conjugated else head
                x[column + i * x_steps[1]] = element(total)

    return run


@kernel
def exchanging(dtype: str):
    """Do the exchanges of elimination on the rows of right-hand sides, or undo them; a thread owns a column."""

    def run(n, columns, rows, many, back, pivots, x):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            b, c = k // columns, k % columns
            for r in range(many):
                i = many - 1 - r if back else r
                p = pivots[b * many + i] - 1
                upper, lower = (b * rows + i) * columns + c, (b * rows + p) * columns + c
                one, other = x[upper], x[lower]
                x[upper], x[lower] = other, one

    return run


@kernel
def ordering():
    """The order of rows that exchanges lead to; a thread owns an order."""

    def run(n, rows, many, pivots, y):
        for b in range(cuda.grid(1), n, cuda.gridsize(1)):
            for i in range(rows):
                y[b * rows + i] = i
            for i in range(many):
                p = pivots[b * many + i] - 1
                one, other = y[b * rows + i], y[b * rows + p]
                y[b * rows + i], y[b * rows + p] = other, one

    return run


@kernel
def first_zeros(dtype: str):
    """The first zero on each diagonal, counted from 1, else 0; a thread owns a matrix."""
    element, _, _ = names(dtype)

    def run(n, M, N, lu, info):
        for b in range(cuda.grid(1), n, cuda.gridsize(1)):
            found = 0
            for i in range(M if M < N else N):
                if found == 0 and lu[(b * M + i) * N + i] == element(0):
                    found = i + 1
            info[b] = found

    return run


@kernel
def determinants(dtype: str):
    """The product of each diagonal, its sign changed by every exchange; a thread owns a matrix."""
    element, _, _ = names(dtype)

    def run(n, N, lu, lu_offset, pivots, pivots_offset, y):
        for b in range(cuda.grid(1), n, cuda.gridsize(1)):
            total = element(1)
            for i in range(N):
                total *= lu[lu_offset + (b * N + i) * N + i]
                if pivots[pivots_offset + b * N + i] != i + 1:
                    total = -total
            y[b] = total

    return run


@kernel
def logarithms(dtype: str):
    """Sign and logarithm of the absolute value of determinants; a thread owns a matrix."""
    element, real, bits = names(dtype)
    log, hypot = NAMES[f"log{bits}"], NAMES[f"hypot{bits}"]

    @cuda.jit(device=True)
    def real_size(d):
        return abs(d)

    @cuda.jit(device=True)
    def real_sign(d, size):
        return d if d != d else element(1) if d > element(0) else element(-1) if d < element(0) else element(0)

    @cuda.jit(device=True)
    def complex_size(d):
        return hypot(d.real, d.imag)

    @cuda.jit(device=True)
    def complex_sign(d, size):
        return d if size == real(0) else d / element(size)

    size_of, sign_of = (complex_size, complex_sign) if dtype.startswith("complex") else (real_size, real_sign)

    def run(n, N, lu, lu_offset, pivots, pivots_offset, sign, logarithm):
        for b in range(cuda.grid(1), n, cuda.gridsize(1)):
            direction, total = element(1), real(0)
            for i in range(N):
                d = lu[lu_offset + (b * N + i) * N + i]
                size = size_of(d)
                direction *= sign_of(d, size)
                total += log(size)
                if pivots[pivots_offset + b * N + i] != i + 1:
                    direction = -direction
            sign[b] = direction
            logarithm[b] = total

    return run


@kernel
def regularizing(dtype: str):
    """Put a rounding error of its largest element in the place of a diagonal's zeros; a thread owns a matrix."""
    element, real, bits = names(dtype)
    hypot, eps = NAMES[f"hypot{bits}"], 2.0**-23 if bits == "32" else 2.0**-52

    def run(n, N, lu):
        for b in range(cuda.grid(1), n, cuda.gridsize(1)):
            most = real(0)
            for i in range(N):
                d = lu[(b * N + i) * N + i]
                size = hypot(d.real, d.imag)
                if size > most or size != size:
                    most = size
            little = element(real(eps) * (real(1) if most == real(0) else most))
            for i in range(N):
                if lu[(b * N + i) * N + i] == element(0):
                    lu[(b * N + i) * N + i] = little

    return run
