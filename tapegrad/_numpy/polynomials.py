"""Polynomials by their coefficients, the highest power first; differentiable in coefficients, roots and points."""

import numpy as np

from .. import linalg
from .._dtypes import float64
from ..ops import FUNCTIONS
from .protocol import HANDLED, tensor_of


def _floats(x):
    x = tensor_of(x)
    return x if x.dtype.kind in "fc" else x.to(float64)


def _row(p):
    """Coefficients as a row: a number is a polynomial, too."""
    p = tensor_of(p)
    return p.reshape(-1) if p.ndim < 2 else p


def _zeros(like, n: int):
    return like.detach().new_zeros(n)


def _polyadd(a1, a2):
    a, b = _row(a1), _row(a2)
    n = max(len(a), len(b))
    return FUNCTIONS["cat"]([_zeros(a, n - len(a)), a]) + FUNCTIONS["cat"]([_zeros(b, n - len(b)), b])


def _polysub(a1, a2):
    return _polyadd(a1, -_row(a2))


def _polydiv(u, v):
    """Quotient and remainder; the remainder begins with a coefficient that counts, as in NumPy."""
    u, v = _floats(_row(u)), _floats(_row(v))
    n = max(len(u) - len(v) + 1, 1)
    r, quotient = u, []
    for k in range(len(u) - len(v) + 1):
        quotient.append(r[k] / v[0])
        r = FUNCTIONS["cat"]([r[:k], r[k : k + len(v)] - quotient[-1] * v, r[k + len(v) :]])
    q = FUNCTIONS["stack"](quotient) if quotient else _zeros(u, n)
    start, plain = 0, r.detach().numpy()
    while start < len(plain) - 1 and np.allclose(plain[start], 0, rtol=1e-14):
        start += 1
    return q, r[start:]


def _polyder(p, m=1):
    if m < 0:
        raise ValueError(f"[np.polyder] `m` (={m}) must not be negative")
    p = _row(p)
    for _ in range(m):
        p = p[:-1] * tensor_of(np.arange(len(p) - 1, 0, -1))
    return p


def _polyint(p, m=1, k=None):
    constants = np.zeros(m) if k is None else k
    if m < 0:
        raise ValueError(f"[np.polyint] `m` (={m}) must not be negative")
    constants = tensor_of(constants).reshape(-1)
    if len(constants) == 1 and m > 1:
        constants = constants * np.ones(m)
    if len(constants) < m:
        raise ValueError(f"[np.polyint] `k` ({len(constants)} given) must be one constant, or {m}")
    p = _floats(_row(p))
    for i in range(m):
        p = FUNCTIONS["cat"]([p / tensor_of(np.arange(len(p), 0, -1)), constants[i : i + 1].to(p.dtype)])
    return p


def _poly(seq_of_zeros):
    """∏ (x - zero), of a square matrix its characteristic polynomial; real where zeros come in conjugate pairs."""
    z = tensor_of(seq_of_zeros)
    if z.ndim == 2 and z.shape[0] == z.shape[1] and z.shape[0]:
        z = np.linalg.eigvals(z)
    z = _floats(z.reshape(-1))
    p = z.detach().new_ones(1)
    for k in range(len(z)):
        nothing = _zeros(z, 1)
        p = FUNCTIONS["cat"]([p, nothing]) - z[k] * FUNCTIONS["cat"]([nothing, p])
    plain = z.detach().numpy()
    paired = plain.dtype.kind == "c" and np.all(np.sort(plain) == np.sort(plain.conjugate()))
    return FUNCTIONS["real"](p) if paired else p


def _roots(p):
    """Eigenvalues of the companion matrix."""
    p = _floats(_row(p))
    if p.ndim != 1:
        raise ValueError(f"[np.roots] `p` (shape {tuple(p.shape)}) must be 1-D")
    there = np.flatnonzero(p.detach().numpy())
    if not len(there):
        return _zeros(p, 0)
    behind = len(p) - 1 - int(there[-1])
    p = p[int(there[0]) : int(there[-1]) + 1]
    if len(p) == 1:
        return _zeros(p, behind)
    below = tensor_of(np.eye(len(p) - 2, len(p) - 1, dtype=p.dtype))
    z = np.linalg.eigvals(FUNCTIONS["cat"]([(-p[1:] / p[0])[None], below]))
    return FUNCTIONS["cat"]([z, _zeros(z, behind)])


def _polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Least squares on scaled columns of powers, as NumPy."""
    x, y = _floats(x), _floats(y)
    order = int(deg) + 1
    if order < 1:
        raise ValueError(f"[np.polyfit] `deg` (={deg}) must not be negative")
    if x.ndim != 1 or not len(x) or y.ndim not in (1, 2) or len(y) != len(x):
        raise TypeError(
            f"[np.polyfit] `x` (shape {tuple(x.shape)}) must be 1-D with elements, and `y` (shape {tuple(y.shape)}) "
            "1-D or 2-D, as long"
        )
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    powers, values = FUNCTIONS["vander"](x, order), y
    if w is not None:
        w = _floats(w)
        if w.shape != x.shape:
            raise TypeError(f"[np.polyfit] `w` (shape {tuple(w.shape)}) must have the shape {tuple(x.shape)} of `x`")
        powers, values = powers * w[:, None], y * (w if y.ndim == 1 else w[:, None])
    scale = FUNCTIONS["sqrt"]((powers * powers).sum(0))
    powers = powers / scale
    columns = values if y.ndim == 2 else values[:, None]
    solution = linalg.lstsq(powers, columns, rcond)[0]
    rest = ((columns - powers @ solution) ** 2).sum(0)
    c = solution / scale[:, None]
    c = c if y.ndim == 2 else c[:, 0]
    if full:
        singular = linalg.svdvals(powers.detach())
        rank = int((singular > rcond * singular.max()).sum())
        return c, rest if rank == order < len(x) else rest[:0], rank, singular, rcond
    if not cov:
        return c
    spread = linalg.inv(powers.mT @ powers) / FUNCTIONS["outer"](scale, scale)
    if cov != "unscaled":
        if len(x) <= order:
            raise ValueError(f"[np.polyfit] `deg` (={deg}) must be less than {len(x) - 1} to scale the covariance")
        rest = rest / (len(x) - order)
        return c, spread * rest if y.ndim == 1 else spread[:, :, None] * rest
    return c, spread if y.ndim == 1 else spread[:, :, None] * FUNCTIONS["full_like"](rest, 1.0)


HANDLED.update(
    {
        np.poly: _poly,
        np.polyadd: _polyadd,
        np.polyder: _polyder,
        np.polydiv: _polydiv,
        np.polyfit: _polyfit,
        np.polyint: _polyint,
        np.polymul: lambda a1, a2: np.convolve(_row(a1), _row(a2)),
        np.polysub: _polysub,
        np.roots: _roots,
    }
)
