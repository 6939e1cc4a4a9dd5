"""Einstein summation.

    einsum("ik,kj->ij", a, b)[i, j] = Σ_k a[i, k] · b[k, j]

An equation is first made clean, so that every operand names each of its letters once: diagonals are read, letters that
nobody else has are summed, axes of length 1 are dropped where another operand has more. What remains is linear in each
operand and closed under its rule: the cotangent of an operand is the same sum, with g in its place and the result in
its letters.
"""

from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase

from .. import kernels
from .._tape import Variadic
from ._dims import dims_of
from ._registry import public
from .axes import permute
from .diagonal import diagonal
from .matmul import same_dtype
from .reduce import sum_over
from .shape import _view

LETTERS = ascii_uppercase + ascii_lowercase  # in the order of their codes, as NumPy and PyTorch sort them


def _cotangent(g, i, xs, equation):
    inputs, output = equation.split("->")
    terms = inputs.split(",")
    wanted, terms[i] = terms[i], output
    return _einsum([*xs[:i], g, *xs[i + 1 :]], equation=f"{','.join(terms)}->{wanted}")


_einsum = Variadic(
    "einsum",
    lambda arrays, equation: kernels.einsum(equation, *arrays),
    _cotangent,
    lambda t, i, xs, equation: _einsum([*xs[:i], t, *xs[i + 1 :]], equation=equation),
    settings=("equation",),
)


@public(method=False)
def einsum(equation, *operands):
    """Sum products over indices.

    Parameters
    ----------
    equation : str
        For each operand the letters of its axes, separated by commas, and after ``->`` those of the result. Letters
        that the result does not have are summed over; a letter twice in one operand reads a diagonal; ``...`` stands
        for any further axes, which broadcast. Without ``->``, the result has the axes of ``...`` and then, sorted,
        the letters that occur once.
    *operands : Tensor or array
        Of one dtype. Also one list of them; also, without `equation`, each operand followed by a list of integers
        (and `Ellipsis`) as its letters, and the result's list last.

    Returns
    -------
    Tensor or array

    Raises
    ------
    ValueError
        If the equation is malformed or does not fit the operands.
    RuntimeError
        If the dtypes differ.

    Examples
    --------
    >>> a = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> tg.einsum("ij,kj->ik", a, a)
    tensor([[ 5., 11.],
            [11., 25.]])
    >>> tg.einsum("ii", a)
    tensor(5.)
    """
    if not isinstance(equation, str):
        equation, operands = _from_lists(equation, operands)
    elif len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    same_dtype("einsum", **{f"operands[{i}]": x for i, x in enumerate(operands)})
    ways, clean = _plan(equation, tuple(x.shape for x in operands))
    xs = [_cleaned(x, *way) if way else x for x, way in zip(operands, ways, strict=True)]
    return _einsum(xs, equation=clean) if len(xs) > 1 else permute(xs[0], clean)


def _from_lists(first, rest):
    """`a, [0, 1], b, [1, 2], [0, 2]` as an equation and operands."""
    given = (first, *rest)
    operands, lists, last = given[: len(given) // 2 * 2 : 2], given[1::2], given[-1] if len(given) % 2 else None

    def text(labels):
        if any(c is not ... and not 0 <= c < len(LETTERS) for c in labels):
            raise ValueError(f"[einsum] the labels {labels} must be integers in 0 … {len(LETTERS) - 1}, or Ellipsis")
        return "".join("..." if c is ... else LETTERS[c] for c in labels)

    return ",".join(map(text, lists)) + ("" if last is None else f"->{text(last)}"), operands


def _letters(equation, ranks):
    """The letters of each operand and of the result, those that stand for `...` included."""
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"[einsum] `equation` (={equation!r}) must name {len(ranks)} operands, as many as are given")
    named = [term.replace("...", "", 1) for term in (*terms, output)]
    if not all(c in LETTERS for c in "".join(named)):
        raise ValueError(f"[einsum] `equation` (={equation!r}) must consist of letters, commas, `...` and `->`")
    more = [rank - len(name) for rank, name in zip(ranks, named, strict=False)]
    for i, (n, term) in enumerate(zip(more, terms, strict=True)):
        if n < 0 or (n and "..." not in term):
            raise ValueError(f"[einsum] `operands[{i}]` ({ranks[i]} axes) must have the axes {term!r} of `equation`")
    free = [c for c in reversed(LETTERS) if c not in equation]
    broadcast = max((n for n, term in zip(more, terms, strict=True) if "..." in term), default=0)
    if broadcast > len(free):
        raise ValueError(f"[einsum] `equation` (={equation!r}) with its operands must need at most 52 letters")
    dots = "".join(free[:broadcast])
    if not arrow:
        once = sorted(c for c in {*inputs} - {*".,"} if inputs.count(c) == 1)
        output = f"...{''.join(once)}"
    terms = [term.replace("...", dots[broadcast - n :]) for term, n in zip(terms, more, strict=True)]
    output = output.replace("...", dots)
    if len({*output}) < len(output) or not {*output} <= {*"".join(terms)}:
        raise ValueError(f"[einsum] the result {output!r} of `equation` must have letters of the operands, each once")
    return terms, output


def _sizes(terms, shapes):
    """The length of each letter; 1 gives way."""
    sizes = {}
    for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        for c, n in zip(term, shape, strict=True):
            known = sizes.setdefault(c, n)
            if known != n and 1 not in (known, n):
                raise ValueError(f"[einsum] `operands[{i}]` (shape {shape}) must have length {known} along {c!r}")
            sizes[c] = n if known == 1 else known
    return sizes


@lru_cache(maxsize=1024)
def _plan(equation, shapes):
    """How to clean each operand, and the clean equation (with one operand: the order of its axes)."""
    terms, output = _letters(equation, [len(shape) for shape in shapes])
    sizes = _sizes(terms, shapes)
    ways = []
    for i, shape in enumerate(shapes):
        elsewhere = {*output}.union(*terms[:i], *terms[i + 1 :])
        way, terms[i] = _way(shape, terms[i], sizes, elsewhere)
        ways.append(way)
    if len(shapes) == 1:
        return ways, tuple(terms[0].index(c) for c in output)
    return ways, f"{','.join(terms)}->{output}"


def _way(shape, term, sizes, elsewhere):
    """The diagonals to read, the axes to sum, and the shape without axes of length 1, one after the other."""
    diagonals = []
    for c in dict.fromkeys(term):
        while term.count(c) > 1:
            i = term.index(c)
            j = term.index(c, i + 1)
            if shape[i] != shape[j]:
                raise ValueError(f"[einsum] a repeated letter ({c!r}) must stand for equal lengths, not {shape}")
            diagonals.append((i, j))
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + c
            shape = (*shape[:i], *shape[i + 1 : j], *shape[j + 1 :], shape[i])
    alone = tuple(i for i, c in enumerate(term) if c not in elsewhere)
    left = [(c, n) for c, n in zip(term, shape, strict=True) if c in elsewhere]
    full = [(c, n) for c, n in left if n == sizes[c]]
    way = diagonals, alone, tuple(n for _, n in full)
    return way if diagonals or alone or len(full) < len(left) else None, "".join(c for c, _ in full)


def _cleaned(x, diagonals, alone, shape):
    """An operand whose letters are distinct, full-length, and needed elsewhere."""
    for i, j in diagonals:
        x = diagonal(x, 0, i, j)
    if alone:
        x = sum_over(x, dim=alone)
    return x if x.shape == shape else _view(x, shape=shape)


# ---------------------------------------------------------------------------------------- special cases


@public(method=False)
def tensordot(a, b, dims=2, *, axes=None):
    """Contract axes of two tensors.

    Parameters
    ----------
    a, b : Tensor or array
    dims : int or (ints, ints)
        The last `dims` axes of `a` with the first of `b`; or which axes of `a` with which of `b`. NumPy's `axes`, too.

    Returns
    -------
    Tensor or array
        With the other axes of `a`, then those of `b`.

    Raises
    ------
    ValueError
        If the contracted axes differ in number or length.
    IndexError
        If there is no such axis.
    RuntimeError
        If the dtypes differ.
    """
    dims = dims if axes is None else axes
    rank_a, rank_b = len(a.shape), len(b.shape)
    if isinstance(dims, int):
        if not 0 <= dims <= min(rank_a, rank_b):
            raise ValueError(f"[tensordot] `dims` (={dims}) must lie in 0 … {min(rank_a, rank_b)}")
        dims = range(rank_a - dims, rank_a), range(dims)
    of_a, of_b = (dims_of("tensordot", d, n) for d, n in zip(dims, (rank_a, rank_b), strict=True))
    if len(of_a) != len(of_b) or any(
        a.shape[i] != b.shape[j] and 1 not in (a.shape[i], b.shape[j]) for i, j in zip(of_a, of_b, strict=True)
    ):
        raise ValueError(f"[tensordot] axes {of_a} of `a` (shape {a.shape}) must fit {of_b} of `b` (shape {b.shape})")
    left, right = list(LETTERS[:rank_a]), list(LETTERS[rank_a : rank_a + rank_b])
    for i, j in zip(of_a, of_b, strict=True):
        right[j] = left[i]
    output = [c for c in (*left, *right) if (c in left) != (c in right)]
    return einsum(f"{''.join(left)},{''.join(right)}->{''.join(output)}", a, b)


@public()
def inner(x, other):
    """Contract the last axes: y[…i, …j] = Σ_k a[…i, k] · b[…j, k]; the product, if one is 0-d."""
    same_dtype("inner", x=x, other=other)
    return tensordot(x, other, ((-1,), (-1,))) if x.shape and other.shape else x * other


@public()
def trace(x):
    """Sum of the diagonal of a matrix: y = Σ_i x[i, i]."""
    if len(x.shape) != 2:
        raise RuntimeError(f"[trace] `x` (shape {x.shape}) must be 2-D")
    return sum_over(diagonal(x))


@public()
def kron(x, other):
    """Kronecker product: every element of `x` times all of `other`, in blocks."""
    n = max(len(x.shape), len(other.shape))
    left, right = ((*(1,) * (n - len(m.shape)), *m.shape) for m in (x, other))
    blocks = _view(x, shape=tuple(m for size in left for m in (size, 1)))
    inside = _view(other, shape=tuple(m for size in right for m in (1, size)))
    return _view(blocks * inside, shape=tuple(m * k for m, k in zip(left, right, strict=True)))


@public(function=False, method=False)
def bilinear(input1, input2, weight, bias=None):
    """Bilinear form: y[…, k] = Σ_{i,j} x1[…, i] · weight[k, i, j] · x2[…, j] + bias[k]."""
    y = einsum("...i,kij,...j->...k", input1, weight, input2)
    return y if bias is None else y + bias
